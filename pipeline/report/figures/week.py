"""The hour of the week as a heat map: days down, hours across, darker where more of the activity falls."""

from collections.abc import Sequence

from pipeline.core.rounding import percent
from pipeline.report.figures.canvas import SMALL, WIDTH, Picture, canvas, colour, picture
from pipeline.report.palette import STAGE_STEPS

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CELL, ROW = 14.0, 20.0
LEFT, TOP = 36.0, 26.0
HEIGHT = TOP + 7 * ROW + 44


def week(shares: Sequence[Sequence[float | None]], name: str, whose: str) -> Picture | None:
    """`shares`: 7 days from Monday of 24 hours, of all activity; None where too few customers are behind it.

    Cells held back are hatched, so that they are not taken for hours without activity.
    """
    known = [share for day in shares for share in day if share is not None]
    if not known or not max(known):
        return None
    top = max(known)
    with canvas(HEIGHT) as figure:
        from matplotlib.patches import Rectangle

        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, WIDTH), ylim=(HEIGHT, 0))
        ax.set_axis_off()
        for i, day in enumerate(shares):
            ax.text(LEFT - 6, TOP + ROW * (i + 0.5), DAYS[i], ha="right", va="center", fontsize=SMALL)
            for hour, share in enumerate(day):
                box = ((LEFT + CELL * hour, TOP + ROW * i), CELL - 1, ROW - 1)
                if share is None:
                    ax.add_patch(Rectangle(*box, facecolor="none", edgecolor=colour("line"), hatch="////", linewidth=0))
                else:
                    ax.add_patch(Rectangle(*box, facecolor=colour(f"s{_step(share, top)}"), linewidth=0, clip_on=False))
        for hour in range(0, 24, 6):
            ax.text(LEFT + CELL * hour, TOP - 8, f"{hour}:00", fontsize=SMALL, color=colour("muted"))
        base = TOP + 7 * ROW + 12
        for step in range(STAGE_STEPS):
            box = ((LEFT + 18 * step, base), 17, 10)
            ax.add_patch(Rectangle(*box, facecolor=colour(f"s{step}"), linewidth=0))
        ends = ((0.0, LEFT, "left"), (top, LEFT + 18 * STAGE_STEPS, "right"))
        for share, x, side in ends:
            text = percent(share, 1 if share else 0) + (" of activity" if share else "")
            ax.text(x, base + 23, text, ha=side, fontsize=SMALL, color=colour("muted"))
        if len(known) < 7 * 24:
            box = ((LEFT + 18 * STAGE_STEPS + 14, base), 17, 10)
            ax.add_patch(Rectangle(*box, facecolor="none", edgecolor=colour("line"), hatch="////", linewidth=0))
            ax.text(box[0][0] + 23, base + 9, "too few to tell", fontsize=SMALL, color=colour("muted"))
        return picture(figure, name, f"Hour of the week, own clock: {whose}", _told(shares))


def _step(share: float, top: float) -> int:
    return min(int(share / top * STAGE_STEPS), STAGE_STEPS - 1)


def _told(shares: Sequence[Sequence[float | None]]) -> str:
    ranked = sorted(
        ((share, i, hour) for i, day in enumerate(shares) for hour, share in enumerate(day) if share is not None),
        key=lambda cell: (-cell[0], cell[1:]),
    )
    return "Busiest: " + "; ".join(f"{DAYS[i]} {hour}:00 {percent(share, 1)}" for share, i, hour in ranked[:3])
