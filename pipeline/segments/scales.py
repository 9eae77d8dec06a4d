"""Texts that stand on a scale: numbered answers, ranges, and the words that surveys use."""

import re
from collections.abc import Collection, Sequence

NO_ANSWER = frozenset(
    {"don't know", "dont know", "i don't know", "do not know", "not sure", "unsure", "no answer", "prefer not to say"}
    | {"prefer not to answer", "refused", "not applicable", "does not apply", "no opinion"}
)
"""Answers that are no point of any scale."""
MOST_LEVELS = 25

_SCALES: tuple[tuple[str, ...], ...] = (
    (
        "strongly disagree|completely disagree|totally disagree",
        "disagree",
        "somewhat disagree|slightly disagree|rather disagree|tend to disagree",
        "neither agree nor disagree|neutral|undecided|neither",
        "somewhat agree|slightly agree|rather agree|tend to agree",
        "agree",
        "strongly agree|completely agree|totally agree",
    ),
    (
        "very dissatisfied|very unsatisfied|extremely dissatisfied",
        "dissatisfied|unsatisfied",
        "somewhat dissatisfied|slightly dissatisfied",
        "neither satisfied nor dissatisfied|neutral|neither",
        "somewhat satisfied|slightly satisfied",
        "satisfied",
        "very satisfied|extremely satisfied",
    ),
    (
        "never",
        "almost never|hardly ever",
        "rarely|seldom",
        "once a year|yearly|annually",
        "less than once a month",
        "every three months|quarterly",
        "occasionally",
        "once a month|monthly",
        "sometimes",
        "once a week|weekly",
        "often|frequently",
        "more than once a week",
        "usually",
        "very often|very frequently",
        "daily|every day",
        "almost always",
        "always",
    ),
    ("very unlikely|extremely unlikely", "unlikely", "neutral|neither", "likely", "very likely|extremely likely"),
    ("very poor|very bad", "poor|bad", "fair|average|ok", "good", "very good", "excellent"),
    ("very low", "low", "medium|moderate|mid|middle", "high", "very high"),
    ("xs|very small", "s|small", "m|medium", "l|large", "xl|very large", "xxl"),
    ("bronze", "silver", "gold", "platinum", "diamond"),
    ("not at all", "slightly|a little", "somewhat|moderately", "very|very much", "extremely|completely"),
    ("much worse", "worse", "about the same|same", "better", "much better"),
)
_DEGREES = ("not at all", "not|un", "slightly|not very|a little", "somewhat|moderately|fairly", "", "very", "extremely")
_QUALITIES = ("important", "critical", "useful", "interested", "familiar", "difficult", "easy", "valuable", "concerned")
_RANGE_WORDS = frozenset(
    re.findall(
        r"\w+",
        """under less fewer below than up over more greater above to and or between from about older younger plus at
        least most the a k m mio million thousand year years yr yrs month months week weeks day days hour hours minute
        minutes min eur usd gbp chf employees people persons orders visits times items kg km""",
    )
)
_BELOW = re.compile(r"\b(?:under|less than|fewer than|below|up to|younger than)\b|^\s*[<≤]", re.I)
_ABOVE = re.compile(r"\b(?:over|more than|greater than|above|older than|at least|or more|and over|plus)\b|[+>≥]", re.I)
_NUMBER = re.compile(r"(\d+(?:[.,]\d{3})*(?:\.\d+)?)\s*(k|m)?\b", re.I)
_NUMBERED = re.compile(r"^\s*\(?(-?\d{1,3})(?:[).:]\s|\s*[-–—=]\s+\D)")
_LABELLED_END = re.compile(r"^\D*?[^\d\s.,]\s*\(?([+-]?\d{1,2})\)?$")
_UNITS = {"": 1.0, "k": 1e3, "m": 1e6}


def ordered(texts: Collection[str]) -> tuple[str, ...] | None:
    """The texts from lowest to highest where they are a scale; `NO_ANSWER` and one such text apart.

    >>> ordered(["65+", "Under 18", "18-24", "25-64"])
    ('Under 18', '18-24', '25-64', '65+')
    >>> ordered(["Often", "Never", "don't know", "Sometimes"])
    ('Never', 'Sometimes', 'Often')
    >>> ordered(["I hate it!-5", "0", "3", "I love it!+5"])
    ('I hate it!-5', '0', '3', 'I love it!+5')
    >>> ordered(["Web", "Phone", "Mail"]) is None
    True
    """
    answers = [text for text in texts if plain(text) not in NO_ANSWER]
    if not 3 <= len(answers) <= MOST_LEVELS:
        return None
    for rank in (_numbered, _labelled, _worded, _ranged):
        ranks = rank(answers)
        if ranks is not None and len(set(ranks)) == len(answers):
            return tuple(text for _, text in sorted(zip(ranks, answers, strict=True)))
    return None


def plain(text: str) -> str:
    """Lower case, one blank between words."""
    return " ".join(text.replace("\xa0", " ").replace("’", "'").lower().split())


def _numbered(texts: Sequence[str]) -> list[float] | None:
    """`1) small`, `2) large`, or `2 – Very critical`."""
    found = [_NUMBERED.match(text) for text in texts]
    return [float(m.group(1)) for m in found if m] if all(found) else None


def _labelled(texts: Sequence[str]) -> list[float] | None:
    """Numbers, some of which (the ends) carry words before them."""
    bare = [re.fullmatch(r"[+-]?\d{1,2}", text.strip()) for text in texts]
    if sum(m is not None for m in bare) < len(texts) / 2:
        return None
    found = [m or _LABELLED_END.match(text.strip()) for m, text in zip(bare, texts, strict=True)]
    return [float(m.group(m.lastindex or 0)) for m in found if m] if all(found) else None


def _worded(texts: Sequence[str]) -> list[float] | None:
    for scale in (*_SCALES, *(_scale_of(quality) for quality in _QUALITIES)):
        rank = {word: float(i) for i, words in enumerate(scale) for word in words.split("|")}
        ranks = [rank.get(plain(text)) for text in texts]
        if all(r is not None for r in ranks):
            return [r for r in ranks if r is not None]
    return None


def _scale_of(quality: str) -> tuple[str, ...]:
    return tuple(
        "|".join(f"un{quality}" if degree == "un" else f"{degree} {quality}".strip() for degree in degrees.split("|"))
        for degrees in _DEGREES
    )


def _ranged(texts: Sequence[str]) -> list[float] | None:
    """Ranges, by their first number; `under 15` comes before `15 to 24`, `over 65` after `65`."""
    ranks = []
    for text in texts:
        numbers = _NUMBER.findall(text)
        words = set(re.findall(r"[^\W\d_]+", _NUMBER.sub(" ", text).lower()))
        if not numbers or not words <= _RANGE_WORDS:
            return None
        unit = (numbers[0][1] or numbers[-1][1]).lower()
        value = float(numbers[0][0].replace(",", "")) * _UNITS[unit]
        beside = -0.4 if _BELOW.search(text) else 0.4 if _ABOVE.search(text) else 0.0
        ranks.append(value + beside)
    return ranks
