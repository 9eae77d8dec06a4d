"""Bands of numbers as exports write them, `25-34`, `Under 15K`, `65+`, in their order: for drafts of ordinal fields."""

import re
from collections.abc import Collection, Sequence
from math import inf

_FEWEST = 3
"""Bands that a column must have before they are taken for an order."""
_NUMBER = r"[$€£]?\s?([0-9]+(?:[.,][0-9]+)*)\s?([kKmM]?)"
_UNIT = (
    r"\s?(?:%|[€$£]|(?:years?|yrs?)(?: old)?|days?|months?|weeks?|hours?|people|persons?|employees|jahre|monate|ans"
    r"|años)?"
)
_BETWEEN = re.compile(rf"{_NUMBER}{_UNIT}\s?(?:-|–|to|bis)\s?{_NUMBER}{_UNIT}", re.IGNORECASE)
_FROM = re.compile(rf"{_NUMBER}{_UNIT}\s?(?:\+|(?:or|and) (?:more|older|over|above)|and up){_UNIT}", re.IGNORECASE)
_OVER = re.compile(rf"(?:>|>=|≥|over|above|more than|at least|older than|über)\s?{_NUMBER}{_UNIT}", re.IGNORECASE)
_UNDER = re.compile(
    rf"(?:<|<=|≤|under|below|less than|up to|younger than|fewer than|unter|bis)\s?{_NUMBER}{_UNIT}", re.IGNORECASE
)
_ONE = re.compile(rf"{_NUMBER}{_UNIT}", re.IGNORECASE)
_TIMES = {"": 1.0, "k": 1e3, "m": 1e6}


def bands_in_order(answers: Collection[str]) -> Sequence[str]:
    """The answers, lowest first; empty where they are not three or more bands of numbers, each another one.

    >>> bands_in_order(["65+", "25-34", "19-24"])
    ['19-24', '25-34', '65+']
    >>> bands_in_order(["35-49K", "Under 15K", "15-34K", "250K+"])
    ['Under 15K', '15-34K', '35-49K', '250K+']
    >>> bands_in_order(["65 years or older", "18-24 years old", "Under 18 years old"])
    ['Under 18 years old', '18-24 years old', '65 years or older']
    >>> bands_in_order(["1", "2", "3"]), bands_in_order(["1-2", "3-4", "other"]), bands_in_order(["5-4", "1-2", "3+"])
    ([], [], [])
    """
    found = {answer: _ends(answer.strip()) for answer in answers}
    ends = list(found.values())
    if (
        len(found) < _FEWEST
        or any(low > high for low, high in ends)
        or len(set(ends)) < len(ends)
        or all(low == high for low, high in ends)
    ):
        return []
    return sorted(found, key=lambda answer: found[answer])


def _ends(text: str) -> tuple[float, float]:
    """The lowest and highest number of a band; not in order where the text is no band."""
    if match := _BETWEEN.fullmatch(text):
        low, times, high, times_high = match.groups()
        return _number(low, times or times_high), _number(high, times_high)
    if match := _FROM.fullmatch(text) or _OVER.fullmatch(text):
        return _number(*match.groups()), inf
    if match := _UNDER.fullmatch(text):
        return -inf, _number(*match.groups())
    if match := _ONE.fullmatch(text):
        return _number(*match.groups()), _number(*match.groups())
    return inf, -inf


def _number(digits: str, times: str) -> float:
    """Marks between thousands are left out; a mark before one or two last digits is the decimal one."""
    whole, _, part = digits.replace(",", ".").rpartition(".")
    plain = f"{whole.replace('.', '')}.{part}" if whole and len(part) < 3 else digits.replace(",", "").replace(".", "")
    return float(plain) * _TIMES[times.lower()]
