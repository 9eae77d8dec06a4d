"""Simulated journeys with known rates: intervals cover the truth, and the naive funnel does not come near it."""

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm

from pipeline.core.sources import StageSettings
from pipeline.journeys.funnel import funnel
from pipeline.journeys.transitions import transitions

STATES = ["aware", "buy", "drop-off"]
# Per day: who is aware buys or drops off, who dropped off may return, who bought may drop off for good.
RATES = np.array([[0.0, 0.010, 0.015], [0.0, 0.0, 0.004], [0.008, 0.0, 0.0]])
WINDOW, LONGEST = 60.0, 120.0
REPEATS, CUSTOMERS = 120, 150
STAGES = StageSettings.model_validate(
    {
        "ladder": ["aware", "buy"],
        "enter": {"aware": [{"event": "visit"}], "buy": [{"event": "order"}]},
        "moves": {"aware": ["buy"]},
        "dropoff": {"inactivity_days": 1, "from_stages": ["aware", "buy"]},
    }
)


def simulate(rng, customers=CUSTOMERS):
    """Spells of customers who began at a uniform time in the last 120 days: half are watched for less than 60."""
    end = rng.uniform(0, LONGEST, customers)
    state, now, rows = np.zeros(customers, dtype=int), np.zeros(customers), []
    going = np.arange(customers)
    while len(going):
        leave = RATES[state[going]]
        times = rng.exponential(1 / np.maximum(leave, 1e-12))
        stop, to = now[going] + times.min(axis=1), times.argmin(axis=1)
        seen = stop < end[going]
        rows.append((going, state[going], np.where(seen, to, -1), now[going], np.minimum(stop, end[going])))
        going, to, stop = going[seen], to[seen], stop[seen]
        state[going], now[going] = to, stop
    customer, origin, target, start, stop = (np.concatenate(column) for column in zip(*rows, strict=True))
    names = np.array([*STATES, None], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": customer,
            "case_id": customer,
            "from": names[origin],
            "to": names[target],
            "start": start,
            "stop": stop,
            "entered": start,
        }
    )


def generator(rates):
    return rates - np.diag(rates.sum(axis=1))


def chance_to_reach_buy():
    """First passage: `buy` is made absorbing."""
    rates = RATES.copy()
    rates[1] = 0
    return expm(generator(rates) * WINDOW)[0, 1]


def chance_of_next_buy():
    total = RATES[0].sum()
    return RATES[0, 1] / total * (1 - np.exp(-total * WINDOW))


@pytest.fixture(scope="module")
def repeated():
    rng = np.random.default_rng(20240501)
    worlds = [simulate(rng) for _ in range(REPEATS)]
    reached = [funnel(spells, STAGES, WINDOW).loc[1] for spells in worlds]
    moved = [transitions(spells, STAGES, WINDOW).loc[0] for spells in worlds]
    return pd.DataFrame(reached), pd.DataFrame(moved)


@pytest.mark.slow
@pytest.mark.parametrize(("table", "truth"), [(0, chance_to_reach_buy()), (1, chance_of_next_buy())])
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
    assert chance_to_reach_buy() - naive > 0.05
    assert repeated[0]["not_followed_up"].mean() > 0.3
