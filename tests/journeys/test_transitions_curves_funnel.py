"""Transitions, curves and funnels of hand-made spells, beside the figures one can count."""

import numpy as np
import pandas as pd
import pytest

from pipeline.journeys.curves import curves
from pipeline.journeys.funnel import funnel
from pipeline.journeys.groups import groups, with_personas
from pipeline.journeys.membership import by_membership
from pipeline.journeys.schema import CURVES, FUNNEL, MEMBERSHIP, TRANSITIONS
from pipeline.journeys.transitions import transitions
from tests.journeys.logs_for_tests import shop

STATES = ["aware", "consider", "buy", "loyal", "drop-off"]


def spells_of(*journeys):
    """Each journey: (customer, end, (stage, start), (stage, start), …)."""
    rows = []
    for number, (customer, end, *stays) in enumerate(journeys):
        for (stage, start), (to, stop) in zip(stays, [*stays[1:], (None, end)], strict=True):
            rows.append((customer, f"{customer}/{number}", stage, to, float(start), float(stop)))
    table = pd.DataFrame(rows, columns=["customer_id", "case_id", "from", "to", "start", "stop"])
    return table.astype({"from": "str", "to": "str", "customer_id": "str", "case_id": "str"}).assign(
        entered=table["start"]
    )


FOUR = spells_of(
    ("ann", 100, ("aware", 0), ("consider", 5), ("buy", 20)),
    ("bob", 100, ("aware", 0), ("buy", 30)),
    ("cat", 100, ("aware", 0), ("drop-off", 20), ("aware", 60), ("buy", 70)),
    ("dan", 100, ("aware", 0), ("drop-off", 40)),
)


def checked(frame, table):
    """`frame` against its schema."""
    return table.check(frame.assign(group_by="all", group="all"))


def test_transitions_without_censoring_are_shares_of_those_at_risk():
    table = checked(transitions(FOUR, shop(), 90), TRANSITIONS).set_index(["from", "to"])
    assert table.loc[("aware", "buy"), ["at_risk", "moved", "censored"]].tolist() == [5, 2, 0]
    assert table.loc["aware", "probability"].to_dict() == pytest.approx({"consider": 0.2, "buy": 0.4, "drop-off": 0.4})
    # Five stays of four customers: cat has two of them, so the error is not that of five independent ones.
    influence = np.array([0 - 0.4, 1 - 0.4, (1 - 0.4) + (0 - 0.4), 0 - 0.4]) / 5
    assert table.loc[("aware", "buy"), "std_error"] == pytest.approx(np.sqrt((influence**2).sum()))
    assert not table["probability"].isna().loc[["aware", "consider", "drop-off"]].any()


def test_a_move_after_the_horizon_does_not_count():
    table = transitions(FOUR, shop(), 25).set_index(["from", "to"])
    assert table.loc[("aware", "buy"), "moved"] == 1
    assert table.loc[("aware", "buy"), "probability"] == pytest.approx(0.2)


def test_allowed_moves_that_nobody_made_have_an_upper_limit():
    row = transitions(FOUR, shop(), 60).set_index(["from", "to"]).loc[("buy", "loyal")]
    assert (row["at_risk"], row["moved"], row["probability"], row["std_error"], row["lower"]) == (3, 0, 0, 0, 0)
    # Only cat's 30 days in `buy` are too short to know: Wilson for 0 of 2 customers.
    assert row["upper"] == pytest.approx(1.96**2 / (2 + 1.96**2), abs=1e-4)


def test_a_stage_nobody_reached_has_no_probability():
    stages = shop(moves={"aware": ["consider", "buy"], "consider": ["buy"], "loyal": ["aware"]})
    row = transitions(FOUR, stages, 60).set_index(["from", "to"]).loc[("loyal", "aware")]
    assert row["at_risk"] == 0
    assert row[["probability", "std_error", "lower", "upper"]].isna().all()


def test_curves_without_censoring_are_observed_shares():
    table = checked(curves(FOUR, STATES, 80, 5), CURVES).pivot(index="day", columns="state", values="probability")
    expected = {0: (4, 0, 0, 0, 0), 20: (2, 0, 1, 0, 1), 40: (0, 0, 2, 0, 2), 60: (1, 0, 2, 0, 1), 80: (0, 0, 3, 0, 1)}
    assert table.index.tolist() == list(expected)
    np.testing.assert_allclose(table[STATES], np.array(list(expected.values())) / 4, atol=1e-12)


def test_curves_are_missing_where_nobody_was_watched_that_long():
    short = spells_of(("ann", 10, ("aware", 0)), ("bob", 30, ("aware", 0), ("buy", 5)))
    table = curves(short, STATES, 40, 3).set_index(["day", "state"])
    assert table.loc[20, "probability"].notna().all()
    assert table.loc[40, "probability"].isna().all()
    assert table.groupby("day")["at_risk"].first().to_dict() == {0: 2, 20: 1, 40: 0}


