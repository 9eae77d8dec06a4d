"""Up to five sentences about a persona, each made of claims and naming them; the less sure, the more it hedges."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.personas.sentences import (
    PLAIN_LEVELS,
    Claim,
    Field,
    choice_of,
    is_counted,
    is_loose,
    is_plural,
    lower_first,
    sentence,
)

MOST_SENTENCES = 5
CLAIMS_IN_A_SENTENCE = 2
TRAITS_IN_A_STORY = 3

_TOPICS = {
    "who": ("Who they are", {"demographic"}),
    "want": ("What they want", {"need", "motivation", "interest", "decision factor"}),
    "pain": ("What bothers them", {"pain"}),
    "habits": ("How they live with us", {"hours", "activity", "value", "behavioural"}),
    "say": ("What they say", {"attitudinal", "other"}),
    "means": ("What they use", {"channel", "device", "technographic"}),
    "mood": ("How content they are", {"satisfaction"}),
}
_HEDGES = ((0.25, ""), (0.5, "about"), (1.0, "roughly"), (float("inf"), "perhaps"))
"""Widest interval, in distances from the rest's value, for each hedge."""


def hedge_of(claim: Claim) -> str:
    """`` , about, roughly or perhaps, by the width of the interval against the distance from the rest.

    >>> hedge_of({"value": 0.62, "rest_value": 0.31, "lower": 0.60, "upper": 0.64})
    ''
    >>> hedge_of({"value": 0.62, "rest_value": 0.31, "lower": 0.50, "upper": 0.72})
    'roughly'
    """
    distance = abs(claim["value"] - claim["rest_value"])
    width = claim["upper"] - claim["lower"]
    return next(word for widest, word in _HEDGES if width <= widest * distance or widest == float("inf"))


def narrative(claims: Sequence[Claim], fields: Mapping[str, Field], customers: int) -> list[dict[str, Any]]:
    """Sentences `{"text", "claims"}` from ranked claims: the most telling one first, then one sentence per topic.

    `customers`: those of the persona.
    """
    if not claims:
        return []
    told = [_told([claims[0]], "What sets them apart most", fields, customers)]
    by_topic: dict[str, list[Claim]] = {}
    for claim in _unlike(claims)[1:]:
        by_topic.setdefault(_topic_of(claim, fields[claim["column"]]), []).append(claim)
    for topic, (lead, _) in _TOPICS.items():
        if topic in by_topic and len(told) < MOST_SENTENCES:
            told.append(_told(by_topic[topic][:CLAIMS_IN_A_SENTENCE], lead, fields, customers))
    return told


def story(claims: Sequence[Claim], fields: Mapping[str, Field], noun: str) -> str:
    """One line without figures: what the most telling traits are about."""
    if not claims:
        return f"Nothing measured sets these {noun} clearly apart from the others."
    parts = [_trait(claim, fields[claim["column"]]) for claim in claims[:TRAITS_IN_A_STORY]]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Set apart by {listed}."


def _unlike(claims: Sequence[Claim]) -> list[Claim]:
    """Without claims of a level that was spoken of: “No internet service” for six services is one thing to say."""
    first: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        plain = claim["level"].lower() in PLAIN_LEVELS
        first.setdefault((claim["column"] if plain else "", claim["level"]), claim)
    return list(first.values())


def _topic_of(claim: Claim, field: Field) -> str:
    for words in (claim["theme"], field["block"]):
        for topic, (_, themes) in _TOPICS.items():
            if words in themes:
                return topic
    return "say"


def _told(claims: Sequence[Claim], lead: str, fields: Mapping[str, Field], customers: int) -> dict[str, Any]:
    parts = [sentence(claim, fields[claim["column"]], customers, hedge_of(claim)) for claim in claims]
    texts = [lower_first(part.removesuffix(".")) for part in parts]
    return {"text": f"{lead}: {'; '.join(texts)}.", "claims": [claim["claim_id"] for claim in claims]}


def _trait(claim: Claim, field: Field) -> str:
    label = lower_first(str(field["label"]))
    often = "more often" if claim["difference"] > 0 else "less often"
    if claim["statistic"] == "share" and field["kind"] != "binary":
        if field["block"] == "attitudinal":
            return f"answering “{claim['level']}” to “{field['label']}” {often}"
        return f"{label} “{claim['level']}” {often}"
    if claim["statistic"] == "share":
        choice = choice_of(field)
        return f"naming “{choice}” {often}" if choice else f"“{label}” {often}"
    if field["block"] == "attitudinal":
        level = "higher" if claim["difference"] > 0 else "lower"
        return (
            f"{level} on “{field['label']}”" if field["kind"] == "ordinal" else f"a {level} score of “{field['label']}”"
        )
    part = re.fullmatch(r"share of (activity .+|“.+”(?= in activity)).*", label)
    if part:
        return f"{'more' if claim['difference'] > 0 else 'less'} {part[1]}"
    unit = str(field["unit"]).lower()
    noun = label.removeprefix("number of ")
    counted = (is_counted(noun) and not unit) or (unit and noun.startswith(f"{unit} "))
    up, down = ("more", "fewer") if counted and field["kind"] != "share" else ("higher", "lower")
    said = f"“{noun}”" if is_loose(noun) and not is_plural(noun) and "“" not in noun else noun
    return f"{up if claim['difference'] > 0 else down} {said}"
