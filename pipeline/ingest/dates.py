"""Dates as people's tools write them, put as ISO 8601: `3/12/2024 9:14 PM`, `12.03.2024`, `45363.38`, `1710278040`.

Which of day and month comes first is declared, or shown by a day above 12 somewhere in the column, or fixed by a
habit of the format; where nothing tells, it is an error, never a guess.
"""

import re
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.core.errors import InputError
from pipeline.ingest.times import TIME

Order = Literal["month first", "day first"]
Epoch = Literal["seconds", "milliseconds", "microseconds"]
PER_SECOND: Mapping[Epoch, int] = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6}
_SINCE_1970 = r"^-?[0-9]{1,17}(?:\.[0-9]*)?(?:[eE][+]?[0-9]{1,2})?$"
_FIRST_MICROSECOND, _LAST_MICROSECOND = -62_135_596_800_000_000, 253_402_300_799_000_000
"""Of the years 1 to 9999."""
_CLOCK = (
    r"(?:[ T,]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
    r"(?: ?(?:GMT|UTC)(?P<sign>[+-])(?P<ahead>[0-9]{1,2})(?::?(?P<rest>[0-9]{2}))?)?)?$"
)
_YEAR_LAST = re.compile(r"^(?P<one>[0-9]{1,2})(?P<mark>[/.-])(?P<two>[0-9]{1,2})(?P=mark)(?P<year>[0-9]{4})" + _CLOCK)
_YEAR_FIRST = re.compile(r"^(?P<year>[0-9]{4})/(?P<one>[0-9]{1,2})/(?P<two>[0-9]{1,2})" + _CLOCK)
_SERIAL = r"^[2-7][0-9]{4}(?:\.[0-9]+)?$"
"""Days since 1899-12-30, from 1954 to 2119: what a spreadsheet holds for a date."""


def is_slashed(texts: pd.Series) -> pd.Series:
    """Which texts are dates with slashes or dots, or serial days of a spreadsheet."""
    trimmed = texts.str.strip()
    return (
        trimmed.str.match(_YEAR_LAST.pattern).fillna(False)
        | trimmed.str.match(_YEAR_FIRST.pattern).fillna(False)
        | trimmed.str.match(_SERIAL).fillna(False)
    )


def day_month_order(texts: pd.Series) -> Order | None:
    """What the dates of a column themselves show; none where every date could be read both ways.

    Dots are written where the day comes first.
    """
    found = texts.str.strip().str.extract(_YEAR_LAST.pattern)
    one, two = found["one"].astype("float64"), found["two"].astype("float64")
    if bool((one > 12).any()) or bool((found["mark"] == ".").any()):
        return "day first"
    return "month first" if bool((two > 12).any()) else None


def is_day_or_month(texts: pd.Series) -> pd.Series:
    """Which texts are dates that mean another day with day and month exchanged."""
    found = texts.str.strip().str.extract(_YEAR_LAST.pattern)
    return found["one"].notna() & (found["one"].astype("float64") != found["two"].astype("float64"))


def from_epoch(texts: pd.Series, unit: Epoch) -> pd.Series:
    """Numbers since 1970 in that unit as ISO 8601 in UTC, to the microsecond; other texts as they are.

    `2024` is a second in 1970, no year. The twin of `expressions.epoch_time`, for rows of people.

    >>> from_epoch(pd.Series(["1710278040.5", "2024-03-12", "-1"]), "seconds").tolist()
    ['2024-03-12T21:14:00.500000Z', '2024-03-12', '1969-12-31T23:59:59.000000Z']
    """
    trimmed = texts.str.strip()
    number = trimmed.where(trimmed.str.match(_SINCE_1970).fillna(False).astype(bool))
    exact = pd.to_numeric(number, errors="coerce").astype("float64") * (1_000_000 / PER_SECOND[unit])
    exact = exact[exact.between(_FIRST_MICROSECOND, _LAST_MICROSECOND)]
    moments = np.copysign(np.floor(exact.abs() + 0.5), exact).astype("int64").to_numpy().astype("datetime64[us]")
    written = pd.Series(np.datetime_as_string(moments), index=exact.index, dtype="str") + "Z"
    return written.reindex(texts.index).fillna(trimmed)


def in_iso(
    texts: pd.Series,
    where: str,
    declared: Order | None = None,
    habit: Order | None = None,
    epoch: Epoch | None = None,
) -> pd.Series:
    """Texts with their dates as ISO 8601, other texts as they are; raises `InputError` at an unclear order.

    Where the unit `epoch` is declared, numbers are times since 1970, no days of a spreadsheet.
    """
    trimmed = from_epoch(texts, epoch) if epoch else texts.str.strip()
    if not is_slashed(trimmed).any():
        return trimmed
    last = trimmed.str.extract(_YEAR_LAST.pattern)
    first = trimmed.str.extract(_YEAR_FIRST.pattern)
    ambiguous = is_day_or_month(trimmed)
    order = declared or day_month_order(trimmed) or habit
    if order is None and bool(ambiguous.any()):
        raise InputError(
            f"{where}: {int(ambiguous.sum()):,} date(s) can be read with the month or the day first. Declare "
            "`dates: month first` or `dates: day first` of the source."
        )
    month, day = ("two", "one") if order == "day first" else ("one", "two")
    slashed = _iso(last.rename(columns={month: "month", day: "day"}))
    year_first = _iso(first.rename(columns={"one": "month", "two": "day"}))
    return slashed.fillna(year_first).fillna(_from_serial(trimmed)).fillna(trimmed)


def readable(texts: pd.Series) -> pd.Series:
    """Which texts are ISO 8601 times, as `in_iso` gives."""
    return texts.str.strip().str.match(TIME).fillna(False).astype(bool)


def _iso(parts: pd.DataFrame) -> pd.Series:
    """`2024-03-12 21:14:00+01:00` from the parts; missing where there is no year."""
    hour = parts["hour"].astype("float64").fillna(0)
    half = parts["half"].str.lower()
    hour = (hour % 12 + 12).where(half == "p", (hour % 12).where(half == "a", hour)).astype("int64")
    date = parts["year"] + "-" + parts["month"].str.zfill(2) + "-" + parts["day"].str.zfill(2)
    clock = hour.astype("str").str.zfill(2) + ":" + parts["minute"].fillna("00") + ":" + parts["second"].fillna("00")
    zone = (parts["sign"] + parts["ahead"].str.zfill(2) + ":" + parts["rest"].fillna("00")).fillna("")
    return date + " " + clock + zone


def _from_serial(trimmed: pd.Series) -> pd.Series:
    days = pd.to_numeric(trimmed.where(trimmed.str.match(_SERIAL).fillna(False)), errors="coerce").astype("float64")
    seconds = (days * 86_400).round()
    moments = pd.Timestamp("1899-12-30") + pd.to_timedelta(seconds, unit="s")
    return moments.dt.strftime("%Y-%m-%d %H:%M:%S").astype("str")
