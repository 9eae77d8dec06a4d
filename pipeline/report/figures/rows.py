"""Rows of marks on one scale from 0: label above, value at the right, so that long labels fit a phone."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

from pipeline.report.figures.canvas import FONT_SIZE, SMALL, WIDTH, Picture, canvas, colour, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LABEL_CHARACTERS = 46
TALL, SHORT = 38.0, 24.0
HEAD, FOOT = 22.0, 8.0


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
    hollow: bool = False


def scale_of(rows: Sequence[Row]) -> float:
    """The scale's end: the smallest round share that holds every mark."""
    marks = [m for r in rows for m in (r.value, r.upper, r.other) if m is not None]
    return next((end for end in (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if end >= max(marks, default=0.0)), 1.0)


def bars(rows: Sequence[Row], name: str, title: str, description: str) -> Picture:
    """Bars from 0, with a tick where the others stand."""
    return _draw(rows, name, title, description, _bar)


def dots(rows: Sequence[Row], name: str, title: str, description: str, end: float | None = None) -> Picture:
    """A dot with its interval, with a tick where the others stand."""
    return _draw(rows, name, title, description, _dot, end)


def dumbbells(rows: Sequence[Row], name: str, title: str, description: str) -> Picture:
    """A dot for the group and a ring for the others, joined."""
    return _draw(rows, name, title, description, _dumbbell)


def _draw(rows: Sequence[Row], name: str, title: str, description: str, mark, end: float | None = None) -> Picture:
    end = end or scale_of(rows)
    badge = any(r.badge for r in rows)
    left, right = (30.0 if badge else 2.0), (88.0 if badge else 10.0)
    heights = [(SHORT if r.badge else TALL) + (24.0 if r.heading else 0.0) for r in rows]
    height = HEAD + sum(heights) + FOOT
    with canvas(height) as figure:
        ax = figure.add_axes((left / WIDTH, 0, (WIDTH - left - right) / WIDTH, 1))
        ax.set(xlim=(0, end), ylim=(height, 0), yticks=[], xticks=[])
        _grid(ax, end, height)
        top = HEAD
        for row, tall in zip(rows, heights, strict=True):
            base = top + tall
            if row.heading:
                shown = shorten(row.heading, LABEL_CHARACTERS, placeholder="…")
                ax.text(0, base - (tall - 14), shown, fontsize=SMALL, color=colour("muted"))
            _caption(ax, row, base, end)
            if row.value is not None:
                mark(ax, row, base - (SHORT / 2 if row.badge else 9.0))
            top = base
        return picture(figure, name, title, description)


def _grid(ax: "Axes", end: float, height: float) -> None:
    from pipeline.report.numbers import percent

    for part in (0, 0.5, 1):
        ax.plot([part * end] * 2, [HEAD - 4, height - FOOT], color=colour("line"), linewidth=1, zorder=0, clip_on=False)
        side = ("left", "center", "right")[int(part * 2)]
        text = percent(part * end, 0 if end >= 0.1 else 1)
        ax.text(part * end, HEAD - 8, text, fontsize=SMALL, color=colour("muted"), ha=side)


def _caption(ax: "Axes", row: Row, base: float, end: float) -> None:
    if row.badge:
        ax.annotate(
            row.badge,
            (0, base - SHORT / 2),
            xytext=(-17, 0),
            textcoords="offset points",
            ha="center",
            va="center_baseline",
            fontsize=SMALL,
            fontweight="bold",
            annotation_clip=False,
        )
        ax.annotate(
            row.text,
            (end, base - SHORT / 2),
            xytext=(86, 0),
            textcoords="offset points",
            ha="right",
            va="center_baseline",
            fontsize=FONT_SIZE,
            annotation_clip=False,
        )
        return
    ax.text(0, base - 21, shorten(row.label, LABEL_CHARACTERS, placeholder="…"), fontsize=FONT_SIZE)
    ax.text(end, base - 21, row.text, fontsize=FONT_SIZE, ha="right", fontweight="bold")


def _bar(ax: "Axes", row: Row, y: float) -> None:
    ax.barh(y, row.value, height=10, color=colour(row.colour), zorder=2)
    if row.lower is not None and row.upper is not None:
        ax.plot([row.lower, row.upper], [y, y], color=colour("ink"), linewidth=1, zorder=3)
    _tick(ax, row, y)


def _dot(ax: "Axes", row: Row, y: float) -> None:
    if row.lower is not None and row.upper is not None:
        ax.plot(
            [row.lower, row.upper], [y, y], color=colour(row.colour), linewidth=3, alpha=0.45, zorder=2, clip_on=False
        )
    face = colour("paper") if row.hollow else colour(row.colour)
    style = {
        "marker": "o",
        "markersize": 9,
        "markerfacecolor": face,
        "markeredgecolor": colour(row.colour),
        "clip_on": False,
    }
    ax.plot([row.value], [y], zorder=3, **style)
    _tick(ax, row, y)


def _dumbbell(ax: "Axes", row: Row, y: float) -> None:
    if row.other is not None:
        ax.plot([row.value, row.other], [y, y], color=colour(row.colour), linewidth=3, alpha=0.45, zorder=1)
        ring = {"marker": "o", "markersize": 8, "markerfacecolor": colour("paper"), "markeredgecolor": colour("muted")}
        ax.plot([row.other], [y], zorder=2, clip_on=False, **ring)
    dot = {"marker": "o", "markersize": 10, "markerfacecolor": colour(row.colour), "markeredgecolor": colour("paper")}
    ax.plot([row.value], [y], zorder=3, clip_on=False, **dot)


def _tick(ax: "Axes", row: Row, y: float) -> None:
    if row.other is not None:
        ax.plot([row.other] * 2, [y - 8, y + 8], color=colour("ink"), linewidth=2, zorder=4, clip_on=False)
