"""Pictures of the segmentation itself: sizes with stability, profiles, the candidates, consensus, silhouettes.

All take plain rows (`content.segments`), in which cells that rest on too few customers are None and are drawn as gaps.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from pipeline.core.rounding import percent, percent_sign, plain
from pipeline.core.words import unbroken
from pipeline.report.figures.canvas import SMALL, WIDTH, Picture, canvas, colour, cut, picture
from pipeline.report.palette import LIGHT, on_colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINE = 34.0
STABLE = (0.6, 0.75, 0.85)
"""Hennig 2007: from here on shown, valid, highly stable."""
LABELS, MOST_COLUMNS = 124.0, 6
ROW = 30.0
SWEEP, LEGEND_LINE = 190.0, 17.0
PLATEAU = 0.97
"""Share of the chosen score from which numbers of segments next to the chosen one are as good."""
FAMILY_MARKS = {"UMAP + HDBSCAN": "^", "HDBSCAN": "v", "Gaussian mixture": "s", "k-prototypes": "D", "k-means": "P"}


def size_and_stability(rows: Sequence[Mapping[str, Any]]) -> Picture | None:
    """Per segment its share of the customers as a bar and how well it comes back (mean Jaccard index) as a dot.

    rows: {mark, name, colour, share (0 to 1 or None), jaccard (0 to 1 or None)}; the unassigned have no Jaccard index.
    """
    if not rows:
        return None
    height = 46 + LINE * len(rows) + 6
    with canvas(height) as figure:
        left = _lane(figure, height, (8.0, 182.0), max((r["share"] or 0.0) for r in rows) or 1.0)
        right = _lane(figure, height, (236.0, WIDTH - 16), 1.0)
        left.text(0, 12, "Share of all", fontsize=SMALL, color=colour("muted"))
        right.text(0, 12, "Comes back (Jaccard)", fontsize=SMALL, color=colour("muted"))
        for limit in STABLE:
            right.plot([limit] * 2, [40, height - 6], color=colour("line"), linewidth=1, zorder=0)
            side = {0.6: "right", 0.85: "left"}.get(limit, "center")
            right.text(limit, 32, f"{limit:g}"[1:], fontsize=SMALL, color=colour("muted"), ha=side)
        for i, row in enumerate(rows):
            base = 46 + LINE * i + LINE - 8
            _sized(left, row, base)
            if row["jaccard"] is not None:
                right.plot([0, row["jaccard"]], [base - 4] * 2, color=colour("line"), linewidth=2, zorder=1)
                right.plot(
                    [row["jaccard"]], [base - 4], marker="o", markersize=9, color=colour(row["colour"]), clip_on=False
                )
        told = "; ".join(_told_size(row) for row in rows)
        return picture(figure, "sizes-stability", "How large each segment is, and how well it comes back", told)


def _lane(figure: "Figure", height: float, edges: tuple[float, float], end: float) -> "Axes":
    ax = figure.add_axes((edges[0] / WIDTH, 0, (edges[1] - edges[0]) / WIDTH, 1))
    ax.set(xlim=(0, end), ylim=(height, 0))
    ax.set_axis_off()
    return ax


def _sized(ax: "Axes", row: Mapping[str, Any], base: float) -> None:
    name = f"{row['mark']}  {row['name']}" if row["mark"] not in ("", "–") else row["name"]
    text = _share(row["share"]) if row["share"] is not None else "too few"
    ax.text(0, base - 13, cut(name, 24), fontsize=SMALL)
    ax.annotate(text, (1, base - 4), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                va="center_baseline", fontsize=SMALL, fontweight="bold", annotation_clip=False)  # fmt: skip
    if row["share"] is not None:
        ax.barh(base - 4, row["share"], height=9, color=colour(row["colour"]))


def _share(share: float) -> str:
    return percent(share, 1 if 0 < share < 0.01 else 0)


def _told_size(row: Mapping[str, Any]) -> str:
    size = _share(row["share"]) if row["share"] is not None else "too few to show"
    return f"{row['name']} {size}" + (f", Jaccard {row['jaccard']:.2f}" if row["jaccard"] is not None else "")


def profiles(rows: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]]) -> list[Picture]:
    """Segment profile plots (Dolnicar, Grün and Leisch 2018, 8.3.2): bars of each segment, a tick where all stand.

    What tells a segment from all (`marker`) has its full colour, the rest is pale. Six segments to a picture.
    rows: {label, everyone, cells: {group id: {value, marker}}}, shares of 0 to 1 or None; groups: {id, mark, colour}.
    """
    if not rows:
        return []
    parts = [groups[i : i + MOST_COLUMNS] for i in range(0, len(groups), MOST_COLUMNS)]
    return [_profile(rows, part, f"profiles-{i}") for i, part in enumerate(parts, 1)]


def _profile(rows: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]], name: str) -> Picture:
    height = 28 + ROW * len(rows) + 6
    wide = (WIDTH - LABELS - 6) / len(groups)
    shares = [c["value"] for r in rows for c in r["cells"].values()] + [r["everyone"] for r in rows]
    end = max((share for share in shares if share is not None), default=1.0) or 1.0
    with canvas(height) as figure:
        labels = _lane(figure, height, (4.0, LABELS), 1.0)
        for i, row in enumerate(rows):
            lines = _two_lines(row["label"])
            labels.text(0, 28 + ROW * (i + 0.5), "\n".join(lines), fontsize=SMALL, va="center", linespacing=1.25)
        for k, group in enumerate(groups):
            ax = _lane(figure, height, (LABELS + wide * k + 5, LABELS + wide * (k + 1) - 3), end)
            ax.text(
                end / 2, 12, group["mark"], ha="center", va="center", fontweight="bold", color=colour(group["colour"])
            )
            ax.plot([0, 0], [24, height - 6], color=colour("line"), linewidth=1)
            for i, row in enumerate(rows):
                _profiled(ax, row["cells"].get(group["id"]), row["everyone"], group["colour"], 28 + ROW * (i + 0.5))
        marked = [(g, [r["label"] for r in rows if (r["cells"].get(g["id"]) or {}).get("marker")]) for g in groups]
        told = "; ".join(f"{g['name']}: {', '.join(names)}" for g, names in marked if names)
        return picture(figure, name, "What tells each segment from all", f"Stands out: {told or 'nothing'}.")


def _two_lines(label: str, width: int = 18) -> list[str]:
    """A label of two lines; of a long one with a level, such as `Hears of us from: Friends`, the level stays."""
    label = unbroken(label)
    lines = wrap(label, width)
    head, colon, level = label.rpartition(": ")
    if len(lines) <= 2 or not colon:
        return wrap(label, width, max_lines=2, placeholder="…")
    return [cut(head, width) + ":", cut(level, width + 1)]


def _profiled(ax: "Axes", cell: Mapping[str, Any] | None, everyone: float | None, token: str, y: float) -> None:
    if cell is not None and cell["value"] is not None:
        ax.barh(y, cell["value"], height=13, color=colour(token), alpha=1.0 if cell["marker"] else 0.35)
    if everyone is not None:
        for width, shade, below in ((4.0, "paper", 0.1), (1.8, "ink", 0.0)):
            ax.plot([everyone] * 2, [y - 9, y + 9], color=colour(shade), linewidth=width, zorder=3 - below)


def sweep(rows: Sequence[Mapping[str, Any]]) -> Picture | None:
    """What each candidate tells per customer, by its number of segments; a filled mark came back on subsamples.

    rows: {family, segments, score, passed, chosen}. The line joins the latent class candidates; numbers of segments
    around the chosen one that tell nearly as much are its plateau (shaded).
    """
    shown = [r for r in rows if r["score"] is not None and r["segments"] > 0]
    if not shown:
        return None
    families = list(dict.fromkeys(r["family"] for r in shown))
    foot = 46 + LEGEND_LINE * ((len(families) + 1) // 2)
    height = SWEEP + foot + 20
    with canvas(height) as figure:
        ax = figure.add_axes((54 / WIDTH, foot / height, (WIDTH - 70) / WIDTH, SWEEP / height))
        line = sorted((r["segments"], r["score"]) for r in shown if r["family"] == "latent class")
        if line:
            ax.plot(*zip(*line, strict=True), color=colour("p1"), linewidth=2, zorder=2)
        low, high = _plateau(shown)
        if high > low:
            ax.axvspan(low - 0.3, high + 0.3, color=colour("panel"), zorder=0)
            ax.annotate("as good", ((low + high) / 2, 0), (0, 12), xycoords=("data", "axes fraction"),
                        textcoords="offset points", ha="center", fontsize=SMALL, color=colour("muted"))  # fmt: skip
        ax.axhline(0, color=colour("muted"), linewidth=1, zorder=1)
        for row in shown:
            _candidate(ax, row)
        ends = [r["segments"] for r in shown]
        ax.set_xticks(range(min(ends), max(ends) + 1))
        ax.tick_params(length=0, labelsize=SMALL)
        ax.set_xlabel("number of segments", fontsize=SMALL)
        ax.set_ylabel("score", fontsize=SMALL)
        _legend(ax, families)
        told = "; ".join(f"{r['family']}, {r['segments']}: {plain(r['score'], 2)}" for r in shown)
        return picture(figure, "sweep", "Candidates by number of segments", f"{told}. 0 is a continuum.")


def _plateau(rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """First and last number of segments, without a gap around the chosen one, that tell nearly as much."""
    best = {r["segments"]: r["score"] for r in sorted(rows, key=lambda r: r["score"])}
    chosen = next((r for r in rows if r["chosen"]), None)
    if chosen is None or chosen["score"] <= 0:
        return 0, 0
    low = high = chosen["segments"]
    while best.get(low - 1, 0.0) >= PLATEAU * chosen["score"]:
        low -= 1
    while best.get(high + 1, 0.0) >= PLATEAU * chosen["score"]:
        high += 1
    return low, high


def _candidate(ax: "Axes", row: Mapping[str, Any]) -> None:
    token = "p1" if row["family"] == "latent class" else "p2"
    shade = colour(token)
    fill = shade if row["passed"] else colour("paper")
    mark = FAMILY_MARKS.get(row["family"], "o")
    ax.plot([row["segments"]], [row["score"]], marker=mark, markersize=8, markeredgecolor=shade, markerfacecolor=fill,
            markeredgewidth=1.6, zorder=3, clip_on=False)  # fmt: skip
    if row["chosen"]:
        ax.annotate("chosen", (row["segments"], row["score"]), (0, 10), textcoords="offset points", ha="center",
                    fontsize=SMALL, fontweight="bold", annotation_clip=False)  # fmt: skip


def _legend(ax: "Axes", families: Sequence[str]) -> None:
    for i, family in enumerate(families):
        x, y = (0.02, 0.5)[i % 2] - 0.06, -(50 + LEGEND_LINE * (i // 2)) / SWEEP
        shade = colour("p1" if family == "latent class" else "p2")
        ax.plot([x], [y], transform=ax.transAxes, marker=FAMILY_MARKS.get(family, "o"), markersize=7,
                markeredgecolor=shade, markerfacecolor="none", markeredgewidth=1.6, clip_on=False)  # fmt: skip
        ax.text(x + 0.035, y, family, transform=ax.transAxes, fontsize=SMALL, va="center_baseline")


def consensus(cells: Sequence[Mapping[str, Any]], groups: Sequence[Mapping[str, Any]]) -> Picture | None:
    """How often customers of two segments meet in one when the analysis is repeated: dark where always.

    cells: {one, other: positions of groups, together: share of 0 to 1}; groups: {mark, name, colour}.
    """
    if len(groups) < 2:
        return None
    share = {(c["one"], c["other"]): c["together"] for c in cells}
    side = min(44.0, (WIDTH - 50) / len(groups))
    height = 30 + side * len(groups) + 8
    with canvas(height) as figure:
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, WIDTH), ylim=(height, 0))
        ax.set_axis_off()
        for i, group in enumerate(groups):
            style: dict[str, Any] = {"ha": "center", "va": "center", "fontweight": "bold"}
            ax.text(24, 30 + side * (i + 0.5), group["mark"], color=colour(group["colour"]), **style)
            ax.text(44 + side * (i + 0.5), 16, group["mark"], color=colour(group["colour"]), **style)
            for j in range(len(groups)):
                _met(ax, share.get((i, j)), 44 + side * j, 30 + side * i, side)
        own = "; ".join(f"{g['name']} {percent(share.get((i, i), 0.0))}" for i, g in enumerate(groups))
        told = f"Pairs of members of one segment that meet again: {own}."
        return picture(figure, "consensus", "Who meets again when the analysis is repeated", told)


def _met(ax: "Axes", share: float | None, x: float, y: float, side: float) -> None:
    from matplotlib.patches import Rectangle

    token = f"s{round(8 * share)}" if share is not None else "panel"
    ax.add_patch(Rectangle((x + 1, y + 1), side - 2, side - 2, facecolor=colour(token), linewidth=0))
    if share is not None:
        dark = on_colour(LIGHT[token]) != "#000000"
        style: dict[str, Any] = {"ha": "center", "va": "center", "color": colour("paper" if dark else "ink")}
        ax.text(x + side / 2, y + side / 2, percent_sign(share), fontsize=min(SMALL, side / 3.4), **style)


def silhouettes(rows: Sequence[Mapping[str, Any]]) -> Picture | None:
    """Per segment the silhouettes of its customers in order, as quantiles; below 0: nearer to another segment.

    rows: {mark, name, colour, shares, values}, quantiles in order.
    """
    shown = [r for r in rows if len(r["values"]) > 1]
    if not shown:
        return None
    tall = 44.0
    height = 30 + tall * len(shown) + 24
    low = min(0.0, *(v for r in shown for v in r["values"]))
    high = max(0.05, *(v for r in shown for v in r["values"]))
    with canvas(height) as figure:
        ax = figure.add_axes((40 / WIDTH, 0, (WIDTH - 54) / WIDTH, 1))
        ax.set(xlim=(low, high), ylim=(height, 0))
        ax.set_axis_off()
        ax.plot([0, 0], [26, height - 22], color=colour("muted"), linewidth=1)
        ends = [v for v in (round(low, 2), round(high, 2)) if abs(v) > (high - low) / 8]
        for value in sorted([0.0, *ends]):
            ax.text(value, height - 8, plain(value, 2), fontsize=SMALL, ha="center", color=colour("muted"))
        ax.text(0, 14, "nearer to another | to its own", fontsize=SMALL, color=colour("muted"), ha="center")
        for i, row in enumerate(shown):
            top = 30 + tall * i
            places = [top + 4 + (1 - s) * (tall - 10) for s in row["shares"]]
            ax.fill_betweenx(places, 0, row["values"], color=colour(row["colour"]), linewidth=0)
            ax.annotate(row["mark"], (0, top + tall / 2), (-26, 0), xycoords=("axes fraction", "data"), va="center",
                        textcoords="offset points", fontweight="bold", annotation_clip=False)  # fmt: skip
        told = "; ".join(f"{r['name']} {plain(sorted(r['values'])[len(r['values']) // 2], 2)}" for r in shown)
        return picture(figure, "silhouettes", "How near members are to their own segment", f"Middle values: {told}.")
