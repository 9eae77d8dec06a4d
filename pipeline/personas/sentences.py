"""Claims in words: one template per kind of feature, its figures those of the claim's own row."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pipeline.core.rounding import means_told, percent_bound, shares_told, singular
from pipeline.core.scales import ends_of_scale, lowest_number
from pipeline.personas.bounds import AT_LEAST, AT_MOST

Claim = Mapping[str, Any]
Field = Mapping[str, Any]
YES = {"yes", "y", "true", "t", "1"}
PLAIN_LEVELS = {"", "no", "yes"}
"""Levels that say nothing without their feature; every number has the empty one."""

_CHOICES = {
    "need": "{share} name “{choice}” as a need",
    "motivation": "{share} name “{choice}” as a motive",
    "pain": "{share} name “{choice}” as a problem",
    "channel": "{share} name “{choice}” as a channel",
    "decision factor": "{share} name “{choice}” as what decides",
    "interest": "{share} name “{choice}” as an interest",
    "satisfaction": "{share} are pleased with “{choice}”",
}
_OTHERS = (
    r"others?|none|something else|sonstiges?|andere[rs]?|autres?|otros?|altr[oi]|"
    r"other\b.*(specify|explain|describe|state|say)\b.*|none of (the |these )?(above|these|them)"
)
_EVASIONS = (
    r"(i )?don.?t know( .*)?|do not know|not sure|unsure|unknown|not known|no (answer|opinion|response)|n/?a|"
    r"not applicable|prefer not to .*|rather not .*|refused|wei(ß|ss) nicht|keine angaben?|ne sait pas|no sabe"
)
_SAYS_NOTHING = re.compile(rf"\W*({_OTHERS})\W*", re.IGNORECASE)
_EVADES = re.compile(rf"\W*({_OTHERS}|{_EVASIONS})\W*", re.IGNORECASE)
_AMOUNTS = re.compile(
    r"(charges|costs|fees|sales|savings|earnings|expenses|wages|prices|revenues|losses|taxes|rates)$",
    re.IGNORECASE,
)
_LOOSE_WORDS = re.compile(r"\b(of|as|so|in|to|for|since|between|per|with|on|at)\b")


def sentence(claim: Claim, field: Field, customers: int, hedge: str = "") -> str:
    """The claim in one sentence.

    `claim`: a row of `CLAIMS` (statistic, level, value, lower, upper, rest_value, n, bound). `field`: the row of the
    dictionary. `customers`: those of the persona; where less than half of them are known, it is said of how many.
    `hedge` stands before the persona's figure, unless that is a bound.

    >>> claim = {"statistic": "share", "level": "Two year", "value": 0.6, "rest_value": 0.31, "n": 200, "bound": ""}
    >>> claim |= {"lower": 0.53, "upper": 0.67}
    >>> field = {"label": "Contract", "kind": "nominal", "block": "behavioural", "theme": "behavioural"}
    >>> sentence(claim, field, 210, hedge="about")
    '“Contract” is “Two year” for about 60%, against 31% of the others.'
    >>> sentence(claim | {"bound": "at least"}, field, 500)
    '“Contract” is “Two year” for at least 60%, against at most 31% of the others (known of 200).'
    """
    text = _share(claim, field, hedge) if claim["statistic"] == "share" else _mean(claim, field, hedge)
    known = "" if known_of_most(claim, customers) else f" ({_base(claim, field)})"
    return text[0].upper() + text[1:] + known + "."


def known_of_most(claim: Claim, customers: int) -> bool:
    """Whether at least half of the persona's customers are in the base of the claim."""
    return bool(2 * claim["n"] >= customers)


def _base(claim: Claim, field: Field) -> str:
    n = f"{int(claim['n']):,}"
    return f"{n} answered" if field["block"] == "attitudinal" else f"known of {n}"


def lower_first(text: str) -> str:
    """`text` for the middle of a sentence; abbreviations keep their capitals.

    >>> lower_first("Mean order value"), lower_first("NPS score")
    ('mean order value', 'NPS score')
    """
    return text if text[:2].isupper() or not text else text[0].lower() + text[1:]


