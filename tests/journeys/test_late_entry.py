"""Shares whose journeys came into sight late: the interval knows what few at risk cannot show; the estimate stays."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core.intervals import wilson
from pipeline.journeys.first_passage import STATES, Passages
from pipeline.journeys.intervals import probability_interval
from pipeline.journeys.late_entry import interval
from pipeline.journeys.spell_columns import NOWHERE, SpellColumns

LADDER = ["aware", "buy"]
ENDS = ["lower", "upper"]


def journeys(*rows):
    """Spells of journeys given as (in sight from, arrived or None, seen until)."""
    spells = []
    for number, (begin, arrived, end) in enumerate(rows):
        name = f"{number:04d}"
        if arrived is not None:
            spells += [(name, "aware", begin, arrived), (name, "buy", arrived, end)]
        else:
            spells.append((name, "aware", begin, end))
    table = pd.DataFrame(spells, columns=["case_id", "from", "start", "stop"])
    return table.assign(customer_id=table["case_id"])


def estimate(rows, window=10.0, weight=None):
    passages = Passages.of(journeys(*rows), LADDER)
    weights = None if weight is None else np.full(passages.journeys.count, weight)
    return passages.estimate(1, window, weights)


def plain(found, rows):
    lower, upper = probability_interval(found["probability"], found["std_error"], len(rows))
    return pytest.approx([float(lower), float(upper)], rel=1e-12)


FROM_THE_START = [(0.0, 1.0 + 8.0 * k / 20, 12.0) if k % 3 == 0 else (0.0, None, 12.0) for k in range(20)]
LATE = [(5.0, 6.0 + k / 10, 12.0) if k % 3 == 0 else (5.0, None, 12.0) for k in range(30)]


def test_without_late_entry_nothing_changes():
    found = estimate(FROM_THE_START)
    assert [found[end] for end in ENDS] == plain(found, FROM_THE_START)


def test_two_at_risk_at_first_move_the_upper_limit_alone():
    rows = [(0.0, None, 12.0), (0.0, None, 12.0), *LATE]
    found, without = estimate(rows), plain(estimate(rows), rows).expected
    assert found["lower"] == pytest.approx(without[0])
    assert found["upper"] > without[1] + 0.1
    many = [(0.0, None, 12.0)] * 60 + LATE
    assert estimate(many)["upper"] == pytest.approx(plain(estimate(many), many).expected[1], abs=0.02)


def test_what_the_moves_do_not_show_by_hand():
    """One at risk up to day 4, ten from then to 8; two moves in 40 days at risk, so one rate for all of them."""
    start, stop = [0.0, *[4.0] * 9], [8.0, 5.0, 7.0, *[8.0] * 7]
    target = np.array([NOWHERE, 1, 1, *[NOWHERE] * 7])
    waiting = SpellColumns(STATES, np.zeros(10, int), target, np.array(start), np.array(stop), None, np.arange(10), 10)
    found = interval(waiting, 8.0, 0.2, 0.1, 0.07, 0.45)
    expected = 2 / 40 * (4 / 1 + 1 / 10 + 2 / 9 + 1 / 8)
    error = np.hypot(0.1, 0.8 * np.sqrt(expected - 1 / 10**2 - 1 / 9**2))
    assert found == pytest.approx((0.07, float(probability_interval(0.2, error, 1)[1])), rel=1e-12)


def test_a_beginning_that_nobody_was_there_to_see_counts_as_a_possible_bias():
    """Forty from day 5 on: a rate of 1/3 a stretch tells of five days in which it would have moved as many."""
    rows = [(5.0, 5.0 + 4.0 * (k + 1) / 10, 12.0) if k < 10 else (5.0, None, 12.0) for k in range(40)]
    found = estimate(rows)
    shown = plain(found, rows).expected[1]
    from_the_start = [(begin - 5.0, at and at - 5.0, end - 5.0) for begin, at, end in rows]
    assert estimate(from_the_start, window=5.0)["upper"] == pytest.approx(shown)
    # As many again would have moved, had the rate been the same: the limit must lie beyond.
    assert found["upper"] > 1 - (1 - found["probability"]) ** 2


def test_none_arrived_is_worth_as_many_as_were_at_risk_on_average():
    rows = [(8.0, None, 12.0)] * 50
    found = estimate(rows)
    assert (found["probability"], found["lower"]) == (0.0, 0.0)
    assert found["upper"] == pytest.approx(float(wilson(0.0, 10.0)[1]))


def test_all_arrived_because_the_only_one_at_risk_did_is_worth_one():
    rows = [(0.0, 2.0, 12.0), *[(4.0, None, 12.0)] * 50]
    found = estimate(rows)
    assert (found["probability"], found["upper"]) == (1.0, 1.0)
    assert found["lower"] == pytest.approx(float(wilson(1.0, 1.0)[0]))
    last_of_many = [(0.5, 1.0 + k / 10, 12.0) for k in range(50)]
    assert estimate(last_of_many)["lower"] == pytest.approx(float(wilson(1.0, 50.0)[0]))


def test_neither_the_unit_of_weights_nor_the_order_of_rows_matters():
    rows = [(0.0, None, 12.0), (0.0, None, 12.0), *LATE]
    found = estimate(rows)
    for other in (estimate(rows, weight=0.25), estimate(rows[::-1])):
        assert [other[end] for end in ENDS] == pytest.approx([found[end] for end in ENDS], rel=1e-12)
