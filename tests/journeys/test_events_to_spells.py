"""Tiny event logs beside the spells they must become. Day 0 is the first day of journeys, day 100 is not observed."""

import pandas as pd
import pytest

from pipeline.journeys.spells import told_moves
from tests.journeys.logs_for_tests import journeys_of, log, shop, told

SECOND = 1 / 86_400


def test_a_journey_is_spells_without_gaps_until_observation_ends(tmp_path):
    events = log(("ann", 2, "visit"), ("ann", 5, "demo"), ("ann", 9.5, "order"))
    journeys = journeys_of(events, tmp_path)
    assert told(journeys) == [
        ("ann", "aware", "consider", 0, 3),
        ("ann", "consider", "buy", 3, 7.5),
        ("ann", "buy", None, 7.5, 98),
    ]
    assert (journeys.journeys, journeys.returns, journeys.began_later, journeys.tied_share) == (1, 0, 0, 0)


def test_only_days_between_the_cutoff_and_the_end_count(tmp_path):
    events = log(("ann", -1, "demo"), ("ann", -0.5, "order"), ("ann", 0, "visit"), ("ann", 100, "demo"))
    stages = shop(dropoff=None)
    assert told(journeys_of(events, tmp_path, stages)) == [("ann", "aware", None, 0, 100)]


def test_activity_alone_begins_no_journey(tmp_path):
    assert told(journeys_of(log(("ann", 2, "ping"), ("ann", 60, "ping")), tmp_path)) == []


def test_a_journey_may_begin_in_a_later_stage_and_is_counted(tmp_path):
    journeys = journeys_of(log(("ann", 2, "order"), ("bob", 3, "visit")), tmp_path, shop(dropoff=None))
    assert told(journeys) == [("ann", "buy", None, 0, 98), ("bob", "aware", None, 0, 97)]
    assert journeys.began_later == 1


def test_the_stage_you_are_in_changes_nothing(tmp_path):
    events = log(*[("ann", day, "visit") for day in range(5)], ("ann", 6, "demo"), ("ann", 7, "demo"))
    assert told(journeys_of(events, tmp_path, shop(dropoff=None))) == [
        ("ann", "aware", "consider", 0, 6),
        ("ann", "consider", None, 6, 100),
    ]


def test_illegal_moves_are_counted_and_ignored(tmp_path):
    events = log(("ann", 0, "demo"), ("ann", 1, "visit"), ("ann", 2, "order"), ("ann", 3, "visit"), ("bob", 0, "demo"))
    events = pd.concat([events, log(("bob", 1, "visit"), ("bob", 2, "visit"))])
    journeys = journeys_of(events, tmp_path, shop(dropoff=None))
    assert told(journeys) == [
        ("ann", "consider", "buy", 0, 2),
        ("ann", "buy", None, 2, 100),
        ("bob", "consider", None, 0, 100),
    ]
    # Repeats of one refused event count once; 4 moves were tried, 1 of them allowed.
    assert journeys.illegal.to_dict("records") == [
        {"from": "consider", "to": "aware", "count": 2, "share": 0.5},
        {"from": "buy", "to": "aware", "count": 1, "share": 0.25},
    ]


def test_a_property_and_a_count_may_be_needed_to_enter(tmp_path):
    events = log(
        ("ann", 0, "visit"),
        ("ann", 1, "click", {"target": "help"}),
        ("ann", 2, "click", {"target": "pricing"}),
        *[("ann", day, "order") for day in (3, 4, 5, 6)],
    )
    assert told(journeys_of(events, tmp_path)) == [
        ("ann", "aware", "consider", 0, 2),
        ("ann", "consider", "buy", 2, 3),
        ("ann", "buy", "loyal", 3, 5),  # the third order
        ("ann", "loyal", None, 5, 100),
    ]


