"""Pictures of how customers move: states over time, the funnel of one group, one stage across groups."""

from typing import Any

import numpy as np

from pipeline.core.coarse import smooth
from pipeline.core.rounding import percent_sign
from pipeline.report.figures.canvas import SMALL, WIDTH, Picture, canvas, colour, cut, picture
from pipeline.report.figures.rows import Row, dots
from pipeline.report.palette import stage_colour

CURVE_HEIGHT = 290.0
PLOT = (34.0, 250.0)
"""Left and right edge of the curve's plot, in points; the labels of the states stand to the right."""
LABEL_GAP = 15.0


def curve(journey: dict[str, Any], summary: dict[str, Any], name: str, whose: str) -> Picture | None:
    """Stacked shares of journeys in each state by day, labelled at the right where the day of the last look ends."""
    found = journey["curve"]
    if found is None:
        return None
    days = found["days"]
    with canvas(CURVE_HEIGHT) as figure:
        ax = figure.add_axes(
            (PLOT[0] / WIDTH, 40 / CURVE_HEIGHT, (PLOT[1] - PLOT[0]) / WIDTH, (CURVE_HEIGHT - 54) / CURVE_HEIGHT)
        )
        states = _smooth(_stacked_order(found["states"], summary["dropoff"]))
        fills = [_fill(s["name"], summary) for s in states]
        ax.stackplot(
            days,
            [s["values"] for s in states],
            colors=[colour(f) for f in fills],
            edgecolor=colour("paper"),
            linewidth=0.8,
        )
        ax.set(xlim=(days[0], days[-1]), ylim=(0, 1))
        ax.set_yticks([0, 0.5, 1], ["0%", "50%", "100%"], fontsize=SMALL)
        ax.set_xticks(*_day_ticks(days[-1]), fontsize=SMALL)
        ax.set_xlabel("days since the journey began", fontsize=SMALL)
        ax.tick_params(length=0)
        ax.tick_params(axis="x", pad=8)
        _label_states(ax, states, fills)
        told = "; ".join(f"{s['name']} {round(100 * s['last'])}%" for s in states)
        return picture(figure, name, f"Where the journeys of {whose} are, by day", f"On the last day: {told}.")


def _stacked_order(states: list[dict[str, Any]], dropoff: str | None) -> list[dict[str, Any]]:
    """From below: the latest stage first, drop-off on top."""
    on_ladder = [s for s in states if s["name"] != dropoff]
    return [*reversed(on_ladder), *(s for s in states if s["name"] == dropoff)]


def _smooth(states: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Steps as straight lines, up to the last share; of every day all shares together are 1."""
    lines = np.array([smooth([*s["values"][:-1], s["last"]]) for s in states])
    lines = lines / lines.sum(axis=0)
    return [{**s, "values": line.tolist()} for s, line in zip(states, lines, strict=True)]


def _fill(state: str, summary: dict[str, Any]) -> str:
    ladder = summary["ladder"]
    return stage_colour(ladder.index(state), len(ladder)) if state in ladder else "drop"


def _day_ticks(last: float) -> tuple[list[float], list[str]]:
    step = next((s for s in (1, 2, 5, 7, 10, 14, 30, 60, 90, 180, 365, 730) if last / s <= 5), 1460)
    ticks = [float(step * i) for i in range(int(last // step) + 1)]
    return ticks, [f"{t:g}" for t in ticks]


def _label_states(ax: Any, states: list[dict[str, Any]], fills: list[str]) -> None:
    """Labels beside the band they name, pushed apart where bands are thin, with a swatch and a leader."""
    height = CURVE_HEIGHT - 54
    tops, total = [], 0.0
    for s in states:
        tops.append(total + s["values"][-1] / 2)
        total += s["values"][-1]
    placed = spread([t * height for t in tops], LABEL_GAP, 0.0, height)
    shown: dict[str, Any] = {"xycoords": "axes fraction", "annotation_clip": False}
    beside: dict[str, Any] = {**shown, "textcoords": "offset points", "va": "center_baseline"}
    lead = {"arrowstyle": "-", "color": colour("muted"), "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0}
    for s, fill, band, y in zip(states, fills, tops, placed, strict=True):
        at = (1.0, y / height)
        ax.annotate("", (1.0, band), (1.0 + 10 / (PLOT[1] - PLOT[0]), at[1]), arrowprops=lead, **shown)
        box = {"boxstyle": "square,pad=0.25", "facecolor": colour(fill), "edgecolor": colour("muted"), "linewidth": 0.5}
        ax.annotate("  ", at, (14, 0), fontsize=7, bbox=box, **beside)
        text = f"{cut(s['name'], 16)} {percent_sign(s['last'])}"
        ax.annotate(text, at, (26, 0), fontsize=SMALL, **beside)


def spread(places: list[float], gap: float, lowest: float, highest: float) -> list[float]:
    """`places` (rising) moved as little as a simple pass needs so that neighbours are `gap` apart within the limits.

    >>> spread([1.0, 2.0, 50.0], 10.0, 0.0, 60.0)
    [1.0, 11.0, 50.0]
    """
    up: list[float] = []
    for place in places:
        up.append(max(place, (up[-1] + gap) if up else lowest))
    down: list[float] = []
    for place in reversed(up):
        down.append(min(place, (down[-1] - gap) if down else highest))
    return list(reversed(down))


def funnel(journey: dict[str, Any], everyone: dict[str, Any], card: dict[str, Any]) -> Picture | None:
    """Chance to reach each stage with its interval, a tick for all customers."""
    steps = journey["funnel"]
    if len(steps) < 2:
        return None
    overall = {s["stage"]: s["probability"]["value"] for s in everyone["funnel"]}
    rows = [_funnel_row(s, overall.get(s["stage"]), card) for s in steps]
    told = "; ".join(f"{s['stage']} {s['probability']['text']}" for s in steps)
    return dots(rows, f"{card['id']}-funnel", f"Share of journeys that reach each stage: {card['name']}", told, end=1.0)


def _funnel_row(step: dict[str, Any], overall: float | None, card: dict[str, Any]) -> Row:
    cell = step["probability"]
    other = overall if card["id"] != "all" else None
    return Row(step["stage"], _with_interval(cell), cell["value"], card["colour"], cell["lower"], cell["upper"], other)


def _with_interval(cell: dict[str, Any]) -> str:
    return f"{cell['text']} ({cell['interval']})" if cell["interval"] else cell["text"]


def stage_comparison(part: dict[str, Any], position: int) -> Picture | None:
    """One stage across groups: dot and interval each, in one line."""
    rows = [_group_row(r) for r in part["rows"] if r["cell"] is not None]
    if not any(r.value is not None for r in rows):
        return None
    told = "; ".join(f"{r['group']['name']} {r['cell']['text']}" for r in part["rows"] if r["cell"] is not None)
    return dots(rows, f"reach-{position}", f"{part['title']}: share of journeys", told)


def _group_row(row: dict[str, Any]) -> Row:
    cell, group = row["cell"], row["group"]
    mark = group["mark"]
    return Row(
        group["name"], _with_interval(cell), cell["value"], group["colour"], cell["lower"], cell["upper"], badge=mark
    )
