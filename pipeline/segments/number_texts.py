"""Numbers as people write them: plain, with thousands separators, with a decimal comma, with a currency or per cent."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PLAIN = re.compile(r"[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?")
_GROUPS = {
    "thousands commas": (re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"), {",": ""}),
    "a decimal comma or thousands points": (
        re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+)"),
        {".": "", ",": "."},
    ),
    "thousands blanks": (re.compile(r"[+-]?\d{1,3}(?:[ '’]\d{3})+(?:\.\d+)?"), {" ": "", "'": "", "’": ""}),
}
_INTEGER = re.compile(r"[+-]?\d{1,300}")
_AROUND = re.compile(r"^([+-]?)(?:[$€£¥]|EUR|USD|GBP|CHF)\s*|\s*(?:[$€£¥%]|EUR|USD|GBP|CHF)$")


@dataclass(frozen=True)
class Numbers:
    """Text -> number for those that are one; `style`: how they are written, empty where plainly."""

    values: Mapping[str, float]
    style: str


def read_numbers(counts: Mapping[str, int]) -> Numbers:
    """The way of writing under which most rows are numbers; `counts`: how often each text occurs.

    `1,234` is a thousand and more unless another text of the column, such as `12,5`, shows the comma to be decimal.

    >>> read_numbers({"1,234": 1, "12": 1, "x": 1})
    Numbers(values={'1,234': 1234.0, '12': 12.0}, style='thousands commas')
    >>> read_numbers({"1.234,5": 1, "7": 1}).values
    {'1.234,5': 1234.5, '7': 7.0}
    >>> read_numbers({"$ 5": 1, "-$7.50": 1}).values
    {'$ 5': 5.0, '-$7.50': -7.5}
    """
    bare = {text: _bare(text) for text in counts}
    found = [Numbers(_plain(bare), _signs(bare))]
    for style, (pattern, change) in _GROUPS.items():
        found.append(Numbers(_grouped(bare, pattern, change), style))
    return max(found, key=lambda f: sum(counts[text] for text in f.values))


def _bare(text: str) -> str:
    return _AROUND.sub(lambda m: m.group(1) or "", _AROUND.sub(lambda m: m.group(1) or "", text.replace("\xa0", " ")))


def _signs(bare: Mapping[str, str]) -> str:
    return "a currency or per cent sign" if any(text != short for text, short in bare.items()) else ""


def _plain(bare: Mapping[str, str]) -> dict[str, float]:
    return _finite((text, short) for text, short in bare.items() if _PLAIN.fullmatch(short))


def _grouped(bare: Mapping[str, str], pattern: re.Pattern[str], change: Mapping[str, str]) -> dict[str, float]:
    """Numbers with separators, and those too short to have one; a `.` that separates is no decimal point elsewhere."""
    alone = _INTEGER if "." in change else _PLAIN
    translation = str.maketrans(dict(change))
    pairs = ((text, short.translate(translation)) for text, short in bare.items() if pattern.fullmatch(short))
    return _finite(pairs) | _finite((text, short) for text, short in bare.items() if alone.fullmatch(short))


def _finite(pairs: Iterable[tuple[str, str]]) -> dict[str, float]:
    numbers = {text: float(short) for text, short in pairs}
    return {text: number for text, number in numbers.items() if abs(number) < float("inf")}