def test_where_the_higher_stage_is_not_allowed_the_event_enters_the_lower(tmp_path):
    events = log(
        *[("ann", day, "order") for day in (0, 1)], ("ann", 2, "demo"), ("ann", 3, "order"), ("ann", 4, "order")
    )
    assert told(journeys_of(events, tmp_path)) == [
        ("ann", "buy", "consider", 0, 2),
        ("ann", "consider", "buy", 2, 3),  # the third order, but consider -> loyal is not allowed
        ("ann", "buy", "loyal", 3, 4),
        ("ann", "loyal", None, 4, 100),
    ]


def test_drop_off_comes_after_the_inactivity_and_is_never_dated_back(tmp_path):
    events = log(("ann", 0, "visit"), ("ann", 7, "ping"))
    assert told(journeys_of(events, tmp_path)) == [
        ("ann", "aware", "drop-off", 0, 27),
        ("ann", "drop-off", None, 27, 100),
    ]


def test_drop_off_that_was_not_observed_is_censoring(tmp_path):
    events = log(("ann", 0, "visit"), ("ann", 15, "ping"), ("ann", 30, "ping"), ("ann", 81, "ping"))
    events = pd.concat([events, log(("bob", 80, "visit"))])  # day 80 + 20 is the first day not observed
    assert told(journeys_of(events, tmp_path)) == [
        ("ann", "aware", "drop-off", 0, 50),
        ("ann", "drop-off", "aware", 50, 81),
        ("ann", "aware", None, 81, 100),
        ("bob", "aware", None, 0, 20),
    ]


def test_activity_exactly_at_the_limit_is_no_drop_off(tmp_path):
    events = log(("ann", 0, "visit"), ("ann", 20, "ping"), ("ann", 40 + SECOND, "ping"), ("ann", 60, "order"))
    journeys = journeys_of(events, tmp_path)
    assert [spell[1:3] for spell in told(journeys)] == [
        ("aware", "drop-off"),
        ("drop-off", "aware"),
        ("aware", "buy"),
        ("buy", None),
    ]
    assert journeys.spells["stop"].iloc[0] == 40
    assert journeys.returns == 1


def test_a_stage_event_leads_back_to_its_stage_and_other_activity_to_the_stage_left(tmp_path):
    events = log(
        ("ann", 0, "demo"), ("ann", 50, "ping"), ("ann", 60, "order"), ("bob", 0, "demo"), ("bob", 50, "visit")
    )
    journeys = journeys_of(events, tmp_path, shop())
    assert [spell[:3] for spell in told(journeys)] == [
        ("ann", "consider", "drop-off"),
        ("ann", "drop-off", "consider"),
        ("ann", "consider", "buy"),
        ("ann", "buy", None),
        ("bob", "consider", "drop-off"),
        ("bob", "drop-off", "aware"),
        ("bob", "aware", "drop-off"),
        ("bob", "drop-off", None),
    ]
    assert journeys.returns == 2


def test_the_same_stage_event_after_a_gap_is_a_return(tmp_path):
    journeys = journeys_of(log(("ann", 0, "visit"), ("ann", 50, "visit")), tmp_path)
    assert told(journeys) == [
        ("ann", "aware", "drop-off", 0, 20),
        ("ann", "drop-off", "aware", 20, 50),
        ("ann", "aware", "drop-off", 50, 70),
        ("ann", "drop-off", None, 70, 100),
    ]


def test_only_declared_stages_drop_off(tmp_path):
    assert told(journeys_of(log(("ann", 0, "order")), tmp_path)) == [("ann", "buy", None, 0, 100)]


def test_without_returns_drop_off_is_final(tmp_path):
    stages = shop(dropoff={"inactivity_days": 20, "from_stages": ["aware"], "returns": False})
    events = log(("ann", 0, "visit"), ("ann", 50, "ping"), ("ann", 60, "order"))
    assert told(journeys_of(events, tmp_path, stages)) == [
        ("ann", "aware", "drop-off", 0, 20),
        ("ann", "drop-off", None, 20, 100),
    ]


