"""`personas power`: customers and weeks that an experiment needs, overall and by persona."""

import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.experiments.planning import Plan, plan


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rng = np.random.default_rng(3)
    persona = rng.choice(["large", "small"], 4000, p=[0.9, 0.1])
    path = tmp_path_factory.mktemp("power") / "today.csv"
    visit = (rng.random(4000) < 0.2).astype(int)
    pd.DataFrame({"persona": persona, "visit": visit, "spent": rng.gamma(2, 20, 4000)}).to_csv(path, index=False)
    return path


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["power", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_the_example_of_r():
    """power.prop.test(p1 = .5, p2 = .75, power = .9): n = 76.7; power.t.test(delta = 1, power = .9): n = 22.02."""
    assert "n = 76.7 in each of 2 arms, 154 in all" in run("--baseline", "0.5", "--effect", "0.25", "--power", "0.9")[1]
    told = run("--baseline", "0", "--std-dev", "1", "--effect", "1", "--power", "0.9", "--weekly", "23")[1]
    assert "n = 22.0 in each of 2 arms, 46 in all, 2.0 weeks at 23 a week" in told


def test_each_persona_has_its_own_weeks(table, tmp_path):
    out = tmp_path / "power.csv"
    words = ("--outcome", "visit", "--by", "persona", "--effect", "0.05", "--weekly", "1000", "--out", str(out))
    code, told = run(str(table), *words)
    assert code == 0
    rows = pd.read_csv(out).set_index("by")
    assert rows.index.tolist() == ["all", "large", "small"]
    assert rows.loc[["large", "small"], "per_week"].sum() == pytest.approx(1000)
    assert rows.at["small", "weeks_needed"] > 5 * rows.at["large", "weeks_needed"]
    assert rows["powered"].tolist() == [True, True, False]
    assert re.search(r"small: .* NOT powered", told)
    assert rows.at["small", "detectable"] > 0.05 > rows.at["large", "detectable"]


def test_more_weeks_and_fewer_arms_find_more(table, tmp_path):
    found = []
    for weeks, arms in ((2, 2), (8, 2), (8, 4)):
        out = tmp_path / f"{weeks}-{arms}.csv"
        words = ("--outcome", "spent", "--effect", "-2", "--weekly", "500", "--weeks", str(weeks), "--arms", str(arms))
        assert run(str(table), *words, "--out", str(out))[0] == 0
        found.append(pd.read_csv(out).iloc[0])
    powers = [row["power"] for row in found]
    assert powers[0] < powers[2] < powers[1]
    assert [row["per_arm"] for row in found] == [500, 2000, 1000]
    assert found[1]["detectable"] < found[2]["detectable"] < found[0]["detectable"]


@pytest.mark.parametrize("kind", ["share", "mean"])
def test_the_detectable_difference_has_the_wanted_power(kind):
    p = Plan(effect=0.1, arms=2, power=0.8, alpha=0.05, weekly=None, weeks=None)
    values = [np.arange(400) % 4 == 0]
    reach = plan(kind, ["all"], [values[0].astype(float)], 400, p)["detectable"].iloc[0]
    again = plan(kind, ["all"], [values[0].astype(float)], 400, Plan(reach, 2, 0.8, 0.05, None, None)).iloc[0]
    assert again["power"] == pytest.approx(0.8, abs=1e-6)
    assert again["needed_per_arm"] == pytest.approx(200, abs=1)


def test_a_group_of_nobody_or_of_one_level_is_defined():
    p = Plan(effect=0.1, arms=2, power=0.8, alpha=0.05, weekly=100, weeks=None)
    rows = plan("share", ["all", "none", "full"], [np.ones(50), np.zeros(0), np.ones(1)], 50, p)
    assert rows["needed_per_arm"].isna().all(), "a share of 1 cannot rise"
    assert rows["per_week"].tolist() == [100, 0, 2]
    assert not rows["powered"].any()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--effect", "0.1"), "give either a table of customers, or --baseline"),
        (("TABLE", "--effect", "0.1"), "--outcome: which column"),
        (("TABLE", "--outcome", "visit", "--effect", "0"), "--effect: found 0; allowed: any number but 0"),
        (("TABLE", "--outcome", "visit", "--effect", "1", "--weeks", "2"), "--weeks needs --weekly"),
        (("TABLE", "--outcome", "vist", "--effect", "1"), "no column `vist`. Did you mean `visit`?"),
        (("--baseline", "0.9", "--effect", "0.2"), "shares are from 0 to 1. Of a mean say its --std-dev"),
        (("--baseline", "0.9", "--effect", "0.05", "--arms", "1"), "--arms: found 1; allowed: 2 or more"),
    ],
)
def test_bad_options_are_refused_plainly(table, words, said):
    code, told = run(*(str(table) if word == "TABLE" else word for word in words))
    assert code == 1
    assert said in told
