"""Hazard ratios of touchpoints: statsmodels' figures, planted ratios come back, long paths win nothing."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

from pipeline.journeys.hazard_ratio import Stretches, hazard_ratio, stretches
from pipeline.journeys.moments import MomentLimits, contacts, looked_at, moments
from pipeline.journeys.stages import MICROSECONDS_PER_DAY
from tests.journeys.logs_for_tests import shop
from tests.journeys.map_for_tests import mapped, one

LIMITS = MomentLimits(min_cell=1, touchpoints=9, stays=10**6, seed=1)


def test_stays_are_cut_where_contacts_add_up():
    parts = stretches(
        np.array([10.0, 4.0]), np.array([True, False]), np.array([0, 0]),
        np.array([0, 0, 0, 0, 1]), np.array([1.0, 2.0, 6.0, 7.0, 4.0]),
    )  # fmt: skip
    assert np.column_stack([parts.stay, parts.stratum, parts.start, parts.stop, parts.moved]).tolist() == [
        [0, 0, 0, 1, 0], [0, 1, 1, 6, 0], [0, 2, 6, 10, 1], [1, 0, 0, 4, 0],
    ]  # fmt: skip


def test_ratio_is_that_of_another_implementation_and_its_error_that_of_the_definition():
    rng = np.random.default_rng(2)
    size = 300
    days, happened = rng.integers(1, 30, size).astype(float), rng.exponential(12.0, size)
    moved, group, customer = rng.random(size) < 0.7, rng.integers(0, 3, size), rng.integers(0, 200, size)
    found = hazard_ratio(Stretches(np.arange(size), group, np.zeros(size), days, moved), happened, customer)
    later = happened < days
    model = PHReg(
        np.concatenate([np.minimum(happened, days), days[later]]),
        np.repeat([0.0, 1.0], [size, later.sum()])[:, None],
        status=np.concatenate([moved & ~later, moved[later]]),
        entry=np.concatenate([np.zeros(size), happened[later]]),
        strata=np.concatenate([group, group[later]]),
        ties="breslow",
    ).fit()
    assert found.log_ratio == pytest.approx(model.params[0], abs=1e-7)
    assert found.std_error == pytest.approx(by_definition(days, moved, group, customer, happened, found.log_ratio))


def by_definition(days, moved, group, customer, happened, beta):
    """Lin & Wei's error with every sum written out."""
    residual, information = np.zeros(len(days)), 0.0
    for move in np.flatnonzero(moved):
        at_risk = (group == group[move]) & (days >= days[move])
        x = (happened < days[move]).astype(float)
        weight = at_risk * np.exp(beta * x)
        mean = (weight * x).sum() / weight.sum()
        information += mean * (1 - mean)
        residual[move] += x[move] - mean
        residual -= weight * (x - mean) / weight.sum()
    return np.sqrt((np.bincount(customer, residual) ** 2).sum()) / information


def life(rng, ratio, per_day=0.04, contact_rate=0.5, longest=60.0):
    """(days, moved, times of contacts, which of them are webinars): each day's chance to move is `ratio` times as
    high after the first webinar."""
    times = np.cumsum(rng.exponential(1 / contact_rate, 100))
    webinar = rng.random(100) < 0.12
    first = times[webinar][0] if webinar.any() else np.inf
    early = rng.exponential(1 / per_day)
    days = early if early < first else first + rng.exponential(1 / (per_day * ratio))
    seen = times < min(days, longest)
    return min(days, longest), days <= longest, times[seen], webinar[seen]


def simulated(seed, ratio, size=400):
    rng = np.random.default_rng(seed)
    lives = [life(rng, ratio, contact_rate=rng.choice([0.2, 1.0])) for _ in range(size)]
    stays = pd.DataFrame(
        {
            "visit": np.arange(size), "customer_id": np.arange(size).astype(str), "persona": "persona-1",
            "stage": "aware", "to": ["consider" if moved else None for _, moved, _, _ in lives],
            "days": [days for days, *_ in lives],
        }
    )  # fmt: skip
    met = pd.DataFrame(
        {
            "visit": np.repeat(np.arange(size), [len(times) for *_, times, _ in lives]),
            "since": (np.concatenate([times for *_, times, _ in lives]) * MICROSECONDS_PER_DAY).astype("int64"),
            "event": np.where(np.concatenate([kinds for *_, kinds in lives]), "webinar", "read"),
            "channel": "",
        }
    )  # fmt: skip
    return moments(met, stays, [], shop().ladder, LIMITS)


@pytest.mark.parametrize("ratio", [1.0, 2.5])
def test_the_planted_ratio_is_covered(ratio):
    rows = [one(simulated(seed, ratio), persona="all", event="webinar") for seed in range(15)]
    covered = sum(row["lower"] <= ratio <= row["upper"] for row in rows)
    assert covered >= 12
    if ratio > 1:
        assert sum(row["finding"] == "likelier after it" for row in rows) >= 11


def test_a_touchpoint_of_long_paths_wins_nothing():
    """Without any effect, movers after longer stays have met every kind of touchpoint more often."""
    tables = [simulated(seed, 1.0) for seed in range(10)]
    findings = [finding for table in tables for finding in table["finding"]]
    assert findings.count("likelier after it") <= 1
    moved_share = [row["moves_after"] / row["moves"] for row in (one(t, persona="all", event="read") for t in tables)]
    assert np.mean(moved_share) > 0.8


def test_from_a_log_entries_and_moves_are_no_touchpoints_of_their_own_stay(tmp_path):
    stays, touched = mapped(
        tmp_path,
        ("a", 1, "visit"), ("a", 2, "read"), ("a", 3, "demo"), ("b", 1, "visit"), ("b", 3, "read"), ("c", 2, "visit"),
    )  # fmt: skip
    chosen = looked_at(stays, shop().ladder, LIMITS)
    met = contacts(touched, chosen).to_pyarrow().to_pandas()
    assert met[["since", "event"]].to_numpy().tolist() == [
        [MICROSECONDS_PER_DAY, "read"],
        [2 * MICROSECONDS_PER_DAY, "read"],
    ]
    row = one(moments(met, chosen, ["persona-1"], shop().ladder, LIMITS), persona="persona-1", stage="aware")
    assert (row["visits"], row["touched"], row["moves"], row["moves_after"]) == (3, 2, 1, 1)
    assert (row["finding"], np.isnan(row["hazard_ratio"])) == ("not enough data", True)


def test_of_many_stays_a_seeded_part_is_looked_at():
    stays = pd.DataFrame({"stage": ["aware"] * 50 + ["consider"] * 3, "visit": range(53), "from_entry": True})
    few = MomentLimits(min_cell=1, touchpoints=9, stays=10, seed=4)
    chosen = looked_at(stays, shop().ladder, few)
    assert chosen["stage"].value_counts().to_dict() == {"aware": 10, "consider": 3}
    pd.testing.assert_frame_equal(chosen, looked_at(stays, shop().ladder, few))


def test_no_contacts_at_all_give_no_rows():
    stays = pd.DataFrame(
        [{"visit": 0, "customer_id": "a", "persona": "persona-1", "stage": "aware", "to": None, "days": 3.0}]
    )
    met = pd.DataFrame({"visit": [], "since": [], "event": [], "channel": []}).astype({"visit": "int64"})
    assert moments(met, stays, ["persona-1"], shop().ladder, LIMITS).empty
