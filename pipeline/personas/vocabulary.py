"""Short phrases for names: how a claimed trait is put before or after the word for customers.

Nothing here speaks of gender: a trait whose words do is never part of a name.
"""

import json
import re
from dataclasses import dataclass

from pipeline.core.words import lower_plain
from pipeline.personas.sentences import (
    YES,
    Claim,
    Field,
    choice_of,
    evades,
    is_counted,
    is_loose,
    is_plural,
    lower_first,
)

MOST_CHARACTERS = 54
_GENDERED = re.compile(
    r"\b(gender|sex|male|female|m[ae]n|wom[ae]n|boys?|girls?|mr|mrs|ms|miss|husbands?|wi(fe|ves)|mothers?|fathers?|"
    r"moms?|mums?|dads?|lad(y|ies)|gentlem[ae]n|ladies|he|she|his|her|divers|weiblich|männlich|frau(en)?|mann|männer)s?\b",
    re.IGNORECASE,
)
_NO = re.compile(r"^no\b[ -]*", re.IGNORECASE)
_OPINION = re.compile(r"^(find|think|feel|want|like|need|prefer|trust)s (.+)", re.IGNORECASE)
"""Labels that are a sentence about one customer: “Finds it cheap”."""
_OFTEN = re.compile(r"\b(never|always|often|sometimes|rarely|seldom|once|twice|every|than)\b", re.IGNORECASE)
"""Levels that say how often; they do not stand before a noun."""
_WORDS = re.compile(r"[^\W\d_]{3}")
_EMPTY_LEVELS = {"yes", "no", "true", "false", "none", "other", "others", "unknown", "n/a", "na", "not known", ""}

_HOURS = (
    ("early morning", "early-morning"),
    ("working hours", "office-hours"),
    ("weekend daytime", "weekend"),
    ("weekend", "weekend"),
    ("evening", "evening"),
    ("night", "night-time"),
    ("morning", "morning"),
    ("afternoon", "afternoon"),
)
_CHANNELS = {"social": "social-media", "email": "e-mail", "paid": "advertising", "direct": "direct-visit"}
_NUMBERS = (
    (r"\bage\b", "older", "younger"),
    (r"\b(months|years|days) as a customer|\btenure\b", "long-standing", "new"),
    (r"\bincome\b", "higher-income", "lower-income"),
    (r"\b(order value|charges|spend(ing)?|spent|revenue|basket)\b", "high-spending", "low-spending"),
    (r"\b(orders|events per week|active days|visits|sessions)\b", "frequent", "occasional"),
    (r"\b(days|weeks|months) since\b|\brecency\b", "dormant", "recently active"),
    (r"\bhousehold size\b", "large-household", "small-household"),
)
_CHOICE_TAILS = {
    "need": "who need “{}”",
    "motivation": "driven by “{}”",
    "pain": "troubled by “{}”",
    "channel": "reached by “{}”",
    "decision factor": "who decide by “{}”",
    "interest": "interested in “{}”",
}


@dataclass(frozen=True)
class Trait:
    """Words of a claim for a name: before the noun (`evening`) or after it (`with low tenure`)."""

    before: str = ""
    after: str = ""

    @property
    def words(self) -> str:
        """The words, wherever they stand."""
        return self.before or self.after


def trait_of(claim: Claim, field: Field) -> Trait | None:
    """The claim's trait, or None where it has no short phrase or its words speak of gender."""
    if _GENDERED.search(f"{field['label']} {claim['level']} {claim['column']}".replace("_", " ")):
        return None
    if evades(str(claim["level"])) and field["kind"] != "binary" or evades(choice_of(field) or "named"):
        return None
    if claim["statistic"] == "share":
        trait = _binary(claim, field) if field["kind"] == "binary" else _level(claim, field)
    elif field["kind"] == "share":
        trait = _share(claim, field)
    else:
        trait = _number(claim, field)
    return trait if trait and len(trait.words) <= MOST_CHARACTERS else None


def _more(claim: Claim) -> bool:
    return bool(claim["difference"] > 0)


