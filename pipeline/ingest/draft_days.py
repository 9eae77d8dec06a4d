"""A draft of the observation: the days between which the events that were looked at lie."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from pipeline.ingest.draft_ids import event_columns
from pipeline.ingest.inspection import Inspection
from pipeline.ingest.readers.registry import READERS

_UNKNOWN = ("2025-01-01", "2025-12-31")


def days_of(f: Inspection) -> list[tuple[str, str]]:
    """First and last day of the events' times in one file, where they are known."""
    reader = READERS[f.format]
    ts = (reader.standard(Path()).get("ts") if reader.nested else None) or event_columns(f).get("ts")
    return [c.days for c in f.columns if c.name == ts and c.days]


def observation_lines(days: Sequence[tuple[str, str]]) -> list[str]:
    """The lines of `observation`: from the first day to the day after the last, features until the middle.

    >>> observation_lines([("2025-02-01", "2025-02-03"), ("2025-01-31", "2025-02-01")])[1:]
    ['  start: 2025-01-31', '  end: 2025-02-04', '  features_until: 2025-02-02']
    """
    first, last = (min(d[0] for d in days), max(d[1] for d in days)) if days else _UNKNOWN
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    except (ValueError, OverflowError):
        start, end = (date.fromisoformat(day) for day in _UNKNOWN)
    seen = "as in the rows looked at; " if days else ""
    return [
        f"observation:                 # ? {seen}UTC; `end` is the first day not observed",
        f"  start: {start}",
        f"  end: {end}",
        f"  features_until: {start + (end - start) / 2}",
    ]
