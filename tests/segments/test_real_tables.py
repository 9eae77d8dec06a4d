"""Real tables of customers, read by hand, through the whole of `segment`."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.segments.schema import MEMBERS
from pipeline.segments.segmentation import Segmentation, segment
from pipeline.segments.settings import Params
from tests.segments.worlds import describe

PARAMS = Params(
    seed=1,
    fit_customers=1500,
    max_segments=7,
    min_segment_share=0.04,
    starts=5,
    umap_seeds=0,
    umap_neighbors=30,
    resamples=6,
    null_resamples=19,
    min_probability=0.7,
    min_stability=0.6,
)
NUMBERS = ("tenure", "MonthlyCharges")
pytestmark = pytest.mark.realdata


def segmented(table: pd.DataFrame, kinds: dict[str, str]) -> Segmentation:
    features = table[list(kinds)].assign(customer_id=[f"{i:016x}" for i in range(len(table))])
    return segment(features, describe(features, kinds, {}), PARAMS)


@pytest.fixture(scope="module")
def mcdonalds(real_data: Path) -> Segmentation:
    table = pd.read_csv(real_data / "mcdonalds" / "mcdonalds.csv")
    attributes = list(table.columns[:11])
    return segmented((table[attributes] == "Yes").astype(float), dict.fromkeys(attributes, "binary"))


@pytest.fixture(scope="module")
def telco(real_data: Path) -> tuple[pd.DataFrame, Segmentation]:
    table = pd.read_csv(real_data / "telco" / "Telco-Customer-Churn.csv.gz")
    kinds = {
        name: "numeric" if name in NUMBERS else "nominal"
        for name in table.columns
        if name not in ("customerID", "TotalCharges", "Churn")
    }
    texts = table[list(kinds)].astype({name: "str" for name, kind in kinds.items() if kind == "nominal"})
    return table, segmented(texts.astype(dict.fromkeys(NUMBERS, "float64")), kinds)


def test_mcdonalds_answers_form_a_continuum_with_one_useful_cut(mcdonalds):
    assert mcdonalds.summary["verdict"] == "none"
    assert mcdonalds.summary["sentence"].startswith("No segment structure: ")
    assert "One useful way to cut them" in mcdonalds.summary["sentence"]
    assert (MEMBERS.check(mcdonalds.members)["segment"] == -1).all()
    assert len(mcdonalds.members) == 1453
    assert mcdonalds.candidates["score"].max() > 0, "the attributes do depend on each other"


def test_telco_customers_without_internet_stand_apart(telco):
    table, found = telco
    assert found.summary["verdict"] in ("natural", "reproducible")
    segments = MEMBERS.check(found.members)["segment"].to_numpy()
    without = (table["InternetService"] == "No").to_numpy()
    homes = pd.Series(segments[without]).value_counts(normalize=True)
    assert homes.iloc[0] > 0.9
    assert (segments[~without] == homes.index[0]).mean() < 0.02
