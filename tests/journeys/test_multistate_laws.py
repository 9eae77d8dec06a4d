"""Laws for any spells: two states are Kaplan-Meier with Greenwood's error, shares sum to 1, weights are repeats."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from pipeline.core.errors import InputError
from pipeline.journeys.multistate import aalen_johansen, length_of_stay, time_to_share
from tests.laws import assert_same_after_renaming, assert_same_after_shuffling_rows, assert_state_probabilities

TIMES = [0.5, 1, 2, 3.5, 5, 8]


def looping_spells(customers=60, censored=True, seed=5):
    """Three states with loops and an absorbing one; times rounded to halves, so that many are tied."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        state, now = rng.choice(["a", "b"], p=[0.7, 0.3]), 0.0
        end = rng.integers(4, 20) / 2 if censored else np.inf
        while state != "out":
            stop = now + rng.integers(1, 6) / 2
            to = rng.choice([s for s in ("a", "b", "out") if s != state])
            if stop > end:
                rows.append((customer, state, None, now, end))
                break
            rows.append((customer, state, to, now, stop))
            state, now = to, stop
    spells = pd.DataFrame(rows, columns=["customer_id", "from", "to", "start", "stop"])
    return spells[spells["start"] < spells["stop"]]


def lifetimes(seed=3, n=80):
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(4, n))
    died = rng.random(n) < 0.7
    spells = pd.DataFrame({"from": "alive", "to": np.where(died, "dead", None), "start": 0.0, "stop": time})
    return spells.assign(customer_id=range(n)), time, died


def test_two_states_are_kaplan_meier_with_greenwoods_error():
    spells, time, died = lifetimes()
    judge = SurvfuncRight(time, died.astype(int))
    curve = aalen_johansen(spells, judge.surv_times, start="alive").query("state == 'alive'")
    np.testing.assert_allclose(curve["probability"], judge.surv_prob, rtol=0, atol=1e-12)
    inside = judge.surv_prob > 0
    np.testing.assert_allclose(curve["std_error"][inside], judge.surv_prob_se[inside], rtol=0, atol=1e-12)


def test_incidence_of_one_risk_never_exceeds_one_minus_kaplan_meier():
    spells, time, died = lifetimes()
    cause = np.where(np.arange(len(time)) % 3 == 0, "other", "dead")
    competing = spells.assign(to=np.where(died, cause, None))
    alone = spells.assign(to=np.where(died & (cause == "dead"), "dead", None))
    with_risks = aalen_johansen(competing, TIMES, start="alive").query("state == 'dead'")["probability"].to_numpy()
    without = aalen_johansen(alone, TIMES, start="alive").query("state == 'dead'")["probability"].to_numpy()
    assert (with_risks <= without + 1e-12).all()
    assert with_risks[-1] < without[-1]


def test_without_censoring_the_estimate_is_the_observed_share_and_its_binomial_error():
    spells = looping_spells(censored=False)
    customers = spells["customer_id"].nunique()
    curve = aalen_johansen(spells, TIMES, since=0.0).pivot(index="time", columns="state")
    for time in TIMES:
        ended = spells.query("stop <= @time and to == 'out'")["customer_id"].nunique()
        inside = spells.query("start <= @time < stop")["from"].value_counts()
        expected = pd.Series({"a": inside["a"], "b": inside["b"], "out": ended}) / customers
        np.testing.assert_allclose(curve["probability"].loc[time], expected, rtol=0, atol=1e-12)
        binomial = np.sqrt(expected * (1 - expected) / customers)
        np.testing.assert_allclose(curve["std_error"].loc[time], binomial, rtol=0, atol=1e-12)


def test_probabilities_of_looping_journeys_are_probabilities():
    assert_state_probabilities(aalen_johansen(looping_spells(), TIMES))


def test_rows_and_ids_may_come_in_any_order():
    assert_same_after_shuffling_rows(lambda s: aalen_johansen(s, TIMES), looping_spells())
    assert_same_after_renaming(lambda s: aalen_johansen(s, TIMES), looping_spells(), "customer_id")


def test_rows_with_weights_that_no_sum_is_exact_for_may_come_in_any_order():
    spells = looping_spells()
    weighted = spells.assign(weight=0.1 + spells["customer_id"] / 7)
    assert_same_after_shuffling_rows(lambda s: aalen_johansen(s, TIMES, weight="weight"), weighted)
    assert_same_after_shuffling_rows(lambda s: length_of_stay(s, 6, weight="weight"), weighted)


