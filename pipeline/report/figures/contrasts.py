"""Pictures of personas against each other on the journey: time to a stage, and the difference of two with its test."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.core.coarse import smooth
from pipeline.core.rounding import percent, percent_sign
from pipeline.report.figures.canvas import FONT_SIZE, SMALL, WIDTH, Picture, canvas, colour, cut, picture
from pipeline.report.figures.journeys import _day_ticks, spread

HEIGHT, BOTTOM, TOP = 280.0, 40.0, 12.0
LEFT, RIGHT = 38.0, 306.0
GAP = 15.0


def time_to_stage(
    series: Sequence[Mapping[str, Any]], stage: str, name: str, with_band: bool | None = None
) -> Picture | None:
    """Share that has come to `stage` by each day, one line a persona, marked at its end by the persona's number.

    series: {mark, name, colour, days, values, lower, upper}; values of None end a line: nobody was watched that long.
    The interval is a band where there are at most three lines, or as `with_band` says.
    """
    lines = [(s, _points(s["days"], s["values"])) for s in series]
    lines = [(s, points) for s, points in lines if len(points) > 1]
    if not lines:
        return None
    band = len(lines) <= 3 if with_band is None else with_band
    tall = HEIGHT - BOTTOM - TOP
    last = max(points[-1][0] for _, points in lines)
    top = min(1.0, 1.15 * max([v for _, points in lines for _, v in points] + _uppers(lines, band)) or 1.0)
    with canvas(HEIGHT) as figure:
        ax = figure.add_axes((LEFT / WIDTH, BOTTOM / HEIGHT, (RIGHT - LEFT) / WIDTH, tall / HEIGHT))
        for s, points in lines:
            days, values = zip(*points, strict=True)
            if band:
                low, high = (smooth(s[side][: len(points)]) for side in ("lower", "upper"))
                ax.fill_between(days, low, high, color=colour(s["colour"]), alpha=0.2, linewidth=0)
            ax.plot(days, values, color=colour(s["colour"]), linewidth=2)
        ax.set(xlim=(0, last), ylim=(0, top))
        ticks = [top * part for part in (0.0, 0.5, 1.0)]
        ax.set_yticks(ticks, [percent(t, 0 if top >= 0.1 or not t else 1) for t in ticks], fontsize=SMALL)
        for tick in ticks:
            ax.axhline(tick, color=colour("line"), linewidth=1, zorder=0)
        ax.set_xticks(*_day_ticks(last), fontsize=SMALL)
        ax.set_xlabel("days since the journey began", fontsize=SMALL)
        ax.tick_params(length=0)
        _label_ends(ax, lines, top, tall)
        told = "; ".join(f"{s['name']} {percent(points[-1][1])} by day {points[-1][0]:.0f}" for s, points in lines)
        return picture(figure, name, f"Time to {stage}", told)


def _points(days: Sequence[float], values: Sequence[float | None]) -> list[tuple[float, float]]:
    """Day and share up to the last that is known, steps as straight lines."""
    known = [v for v in values if v is not None]
    watched = [d for d, v in zip(days, values, strict=True) if v is not None]
    return list(zip(watched, smooth(known).tolist(), strict=True))


def _uppers(lines: Sequence[Any], band: bool) -> list[float]:
    return [u for s, points in lines for u in s["upper"][: len(points)]] if band else []


def _label_ends(ax: Any, lines: Sequence[Any], top: float, tall: float) -> None:
    ranked = sorted(lines, key=lambda line: line[1][-1][1])
    places = spread([points[-1][1] / top * tall for _, points in ranked], GAP, 0.0, tall)
    for (s, points), y in zip(ranked, places, strict=True):
        ends = ((points[-1][0] / ax.get_xlim()[1], points[-1][1] / top), (1 + 10 / (RIGHT - LEFT), y / tall))
        lead = {"arrowstyle": "-", "color": colour(s["colour"]), "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
        ax.annotate("", *ends, xycoords="axes fraction", annotation_clip=False, arrowprops=lead)
        text = f"{s['mark']}  {percent_sign(points[-1][1])}"
        ax.annotate(text, (1, y / tall), (14, 0), xycoords="axes fraction", textcoords="offset points",
                    va="center_baseline", fontsize=SMALL, fontweight="bold", color=colour(s["colour"]),
                    annotation_clip=False)  # fmt: skip


LINE, HEAD, FOOT = 46.0, 59.0, 10.0
FINDINGS = {
    "differ": ("o", "ink", "they differ"),
    "no difference": ("s", "muted", "no difference that matters"),
    "not enough data": ("", "muted", "not enough data to tell"),
}
"""Mark, its colour and words; without a mark the dot is hollow."""


def difference(
    rows: Sequence[Mapping[str, Any]], one: Mapping[str, Any], other: Mapping[str, Any], margin: float, name: str
) -> Picture | None:
    """Share of `one` less that of `other` at each stage, with its interval and what the test found.

    rows: {stage, difference, lower, upper (points of share, or None), finding, text}, `finding` as in `comparisons`:
    filled dot where they differ, square where they do not by more than `margin` (shaded), hollow where it is open.
    """
    shown = [r for r in rows if r["difference"] is not None]
    if not shown:
        return None
    ends = [abs(v) for r in shown for v in (r["difference"], r["lower"], r["upper"]) if v is not None]
    end = next((e for e in (0.1, 0.2, 0.4, 0.6, 0.8) if e >= max([*ends, margin])), 1.0)
    height = HEAD + LINE * len(shown) + FOOT
    with canvas(height) as figure:
        ax = figure.add_axes((12 / WIDTH, 0, (WIDTH - 24) / WIDTH, 1))
        ax.set(xlim=(-end, end), ylim=(height, 0))
        ax.set_axis_off()
        ax.axvspan(-margin, margin, ymin=FOOT / height, ymax=1 - (HEAD - 4) / height, color=colour("line"), alpha=0.5)
        for x, side in ((-end, "left"), (0.0, "center"), (end, "right")):
            ax.plot(
                [x, x], [HEAD - 4, height - FOOT], color=colour("muted" if not x else "line"), linewidth=1, zorder=1
            )
            ax.text(x, HEAD - 8, f"{100 * x:+.0f}" if x else "0 points", ha=side, fontsize=SMALL, color=colour("muted"))
        for sign, who, side, y in ((1, one, "right", 13), (-1, other, "left", 30)):
            ax.text(sign * end, y, f"{cut(who['name'], 38)} more", ha=side, fontsize=SMALL,
                    color=colour(who["colour"]), fontweight="bold")  # fmt: skip
        for i, row in enumerate(shown):
            _compared(ax, row, one if row["difference"] >= 0 else other, HEAD + LINE * (i + 1), end)
        told = "; ".join(f"{r['stage']} {r['text']}, {FINDINGS[r['finding']][2]}" for r in shown)
        return picture(figure, name, f"{one['name']} against {other['name']}: share that reaches each stage", told)


def _compared(ax: Any, row: Mapping[str, Any], ahead: Mapping[str, Any], base: float, end: float) -> None:
    mark, shade, words = FINDINGS[row["finding"]]
    ax.text(-end, base - 24, cut(row["stage"], 20), fontsize=FONT_SIZE)
    ax.text(end, base - 24, words, ha="right", fontsize=SMALL, color=colour(shade),
            fontweight="bold" if row["finding"] == "differ" else "normal")  # fmt: skip
    fill = colour(ahead["colour"])
    if row["lower"] is not None and row["upper"] is not None:
        low, high = max(row["lower"], -end), min(row["upper"], end)
        ax.plot([low, high], [base - 9] * 2, color=fill, linewidth=3, alpha=0.45, zorder=2)
    ax.plot([row["difference"]], [base - 9], marker=mark or "o", markersize=9, color=fill, markeredgecolor=fill,
            markerfacecolor=fill if mark else colour("paper"), markeredgewidth=2, zorder=3)  # fmt: skip
