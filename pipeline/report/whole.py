"""All pages in one, for a PDF of the whole: ids are made different, links lead within."""

import re
from collections.abc import Sequence
from pathlib import Path

MAIN = re.compile(r"<main[^>]*>(.*?)</main>", re.DOTALL)
BODY = re.compile(r"<body([^>]*)>")


def whole(pages: Sequence[Path], style: str) -> str:
    """One HTML text of the bodies of `pages`, each on a new sheet; links to pages that are not among them lose it."""
    number = {page.name: i for i, page in enumerate(pages)}
    parts = [_part(page, i, number) for i, page in enumerate(pages)]
    head = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Report</title>'
    sheet = ".sheet{break-before:page}.sheet:first-child{break-before:auto}"
    return f"{head}<style>{style}{sheet}</style></head><body>{''.join(parts)}</body></html>\n"


def _part(page: Path, i: int, number: dict[str, int]) -> str:
    html = page.read_text(encoding="utf-8")
    found, body = MAIN.search(html), BODY.search(html)
    inner = found[1] if found else ""
    kind = re.search(r'class="([^"]*)"', body[1]) if body else None
    inner = re.sub(r'(\b(?:id|for|aria-labelledby)=")([^"]*)"', lambda m: m[1] + _prefixed(m[2], i) + '"', inner)
    inner = re.sub(r"url\(#", f"url(#p{i}-", inner)
    inner = re.sub(r'(href=")([^"]*)"', lambda m: m[1] + _link(m[2], i, number) + '"', inner)
    look = f"sheet {kind[1]}" if kind else "sheet"
    return f'<div class="{look}" id="p{i}"><div class="page">{inner}</div></div>'


def _prefixed(ids: str, i: int) -> str:
    return " ".join(f"p{i}-{one}" for one in ids.split())


def _link(href: str, i: int, number: dict[str, int]) -> str:
    """The link within the whole.

    >>> _link("pages/persona-2.html#who", 0, {"index.html": 0, "persona-2.html": 1})
    '#p1-who'
    """
    path, _, place = href.partition("#")
    to = number.get(Path(path).name) if path else i
    if to is None:
        return "#p0"
    return f"#p{to}-{place}" if place else f"#p{to}"