def test_weights_are_repeats():
    spells = looping_spells(customers=20)
    weighted = spells.assign(weight=1.0 + spells["customer_id"] % 3)
    repeated = spells.loc[spells.index.repeat(weighted["weight"].astype(int))]
    once = aalen_johansen(weighted, TIMES, weight="weight")
    thrice = aalen_johansen(repeated, TIMES)
    # The same estimate; the same error too, as repeats stay in their customer's cluster.
    columns = ["probability", "std_error"]
    np.testing.assert_allclose(once[columns], thrice[columns], rtol=0, atol=1e-12)


def test_clusters_of_twins_have_a_larger_error_than_strangers():
    spells = looping_spells()
    twins = pd.concat([spells.assign(row=1), spells.assign(row=2)], ignore_index=True)
    strangers = twins.assign(customer_id=twins["customer_id"].astype(str) + "-" + twins["row"].astype(str))
    clustered, apart = aalen_johansen(twins, TIMES), aalen_johansen(strangers, TIMES)
    inside = apart["std_error"] > 0
    ratio = clustered["std_error"][inside] / apart["std_error"][inside]
    np.testing.assert_allclose(ratio, np.sqrt(2), rtol=1e-9)


def test_shifting_time_shifts_the_curve():
    spells = looping_spells()
    later = spells.assign(start=spells["start"] + 32, stop=spells["stop"] + 32)
    here, there = aalen_johansen(spells, TIMES), aalen_johansen(later, np.array(TIMES) + 32)
    pd.testing.assert_frame_equal(here.drop(columns="time"), there.drop(columns="time"))


def test_many_requested_times_and_one_give_the_same():
    spells = looping_spells()
    together = aalen_johansen(spells, TIMES)
    for time in TIMES:
        alone = aalen_johansen(spells, [time]).reset_index(drop=True)
        expected = together[together["time"] == time].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, expected, rtol=1e-12)


def test_long_logs_are_cut_into_chunks_without_effect(monkeypatch):
    spells = looping_spells()
    whole, stay = aalen_johansen(spells, TIMES), length_of_stay(spells, 8)
    monkeypatch.setattr("pipeline.journeys.chain._CHUNK_CELLS", 20)
    pd.testing.assert_frame_equal(aalen_johansen(spells, TIMES), whole, rtol=1e-12)
    pd.testing.assert_frame_equal(length_of_stay(spells, 8), stay, rtol=1e-12)


def test_stays_are_areas_under_the_curves():
    spells = looping_spells()
    grid = np.arange(0, 8, 0.5)  # every event is at a multiple of a half
    curve = aalen_johansen(spells, grid + 0.25).pivot(index="time", columns="state", values="probability")
    stay = length_of_stay(spells, 8).set_index("state")["mean_time"]
    np.testing.assert_allclose(stay, curve.sum() * 0.5, rtol=0, atol=1e-12)


def test_the_interval_of_a_stay_is_that_of_the_share_of_the_time():
    stay = length_of_stay(looping_spells(), 8).set_index("state")
    m, error = stay["mean_time"], stay["std_error"]
    over, reach = m / (8 - m), np.exp(1.959963984540054 * error * 8 / (m * (8 - m)))
    np.testing.assert_allclose(stay["lower"], 8 * (over / reach) / (1 + over / reach), rtol=1e-12)
    np.testing.assert_allclose(stay["upper"], 8 * (over * reach) / (1 + over * reach), rtol=1e-12)
    nowhere = length_of_stay(looping_spells(), 8, states=["a", "b", "out", "never"]).set_index("state").loc["never"]
    assert (nowhere["mean_time"], nowhere["lower"]) == (0, 0)
    assert 0 < nowhere["upper"] < 8


def test_median_is_the_first_time_with_half_of_them_and_missing_where_never():
    spells = pd.DataFrame(
        {"customer_id": range(4), "from": "a", "to": ["b", "b", None, None], "start": 0, "stop": [1, 2, 3, 3]}
    )
    assert time_to_share(spells, "b", 0.5) == 2
    assert np.isnan(time_to_share(spells, "b", 0.6))
    assert np.isnan(time_to_share(spells, "never", 0.5))