def says_nothing(answer: str) -> bool:
    """Whether an answer is only that it is another one.

    >>> says_nothing("Other (please specify)"), says_nothing("Other IT"), says_nothing("Don't know")
    (True, False, False)
    """
    return _SAYS_NOTHING.fullmatch(answer) is not None


def evades(answer: str) -> bool:
    """Whether an answer names nothing that customers could be called by.

    >>> evades("Don’t know"), evades("Prefer not to say"), evades("None of the above"), evades("Knows")
    (True, True, True, False)
    """
    return _EVADES.fullmatch(answer) is not None


def is_loose(label: str) -> bool:
    """Whether a label is more than a noun: “Spent in the past year”."""
    return _LOOSE_WORDS.search(label) is not None


def is_plural(label: str) -> bool:
    """Whether the label's foremost noun is a plural, as far as its letters tell.

    >>> is_plural("Months since the last order"), is_plural("Spent in the past years"), is_plural("Monthly charges")
    (True, False, True)
    """
    head = _LOOSE_WORDS.split(label)[0].strip()
    return head.endswith("s") and not head.endswith("ss")


def is_counted(label: str) -> bool:
    """Whether there can be more or fewer of what the label names; charges are higher or lower.

    >>> is_counted("Months since the last order"), is_counted("Total charges"), is_counted("Mean order value")
    (True, False, False)
    """
    head = _LOOSE_WORDS.split(label)[0].strip()
    return is_plural(label) and not _AMOUNTS.search(head)


def choice_of(field: Field) -> str | None:
    """The choice of a multi-select's yes/no feature, whose label reads `question: choice`."""
    if field["block"] != "attitudinal" or field["kind"] != "binary":
        return None
    _, mark, choice = str(field["label"]).partition(": ")
    return choice if mark else None


def _share(claim: Claim, field: Field, hedge: str) -> str:
    bound = claim["bound"]
    if bound:
        other = AT_MOST if bound == AT_LEAST else AT_LEAST
        share, rest = _bounded(claim["value"], bound), _bounded(claim["rest_value"], other)
    else:
        value, rest = shares_told(*_figures(claim))
        share = _hedged(value, hedge)
    return f"{_share_head(claim, field, share)}, against {rest} of the others"


def _bounded(share: float, bound: str) -> str:
    figure = percent_bound(share, bound)
    return figure if share in (0.0, 1.0) else f"{bound} {figure}"


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
        value, rest = shares_told(*_figures(claim))
        return f"on average {_share_mean_head(field, _hedged(value, hedge))}, against {rest} among the others"
    # The mean of an ordinal is a place on its scale, in no unit, unless its levels are numbers in a row.
    ordinal = field["kind"] == "ordinal"
    levels = [str(level) for level in json.loads(field["levels"])] if ordinal else []
    lowest = lowest_number(levels) if ordinal else 0
    unit = "" if ordinal else str(field["unit"])
    told = means_told(*(figure + (lowest or 0) for figure in _figures(claim)))
    value, rest = (f"{number} {singular(unit, number)}" if unit else number for number in told)
    scale = f" ({ends_of_scale(levels)})" if levels and lowest is None else ""
    return f"{_mean_head(field, _hedged(value, hedge))}, against {rest} among the others{scale}"


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
        return f"“{label}” averages {value}"
    if field["block"] == "attitudinal":
        return f"“{label}” scores {value} on average"
    if unit and label.lower().startswith(f"{unit.lower()} "):
        return f"on average {value}{label[len(unit) :]}"
    if not unit and " per " in label or field["kind"] == "count" and not unit and label.endswith("s"):
        return f"they average {value} {lower_first(label).removeprefix('number of ')}"
    if _LOOSE_WORDS.search(label):
        return f"{label}: {value} on average"
    return f"{label} {'average' if label.endswith('s') else 'averages'} {value}"


def _figures(claim: Claim) -> tuple[float, float, float, float]:
    return claim["value"], claim["rest_value"], claim["lower"], claim["upper"]


def _hedged(figure: str, hedge: str) -> str:
    if not hedge or figure.startswith(("under", "over")):
        return figure
    return f"{hedge} {figure}"
