"""Pictures of moves: the diagram of transitions with their rates, and where the stays in each stage ended."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.core.rounding import percent_sign
from pipeline.report.figures.canvas import SMALL, WIDTH, Picture, canvas, colour, cut, picture
from pipeline.report.palette import stage_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Move = Mapping[str, Any]
BOX, TALL, STEP, TOP = 118.0, 30.0, 78.0, 14.0
MIDDLE = 176.0
DROP_LEFT, DROP_WIDTH = 332.0, 34.0
THICKEST = 12.0


def diagram(moves: Sequence[Move], ladder: Sequence[str], dropoff: str | None, name: str, whose: str) -> Picture | None:
    """Stages from top to bottom, drop-off at the right; an arrow is as thick as the move is likely.

    moves: {from, to, value (0 to 1 or None), text}: the chance of the move within the horizon after entering `from`.
    Moves that pass a stage over are drawn at the left, returns from drop-off below the way into it.
    """
    shown = [m for m in moves if m["value"]]
    if not shown or len(ladder) < 2:
        return None
    height = TOP + STEP * (len(ladder) - 1) + TALL + 14
    with canvas(height) as figure:
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, WIDTH), ylim=(height, 0))
        ax.set_axis_off()
        tops = {stage: TOP + STEP * i for i, stage in enumerate(ladder)}
        if dropoff is not None:
            _dropoff_bar(ax, dropoff, TOP, tops[ladder[-1]] + TALL)
        lanes: dict[int, int] = {}
        for move in sorted(shown, key=lambda m: -m["value"]):
            _arrow(ax, move, tops, ladder, dropoff, lanes)
        for i, stage in enumerate(ladder):
            token = stage_colour(i, len(ladder))
            _box(ax, stage, token, tops[stage])
        told = "; ".join(f"{m['from']} to {m['to']} {m['text']}" for m in shown)
        return picture(figure, name, f"How {whose} move from stage to stage", told)


def _box(ax: "Axes", stage: str, token: str, top: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    ax.add_patch(
        FancyBboxPatch((MIDDLE - BOX / 2, top), BOX, TALL, boxstyle="round,pad=0,rounding_size=5", linewidth=1,
                       facecolor=colour("paper"), edgecolor=colour("muted"), zorder=4)
    )  # fmt: skip
    ax.add_patch(
        FancyBboxPatch((MIDDLE - BOX / 2 + 4, top + 4), 8, TALL - 8, boxstyle="square,pad=0", linewidth=0,
                       facecolor=colour(token), zorder=5)
    )  # fmt: skip
    ax.text(MIDDLE + 5, top + TALL / 2, cut(stage, 16), ha="center", va="center_baseline",
            fontsize=SMALL, zorder=6)  # fmt: skip


def _dropoff_bar(ax: "Axes", dropoff: str, top: float, bottom: float) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((DROP_LEFT, top), DROP_WIDTH, bottom - top, facecolor=colour("drop"), linewidth=0))
    ax.text(DROP_LEFT + DROP_WIDTH / 2, (top + bottom) / 2, cut(dropoff, 24), rotation=90,
            ha="center", va="center", fontsize=SMALL, color=colour("ink"))  # fmt: skip


def _arrow(
    ax: "Axes", move: Move, tops: Mapping[str, float], ladder: Sequence[str], dropoff: str | None, lanes: dict[int, int]
) -> None:
    start, to = move["from"], move["to"]
    if dropoff is not None and dropoff in (start, to):
        stage, back = (to, True) if start == dropoff else (start, False)
        y = tops[stage] + (TALL * 0.78 if back else TALL * 0.25)
        ends = (MIDDLE + BOX / 2 + 2, DROP_LEFT - 2)
        _line(ax, [(x, y) for x in (ends[::-1] if back else ends)], move["value"], "muted" if back else "drop")
        ax.text(sum(ends) / 2, y + (14 if back else -5), ("back " if back else "") + move["text"], ha="center",
                fontsize=SMALL, color=colour("muted") if back else colour("ink"))  # fmt: skip
        return
    i, k = ladder.index(start), ladder.index(to)
    if k == i + 1:
        _line(ax, [(MIDDLE, tops[start] + TALL), (MIDDLE, tops[to] - 2)], move["value"], "s6")
        ax.text(MIDDLE + 12, (tops[start] + TALL + tops[to]) / 2 + 4, move["text"], fontsize=SMALL, fontweight="bold")
        return
    lane = lanes.setdefault(len(lanes), len(lanes))
    x = MIDDLE - BOX / 2 - 18 - 26 * (lane % 4)
    ys = tops[start] + TALL * 0.7, tops[to] + TALL * 0.3
    edge = MIDDLE - BOX / 2
    _line(ax, [(edge, ys[0]), (x, ys[0]), (x, ys[1]), (edge - 2, ys[1])], move["value"], "s6" if k > i else "muted")
    ax.text(x - 4, ys[0] + (16 if k > i else -8), move["text"], ha="center", fontsize=SMALL,
            bbox={"facecolor": colour("paper"), "edgecolor": "none", "pad": 1})  # fmt: skip


def _line(ax: "Axes", points: Sequence[tuple[float, float]], value: float, token: str) -> None:
    """A line as thick as `value`, with a head of its own: thick and thin arrows end in heads that can be seen."""
    xs, ys = zip(*points, strict=True)
    width = max(THICKEST * value, 1.2)
    (x0, y0), (x1, y1) = points[-2:]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
    head = 5 + width / 2
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    ax.plot([*xs[:-1], x1 - ux * head], [*ys[:-1], y1 - uy * head], color=colour(token), linewidth=width, zorder=2,
            solid_joinstyle="round", solid_capstyle="butt")  # fmt: skip
    wing = 3 + width / 2
    ax.fill(
        [x1, x1 - ux * head - uy * wing, x1 - ux * head + uy * wing],
        [y1, y1 - uy * head + ux * wing, y1 - uy * head - ux * wing],
        color=colour(token), linewidth=0, zorder=2,
    )  # fmt: skip


SANKEY_TOP, SANKEY_GAP, SANKEY_TALL = 30.0, 10.0, 250.0
COLUMN = 14.0
LEFT_EDGE, RIGHT_EDGE = 120.0, 252.0


def sankey(flows: Sequence[Move], ladder: Sequence[str], dropoff: str | None, name: str, whose: str) -> Picture | None:
    """Stays in each stage at the left, where they led at the right; a band is as wide as its stays are many.

    flows: {from, to, count (None where held back)}; a `to` that is no stage, such as `still there`, comes last. Every
    stay is in one band.
    """
    shown = [f for f in flows if f["count"]]
    whole = sum(f["count"] for f in shown)
    if not whole:
        return None
    stages = [*ladder, *([dropoff] if dropoff else [])]
    order = [*stages, *dict.fromkeys(f["to"] for f in shown if f["to"] not in stages)]
    lefts, rights = ([s for s in order if any(f[side] == s for f in shown)] for side in ("from", "to"))
    most = max(len(lefts), len(rights))
    height = SANKEY_TOP + SANKEY_TALL + SANKEY_GAP * most + 14
    scale = SANKEY_TALL / whole
    with canvas(height) as figure:
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, WIDTH), ylim=(height, 0))
        ax.set_axis_off()
        ax.text(LEFT_EDGE - 6, 14, "stays in", ha="right", fontsize=SMALL, color=colour("muted"))
        ax.text(RIGHT_EDGE + COLUMN + 6, 14, "led to", fontsize=SMALL, color=colour("muted"))
        places = {
            "from": _column(ax, lefts, shown, "from", ladder, dropoff, scale, whole),
            "to": _column(ax, rights, shown, "to", ladder, dropoff, scale, whole),
        }
        for flow in sorted(shown, key=lambda f: (order.index(f["from"]), order.index(f["to"]))):
            thick = flow["count"] * scale
            y0, y1 = places["from"][flow["from"]], places["to"][flow["to"]]
            _band(ax, y0, y1, thick, _token(flow["from"], ladder, dropoff))
            places["from"][flow["from"]] += thick
            places["to"][flow["to"]] += thick
        told = "; ".join(f"{f['from']} to {f['to']} {f['count']:,}" for f in shown)
        return picture(figure, name, f"Where the stays of {whose} led", told)


def _token(stage: str, ladder: Sequence[str], dropoff: str | None) -> str:
    if stage in ladder:
        return stage_colour(list(ladder).index(stage), len(ladder))
    return "drop" if stage == dropoff else "line"


def _column(
    ax: "Axes", stages: Sequence[str], flows: Sequence[Move], side: str, ladder: Sequence[str], dropoff: str | None,
    scale: float, whole: float,
) -> dict[str, float]:  # fmt: skip
    """Draw the bars of one side; the top of each, where its first band begins."""
    from matplotlib.patches import Rectangle

    y, tops = SANKEY_TOP, {}
    for stage in stages:
        count = sum(f["count"] for f in flows if f[side] == stage)
        tall, token = count * scale, _token(stage, ladder, dropoff)
        x = LEFT_EDGE if side == "from" else RIGHT_EDGE
        ax.add_patch(Rectangle((x, y), COLUMN, max(tall, 1.0), facecolor=colour(token), edgecolor=colour("muted"),
                               linewidth=0.5, zorder=3))  # fmt: skip
        place, edge = ("right", x - 6) if side == "from" else ("left", x + COLUMN + 6)
        text = f"{cut(stage, 14)} {percent_sign(count / whole)}"
        ax.text(edge, y + tall / 2, text, ha=place, va="center_baseline", fontsize=SMALL)
        tops[stage] = y
        y += tall + SANKEY_GAP
    return tops


def _band(ax: "Axes", left: float, right: float, thick: float, token: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    x0, x1 = LEFT_EDGE + COLUMN, RIGHT_EDGE
    middle = (x0 + x1) / 2
    points = [
        (x0, left), (middle, left), (middle, right), (x1, right), (x1, right + thick), (middle, right + thick),
        (middle, left + thick), (x0, left + thick), (x0, left),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(points, codes), facecolor=colour(token), edgecolor=colour("muted"), linewidth=0.4,
                           alpha=0.75, zorder=1))  # fmt: skip
