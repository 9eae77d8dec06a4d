"""From a matplotlib figure to an SVG that fits a page: sized for a phone, its text and colours left to the reader.

Figures are drawn `WIDTH` points wide, about the width of a phone, so that text keeps its size there; wide screens
set several of them side by side.
"""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import StringIO
from textwrap import shorten
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from pipeline.report.palette import DARK, LIGHT, css_variables

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 380.0
FONT_SIZE = 12.0
SMALL = 11.0
FONTS = 'system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif'

_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "personas",
    "font.family": ["DejaVu Sans"],
    "font.size": FONT_SIZE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.spines.bottom": False,
    "axes.edgecolor": LIGHT["line"],
    "axes.labelcolor": LIGHT["muted"],
    "text.color": LIGHT["ink"],
    "text.parse_math": False,
    "xtick.color": LIGHT["muted"],
    "ytick.color": LIGHT["muted"],
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "path.simplify": False,
}


@dataclass(frozen=True)
class Picture:
    """A finished figure. `inline` goes into a page, `file` stands alone; `name` is its file name without ending."""

    name: str
    title: str
    description: str
    inline: str
    file: str


@contextmanager
def canvas(height: float, width: float = WIDTH) -> Iterator["Figure"]:
    """An empty figure of `width` × `height` points."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_SETTINGS):
        yield Figure(figsize=(width / 72, height / 72), dpi=72)


def picture(figure: "Figure", name: str, title: str, description: str, width: float = WIDTH) -> Picture:
    """`figure` as SVG, the same bytes each time."""
    with warnings.catch_warnings():
        # Text is set in the reader's fonts, which know more scripts than the one that measures it here.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font", category=UserWarning)
        target = StringIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    body = _themed(_lean(target.getvalue(), name))
    head = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    start = f'<svg role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width:g} {_height(body):g}"'
    inner = body[body.index(">", body.index("<svg")) + 1 :]
    inline = f'{start} class="figure">{head}{inner}'
    used = set(re.findall(r"var\(--(\w+)\)", inner))
    style = f"<style>{css_variables(used)}svg{{background:var(--paper)}}text{{font-family:{FONTS}}}</style>"
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return Picture(name, title, description, inline, f"{start} {spaces}>{head}{style}{inner}\n")


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns, wide letters counting twice; cut after a word where one ends in time.

    >>> cut("Evening researchers", 12), cut("Donaudampfschiffer", 12), cut("夕" * 9, 12)
    ('Evening…', 'Donaudampfs…', '夕夕夕夕夕…')
    """
    columns = sum(1 + (east_asian_width(letter) in "WF") for letter in text)
    letters = width if columns <= width else width * len(text) // columns
    found = shorten(text, letters, placeholder="…") if columns > width else text
    return found if found != "…" else text[: letters - 1] + "…"


def _height(svg: str) -> float:
    found = re.search(r'viewBox="0 0 [\d.]+ ([\d.]+)"', svg)
    return float(found[1]) if found else 0.0


def _lean(svg: str, name: str) -> str:
    """Without prolog, metadata, default font and unused ids; used ids unique on a page; coordinates to 1/10 point."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL)
    used = {own: f"{name}-{i}" for i, own in enumerate(dict.fromkeys(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg)))}
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{used[m[1]]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(url\(#|href="#)([^)"]+)', lambda m: m[1] + used[m[2]], svg)
    svg = re.sub(
        r" d=\"[^\"]*\"", lambda m: re.sub(r"-?\d+\.\d+", _short, " ".join(m[0].split(" ")).replace("\n", " ")), svg
    )
    svg = re.sub(r'(?<=[ ;"])font: (\d[\d.]*)px [^;"]*', r"font-size: \1px", svg)
    svg = re.sub(r'(?<=[ ;"])font: (bold|\d{3}) ([\d.]+)px [^;"]*', r"font-size: \2px; font-weight: \1", svg)
    svg = re.sub(r">\s+<", "><", svg)
    return _without_ballast(svg)


def _without_ballast(svg: str) -> str:
    """Without paths of one point, the empty ground, groups of one element, and white space in styles and paths.

    Nor turns by 0 and the font that measured the text: pages set their own.
    """
    svg = re.sub(r'<path d="M [-\d. ]+"[^>]*/>', "", svg)
    svg = re.sub(r'<path d="[^"]*" style="fill: none"/>', "", svg)
    svg = re.sub(
        r' (?:d|style)="[^"]*"', lambda m: " " + re.sub(r"(?<=[;:]) | (?= )|(?<=\w) (?=\")", "", m[0][1:]), svg
    )
    svg = re.sub(r'(?<= [xy]=")-?\d+\.\d+', _short, svg)
    svg = re.sub(r' transform="rotate\(-?0 [^)]*\)"|font-family:\'DejaVu Sans\';?', "", svg)
    before = ""
    while before != svg:
        before = svg
        svg = re.sub(r"<g></g>|<g/>", "", svg)
        svg = re.sub(r"<g>(<(?:path|use)\b[^>]*/>|<text\b[^>]*>[^<]*</text>)</g>", r"\1", svg)
    # After a first point, further points are joined by lines anyway.
    svg = re.sub(r' d="[MLz\d .-]*"', lambda m: m[0].replace(" L ", " "), svg)
    return re.sub(r'(<path d=")([^"]*)"([^>]*)/>(?:<path d="[^"]*"\3/>)+', _joined, svg)


def _joined(run: re.Match[str]) -> str:
    """Paths in a row that look alike as one, but for see-through ones, which would no longer darken each other."""
    if "opacity" in run[3]:
        return run[0]
    shapes = re.findall(r' d="([^"]*)"', run[0])
    return f'{run[1]}{" ".join(shapes)}"{run[3]}/>'


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.1f}".rstrip("0").rstrip(".")


_TOKENS = {colour: token for token, colour in reversed(list(LIGHT.items()))}


def _themed(svg: str) -> str:
    """Colours of the light palette as custom properties, so that the page's theme decides."""
    return re.sub(r"#[0-9a-f]{6}", lambda m: f"var(--{_TOKENS[m[0]]})" if m[0] in _TOKENS else m[0], svg)


def colour(token: str) -> str:
    """The colour that stands for `token` while drawing."""
    return LIGHT[token]


assert set(LIGHT) == set(DARK)  # noqa: S101  a role without a dark colour would show nothing