def one_spell(to):
    return pd.DataFrame({"customer_id": ["NA"], "from": ["a"], "to": [to], "start": [0.0], "stop": [2.0]})


def test_one_customer_has_an_estimate_but_no_standard_error():
    curve = aalen_johansen(one_spell("b"), [1, 2], states=["a", "b"], start="a")
    assert curve["probability"].tolist() == [1, 0, 0, 1]
    assert curve["std_error"].isna().all()
    assert curve["upper"].iloc[1] == pytest.approx(0.7935, abs=1e-4)  # Wilson for 0 of 1


def test_all_censored_stays_where_it_began():
    spells = looping_spells().assign(to=None)
    curve = aalen_johansen(spells, [1], states=["a", "b", "out"], start="a")
    assert curve["probability"].tolist() == [1, 0, 0]
    assert curve["std_error"].tolist() == [0, 0, 0]
    assert (curve["upper"].iloc[2] > 0) and (curve["lower"].iloc[0] < 1), "zero events are not certainty"


def test_no_spells_give_missing_figures():
    curve = aalen_johansen(looping_spells().iloc[:0], [1, 2], states=["a", "b"])
    assert len(curve) == 4
    assert curve[["probability", "std_error", "lower", "upper"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stop": 0.0}, r"end at or before their start, row 1: start 0, stop 0"),
        ({"start": np.nan}, r"column `start`: 1 value\(s\) missing"),
        ({"weight": -1.0}, r"column `weight`: 1 negative"),
        ({"to": "bb"}, r"unknown stage `bb`. Did you mean `b`\?|unknown stage `bb`.* Known: a, b"),
    ],
)
def test_spells_that_cannot_be_used_are_refused(change, message):
    spells = one_spell("b").assign(weight=1.0).assign(**change)
    with pytest.raises(InputError, match=message):
        aalen_johansen(spells, [1], states=["a", "b"], weight="weight")


def test_a_start_state_that_is_no_stage_is_refused():
    with pytest.raises(InputError, match=r"start state\(s\) not among the stages: z. Known: a, b"):
        aalen_johansen(one_spell("b"), [1], start="z")


def test_an_origin_at_which_nobody_was_seen_is_refused():
    with pytest.raises(InputError, match="is at risk at the origin 5"):
        aalen_johansen(one_spell("b"), [6], since=5.0)


def test_errors_from_counts_are_greenwoods_where_each_customer_has_one_spell():
    spells, *_ = lifetimes()
    counted, jackknifed = (aalen_johansen(spells, TIMES, start="alive", errors=how) for how in ("counts", "jackknife"))
    np.testing.assert_allclose(counted["std_error"], jackknifed["std_error"], rtol=0, atol=1e-12)
    other = spells["to"].replace("dead", "gone")
    competing = spells.assign(to=spells["to"].where(spells["customer_id"] % 2 == 0, other))
    counted, jackknifed = (aalen_johansen(competing, TIMES, errors=how) for how in ("counts", "jackknife"))
    np.testing.assert_allclose(counted["std_error"], jackknifed["std_error"], rtol=0, atol=1e-12)
    weighted = competing.assign(weight=0.5 + spells["customer_id"] / 9)
    counted, jackknifed = (
        aalen_johansen(weighted, TIMES, weight="weight", errors=how) for how in ("counts", "jackknife")
    )
    np.testing.assert_allclose(counted["std_error"], jackknifed["std_error"], rtol=0.05, atol=1e-12)


def test_errors_from_counts_are_near_the_jackknife_for_markov_journeys():
    spells = looping_spells(customers=2000)
    counted, jackknifed = (aalen_johansen(spells, TIMES, errors=how) for how in ("counts", "jackknife"))
    pd.testing.assert_series_equal(counted["probability"], jackknifed["probability"], check_exact=True)
    inside = jackknifed["std_error"] > 0
    ratio = counted["std_error"][inside] / jackknifed["std_error"][inside]
    assert ratio.between(0.85, 1.3).all(), ratio.describe()
    stays = [length_of_stay(spells, 8, errors=how)["std_error"] for how in ("counts", "jackknife")]
    np.testing.assert_allclose(stays[0], stays[1], rtol=0.3)
