"""Times of the sample: milliseconds since 1970 in UTC, and the customers' own clocks.

All customers live in zones that switch to summer time at the same two moments of 2025 (EU and UK rules).
"""

from datetime import UTC, datetime
from typing import Literal

import numpy as np

from pipeline.sample.draws import Floats, Ints, pick

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def millis(text: str) -> int:
    """Milliseconds of an ISO date or time, read as UTC.

    >>> millis("1970-01-02")
    86400000
    """
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


START = millis("2025-01-01")
LAUNCH = millis("2025-07-01")
END = millis("2026-01-01")
_SUMMER = (millis("2025-03-30T01:00:00"), millis("2025-10-26T01:00:00"))
ZONES = {"Europe/Berlin": 1, "Europe/Vienna": 1, "Europe/Amsterdam": 1, "Europe/London": 0, "Europe/Helsinki": 2}
"""Zone -> hours ahead of UTC in winter."""
PORTAL_HOURS = ZONES["Europe/Berlin"]
"""The CRM portal and the shop write Berlin time."""


def to_local(times: Ints, winter_hours: Ints | int) -> Ints:
    """UTC to wall-clock time."""
    summer = (times >= _SUMMER[0]) & (times < _SUMMER[1])
    return times + (winter_hours + summer) * HOUR


def to_utc(local: Ints, winter_hours: Ints | int) -> Ints:
    """Wall-clock time to UTC; the repeated hour in October is read as winter time."""
    winter = local - winter_hours * HOUR
    summer = (winter - HOUR >= _SUMMER[0]) & (winter - HOUR < _SUMMER[1] - HOUR)
    return winter - summer * HOUR


def at_own_hour(rng: np.random.Generator, times: Ints, hours: Floats, winter_hours: Ints) -> Ints:
    """`times` moved within their local day to an hour drawn by each row's `hours` (rows of 24 weights)."""
    day = to_local(times, winter_hours) // DAY
    within = pick(rng, hours) * HOUR + rng.integers(HOUR, size=len(times))
    return to_utc(day * DAY + within, winter_hours)


def iso(times: Ints) -> list[str]:
    """`2025-03-12T09:14:05.123Z` for each time."""
    return [f"{text}Z" for text in np.datetime_as_string(times.astype("datetime64[ms]"))]


def naive(times: Ints, unit: Literal["m", "s"] = "m") -> list[str]:
    """`2025-03-12 09:14` (unit m) or `2025-03-12 09:14:05` (unit s) for each time; negative times are blank."""
    texts = np.datetime_as_string(times.astype("datetime64[ms]"), unit=unit)
    return ["" if t < 0 else str(text).replace("T", " ") for t, text in zip(times, texts, strict=True)]
