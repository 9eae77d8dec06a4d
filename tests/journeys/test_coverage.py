"""Simulated journeys with known rates: intervals cover the truth, and the naive funnel does not come near it."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.journeys_coverage import STAGES, WINDOW, coverage, pooling, simulate, truths
from pipeline.journeys.funnel import funnel
from pipeline.journeys.transitions import transitions

REPEATS, CUSTOMERS = 120, 150


@pytest.fixture(scope="module")
def repeated():
    rng = np.random.default_rng(20240501)
    worlds = [simulate(rng, CUSTOMERS) for _ in range(REPEATS)]
    reached = [funnel(spells, STAGES, WINDOW).loc[1] for spells in worlds]
    moved = [transitions(spells, STAGES, WINDOW).loc[0] for spells in worlds]
    return pd.DataFrame(reached), pd.DataFrame(moved)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "truth"), [(0, truths()["reached buy"]), (1, truths()["next buy"])])
def test_intervals_cover_the_truth_and_estimates_are_unbiased(repeated, table, truth):
    estimates = repeated[table]
    covered = ((estimates["lower"] <= truth) & (truth <= estimates["upper"])).mean()
    # Of 120 repeats 95 % cover, with a standard error of 2 points: two and a half of them either way.
    assert 0.90 <= covered <= 1.0
    assert estimates["probability"].mean() == pytest.approx(truth, abs=0.01)
    assert estimates["std_error"].mean() == pytest.approx(estimates["probability"].std(), rel=0.15)


@pytest.mark.slow
def test_the_naive_funnel_is_off_by_far_more(repeated):
    naive = repeated[0]["observed_share"].mean()
    assert truths()["reached buy"] - naive > 0.05
    assert repeated[0]["not_followed_up"].mean() > 0.3


@pytest.mark.slow
def test_late_entry_is_accounted_for_where_the_naive_funnel_is_far_off():
    """Only those who had not bought before they came into sight are in the data; `make coverage-journeys` has 500."""
    (found,) = coverage(repeats=50, customers=CUSTOMERS, late=True, seed=1)
    assert found["covered"] >= 0.86  # of 50 repeats 95 % cover, with a standard error of 3 points
    assert abs(found["bias"]) < 0.03
    assert found["truth"] - found["naive"] > 0.05


@pytest.mark.slow
def test_pooled_shares_of_personas_of_thirty_have_a_smaller_error():
    raw, pooled = pooling(repeats=10, seed=1)
    assert pooled < 0.8 * raw
