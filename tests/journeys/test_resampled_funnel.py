"""The wider interval knows what clustering anew does to a persona's funnel, and is the same where it does nothing."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.journeys_coverage import STAGES, simulate
from pipeline.journeys.first_passage import arrivals, journeys_of, passage
from pipeline.journeys.funnel import funnel
from pipeline.journeys.resampled import _Passage, resampled_funnel

WINDOW = 60.0
RUNS = 8


@pytest.fixture(scope="module")
def world():
    """300 customers. Segment 0 is the even ones, segment 1 the odd ones."""
    rng = np.random.default_rng(3)
    spells = simulate(rng, 300).assign(
        customer_id=lambda t: t["customer_id"].astype(str), case_id=lambda t: t["case_id"]
    )
    ids = [str(number) for number in range(300)]
    segment = np.arange(300) % 2
    table = spells.assign(persona_id=spells["customer_id"].astype(int).mod(2).map({0: "even", 1: "odd"}))
    own = [funnel(part, STAGES, WINDOW).assign(group=name) for name, part in table.groupby("persona_id")]
    copies = {f"copies_{run}": rng.poisson(1, 300) for run in range(RUNS)}
    draws = pd.DataFrame({"customer_id": ids, "segment": segment, **copies})
    return table, pd.concat(own), draws


def drawn(draws, segments):
    return draws.assign(**{f"segment_{run}": segments(run) for run in range(RUNS)})


def wider(world, segments):
    spells, own, draws = world
    table = resampled_funnel(spells, own, drawn(draws, segments), {"even": 0, "odd": 1}, STAGES, WINDOW)
    return table.set_index(["persona", "stage"])


def test_segments_that_come_back_whole_leave_the_interval_as_it_is(world):
    table = wider(world, lambda run: world[2]["segment"])
    pd.testing.assert_series_equal(table["resampled_error"], table["std_error"], check_names=False)
    buys = table.xs("buy", level="stage")
    np.testing.assert_allclose(buys[["resampled_lower", "resampled_upper"]], buys[["lower", "upper"]], rtol=1e-12)
    assert (table["runs"] == RUNS).all()
    assert (table["found_again"] == 1).all()


def test_segments_that_change_make_it_wider_by_what_they_change(world):
    rng = np.random.default_rng(5)
    swapped = [np.where(rng.random(300) < 0.3, 1 - world[2]["segment"], world[2]["segment"]) for _ in range(RUNS)]
    table = wider(world, lambda run: swapped[run])
    even = table.loc[("even", "buy")]
    spells, _, draws = world
    journeys = journeys_of(spells)
    arrived = arrivals(spells, journeys, spells["from"].eq("buy").to_numpy())
    who = spells.drop_duplicates("case_id").sort_values("case_id")["customer_id"].astype(int).to_numpy()

    def share(weight):
        return passage(journeys, arrived, WINDOW, weight.astype(float))["probability"]

    moved = []
    for run in range(RUNS):
        copies = draws[f"copies_{run}"].to_numpy()[who]
        before, now = (copies * (segment[who] == 0) for segment in (draws["segment"].to_numpy(), swapped[run]))
        moved.append(share(now) - share(before))
    expected = np.hypot(even["std_error"], np.sqrt(np.mean(np.square(moved))))
    assert even["resampled_error"] == pytest.approx(expected, rel=1e-9)
    assert even["resampled_error"] > 1.05 * even["std_error"]
    assert even["resampled_lower"] < even["lower"] < even["upper"] < even["resampled_upper"]


def test_runs_in_which_a_segment_did_not_come_back_are_counted_and_tell_nothing(world):
    table = wider(world, lambda run: np.where(world[2]["segment"] == 0, -1 if run else 0, 1))
    assert table.loc[("even", "buy"), "found_again"] == 1 / RUNS
    lost = wider(world, lambda run: np.full(300, -1)).loc[("even", "buy")]
    assert lost["found_again"] == 0
    assert np.isnan([lost["resampled_error"], lost["resampled_lower"], lost["resampled_upper"]]).all()


def test_without_draws_there_is_one_interval(world):
    spells, own, draws = world
    table = resampled_funnel(spells, own, draws[["customer_id", "segment"]], {"even": 0, "odd": 1}, STAGES, WINDOW)
    assert (table["runs"] == 0).all()
    assert table[["resampled_error", "found_again"]].isna().all(axis=None)
    assert table["std_error"].notna().any()


def test_shares_are_those_of_the_estimator(world):
    """Late entry included: every third journey is watched from day 7 on."""
    spells = world[0]
    late = spells["case_id"] % 3 == 0
    spells = spells.assign(start=spells["start"].where(~late, np.maximum(spells["start"], 7.0)))
    spells = spells[spells["start"] < spells["stop"]]
    journeys = journeys_of(spells)
    arrived = arrivals(spells, journeys, spells["from"].eq("buy").to_numpy())
    weight = np.random.default_rng(1).integers(0, 3, journeys.count).astype(float)
    expected = passage(journeys, arrived, WINDOW, weight)["probability"]
    assert _Passage.of(journeys, arrived, WINDOW).share(weight) == pytest.approx(expected, rel=1e-12)
