"""Hillstrom's e-mail experiment (64,000 customers, 2008): the published shares and the known interaction."""

import pandas as pd
import pytest

from pipeline.core.sources import ExperimentSettings
from pipeline.experiments.analyse import analyse
from pipeline.experiments.schema import CHECKS, EFFECTS

pytestmark = pytest.mark.realdata
SETTINGS = ExperimentSettings.model_validate(
    {
        "label": "E-mail",
        "control": "No E-Mail",
        "outcome": {"event": "visit", "within_days": 14, "label": "visits within 14 days"},
    }
)


@pytest.fixture(scope="module")
def result(real_data):
    raw = pd.read_csv(real_data / "hillstrom" / "hillstrom.csv.gz")
    exposed = pd.DataFrame(
        {
            "variant": raw["segment"],
            "persona_id": raw["womens"].map({1: "persona-1", 0: "persona-2"}),
            "followed_up": True,
            "happened": raw["visit"] == 1,
        }
    )
    effects, checks = analyse("mail", SETTINGS, exposed, ["persona-1", "persona-2"], alpha=0.05, allocation_alpha=0.001)
    return EFFECTS.check(effects).set_index(["group", "variant"]), CHECKS.check(checks).set_index("check")


def test_shares_and_arms_are_the_published_ones(result):
    overall = result[0].loc["all"]
    assert overall["share_control"].round(6).unique().tolist() == [0.106167]
    assert overall["share_variant"].round(6).to_dict() == {"Mens E-Mail": 0.182757, "Womens E-Mail": 0.1514}
    assert overall["n_control"].unique().tolist() == [21306]
    assert overall["n_variant"].to_dict() == {"Mens E-Mail": 21307, "Womens E-Mail": 21387}
    assert (overall["lower"] > 0).all()
    assert (overall["p_adjusted"] < 1e-30).all()


def test_the_womens_mail_works_on_earlier_buyers_of_womens_goods(result):
    effects, checks = result
    assert round(effects.at[("persona-1", "Womens E-Mail"), "effect"] * 100, 1) == 7.3
    assert round(effects.at[("persona-2", "Womens E-Mail"), "effect"] * 100, 1) == 1.1
    assert checks.at["interaction", "p_value"] < 1e-10
    assert "differs between personas" in checks.at["interaction", "reading"]


def test_nothing_is_wrong_with_the_arms(result):
    checks = result[1]
    assert checks["passed"].all()
    assert checks.at["sample ratio", "p_value"] == pytest.approx(0.904, abs=0.01)
