"""Drafts of times: which column says when, in each kind of source, and its unit where it is a number since 1970."""

from pipeline.ingest.column_kinds import EPOCH_ZONES
from pipeline.ingest.draft_ids import event_columns
from pipeline.ingest.draft_kinds import FURTHER_KINDS, further_time
from pipeline.ingest.inspection import Inspection
from pipeline.ingest.privacy import words_of
from pipeline.ingest.readers.texts import STANDARD

_ANSWERED = ("answered at", "submitted at", "completed at", "finished at", "submit date", "submitted", "timestamp")
"""Names of the time at which a survey was answered, best first; a `date` may be one that was asked."""


def time_column(f: Inspection, kind: str) -> str:
    """The column that a draft takes for the time of a row, empty where there is none or the format fixes it."""
    times = [c.name for c in sorted(f.columns, key=lambda c: c.zone in EPOCH_ZONES) if c.kind == "time"]
    by_words = {words_of(name): name for name in times}
    if kind == "events":
        return event_columns(f).get("ts", "")
    if kind == "texts":
        return next((name for name in times if name == "written_at" and name in STANDARD), times[0] if times else "")
    if kind == "exposures":
        return times[0] if times else ""
    if kind == "responses":
        return next((by_words[words] for words in _ANSWERED if words in by_words), "")
    return further_time(kind, by_words) if kind in FURTHER_KINDS else ""


def epoch_lines(f: Inspection, kind: str) -> list[str]:
    """The line that says in which unit the times of a source are numbers since 1970, where they are."""
    unit = unit_of_column(f, time_column(f, kind))
    return [f"    epoch: {unit}             # unit of the times, since 1970"] if unit else []


def unit_of_column(f: Inspection, column: str) -> str:
    """The unit of a column's times, where they are numbers since 1970; else empty."""
    return next((EPOCH_ZONES[c.zone] for c in f.columns if c.name == column and c.zone in EPOCH_ZONES), "")
