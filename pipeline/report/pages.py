"""Pages from content and pictures. No page computes: all figures are texts of `content` already."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.core.words import in_words, spoken_of, unbroken
from pipeline.report.content.register import cells_of, links
from pipeline.report.figures.canvas import Picture
from pipeline.report.figures.classes import with_classes
from pipeline.report.palette import css_variables

PARTS = (
    ("segments", "Segments"),
    ("compare", "Compare"),
    ("figures", "Key figures"),
    ("experiments", "Experiments"),
    ("changes", "Changes"),
    ("data", "Data & methods"),
    ("words", "Words"),
)
LEADS = {
    "segments": "Do they come back, what tells them apart, what else was tried.",
    "compare": "Any two personas side by side; how soon each gets on.",
    "figures": "Size, value, satisfaction and conversion of each persona in one table.",
    "experiments": "What was tried, by persona; what to try next, and how many customers that needs.",
    "changes": "Which personas stayed, came or went since the baseline, and which data shifted.",
    "data": "Do the rows add up, what was left out, how it was done, and what it cannot say.",
    "words": "What the words mean here.",
}
STYLE, SCRIPT = "report.css", "tip.js"
SHOWN_BEFORE = ("customers", "share of customers", "share of revenue", "future value per buyer")
"""Key figures that a persona's page tells as its size and its worth."""


def render(content: dict[str, Any], pictures: Mapping[str, Picture]) -> dict[str, str]:
    """Path below the report's folder -> text: pages, and the style sheet and the script that they share."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("pipeline.report")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.finalize = _unbroken
    environment.filters |= {"pads": pads, "in_words": in_words}
    drawn, rules = with_classes(pictures)
    css = css_variables() + loader.get_source(environment, STYLE)[0] + rules
    script = loader.get_source(environment, SCRIPT)[0]
    leads = {name: spoken_of(text, content["customers_are"]) for name, text in LEADS.items()}
    told = {"parts": _parts(content), "leads": leads, "links": links(content)}
    shared = {"content": content, "pictures": _Pictures(drawn), **told}
    inner = {"root": "../", "pages": ""}
    cover = environment.get_template("index.html").render(shared, root="", pages="pages/", here="index")
    found = {"index.html": cover, f"pages/{STYLE}": css.replace("\n", ""), f"pages/{SCRIPT}": script}
    for name, template, own in _inner_pages(content):
        found[f"pages/{name}"] = environment.get_template(template).render(shared, **inner, **own)
    return found


def _unbroken(value: Any) -> Any:
    """Texts as they go into a page; what is HTML already, or no text, stays as it is."""
    return unbroken(value) if type(value) is str else value


def _parts(content: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and title of the pages beside the personas': none that has nothing to compare, or no baseline."""
    empty = {"changes": bool(content["changes"]["note"]), "compare": not content["pairs"]}
    return [(name, title) for name, title in PARTS if not empty.get(name)]


def _inner_pages(content: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """File name, template and own variables of each page but the cover."""
    cells = {cell["row"]: cell for cell in reversed(list(cells_of(content)))}
    found: list[tuple[str, str, dict[str, Any]]] = [
        (f"{name}.html", f"{name}.html", {"here": name}) for name, _ in _parts(content)
    ]
    for i, card in enumerate(content["cards"]):
        near = {"previous": content["cards"][i - 1] if i else None, "next": (content["cards"] + [None])[i + 1]}
        own = {"card": card, "page": content["pages"][card["id"]], "here": card["id"], **near}
        more = {"figures_of_persona": _key_figures(content, i), "pairs_of": _pairs(content, card["id"])}
        evidence = next(p["page"] for p in content["register"]["pages"] if p["group"]["id"] == card["id"])
        found.append((card["page"], "persona.html", {**own, **more, "evidence_page": evidence}))
        if not content["absent"]["journeys"]:
            found.append((f"{card['id']}-journey.html", "journey.html", own))
    found += [(pair["page"], "pair.html", {"pair": pair, "here": "compare"}) for pair in content["pairs"]]
    for page in content["register"]["pages"]:
        own = {"page": page, "cells": cells, "here": "evidence"}
        found.append((page["page"], "evidence.html", own))
    return found


class _Pictures(dict[str, Picture]):
    """A picture that could not be drawn is None: the page leaves it out."""

    def __missing__(self, name: str) -> None:
        return None


def _key_figures(content: dict[str, Any], position: int) -> list[dict[str, Any]]:
    """The persona's key figures but those that its page shows anyway."""
    found = [k for k in content["key_figures"] if k["kpi"] not in SHOWN_BEFORE and k["cells"][position] is not None]
    return [{"label": k["label"], "cell": k["cells"][position]} for k in found]


def _pairs(content: dict[str, Any], persona_id: str) -> list[dict[str, Any]]:
    return [p for p in content["pairs"] if persona_id in (p["one"]["id"], p["other"]["id"])]


def pads(cells: Sequence[Mapping[str, Any] | None]) -> list[str]:
    """What each figure of a column lacks after its decimal point, so that all of them align.

    >>> pads([{"text": "40.5%"}, {"text": "33%"}, {"text": "under 5%"}, None])
    ['', '.0', '', '']
    """
    tails = [re.fullmatch(r"[-\N{MINUS SIGN}+]?[\d,]+(\.\d+)?(\D*)", c["text"]) if c else None for c in cells]
    longest = max((t[1] or "" for t in tails if t), key=len, default="")
    return [re.sub(r"\d", "0", longest[len(t[1] or "") :]) if t else "" for t in tails]
