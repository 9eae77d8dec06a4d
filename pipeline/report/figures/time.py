"""Pictures along time: activity by hour and by weekday, feelings from stage to stage."""

from typing import Any

from pipeline.report.figures.canvas import SMALL, Picture, canvas, colour, picture

DAY_HEIGHT = 170.0
EMOTION_HEIGHT = 120.0
STAGE_WIDTH = 170.0


def rhythm(rows: list[dict[str, Any]], card: dict[str, Any], name: str, title: str) -> Picture | None:
    """Bars of the group, a stepped line for the others; slots that are held back stay empty."""
    values = [r["cell"]["value"] for r in rows]
    known = [v for v in values if v is not None]
    if not known:
        return None
    rest = [r["rest"] for r in rows]
    top = max([*known, *(r for r in rest if r is not None)]) * 1.1
    with canvas(DAY_HEIGHT) as figure:
        ax = figure.add_axes((0.11, 0.17, 0.87, 0.76))
        places = range(len(rows))
        ax.bar(places, [v or 0.0 for v in values], width=0.8, color=colour(card["colour"]), zorder=2)
        for x, r in zip(places, rest, strict=True):
            if r is not None:
                for width, shade, below in ((3.5, "paper", 0.1), (1.6, "ink", 0.0)):
                    ax.plot([x - 0.5, x + 0.5], [r, r], color=colour(shade), linewidth=width, zorder=3 - below)
        ax.set(xlim=(-0.6, len(rows) - 0.4), ylim=(0, top))
        every = 6 if len(rows) > 7 else 1
        ax.set_xticks(list(places)[::every], [r["label"] for r in rows][::every], fontsize=SMALL)
        half = round(50 * top) / 100 or top / 2
        ax.set_yticks([0, half], ["0%", f"{100 * half:.0f}%"], fontsize=SMALL)
        ax.axhline(half, color=colour("line"), linewidth=1, zorder=0)
        ax.tick_params(length=0)
        told = "; ".join(f"{r['label']}: {r['cell']['text']}" for r in rows)
        return picture(figure, name, f"{title}: {card['name']}", told)


def emotion(rows: list[dict[str, Any]], stages: list[str], card: dict[str, Any]) -> Picture | None:
    """The mean, or the share who are content, of the score asked in most stages; stages without it are a gap."""
    chosen = _most_asked(rows)
    points = [_point(cell["items"], chosen) for cell in rows]
    if chosen is None or sum(p is not None for p in points) < 1:
        return None
    width = STAGE_WIDTH * len(stages)
    with canvas(EMOTION_HEIGHT, width) as figure:
        ax = figure.add_axes((0, 0.04, 1, 0.92))
        ax.set_axis_off()
        ax.set(xlim=(0, len(stages)), ylim=(-0.08, 1.08))
        for level in (0.0, 0.5, 1.0):
            ax.axhline(level, color=colour("line"), linewidth=1, zorder=0)
        for level, word, side in ((1.0, "content", "top"), (0.0, "annoyed", "bottom")):
            ax.text(0.02, level, word, va=side, fontsize=SMALL, color=colour("muted"))
        fill = colour(card["colour"])
        values = [float("nan") if p is None else p["value"] for p in points]
        middles = [i + 0.5 for i in range(len(stages))]
        ax.plot(middles, values, color=fill, linewidth=2.5, zorder=2)
        for x, p in zip(middles, points, strict=True):
            if p is None:
                ax.text(x, 0.42, "not asked", ha="center", fontsize=SMALL, color=colour("muted"))
                continue
            if p["lower"] is not None and p["upper"] is not None:
                ax.plot([x, x], [p["lower"], p["upper"]], color=fill, linewidth=4, alpha=0.4, zorder=1)
            ax.plot([x], [p["value"]], marker="o", markersize=9, color=fill, zorder=3)
            below = p["value"] > 0.85
            ground = {"facecolor": colour("paper"), "edgecolor": "none", "pad": 0.5}
            ax.annotate(p["text"], (x, p["value"]), (0, -17 if below else 10), textcoords="offset points",
                        ha="center", fontsize=SMALL, bbox=ground, zorder=4)  # fmt: skip
        told = "; ".join(f"{s}: {p['text'] if p else 'not asked'}" for s, p in zip(stages, points, strict=True))
        title = f"{chosen[0].split(':')[0]} from stage to stage: {card['name']}"
        return picture(figure, f"{card['id']}-emotion", title, told, width)


def _most_asked(rows: list[dict[str, Any]]) -> tuple[str, str] | None:
    """Label and measure of the score with a value in most stages; means before shares."""
    asked: dict[tuple[str, str], int] = {}
    for cell in rows:
        for item in cell["items"]:
            if item["cell"]["value"] is not None and 0 <= item["cell"]["value"] <= 1:
                key = (item["label"], item["measure"])
                asked[key] = asked.get(key, 0) + 1
    order = {"mean": 0, "positive share": 1, "negative share": 2}
    return min(asked, key=lambda k: (-asked[k], order.get(k[1], 3), k[0]), default=None)


def _point(items: list[dict[str, Any]], chosen: tuple[str, str] | None) -> dict[str, Any] | None:
    found = [i["cell"] for i in items if (i["label"], i["measure"]) == chosen and i["cell"]["value"] is not None]
    return found[0] if found else None
