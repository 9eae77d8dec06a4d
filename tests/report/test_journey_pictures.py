"""Pictures of moves: what they say, what they leave out, two groups and nine, the same bytes each time."""

import re

import numpy as np
import pytest

from pipeline.report.figures.contrasts import difference, time_to_stage
from pipeline.report.figures.draw import drawn_share
from pipeline.report.figures.flows import diagram, sankey
from pipeline.report.figures.week import week

LADDER = ["seen", "tried", "bought"]
MOVES = [
    {"from": "seen", "to": "tried", "value": 0.5, "text": "50%"},
    {"from": "seen", "to": "bought", "value": 0.1, "text": "10%"},
    {"from": "tried", "to": "bought", "value": 0.25, "text": "25%"},
    {"from": "seen", "to": "gone", "value": 0.4, "text": "40%"},
    {"from": "gone", "to": "seen", "value": 0.05, "text": "5%"},
    {"from": "tried", "to": "gone", "value": None, "text": "too few"},
]


def widths(picture):
    return [float(w) for w in re.findall(r"stroke-width: ?([\d.]+)", picture.file)]


def test_arrows_are_as_thick_as_the_moves_are_likely():
    found = diagram(MOVES, LADDER, "gone", "moves", "all")
    assert {6.0, 4.8, 3.0}.issubset(widths(found))
    assert (
        found.description
        == "seen to tried 50%; seen to bought 10%; tried to bought 25%; seen to gone 40%; gone to seen 5%"
    )
    assert "too few" not in found.file
    assert diagram(MOVES, LADDER, "gone", "moves", "all") == found
    assert diagram([{**m, "value": None} for m in MOVES], LADDER, "gone", "moves", "all") is None


def test_every_stay_is_in_one_band():
    flows = [
        {"from": "seen", "to": "tried", "count": 60}, {"from": "seen", "to": "gone", "count": 20},
        {"from": "tried", "to": "still there", "count": 20}, {"from": "tried", "to": "bought", "count": None},
    ]  # fmt: skip
    found = sankey(flows, LADDER, "gone", "bands", "all")
    assert found.description == "seen to tried 60; seen to gone 20; tried to still there 20"
    for text in ("seen 80%", "tried 20%", "tried 60%", "gone 20%", "still there 20%"):
        assert text in found.file
    assert "bought" not in found.file
    assert sankey([{**f, "count": None} for f in flows], LADDER, "gone", "bands", "all") is None


def test_hours_held_back_are_hatched_and_not_empty():
    shares = [[0.01] * 24 for _ in range(7)]
    shares[2][9] = 0.05
    whole = week(shares, "week", "all")
    assert "too few to tell" not in whole.file
    assert whole.description.startswith("Busiest: Wed 9:00 5.0%")
    shares[0][0] = None
    assert "too few to tell" in week(shares, "week", "all").file
    assert week([[None] * 24] * 7, "week", "all") is None
    assert week([[0.0] * 24] * 7, "week", "all") is None


def series(count):
    days = np.linspace(0, 90, 10)
    made = []
    for number in range(1, count + 1):
        share = number / 10 * (1 - np.exp(-days / 30))
        ends = {"lower": list(share * 0.9), "upper": list(share * 1.05)}
        made.append({"mark": str(number), "name": f"persona {number}", "colour": f"p{number}", "days": list(days)})
        made[-1] |= {"values": list(share), **ends}
    return made


@pytest.mark.parametrize("count", [2, 9])
def test_lines_are_told_apart_by_their_number_at_the_end(count):
    found = time_to_stage(series(count), "decision", "time")
    marks = re.findall(r">(\d)  \d+%<", found.file)
    assert sorted(marks) == [str(n) for n in range(1, count + 1)]
    places = sorted(float(y) for y in re.findall(r'y="([\d.]+)"[^>]*>\d  \d+%<', found.file))
    assert len(places) == count
    assert min(np.diff(places)) >= 14.9


def test_a_line_ends_where_nobody_was_watched_that_long():
    lines = series(2)
    lines[0]["values"][5:] = [None] * 5
    told = time_to_stage(lines, "decision", "time").description
    assert told == "persona 1 7% by day 40; persona 2 19% by day 90"
    for line in lines:
        line["values"] = [None] * 10
    assert time_to_stage(lines, "decision", "time") is None


def test_a_difference_is_called_one_only_where_the_test_finds_it():
    one, other = {"name": "early birds", "colour": "p1"}, {"name": "night owls", "colour": "p2"}
    rows = [
        {"stage": "tried", "difference": 0.2, "lower": 0.1, "upper": 0.3, "finding": "differ", "text": "+20 points"},
        {
            "stage": "bought",
            "difference": -0.1,
            "lower": -0.3,
            "upper": 0.1,
            "finding": "not enough data",
            "text": "−10",
        },
        {"stage": "loyal", "difference": None, "lower": None, "upper": None, "finding": "not enough data", "text": ""},
    ]
    found = difference(rows, one, other, 0.05, "pair")
    assert found.description == "tried +20 points, they differ; bought −10, not enough data to tell"
    assert found.file.count(">they differ<") == 1
    assert difference(rows[2:], one, other, 0.05, "pair") is None


def test_a_move_that_is_told_by_a_bound_is_drawn_by_it():
    """A move of nearly everybody may not be missing from the picture because few do not make it."""
    held = {"lower": None, "upper": None, "n": 258, "interval": ""}
    moves = [
        {"from": "see", "to": "buy", "probability": {**held, "value": None, "text": "over 96%"}},
        {"from": "see", "to": "drop-off", "probability": {**held, "value": None, "text": "too few"}},
    ]
    assert [drawn_share(m["probability"]) for m in moves] == [0.96, None]
    shown = [{**m, "value": drawn_share(m["probability"]), "text": m["probability"]["text"]} for m in moves]
    assert "see to buy over 96%" in diagram(shown, ["see", "buy"], "drop-off", "x", "they").description
