"""Mixpanel raw export: one JSON object per line with `event` and `properties`.

The raw export is not de-duplicated: events are one where event, distinct_id, time and $insert_id agree, and the one
processed last (mp_processing_time_ms) stands (https://docs.mixpanel.com/reference/event-deduplication); an event
without $insert_id is never merged. `time` is in seconds, or in milliseconds (numbers from 10^11 on). It is UTC;
projects created before 2023 may shift it to the project's zone: then declare `timezone`.

Identities of projects with the original merge are joined by `$identify` ($identified_id and $anon_id, which is joined
once), `$create_alias` (distinct_id and alias) and `$merge` (two $distinct_ids); with the simplified merge by events
that bear both $user_id and $device_id (https://docs.mixpanel.com/docs/tracking-methods/id-management).
A plain name is a property.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.ingest import expressions as x
from pipeline.ingest.export import Header
from pipeline.ingest.readers import json_lines
from pipeline.ingest.readers.delimited import text
from pipeline.ingest.readers.event_log import Cell, EventLog, Files

EXPECTS = "one JSON object per line, with `event`, and `properties` that hold `time` and `distinct_id`"
STANDARD = {
    "ts": "properties.time",
    "event": "event",
    "amount": "properties.$amount",
    "channel": "properties.utm_medium",
    "device": "properties.$device",
    "os": "properties.$os",
    "browser": "properties.$browser",
    "message": "event",
    "person": "properties.distinct_id",
    "insert": "properties.$insert_id",
    "anonymous": "properties.$anon_id",
    "merged": "properties.$distinct_ids",
    "alias": "properties.alias",
    "revision": "properties.mp_processing_time_ms",
}
NOT_BEHAVIOUR = ("$identify", "$create_alias", "$merge")
_FIRST_MILLISECONDS = 100_000_000_000
_OF_IDENTITIES = {
    "distinct_id": ('$."distinct_id"', '$."$identified_id"', '$."$distinct_ids"[0]'),
    "$distinct_ids": ('$."$distinct_ids"[1]',),
    "$anon_id": ('$."$anon_id"', '$."$anon_distinct_id"'),
}
"""Property -> JSON paths of what stands for it in messages that join identities, the first that is there."""


def matches(found: dict[str, Any]) -> bool:
    """Whether a line's object has the signature of the format."""
    properties = found.get("properties")
    return "event" in found and isinstance(properties, dict) and {"time", "distinct_id"} <= set(properties)


def header(path: Path) -> Header:
    """Paths seen in the first lines; raises `InputError` where the file is none of this format."""
    return json_lines.object_header(path, matches, EXPECTS)


def path_of(column: str) -> str:
    """The path of a declared column.

    >>> path_of("event"), path_of("$city"), path_of("properties.$city")
    ('event', 'properties.$city', 'properties.$city')
    """
    return column if column == "event" or column.startswith("properties.") else f"properties.{column}"


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table`; `columns` are paths, each becomes a text column of that name."""
    json_lines.load_objects(connection, table, files, columns, cell_of)


def cell_of(column: str) -> json_lines.Cell:
    """The cell of a column; property names may hold dots.

    Of an identity message without `distinct_id` it is the user, or the first of the ids that are merged.
    """
    first, _, rest = path_of(column).partition(".")
    if rest in _OF_IDENTITIES:
        found = ", ".join(f"json_extract_string({{0}}, {text(path)})" for path in _OF_IDENTITIES[rest])
        return json_lines.Cell(json_lines.json_path([first]), f"CASE WHEN json_valid({{0}}) THEN coalesce({found}) END")
    return json_lines.inside_text(json_lines.json_path([first]), [rest]) if rest else json_lines.plain(first)


def derived(cell: Cell) -> dict[str, ir.Value]:
    """Time, the four fields that make two events one, and the other identity that an event joins."""
    milliseconds = cell("ts").try_cast("float64").abs() >= _FIRST_MILLISECONDS
    kind = cell("event")
    joined = ibis.cases(
        (kind == "$identify", cell("anonymous")),
        (kind == "$create_alias", cell("alias")),
        (kind == "$merge", cell("merged")),
    )
    parts = [cell(name) for name in ("event", "person", "ts", "insert")]
    return {
        "ts": milliseconds.ifelse(x.epoch_time(cell("ts"), 1_000), x.epoch_time(cell("ts"), 1)),
        "previous": joined,
        "event_id": parts[0] + "\x1f" + parts[1] + "\x1f" + parts[2] + "\x1f" + parts[3],
    }


LOG = EventLog(
    load_events,
    path_of,
    derived,
    not_behaviour=NOT_BEHAVIOUR,
    previous_of=("properties.distinct_id",),
    identifies=("$identify",),
    count=json_lines.count,
    known=("event", "properties.$user_id", "properties.$device_id", "properties.$insert_id"),
    ids={"user": "properties.$user_id", "anonymous": "properties.$device_id"},
)
