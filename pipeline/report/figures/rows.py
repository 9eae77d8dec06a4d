"""Rows of marks on one scale from 0: label above, value at the right, so that long labels fit a phone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from pipeline.core.rounding import percent
from pipeline.core.words import unbroken
from pipeline.report.figures.canvas import FONT_SIZE, SMALL, WIDTH, Picture, canvas, colour, cut, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL_CHARACTERS, LABEL_WITH_INTERVAL = 42, 30
TALL, SHORT, HEADING, LINE = 40.0, 24.0, 34.0, 15.0
HEAD, FOOT = 24.0, 8.0
BADGE_LEFT, BADGE_RIGHT = 34.0, 108.0
"""Room for the badge and for a value with its interval, where a row is a single line."""


@dataclass(frozen=True)
class Row:
    """One row. Shares from 0 to 1; `badge` rows stand in one line, others have their label above the mark."""

    label: str
    text: str
    value: float | None
    colour: str
    lower: float | None = None
    upper: float | None = None
    other: float | None = None
    badge: str = ""
    heading: str = ""
    ring: str = "muted"


Mark = Callable[["Axes", Row, float, float], None]


def scale_of(rows: Sequence[Row]) -> float:
    """The scale's end: the smallest round share that holds every mark.

    >>> scale_of([Row("", "", 0.31, "p1", upper=0.38)])
    0.4
    """
    marks = [m for r in rows for m in (r.value, r.upper, r.other) if m is not None]
    return next((end for end in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if end >= max(marks, default=0.0)), 1.0)


def bars(rows: Sequence[Row], name: str, title: str, description: str) -> Picture:
    """Bars from 0, with a tick where the others stand."""
    return _draw(rows, name, title, description, _bar, scale_of(rows))


def dots(rows: Sequence[Row], name: str, title: str, description: str, end: float | None = None) -> Picture:
    """A dot with its interval, with a tick where the others stand."""
    return _draw(rows, name, title, description, _dot, end or scale_of(rows))


def dumbbells(rows: Sequence[Row], name: str, title: str, description: str) -> Picture:
    """A dot for the group and a ring for the others, joined."""
    return _draw(rows, name, title, description, _dumbbell, scale_of(rows))


def _draw(rows: Sequence[Row], name: str, title: str, description: str, mark: Mark, end: float) -> Picture:
    badge = any(r.badge for r in rows)
    left, right = (BADGE_LEFT, BADGE_RIGHT) if badge else (6.0, 8.0)
    labels = [_wrapped(r) for r in rows]
    heights = [_height(r, lines) for r, lines in zip(rows, labels, strict=True)]
    height = HEAD + sum(heights) + FOOT
    with canvas(height) as figure:
        ax = figure.add_axes((left / WIDTH, 0, (WIDTH - left - right) / WIDTH, 1))
        ax.set(xlim=(0, end), ylim=(height, 0))
        ax.set_axis_off()
        _grid(ax, end, height)
        base = HEAD
        for row, lines, tall in zip(rows, labels, heights, strict=True):
            base += tall
            if row.heading:
                place, text = base - tall + HEADING - 8, cut(row.heading, LABEL_CHARACTERS)
                ax.text(0, place, text, fontsize=SMALL, color=colour("muted"), fontweight="bold")
            _caption(ax, row, lines, base, end)
            if row.value is not None:
                mark(ax, row, row.value, base - (SHORT / 2 if row.badge else 9.0))
        return picture(figure, name, title, description)


def _wrapped(row: Row) -> list[str]:
    """The label in at most two lines beside the value."""
    if row.badge:
        return [row.label]
    most = LABEL_WITH_INTERVAL if "(" in row.text else LABEL_CHARACTERS - max(0, len(row.text) - 6)
    return wrap(unbroken(row.label), most, max_lines=2, placeholder="…") or [""]


def _height(row: Row, lines: list[str]) -> float:
    tall = SHORT if row.badge else TALL + LINE * (len(lines) - 1)
    return tall + (HEADING if row.heading else 0.0)


def _grid(ax: "Axes", end: float, height: float) -> None:
    for part, side in ((0.0, "left"), (0.5, "center"), (1.0, "right")):
        x = part * end
        ax.plot([x, x], [HEAD - 4, height - FOOT], color=colour("line"), linewidth=1, zorder=0, clip_on=False)
        ax.text(
            x, HEAD - 9, percent(x, 0 if end >= 0.1 or not part else 1), fontsize=SMALL, color=colour("muted"), ha=side
        )


def _caption(ax: "Axes", row: Row, lines: list[str], base: float, end: float) -> None:
    if row.badge:
        place: dict[str, Any] = {"textcoords": "offset points", "va": "center_baseline", "annotation_clip": False}
        middle = base - SHORT / 2
        ax.annotate(row.badge, (0, middle), (-20, 0), ha="center", fontsize=SMALL, fontweight="bold", **place)
        ax.annotate(row.text, (end, middle), (BADGE_RIGHT - 2, 0), ha="right", fontsize=SMALL, **place)
        return
    for i, line in enumerate(reversed(lines)):
        ax.text(0, base - 21 - LINE * i, line, fontsize=FONT_SIZE)
    weight = "normal" if "(" in row.text else "bold"
    ax.text(end, base - 21, row.text, fontsize=FONT_SIZE, ha="right", fontweight=weight)


def _bar(ax: "Axes", row: Row, value: float, y: float) -> None:
    ax.barh(y, value, height=10, color=colour(row.colour), zorder=2)
    if row.lower is not None and row.upper is not None:
        for width, shade, below in ((3.5, "paper", 0.1), (1.2, "ink", 0.0)):
            ax.plot(
                [row.lower, row.upper], [y, y], color=colour(shade), linewidth=width, zorder=3 - below, clip_on=False
            )
    _tick(ax, row, y)


def _dot(ax: "Axes", row: Row, value: float, y: float) -> None:
    fill = colour(row.colour)
    if row.lower is not None and row.upper is not None:
        ax.plot([row.lower, row.upper], [y, y], color=fill, linewidth=3, alpha=0.45, zorder=2, clip_on=False)
    ax.plot([value], [y], marker="o", markersize=9, color=fill, zorder=3, clip_on=False)
    _tick(ax, row, y)


def _dumbbell(ax: "Axes", row: Row, value: float, y: float) -> None:
    fill, paper = colour(row.colour), colour("paper")
    if row.other is not None:
        ends = [value, row.other]
        ax.plot(ends, [y, y], color=fill, linewidth=3, alpha=0.45, zorder=1, clip_on=False)
        ring: dict[str, Any] = {"marker": "o", "markersize": 8, "markerfacecolor": paper, "markeredgewidth": 2}
        ax.plot([row.other], [y], zorder=2, clip_on=False, markeredgecolor=colour(row.ring), **ring)
    ax.plot([value], [y], marker="o", markersize=10, color=fill, markeredgecolor=paper, zorder=3, clip_on=False)


def _tick(ax: "Axes", row: Row, y: float) -> None:
    if row.other is not None:
        for width, shade, below in ((4.5, "paper", 0.1), (2.0, "ink", 0.0)):
            ax.plot(
                [row.other] * 2, [y - 8, y + 8], color=colour(shade), linewidth=width, zorder=4 - below, clip_on=False
            )
