"""PostHog batch or file export of events: JSON lines or Parquet, one event per row.

`properties` is a JSON object in JSON lines and a text that holds one in Parquet
(https://posthog.com/docs/cdp/batch-exports/s3). Delivery is at least once: events with one uuid are one, the one
inserted last stands. `person_id` is the person at the time of the event and is never updated later; the identities that
`$identify`, `$create_alias` and `$merge_dangerously` join are one person, and they are not behaviour. `$identify` joins
an anonymous id to the first user only, and never two users (https://posthog.com/docs/product-analytics/identify).
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
from pipeline.ingest.readers.event_log import Cell, EventLog, Files

EXPECTS = "JSON lines or Parquet, with `uuid`, `event`, `properties`, `timestamp` and `distinct_id`"
STANDARD = {
    "ts": "timestamp",
    "event": "event",
    "event_id": "uuid",
    "amount": "properties.revenue",
    "channel": "properties.utm_medium",
    "device": "properties.$device_type",
    "os": "properties.$os",
    "browser": "properties.$browser",
    "agent": "properties.$user_agent",
    "timezone": "properties.$timezone",
    "message": "event",
    "inserted": "_inserted_at",
    "anonymous": "properties.$anon_distinct_id",
    "alias": "properties.alias",
}
NOT_BEHAVIOUR = ("$identify", "$create_alias", "$merge_dangerously", "$groupidentify", "$set")
_OBJECTS = ("properties", "person_properties", "set", "set_once")
_TOP = ("uuid", "event", "timestamp", "created_at", "_inserted_at", "inserted_at", "distinct_id", "person_id",
        "session_id", "elements_chain", "elements", "team_id", "ip", "site_url", "bq_ingested_timestamp",
        *_OBJECTS)  # fmt: skip


def matches(found: dict[str, Any]) -> bool:
    """Whether a row has the signature of the format."""
    return {"uuid", "event", "properties", "timestamp", "distinct_id"} <= set(found)


def header(path: Path) -> Header:
    """Paths seen in the first rows; raises `InputError` where the file is none of this format."""
    return json_lines.object_header(path, matches, EXPECTS, paths_of)


def paths_of(found: dict[str, Any]) -> list[str]:
    """Paths of one event, its objects unpacked where they are texts.

    >>> paths_of({"uuid": "1", "properties": '{"$os": "iOS"}'})
    ['uuid', 'properties.$os']
    """
    unpacked = {k: json_lines.as_object(v) if k in _OBJECTS and isinstance(v, str) else v for k, v in found.items()}
    return json_lines.paths_of(unpacked)


def path_of(column: str) -> str:
    """The path of a declared column: a name that is no field of the export is a property.

    >>> path_of("distinct_id"), path_of("$browser")
    ('distinct_id', 'properties.$browser')
    """
    return column if column.split(".")[0] in _TOP else f"properties.{column}"


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table`; `columns` are paths, each becomes a text column of that name."""
    json_lines.load_objects(connection, table, files, columns, cell_of)


def cell_of(column: str) -> json_lines.Cell:
    """The cell of a column, also inside an object that is a text."""
    first, *keys = path_of(column).split(".")
    return json_lines.inside_text(json_lines.json_path([first]), keys) if keys else json_lines.plain(first)


def derived(cell: Cell) -> dict[str, ir.Value]:
    """Which of the events with one uuid was inserted last, and the other identity that an event joins."""
    kind = cell("message")
    joined = ibis.cases(
        (kind == "$identify", cell("anonymous")), (kind.isin(["$create_alias", "$merge_dangerously"]), cell("alias"))
    )
    return {"revision": x.seconds(cell("inserted")), "previous": joined}


LOG = EventLog(
    load_events,
    path_of,
    derived,
    not_behaviour=NOT_BEHAVIOUR,
    previous_of=("distinct_id",),
    identifies=("$identify",),
    count=json_lines.count,
    known=_TOP,
    ids={"person": "person_id", "user": "distinct_id"},
)
