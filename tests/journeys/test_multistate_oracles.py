"""The estimator gives published and independently computed figures, to the printed digits."""

import numpy as np
import pandas as pd
import pytest

from pipeline.journeys.multistate import aalen_johansen, length_of_stay
from tests.laws import assert_same_after_renaming, assert_same_after_shuffling_rows, assert_state_probabilities

STATES = ["entry", "a", "b", "c"]
# The toy of the R package survival (tests/mstate.R): delayed entry (customers 3 and 5), a loop a -> b -> a, a tie at 9.
TOY = pd.DataFrame(
    [
        (1, 0, 4, "entry", "a"),
        (1, 4, 9, "a", "b"),
        (1, 9, 10, "b", "a"),
        (2, 0, 5, "entry", "b"),
        (3, 2, 9, "entry", "c"),
        (4, 0, 2, "entry", "a"),
        (4, 2, 8, "a", "c"),
        (4, 8, 9, "c", None),
        (5, 1, 3, "entry", "b"),
        (5, 3, 11, "b", None),
    ],
    columns=["customer_id", "start", "stop", "from", "to"],
)
# 32 x the probability of entry, a, b, c.
PROBABILITIES = {
    2: (24, 8, 0, 0),
    3: (18, 8, 6, 0),
    4: (12, 14, 6, 0),
    5: (6, 14, 12, 0),
    8: (6, 7, 12, 7),
    9: (0, 0, 19, 13),
    10: (0, 9.5, 9.5, 13),
}
STD_ERRORS = {
    2: (0.21651, 0.21651, 0, 0),
    5: (0.15780, 0.21986, 0.22964, 0),
    8: (0.15780, 0.17574, 0.22964, 0.20282),
    10: (0, 0.24388, 0.23418, 0.22884),
}


def toy_curve(spells):
    return aalen_johansen(spells, list(PROBABILITIES), states=STATES, start="entry")


def test_toy_probabilities_and_standard_errors():
    curve = toy_curve(TOY).pivot(index="time", columns="state")[["probability", "std_error"]]
    found = curve["probability"][STATES].mul(32).loc[list(PROBABILITIES)].to_numpy()
    np.testing.assert_allclose(found, list(PROBABILITIES.values()), rtol=0, atol=1e-12)
    errors = curve["std_error"][STATES].loc[list(STD_ERRORS)].to_numpy()
    np.testing.assert_allclose(errors, list(STD_ERRORS.values()), rtol=0, atol=5.1e-6)


def test_toy_length_of_stay():
    stay = length_of_stay(TOY, 11, states=STATES, start="entry")
    np.testing.assert_allclose(stay["mean_time"], [4.4375, 2.765625, 2.765625, 1.03125], rtol=0, atol=1e-12)
    assert stay["mean_time"].sum() == pytest.approx(11)


def test_toy_does_not_depend_on_the_order_of_rows_or_ids():
    before = TOY.copy(deep=True)
    assert_same_after_shuffling_rows(toy_curve, TOY)
    assert_same_after_renaming(toy_curve, TOY, "customer_id")
    assert_state_probabilities(toy_curve(TOY))
    pd.testing.assert_frame_equal(TOY, before)


def test_standard_errors_equal_a_derivative_by_differences():
    """Second implementation of the jackknife: each customer's weight is moved a little, the estimate made anew."""
    spells, step = TOY.assign(weight=1.0), 1e-6
    influence, stays = [], []
    for customer in spells["customer_id"].unique():
        up, down = (spells.assign(weight=1.0 + sign * step * spells["customer_id"].eq(customer)) for sign in (1, -1))
        curve_up, curve_down = (aalen_johansen(s, [3, 5, 8, 9, 10], weight="weight") for s in (up, down))
        influence.append((curve_up["probability"] - curve_down["probability"]) / (2 * step))
        stay_up, stay_down = (length_of_stay(s, 11, weight="weight") for s in (up, down))
        stays.append((stay_up["mean_time"] - stay_down["mean_time"]) / (2 * step))
    # No start state is given: the mix at the first event is estimated, and its error is part of the result.
    curve = aalen_johansen(spells, [3, 5, 8, 9, 10])
    np.testing.assert_allclose(curve["std_error"], np.sqrt(np.square(influence).sum(axis=0)), atol=1e-8)
    stay = length_of_stay(spells, 11)
    np.testing.assert_allclose(stay["std_error"], np.sqrt(np.square(stays).sum(axis=0)), atol=1e-7)


# Issue 619 of lifelines: two competing risks with tied times, which must not be jittered. 0 = censored.
TIED_CAUSES = (0, 1, 1, 1, 2, 1, 0, 1, 0, 2, 2)
TIED_TIMES = (1, 5, 3, 6, 1, 3, 2, 5, 2, 3, 6)


def test_cumulative_incidence_with_tied_times():
    spells = pd.DataFrame(
        {
            "customer_id": range(11),
            "from": "at risk",
            "to": [(None, "first", "second")[cause] for cause in TIED_CAUSES],
            "start": 0,
            "stop": TIED_TIMES,
        }
    )
    curve = aalen_johansen(spells, [1, 3, 5, 6]).pivot(index="time", columns="state", values="probability")
    np.testing.assert_allclose(curve.loc[[3, 5, 6], "first"], [0.25974, 0.519481, 0.649351], rtol=0, atol=5.1e-7)
    np.testing.assert_allclose(curve.loc[[1, 3, 6], "second"], [0.090909, 0.220779, 0.350649], rtol=0, atol=5.1e-7)
