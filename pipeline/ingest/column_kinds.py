"""What the values of a column are: times, numbers, names or texts, and how certain their time zone is."""

import re
from collections.abc import Mapping

import pandas as pd

from pipeline.ingest.cells import GROUPED, NUMBER, Decimal
from pipeline.ingest.dates import PER_SECOND, Epoch, day_month_order, in_iso, is_day_or_month, is_slashed
from pipeline.ingest.privacy import EMAIL, words_of
from pipeline.ingest.times import TIME, is_naive

MOST_LEVELS = 20
_YES_NO = ({"0", "1"}, {"yes", "no"}, {"true", "false"}, {"y", "n"})
_TEXT_WORDS = 4
_DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})"
_MOST, _ADDRESSES = 0.95, 0.9
"""Share of values that must fit a kind: real columns hold some that fit none."""
_JOINED = 0.1
"""Share of cells that hold several choices."""
_FEWEST_JOINED = 3
"""So many cells differ, and so many hold a choice."""
_RARE = 0.01
_MOST_JOINED = 0.9
"""Share of all ticks that choices take: the rest was written beside "Other"."""
_FIRST = 0.7
"""Share of choices that begin some cell."""
_OF_TIME = frozenset({"ts", "timestamp", "time", "date", "datetime", "at", "epoch", "created", "updated", "occurred"})
EPOCHS: Mapping[Epoch, int] = {"seconds": 10, "milliseconds": 13, "microseconds": 16}
"""Digits of a number since 1970, from 2001 to 2286; one digit less from 1973."""
EPOCH_ZONES = {f"UTC, {unit} since 1970": unit for unit in EPOCHS}
"""What is told of the zone of such numbers -> their unit."""


def kind_of(filled: pd.Series, distinct: int) -> str:
    """A guess: empty, time, binary, numeric, nominal, text or identifier."""
    if not distinct:
        return "empty"
    if epoch_of(filled):
        return "time"
    written = filled.str.match(TIME) | (is_slashed(filled) & ~filled.str.match(NUMBER))
    if float(written.mean()) >= _MOST:
        return "time"
    if any(set(filled.str.lower().unique()) <= pair for pair in _YES_NO) and distinct == 2:
        return "binary"
    zero_led = filled.str.match(r"^0[0-9]+$").any()
    if (float(filled.str.match(NUMBER).mean()) >= _MOST and not zero_led) or has_commas(filled):
        return "numeric"
    if distinct <= MOST_LEVELS or distinct < 0.05 * len(filled):
        return "nominal"
    return "text" if float(filled.str.split().str.len().mean()) >= _TEXT_WORDS else "identifier"


def has_commas(filled: pd.Series) -> bool:
    """Whether the values are numbers some of which have a comma, for decimals or between thousands."""
    grouped = filled.str.match(GROUPED["comma"]) | filled.str.match(GROUPED["point"])
    return bool(filled.str.contains(",").any()) and float(grouped.mean()) >= _MOST


def decimal_of(filled: pd.Series) -> Decimal:
    """The decimal mark of numbers some of which have a comma; `comma` where they can be read either way."""
    fits = {mark: bool(filled.str.match(GROUPED[mark]).all()) for mark in GROUPED}
    return "point" if fits["point"] and not fits["comma"] else "comma"


def are_addresses(filled: pd.Series) -> bool:
    """Whether the values are e-mail addresses, whatever the column is called and though some are something else."""
    return bool(len(filled)) and float(filled.str.fullmatch(EMAIL).mean()) >= _ADDRESSES


def joined_by(filled: pd.Series) -> str:
    """What stands between the ticked choices of cells that hold several; empty where cells hold one value each.

    Choices are few, come again and again, and each of most of them begins some cell: what follows a comma in `Yes,
    mostly` or in a sentence begins none.
    """
    for mark in (";", ",", "|", " / "):
        between = rf"{re.escape(mark)}(?![0-9])"  # not that of `1,000 people`
        parts = filled.str.removeprefix(mark.lstrip()).str.split(between, regex=True)
        several = parts.str.len() > 1
        if int(several.sum()) < _JOINED * len(filled) or filled[several].nunique() < _FEWEST_JOINED:
            continue
        counts = parts.explode().str.strip().value_counts().drop("", errors="ignore")
        choices = counts[counts >= max(_FEWEST_JOINED, _RARE * len(filled))]
        first = set(parts.str[0].str.strip()) & set(choices.index)
        known = float(choices.sum()) >= _MOST_JOINED * float(counts.sum())
        if known and 1 < len(choices) <= MOST_LEVELS and len(first) >= _FIRST * len(choices):
            return mark
    return ""


def epoch_of(filled: pd.Series) -> Epoch | None:
    """The unit of numbers since 1970 in a column that is called like a time; none where it is none such."""
    return unit_of(filled) if _OF_TIME & set(words_of(str(filled.name)).split()) else None


def unit_of(filled: pd.Series) -> Epoch | None:
    """The unit in which numbers are times since 1970, by their digits; none where they are none such."""
    for unit, digits in EPOCHS.items():
        numbers = filled.str.match(rf"^[0-9]{{{digits - 1},{digits}}}(?:\.[0-9]+)?$")
        if len(filled) and float(numbers.mean()) >= _MOST:
            return unit
    return None


def zone_of(filled: pd.Series, fixed: str) -> str:
    """How certain the zone of times is: `written` with each, told by file or format, `days only`, or to be declared."""
    epoch = epoch_of(filled)
    if epoch:
        return f"UTC, {epoch} since 1970"
    naive = is_naive(filled.astype("str")) | is_slashed(filled)
    if not bool(naive.any()):
        return "written"
    if fixed:
        return fixed
    if not bool(filled.str.contains(":").any()):
        return "days only"
    return "not written" if bool(naive.all()) else "written with some, not with others"


def days_of(filled: pd.Series) -> tuple[str, str] | None:
    """First and last day of times; none where day and month cannot be told apart."""
    epoch = epoch_of(filled)
    if epoch:
        seconds = pd.to_numeric(filled, errors="coerce").dropna() / PER_SECOND[epoch]
        first, last = pd.to_datetime([seconds.min(), seconds.max()], unit="s").strftime("%Y-%m-%d")
        return str(first), str(last)
    if is_day_or_month(filled).any() and day_month_order(filled) is None:
        return None
    found = in_iso(filled.astype("str"), "", declared=day_month_order(filled) or "day first").str.extract(_DAY)[0]
    found = found.dropna()
    return (str(found.min()), str(found.max())) if len(found) else None