def _share(claim: Claim, field: Field) -> Trait | None:
    label, theme = str(field["label"]), field["theme"]
    if not _more(claim):
        return None
    if theme == "hours":
        return next((Trait(before=word) for part, word in _HOURS if part in label), None)
    if theme == "device" and " on " in label:
        return Trait(before=lower_plain(label.rsplit(" on ", 1)[1]))
    if theme == "channel" and " through " in label:
        channel = label.rsplit(" through ", 1)[1]
        return Trait(before=_CHANNELS.get(channel.lower(), lower_plain(channel)))
    part = re.fullmatch(r"Share of “(.+)” in activity", label)
    if part:
        return Trait(after=f"with much “{part[1]}”")
    return Trait(after=f"with a high {lower_first(label)}")


def _number(claim: Claim, field: Field) -> Trait:
    label = str(field["label"])
    for pattern, high, low in _NUMBERS:
        if re.search(pattern, label, re.IGNORECASE):
            return Trait(before=high if _more(claim) else low)
    if field["block"] == "attitudinal":
        return Trait(after=_rating(label, _more(claim)))
    noun = label.removeprefix("Number of ")
    amount = ("many" if _more(claim) else "few") if is_counted(noun) else ("high" if _more(claim) else "low")
    return Trait(after=f"with {amount} {f'“{noun}”' if is_loose(noun) and not is_plural(noun) else lower_first(noun)}")


def _rating(label: str, high: bool) -> str:
    return f"{'high' if high else 'low'} on “{label}”"


def _binary(claim: Claim, field: Field) -> Trait | None:
    choice = choice_of(field)
    if choice:
        tail = _CHOICE_TAILS.get(field["theme"], "who chose “{}”")
        return Trait(after=tail.format(choice) if _more(claim) else f"who pass over “{choice}”")
    label = str(field["label"])
    opinion = _OPINION.match(label)
    if opinion and (str(claim["level"]).lower() in YES or str(claim["level"]).lower() in _EMPTY_LEVELS):
        verb = opinion[1].lower()
        return Trait(after=f"who {verb if _more(claim) else f'do not {verb}'} {opinion[2]}")
    owned = re.match(r"(?:has|have|owns|uses) (?:an? )?(.+)", label, re.IGNORECASE)
    if str(claim["level"]).lower() not in YES and str(claim["level"]).lower() not in _EMPTY_LEVELS:
        return _level(claim, field) or Trait(after=f"with “{label}”")
    if owned or is_plural(label) and not is_loose(label):
        return Trait(after=f"{'with' if _more(claim) else 'without'} {lower_first(owned[1] if owned else label)}")
    # Without being what a sentence says (“Left in the last month”) has no short phrase.
    return Trait(before=f"“{label}”") if _more(claim) else None


def _level(claim: Claim, field: Field) -> Trait | None:
    label, level = str(field["label"]), str(claim["level"])
    if not _more(claim):
        return None
    if re.search(r"\bage\b", label, re.IGNORECASE):
        return Trait(after=f"aged {level}")
    if field["block"] == "attitudinal" and field["kind"] == "ordinal":
        # Only the ends of a scale are high or low; “Rarely” is more than “Never”.
        levels = json.loads(field["levels"]) or [level]
        at_end = level in (levels[0], levels[-1])
        return Trait(after=_rating(label, level == levels[-1]) if at_end else f"answering “{level}” to “{label}”")
    if field["block"] == "attitudinal" and _WORDS.search(level):
        return Trait(after=f"who say “{level}”") if level.lower() not in _EMPTY_LEVELS else None
    if _NO.match(level) and len(level) > 2:
        return Trait(after=f"without {_NO.sub('', level).lower()}")
    if level.lower() in _EMPTY_LEVELS:
        return Trait(after=f"{'without' if level.lower() in {'no', 'none', 'false'} else 'with'} {lower_first(label)}")
    if _OFTEN.search(level):
        return Trait(after=f"with {lower_first(label)} “{level}”")
    if _WORDS.search(level) and (re.search(r"\d", level) or len(level.split()) > 3):
        return Trait(before=f"“{level}”")
    if re.search(r"\d", level):
        return Trait(after=f"with {lower_first(label)} {level}")
    return Trait(before=level if any(c.isupper() for c in level[1:]) else level.lower())
