"""Times: text to UTC, and the clock of a zone, the same in pandas and in the engine.

Accepted is ISO 8601: `2024-03-12`, `2024-03-12 09:14`, `2024-03-12T09:14:05.123Z`, `… +02:00`. A time without a zone is
naive: it needs the source's declared `timezone`. Clock changes: a time that happens twice is taken as the first, one
that is skipped is moved on by the change.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd

ZONED = r"(?:Z|z| ?UTC|\s*[+-][0-9]{2}:?[0-9]{2})$"
LOCAL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
TIME = LOCAL + r"[0-9]*" + ZONED[:-1] + r"?$"
SLOT_MINUTES = 15
"""Zones change their clocks at quarter hours; within one, the offset is constant."""


def minutes_ahead_of_utc(zone: str, local: datetime) -> int:
    """Minutes by which the clock of `zone` is ahead of UTC at the local time `local`.

    >>> minutes_ahead_of_utc("Europe/Berlin", datetime(2024, 7, 1))
    120
    """
    offset = local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset is not None else 0


def clock_offset(zone: str, moment: datetime) -> int:
    """Minutes by which the clock of `zone` is ahead of UTC at `moment` (naive, in UTC); 0 for unknown zones."""
    if zone not in _ZONES:
        return 0
    offset = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset is not None else 0


def is_naive(texts: pd.Series) -> pd.Series:
    """Which texts are times that name no zone."""
    trimmed = texts.str.strip()
    return trimmed.str.match(TIME).fillna(False) & ~trimmed.str.contains(ZONED, regex=True).fillna(False)


def parse_times(texts: pd.Series, zone: str | None) -> pd.Series:
    """Times in UTC; missing where the text is no time, or is naive and no zone is given."""
    if texts.empty:
        return pd.Series(pd.NaT, index=texts.index, dtype="datetime64[us, UTC]")
    trimmed = texts.str.strip()
    good = trimmed.str.match(TIME).fillna(False)
    local_text = trimmed.where(good).str.extract(f"({LOCAL})", expand=False).str.replace("T", " ")
    local = pd.to_datetime(local_text, format="ISO8601", errors="coerce").astype("datetime64[us]")
    written = trimmed.where(good).str.extract(r"([+-][0-9]{2}):?([0-9]{2})$")
    has_offset = written[0].notna() & trimmed.str.contains(ZONED, regex=True).fillna(False)
    sign = written[0].str[0].map({"+": 1, "-": -1}).astype("float64")
    offset = sign * (written[0].str[1:].astype("float64") * 60 + written[1].astype("float64"))
    naive = is_naive(texts)
    minutes = offset.where(has_offset, 0.0)
    if zone is None:
        local = local.mask(naive)
    else:
        minutes = minutes.mask(naive, _local_offsets(local, zone))
    utc = local - pd.to_timedelta(minutes.fillna(0.0), unit="m")
    return utc.dt.tz_localize("UTC").astype("datetime64[us, UTC]")


def offsets_of(zone: str, slots: Iterable[datetime]) -> dict[datetime, int]:
    """Offset of each distinct local slot, see `slot_of`."""
    return {slot: minutes_ahead_of_utc(zone, slot) for slot in slots}


def offsets_between(zone: str, first: date, last: date) -> pd.DataFrame:
    """Minutes by which the clock of `zone` is ahead of UTC in each local quarter hour (`slot`, counted since 1970).

    From the start of the day `first` to the end of the day `last`.
    """
    per_day = 24 * 60 // SLOT_MINUTES
    days = [datetime(first.year, first.month, first.day) + timedelta(days=n) for n in range((last - first).days + 1)]
    minutes: list[int] = []
    for day in days:
        ends = minutes_ahead_of_utc(zone, day), minutes_ahead_of_utc(zone, day + timedelta(days=1))
        if ends[0] == ends[1]:
            minutes += [ends[0]] * per_day
        else:
            minutes += [minutes_ahead_of_utc(zone, day + timedelta(minutes=SLOT_MINUTES * n)) for n in range(per_day)]
    start = (first - date(1970, 1, 1)).days * per_day
    return pd.DataFrame({"slot": range(start, start + len(minutes)), "minutes": minutes}).astype("int64")


def slot_of(moment: datetime) -> datetime:
    """The start of the quarter hour that holds `moment`."""
    return moment - timedelta(
        minutes=moment.minute % SLOT_MINUTES, seconds=moment.second, microseconds=moment.microsecond
    )


def _local_offsets(local: pd.Series, zone: str) -> pd.Series:
    slots = local.dt.floor(f"{SLOT_MINUTES}min")
    known = offsets_of(zone, (s.to_pydatetime() for s in slots.dropna().unique()))
    return slots.map({pd.Timestamp(k): float(v) for k, v in known.items()}).astype("float64")


_ZONES = available_timezones()
