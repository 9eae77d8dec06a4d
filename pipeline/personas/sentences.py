"""Claims in words: one template per kind of feature, its figures those of the claim's own row."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pipeline.personas.numerals import percent, two_amounts

Claim = Mapping[str, Any]
Field = Mapping[str, Any]
YES = {"yes", "y", "true", "t", "1"}

_CHOICES = {
    "need": "{share} name “{choice}” as a need",
    "motivation": "{share} name “{choice}” as a motive",
    "pain": "{share} name “{choice}” as a problem",
    "channel": "{share} name “{choice}” as a channel",
    "decision factor": "{share} name “{choice}” as what decides",
    "interest": "{share} name “{choice}” as an interest",
    "satisfaction": "{share} are pleased with “{choice}”",
}
_LOOSE_WORDS = re.compile(r"\b(of|as|so|in|to|for|since|between|per|with|on|at)\b")


def sentence(claim: Claim, field: Field, hedge: str = "", few_others: bool = False) -> str:
    """The claim in one sentence.

    `claim`: a row of `CLAIMS` (statistic, level, value, rest_value). `field`: the feature's row of the dictionary.
    `hedge` stands before the persona's figure; with `few_others` the rest's figure is told in words, because the
    customers behind it are too few to be shown.

    >>> claim = {"statistic": "share", "level": "Two year", "value": 0.6, "rest_value": 0.31}
    >>> field = {"label": "Contract", "kind": "nominal", "block": "behavioural", "theme": "behavioural"}
    >>> sentence(claim, field, hedge="about")
    '“Contract” is “Two year” for about 60%, against 31% of the others.'
    """
    text = _share(claim, field, hedge, few_others) if claim["statistic"] == "share" else _mean(claim, field, hedge)
    return text[0].upper() + text[1:] + "."


def lower_first(text: str) -> str:
    """`text` for the middle of a sentence; abbreviations keep their capitals.

    >>> lower_first("Mean order value"), lower_first("NPS score")
    ('mean order value', 'NPS score')
    """
    return text if text[:2].isupper() or not text else text[0].lower() + text[1:]


def choice_of(field: Field) -> str | None:
    """The choice of a multi-select's yes/no feature, whose label reads `question: choice`."""
    if field["block"] != "attitudinal" or field["kind"] != "binary":
        return None
    _, mark, choice = str(field["label"]).partition(": ")
    return choice if mark else None


def _share(claim: Claim, field: Field, hedge: str, few_others: bool) -> str:
    share = _hedged(percent(claim["value"]), hedge)
    others = "hardly any of the others" if few_others else f"{percent(claim['rest_value'])} of the others"
    return f"{_share_head(claim, field, share)}, against {others}"


def _share_head(claim: Claim, field: Field, share: str) -> str:
    label, level = str(field["label"]), str(claim["level"])
    choice = choice_of(field)
    if choice and field["theme"] in _CHOICES:
        return _CHOICES[field["theme"]].format(share=share, choice=choice)
    if choice:
        return f"{share} tick “{choice}” for “{label.partition(': ')[0]}”"
    if field["kind"] == "binary" and (level.lower() in YES or level.lower() in label.lower().split()):
        return f"“{label}” applies to {share}"
    if field["block"] == "attitudinal" or label.endswith("?"):
        return f"{share} answer “{level}” to “{label}”"
    return f"“{label}” is “{level}” for {share}"


def _mean(claim: Claim, field: Field, hedge: str) -> str:
    if field["kind"] == "share":
        value, rest = percent(claim["value"]), percent(claim["rest_value"])
        return f"on average {_share_mean_head(field, _hedged(value, hedge))}, against {rest} among the others"
    value, rest = two_amounts(claim["value"], claim["rest_value"], str(field["unit"]))
    return f"{_mean_head(field, _hedged(value, hedge))}, against {rest} among the others"


def _share_mean_head(field: Field, value: str) -> str:
    label = str(field["label"])
    if label.startswith("Share of activity "):
        verb = "comes" if field["theme"] == "channel" else "is"
        return f"{value} of their activity {verb} {label.removeprefix('Share of activity ')}"
    part = re.fullmatch(r"Share of (.+) in activity", label)
    if part:
        return f"{part[1]} makes up {value} of their activity"
    return f"{lower_first(label)} is {value}"


def _mean_head(field: Field, value: str) -> str:
    label, unit = str(field["label"]), str(field["unit"])
    if field["kind"] == "ordinal":
        levels = json.loads(field["levels"])
        return f"“{label}” averages {value} on the scale from 0 (“{levels[0]}”) to {len(levels) - 1} (“{levels[-1]}”)"
    if field["block"] == "attitudinal":
        return f"“{label}” scores {value} on average"
    if unit and label.lower().startswith(f"{unit.lower()} "):
        return f"on average {value}{label[len(unit) :]}"
    if not unit and " per " in label or field["kind"] == "count" and not unit and label.endswith("s"):
        return f"they average {value} {lower_first(label).removeprefix('number of ')}"
    if _LOOSE_WORDS.search(label):
        return f"{label}: {value} on average"
    return f"{label} {'average' if label.endswith('s') else 'averages'} {value}"


def _hedged(figure: str, hedge: str) -> str:
    if not hedge or figure.startswith(("under", "over")):
        return figure
    return f"{hedge} {figure}"
