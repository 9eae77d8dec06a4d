"""Styles that the pictures of a report share, as classes of its style sheet: no page repeats them for every mark."""

import re
from collections.abc import Mapping
from dataclasses import replace

from pipeline.report.figures.canvas import Picture

_STYLE = re.compile(r' style="([^"]*)"')
_GROUND = "stroke-linejoin: round; stroke-linecap: butt"
_REPEATED = f'<defs><style type="text/css">*{{{_GROUND}}}</style></defs>'


def with_classes(pictures: Mapping[str, Picture]) -> tuple[dict[str, Picture], str]:
    """`pictures` with classes in place of styles where they stand in pages, and the rules of those classes.

    Their files keep their styles. A style that refers to a part of its picture stays: other pictures have others.

    >>> drawn, rules = with_classes({"a": Picture("a", "", "", '<path style="fill:none" d="M 0 0"/>', "")})
    >>> drawn["a"].inline, rules.partition("}")[2]
    ('<path class="f0" d="M 0 0"/>', '.f0{fill:none}')
    """
    names: dict[str, str] = {}

    def named(style: re.Match[str]) -> str:
        if "url(" in style[1]:
            return style[0]
        return f' class="{names.setdefault(style[1], f"f{len(names)}")}"'

    found = {
        name: replace(picture, inline=_STYLE.sub(named, picture.inline.replace(_REPEATED, "")))
        for name, picture in pictures.items()
    }
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    return found, f":where(svg.figure) *{{{_GROUND}}}{rules}"
