"""Pictures of who the customers are: sizes, the map, persona against the others, shares by theme."""

from typing import Any

from pipeline.report.figures.canvas import WIDTH, Picture, canvas, colour, picture
from pipeline.report.figures.rows import Row, bars, dumbbells
from pipeline.report.numbers import count

TELLING = 10
MAP_HEIGHT = 300.0
BADGE = 26.0
"""Across a badge on the map, in points."""


def sizes(content: dict[str, Any]) -> Picture:
    """Share of customers in each persona and unassigned."""
    parts = [*content["cards"], content["unassigned"]]
    rows = [_size_row(part) for part in parts]
    told = "; ".join(f"{part['name']} {part['share']['text']}" for part in parts)
    return bars(rows, "sizes", f"Share of {content['customers_are']} in each persona", told)


def _size_row(part: dict[str, Any]) -> Row:
    held_back = part["customers"]["value"] is None
    text = part["customers"]["text"] if held_back else part["share"]["text"]
    return Row(_named(part), text, None if held_back else part["share"]["value"], part["colour"])


def _named(part: dict[str, Any]) -> str:
    return part["name"] if part["id"] == "unassigned" else f"{part['mark']}  {part['name']}"


def persona_map(content: dict[str, Any]) -> Picture | None:
    """Every customer as a dot in two dimensions, coloured by persona, the persona's number at its middle."""
    parts = content["map"]["parts"]
    if not parts:
        return None
    with canvas(MAP_HEIGHT) as figure:
        ax = figure.add_axes((0.01, 0.01, 0.98, 0.98))
        ax.set_axis_off()
        for part in sorted(parts, key=lambda p: p["group"]["id"] != "unassigned"):
            _dots(ax, part["x"], part["y"], colour(part["group"]["colour"]))
        ax.autoscale_view()
        badged = [part for part in parts if part["group"]["page"]]
        for part, place in zip(badged, badge_places(badged), strict=True):
            _badge(ax, part["group"], place)
        drawn = f"{count(content['map']['shown'])} of {count(content['map']['of'])}"
        told = f"One dot a {content['customer_is']}, coloured by persona; {drawn} are drawn. Distances prove nothing."
        return picture(figure, "map", f"Map of the {content['customers_are']}", told)


def _dots(ax: Any, x: list[float], y: list[float], fill: str) -> None:
    """All dots of one colour as one path of round caps: a tenth of the bytes of a marker for each."""
    import numpy as np
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points = np.repeat(np.column_stack([x, y]), 2, axis=0)
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=np.uint8), len(x))
    line = {"capstyle": "round", "linewidth": 3.2, "alpha": 0.5}
    ax.add_patch(PathPatch(Path(points, codes), facecolor="none", edgecolor=fill, **line))


def badge_places(parts: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Of each part the dot nearest to its middle that is not under the badge of one before, else the farthest from it.

    Medians of x and y may meet where nobody is, or where another persona has its own.
    """
    import numpy as np

    everybody = np.vstack([np.column_stack([part["x"], part["y"]]) for part in parts] or [np.zeros((1, 2))])
    scale = np.array([WIDTH, MAP_HEIGHT]) / np.where(np.ptp(everybody, axis=0) > 0, np.ptp(everybody, axis=0), 1.0)
    taken: list[Any] = []
    found = []
    for part in parts:
        dots = np.column_stack([part["x"], part["y"]])
        own = dots * scale
        order = np.argsort(np.linalg.norm(own - np.median(own, axis=0), axis=1), kind="stable")
        near = np.array([min((np.linalg.norm(dot - t) for t in taken), default=np.inf) for dot in own[order]])
        best = order[int(np.argmax(near >= BADGE))] if (near >= BADGE).any() else order[int(np.argmax(near))]
        taken.append(own[best])
        found.append((float(dots[best, 0]), float(dots[best, 1])))
    return found


def _badge(ax: Any, group: dict[str, Any], place: tuple[float, float]) -> None:
    box = {
        "boxstyle": "circle,pad=0.25",
        "facecolor": colour("paper"),
        "edgecolor": colour(group["colour"]),
        "linewidth": 2,
    }
    ax.text(*place, group["mark"], ha="center", va="center", fontweight="bold", fontsize=12, bbox=box)


def contrast(page: dict[str, Any], card: dict[str, Any]) -> Picture | None:
    """The most telling shares: the persona as a dot, the others as a ring."""
    chosen = page["contrast"][:TELLING]
    if not chosen:
        return None
    rows = [
        Row(
            c["label"],
            f"{c['cell']['text']} / {c['others']['text']}",
            c["cell"]["value"],
            card["colour"],
            other=c["others"]["value"],
        )
        for c in chosen
    ]
    told = "; ".join(f"{c['label']}: {c['cell']['text']}, the others {c['others']['text']}" for c in chosen)
    return dumbbells(rows, f"{card['id']}-contrast", f"{card['name']} against the others", told)


def pair(pair: dict[str, Any]) -> Picture | None:
    """Two personas: the first as a dot in its colour, the second as a ring in its own."""
    one, other = pair["one"], pair["other"]
    shown = [r for r in pair["rows"] if r["share"]][:TELLING]
    rows = [
        Row(
            r["label"],
            f"{r['cells'][0]['text']} / {r['cells'][1]['text']}",
            r["cells"][0]["value"],
            one["colour"],
            other=r["cells"][1]["value"],
            ring=other["colour"],
        )
        for r in shown
    ]
    if not rows:
        return None
    told = "; ".join(f"{r['label']}: {r['cells'][0]['text']}, {r['cells'][1]['text']}" for r in shown)
    return dumbbells(rows, pair["name"], f"{one['name']} and {other['name']}", told)


def theme(part: dict[str, Any], card: dict[str, Any]) -> Picture | None:
    """Shares of one theme: bars of the persona, a tick for the others."""
    if not part["rows"]:
        return None
    rows, before = [], ""
    for r in part["rows"]:
        cell, heading = r["cell"], r["heading"] if r["heading"] != before else ""
        before = r["heading"]
        ends = (cell["lower"], cell["upper"], r["others"]["value"])
        rows.append(Row(r["short"], cell["text"], cell["value"], card["colour"], *ends, heading=heading))
    told = "; ".join(f"{r['label']}: {r['cell']['text']}, the others {r['others']['text']}" for r in part["rows"])
    name = "".join(c if c.isalnum() and c.isascii() else "-" for c in part["theme"])
    return bars(rows, f"{card['id']}-{name}", f"{part['title']}: {card['name']}", told)
