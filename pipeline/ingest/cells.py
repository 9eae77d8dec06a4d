"""Cells: what a text means under its declared type. A cell that cannot be read is missing, and counted."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

NUMBER = r"^[+-]?(?:[0-9]{1,300}(?:\.[0-9]{0,300})?|\.[0-9]{1,300})(?:[eE][+-]?[0-9]{1,3})?$"
"""Bounded: Python refuses to convert some thousands of digits."""

Decimal = Literal["comma", "point"]
_BETWEEN_THOUSANDS = "['\u2019 \u00a0\u202f{}]"
_GROUPED = "^[+-]?(?:[0-9]{{1,3}}(?:{thousands}[0-9]{{3}}){{1,5}}|[0-9]{{1,300}})(?:{mark}[0-9]{{1,300}})?$"
GROUPED: Mapping[Decimal, str] = {
    "comma": _GROUPED.format(thousands=_BETWEEN_THOUSANDS.format("."), mark=","),
    "point": _GROUPED.format(thousands=_BETWEEN_THOUSANDS.format(","), mark="[.]"),
}
"""Numbers by their decimal mark, with or without a mark between thousands."""


def plainly(texts: pd.Series, decimal: Decimal) -> pd.Series:
    """Numbers written with that decimal mark as `1234.56`; other texts as they are.

    >>> plainly(pd.Series(["1.234,5", "7", "-0,25", "1.5", "a,b"]), "comma").tolist()
    ['1234.5', '7', '-0.25', '1.5', 'a,b']
    """
    trimmed = texts.str.strip()
    fits = trimmed.str.match(GROUPED[decimal]).fillna(False).astype(bool)
    bare = trimmed.str.replace(_BETWEEN_THOUSANDS.format("." if decimal == "comma" else ","), "", regex=True)
    return texts.mask(fits, bare.str.replace(",", ".", regex=False))


def without_missing(texts: pd.Series, missing: Sequence[str]) -> tuple[pd.Series, int]:
    """Trimmed texts where the declared missing texts are missing, and how many of these were not simply empty."""
    trimmed = texts.str.strip()
    marks = {m.strip() for m in missing} | {""}
    gone = trimmed.isin(marks)
    return trimmed.mask(gone), int((gone & (trimmed != "")).sum())


def numbers(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Numbers, and which texts are none. `1,234` and `12 €` are not guessed at."""
    good = texts.str.match(NUMBER).fillna(False).astype(bool)
    values = pd.to_numeric(texts.where(good), errors="coerce").astype("float64")
    finite = values.where(values.abs() < float("inf"))
    return finite, texts.notna() & finite.isna()


def in_levels(texts: pd.Series, levels: Sequence[str]) -> tuple[pd.Series, pd.Series]:
    """Texts that are declared levels, and which are not."""
    good = texts.isin([level.strip() for level in levels])
    return texts.where(good), texts.notna() & ~good


def truths(texts: pd.Series) -> pd.Series:
    """True for 1, true, yes and y, in any case; False for everything else, missing included."""
    return texts.fillna("").str.strip().str.lower().isin(["1", "true", "yes", "y"])


def redacted(text: str, length: int = 60) -> str:
    """The shape of a value without the value.

    >>> redacted("Ann, 12.5 €")
    'xxx, 99.9 €'
    """
    return "".join("x" if c.isalpha() else "9" if c.isdigit() else c for c in text[:length])