def test_stages_entered_at_one_moment_are_a_direct_move_where_that_is_allowed(tmp_path):
    events = log(("ann", 0, "visit"), ("ann", 4, "order"), ("ann", 4, "demo"), ("bob", 0, "visit"))
    journeys = journeys_of(events, tmp_path, shop(dropoff=None))
    assert told(journeys) == [
        ("ann", "aware", "buy", 0, 4),
        ("ann", "buy", None, 4, 100),
        ("bob", "aware", None, 0, 100),
    ]
    assert journeys.tied_share == 1 / 4
    assert journeys.ties.to_dict("records") == [{"from": "consider", "to": "buy", "count": 1, "share": 1 / 4}]
    assert told_moves(journeys) == ["  stages entered at once: consider -> buy 1 (25.0%)"]


def test_stages_entered_at_one_moment_are_a_tick_apart_where_the_direct_move_is_not_allowed(tmp_path):
    stages = shop(dropoff=None, moves={"aware": ["consider"], "consider": ["buy"]})
    events = log(("ann", 0, "visit"), ("ann", 4, "order"), ("ann", 4, "demo"), ("ann", 4, "ping"))
    assert told(journeys_of(events, tmp_path, stages)) == [
        ("ann", "aware", "consider", 0, 4),
        ("ann", "consider", "buy", 4, pytest.approx(4 + SECOND)),
        ("ann", "buy", None, pytest.approx(4 + SECOND), 100),
    ]


def test_the_first_stage_is_kept_when_the_next_is_entered_at_the_same_moment(tmp_path):
    events = log(("ann", 0, "order"), ("ann", 0, "visit"))
    assert told(journeys_of(events, tmp_path, shop(dropoff=None))) == [
        ("ann", "aware", "buy", 0, pytest.approx(SECOND)),
        ("ann", "buy", None, pytest.approx(SECOND), 100),
    ]


def test_a_declared_sequence_goes_before_the_ladder_among_equal_times(tmp_path):
    events = log(("ann", 0, "visit"), ("ann", 4, "order"), ("ann", 4, "demo")).assign(sequence=[0, 1, 2])
    stages = shop(dropoff=None, moves={"aware": ["buy"], "buy": ["consider"]})
    assert [spell[1:3] for spell in told(journeys_of(events, tmp_path, stages))] == [
        ("aware", "buy"),
        ("buy", "consider"),
        ("consider", None),
    ]


def campaign(customer, day, event, number, **more):
    return (customer, day, event, {"campaign": number, **more})


def test_cases_are_journeys_of_their_own_with_breakdowns_from_their_first_event_that_has_them(tmp_path):
    stages = shop(case="campaign", breakdowns=["type"])
    events = log(
        campaign("ann", 0, "visit", 7),
        campaign("ann", 1, "order", 7, type="A"),
        campaign("ann", 1, "visit", "8", type="B"),
        campaign("ann", 2, "visit", "8", type="C"),
        ("ann", 15, "order"),  # belongs to no campaign: neither a stage nor activity of one
    )
    journeys = journeys_of(events, tmp_path, stages)
    assert told(journeys) == [
        ("ann/7", "aware", "buy", 0, 1),
        ("ann/7", "buy", None, 1, 100),
        ("ann/8", "aware", "drop-off", 0, 21),
        ("ann/8", "drop-off", None, 21, 99),
    ]
    assert journeys.spells["type"].tolist() == ["A", "A", "B", "B"]


def test_the_order_of_rows_and_the_ids_decide_nothing(tmp_path):
    events = log(
        ("ann", 0, "visit"),
        ("ann", 4, "order"),
        ("ann", 4, "demo"),
        ("ann", 4, "order"),
        ("NA", 0, "demo"),
        ("NA", 0, "order"),
        ("NA", 40, "visit"),
    )
    first = told(journeys_of(events, tmp_path))
    other = events.sample(frac=1, random_state=3).assign(event_id=[3, 1, 6, 0, 5, 2, 4])
    assert told(journeys_of(other, tmp_path)) == first


def test_no_events_give_no_spells(tmp_path):
    journeys = journeys_of(log(("ann", 0, "visit")).iloc[:0], tmp_path)
    assert told(journeys) == []
    assert journeys.tied_share is None
    assert journeys.illegal.empty
