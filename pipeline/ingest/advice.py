"""What `personas check` says of settings that can be run as they are, but may not be meant so."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.core.errors import near_match
from pipeline.core.sources import DatasetSettings
from pipeline.ingest.checks import Found
from pipeline.ingest.column_kinds import days_of
from pipeline.ingest.draft_stages import FEWEST_ROWS
from pipeline.ingest.export import read_rows
from pipeline.ingest.readers.registry import READERS

MARK = "# ?"
"""Begins what a draft asks; whoever has answered deletes it."""
_PEEK_ROWS = 100_000
_MOST_NAMED = 8


def open_questions(text: str) -> list[int]:
    """Numbers of the lines that still hold a question of the draft.

    >>> open_questions("title: a\\nlanguage: en  # ? of texts\\n")
    [2]
    """
    return [number for number, line in enumerate(text.splitlines(), 1) if MARK in line]


def questions_left(text: str) -> list[str]:
    """One line of advice where questions are open, else none."""
    left = open_questions(text)
    if not left:
        return []
    shown = ", ".join(str(n) for n in left[:_MOST_NAMED]) + (", …" if len(left) > _MOST_NAMED else "")
    return [f"{len(left)} line(s) still marked `?` (line {shown}): answer each and delete its mark"]


def stage_advice(dataset: Path, settings: DatasetSettings, found: Sequence[Found]) -> list[str]:
    """Events of the ladder that no source has, and that there is no ladder at all.

    Nothing is told of events where a source is a log of objects, or has its events from a look-up: these are not read
    here.
    """
    logs = [f for f in found if f.settings.kind == "events"]
    dated = [f for f in found if f.settings.stage_dates]
    if not settings.stages:
        return ["no `stages`: there will be personas, but no journeys"] if logs or dated else []
    if any("event" in f.columns and not _tells(f, f.columns["event"]) for f in logs):
        return []
    seen = {event: FEWEST_ROWS for f in dated for event in f.settings.stage_dates}
    for f in logs:
        seen |= _event_names(dataset, f)
    # What comes again and again names a kind of event, nobody.
    shown = [name for name, rows in seen.items() if rows >= FEWEST_ROWS]
    entries = dict.fromkeys(entry.event for way in settings.stages.enter.values() for entry in way)
    among = f"in the first {_PEEK_ROWS:,} rows of a file"
    return [f"stages: no event is called `{e}` {among}.{near_match(e, shown)}" for e in entries if e not in seen]


def _tells(log: Found, column: str) -> bool:
    """Whether the rows of a log itself tell a column: it is a table, and the column is not that of a look-up."""
    return not READERS[log.settings.format].nested and all(column in h.columns for h in log.headers)


def segmenting_advice(settings: DatasetSettings) -> list[str]:
    """That nothing tells customers apart: no log, and no field or question of the role for it."""
    roles = {one.role for s in settings.sources.values() for one in s.fields.values()}
    roles |= {one.role for s in settings.sources.values() for one in s.questions.values()}
    if any(s.kind == "events" for s in settings.sources.values()) or "segment" in roles | set(settings.roles.values()):
        return []
    return ["nothing to find segments by: give fields or questions `role: segment`, or add a log of events"]


def window_advice(settings: DatasetSettings, window_days: float) -> list[str]:
    """That no journey can be followed for as long as journeys are told of: `window_days` of params.yaml."""
    seen = settings.observation
    left = (seen.end - seen.features_until).days if seen and settings.stages else window_days
    if left >= window_days:
        return []
    return [
        f"from `features_until` to `end` there are {left:,} days, and `journeys.window_days` in params.yaml is "
        f"{window_days:g}: chances so far on will not be known. Set it to {left:,} or less"
    ]


def understood(found: Found) -> list[str]:
    """One line that says what amounts are, where they are not read as they stand."""
    columns, lines = found.columns, found.settings.lines
    amount = f"`{columns['amount']}` × `{columns['quantity']}`" if "quantity" in columns else ""
    if lines:
        amount = amount or f"`{columns['amount']}`"
        return [
            f"rows with one `{columns['event_id']}` are the lines of one order, which amounts to the sum of {amount}"
        ]
    return [f"the amount of a row is {amount}"] if amount else []


def observation_advice(dataset: Path, settings: DatasetSettings, found: Sequence[Found]) -> list[str]:
    """Logs whose first rows lie outside of the observation, all of them: the wrong year, mostly."""
    seen = settings.observation
    told = []
    for f in [f for f in found if f.settings.kind == "events" and _tells(f, f.columns["ts"])]:
        rows = read_rows(f.paths[:1], f.headers[:1], dataset, limit=_PEEK_ROWS).rows
        cells = rows[f.columns["ts"]].str.strip()
        days = days_of(cells[cells != ""]) if seen and (cells != "").any() else None
        if seen and days and (days[1] < str(seen.start) or days[0] >= str(seen.end)):
            told.append(
                f"{f.name}: the first {len(cells):,} rows of {f.paths[0].name} lie between {days[0]} and {days[1]}, "
                f"outside of the observation ({seen.start} to {seen.end}): they would all be rejected"
            )
    return told


def _event_names(dataset: Path, log: Found) -> dict[str, int]:
    """Name -> rows in the first rows of each file; a name that sources.yaml gives counts as one seen often."""
    told = [log.settings.event, log.settings.refunds.event if log.settings.refunds else None]
    names = {name: FEWEST_ROWS for name in told if name}
    if "event" in log.columns:
        rows = read_rows(log.paths, log.headers, dataset, limit=_PEEK_ROWS).rows
        names |= {str(k): int(n) for k, n in rows[log.columns["event"]].str.strip().value_counts().items()}
    return names
