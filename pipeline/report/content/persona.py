"""One persona's page: narrative with evidence, traits by theme, pictures, journey, experiments."""

from itertools import groupby
from typing import Any

import pandas as pd

from pipeline.report.content import card, journey, journey_map, plan, voices, worth
from pipeline.report.content.entries import entering
from pipeline.report.content.evidence import Bases, bases, claim, trait
from pipeline.report.content.labels import Dictionary, anchor, entry_of, link_to, theme_order, theme_title
from pipeline.report.content.topics import advice, pictured, topics
from pipeline.report.inputs import Inputs

MERGED_THEMES = {"behavioural": "activity", "other": "attitudinal"}
"""Themes with one heading share one table and one picture."""


def persona_page(persona: dict[str, Any], inputs: Inputs, dictionary: Dictionary, min_cell: int) -> dict[str, Any]:
    """All that the page of `persona` shows beyond its card."""
    own = persona["persona_id"]
    base = bases(inputs.profile)
    rows = inputs.claims[inputs.claims["persona_id"] == own].to_dict("records")
    claims = [claim(row, dictionary, base, min_cell) for row in rows]
    order = {anchor(c): i for i, c in enumerate(persona["traits"])}
    claims.sort(key=lambda c: (theme_order(c["theme"]), order.get(c["anchor"], len(order)), c["anchor"]))
    claims = [{**c, "number": i} for i, c in enumerate(claims, start=1)]
    profile = journey.select(inputs.profile, "persona", own)
    parts = themes(profile, dictionary, base, min_cell)
    by_topic = topics(parts)
    wants = next(t["telling"] for t in by_topic if t["key"] == "wants")
    frames = {**inputs.map, "funnel": inputs.funnel, "transitions": inputs.transitions}
    names = {p["persona_id"]: str(p["name"]) for p in inputs.personas["personas"]}
    advised, ladder = advice(parts), list(inputs.journeys.get("ladder") or [])
    return {
        "narrative": [told for told in (_linked(s, claims) for s in persona["narrative"]) if told],
        "evidence": _by_theme(claims),
        "contrast": contrast(persona, claims),
        "pictures": pictured(parts),
        "topics": by_topic,
        "card": card.card(own, inputs.proof, inputs.map["rhythm"], min_cell, inputs.settings.currency),
        "map": journey_map.journey_map(
            own, frames, inputs.journeys, wants, names, dictionary, min_cell, inputs.settings.stages
        ),
        "plan": plan.plan(own, advised, frames, ladder, min_cell, entering(inputs.settings.stages)),
        "advice": advised,
        "voices": voices.voices(persona, inputs, min_cell),
        "worth": worth.worth(own, inputs, min_cell),
        "themes": parts,
        "says": any(p["block"] == "attitudinal" for p in parts),
        "journey": journey.of_group(inputs, "persona", own, min_cell),
    }


def _linked(sentence: dict[str, Any], claims: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The sentence with links to its evidence; None where a figure that it tells is held back."""
    by_anchor = {c["anchor"]: c for c in claims}
    found = [by_anchor[anchor(c)] for c in sentence["claims"] if anchor(c) in by_anchor]
    if any(c["cell"]["value"] is None for c in found):
        return None
    links = [{"href": link_to(c["anchor"]), "number": c["number"], "label": c["label"]} for c in found]
    return {"text": sentence["text"], "links": links}


def _by_theme(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"title": title, "rows": list(rows)} for title, rows in groupby(claims, key=lambda c: c["title"])]


def contrast(persona: dict[str, Any], claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the picture of persona against others shows: the claims that are shares, most telling first.

    Of claims with the very same figures only the first: they are the same customers under another name.
    """
    order = {anchor(c): i for i, c in enumerate(persona["traits"])}
    shares = [c for c in claims if c["share"] and c["cell"]["value"] is not None and c["others"]["value"] is not None]
    shares.sort(key=lambda c: order.get(c["anchor"], len(order)))
    alike = {(c["cell"]["value"], c["others"]["value"]): c for c in reversed(shares)}
    return [c for c in shares if alike[(c["cell"]["value"], c["others"]["value"])] is c]


def themes(profile: pd.DataFrame, dictionary: Dictionary, base: Bases, min_cell: int) -> list[dict[str, Any]]:
    """Everything measured about one group, by theme; within a theme, features in the dictionary's order."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in profile.to_dict("records"):
        entry = entry_of(dictionary, row["column"])
        if entry.role == "exclude" or (entry.positive and row["level"] != entry.positive):
            continue
        theme = MERGED_THEMES.get(entry.theme, entry.theme)
        rows.setdefault(theme, []).append({**trait(row, dictionary, base, min_cell), "block": entry.block})
    ordered = sorted(rows, key=theme_order)
    return [{"theme": t, "title": theme_title(t), "block": rows[t][0]["block"], "rows": rows[t]} for t in ordered]