def test_funnel_counts_a_stage_passed_over_as_reached():
    table = checked(funnel(FOUR, shop(), 90), FUNNEL).set_index("stage")
    assert table["reached"].tolist() == [4, 3, 3, 0]
    assert table["of_previous"].tolist()[1:] == [0.75, 1, 0]
    assert table["probability"].tolist() == pytest.approx(table["observed_share"].tolist())
    assert table.loc["consider", "median_days"] == 30
    assert np.isnan(table.loc["loyal", "median_days"])
    assert table.loc["aware", ["probability", "lower", "upper", "median_days"]].tolist() == [1, 1, 1, 0]


def test_funnel_window_ends_the_count():
    table = funnel(FOUR, shop(), 25).set_index("stage")
    assert table.loc["buy", "reached"] == 1
    assert table.loc["buy", "probability"] == pytest.approx(0.25)


def test_funnel_accounts_for_those_still_under_way():
    # 10 journeys, half of them watched for 10 days only: by then nobody had moved.
    late = [(f"new-{n}", 10, ("aware", 0)) for n in range(5)]
    old = [(f"old-{n}", 90, ("aware", 0), ("buy", 20)) for n in range(4)] + [("old-4", 90, ("aware", 0))]
    row = funnel(spells_of(*late, *old), shop(), 60).set_index("stage").loc["buy"]
    assert row["observed_share"] == pytest.approx(0.4)
    assert row["not_followed_up"] == pytest.approx(0.5)
    assert row["probability"] == pytest.approx(0.8)
    assert row["median_days"] == 20


def test_journeys_that_begin_later_have_reached_the_stages_before():
    table = funnel(spells_of(("ann", 50, ("buy", 0)), ("bob", 50, ("aware", 0))), shop(), 40).set_index("stage")
    assert table.loc[["consider", "buy"], "reached"].tolist() == [1, 1]
    assert table.loc["buy", "probability"] == pytest.approx(0.5)


@pytest.mark.parametrize("make", ["curves", "funnel", "transitions"])
def test_a_group_without_journeys_keeps_its_rows_without_figures(make):
    nobody = FOUR.iloc[:0]
    table = {
        "curves": lambda: checked(curves(nobody, STATES, 80, 5), CURVES),
        "funnel": lambda: checked(funnel(nobody, shop(), 80), FUNNEL),
        "transitions": lambda: checked(transitions(nobody, shop(), 80), TRANSITIONS),
    }[make]()
    assert len(table) > 0
    assert table["probability"].isna().all()


def test_groups_are_all_personas_the_unassigned_and_levels():
    members = pd.DataFrame({"customer_id": ["ann", "bob", "cat"], "segment": [0, 1, -1]})
    spells = with_personas(FOUR, members, {0: "persona-1", 2: "persona-3"}).assign(
        channel=FOUR["customer_id"].map({"ann": "web", "bob": "app"})
    )
    found = [
        (by, name, sorted(part["customer_id"].unique()))
        for by, name, part in groups(spells, ["persona-1", "persona-3"], ["channel"], [])
    ]
    assert found == [
        ("all", "all", ["ann", "bob", "cat", "dan"]),
        ("persona", "persona-1", ["ann"]),
        ("persona", "persona-3", []),
        ("persona", "unassigned", ["bob", "cat", "dan"]),
        ("channel", "app", ["bob"]),
        ("channel", "not known", ["cat", "dan"]),
        ("channel", "web", ["ann"]),
    ]


def test_members_count_by_the_probability_of_belonging():
    members = pd.DataFrame({"customer_id": ["ann", "bob", "cat", "dan"], "probability": [1.0, 0.5, 0.5, 1.0]})
    spells = FOUR.assign(persona_id="persona-1")
    table = by_membership(spells, members, ["persona-1", "persona-2"], shop(), 90).set_index(["persona", "stage"])
    buy = table.loc[("persona-1", "buy")]
    assert buy["full"] == pytest.approx(3 / 4)
    assert buy["probability"] == pytest.approx(2 / 3), "ann, half of bob, half of cat, of three"
    assert buy["mean_membership"] == 0.75
    sure = by_membership(spells, members.assign(probability=1.0), ["persona-1"], shop(), 90)
    np.testing.assert_allclose(sure["probability"], funnel(FOUR, shop(), 90)["probability"], atol=1e-12)
    np.testing.assert_allclose(sure["std_error"], funnel(FOUR, shop(), 90)["std_error"], atol=1e-12)
    assert table.loc["persona-2", ["full", "probability"]].isna().all(axis=None)
    MEMBERSHIP.check(table.reset_index())
