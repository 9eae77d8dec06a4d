"""Segment (and alike) event logs: one JSON object per line, in one file or in parts, also gzipped.

The vendor's corrected clock orders events: `timestamp`, else receivedAt - (sentAt - originalTimestamp)
(https://segment.com/docs/connections/spec/common). A message sent twice has one messageId. The ids that stand in one
message are one person's, whatever its type (https://www.twilio.com/docs/segment/unify/identity-resolution/externalids);
`alias` joins a previous id to them. `identify`, `alias` and `group` are not behaviour. Columns in sources.yaml are
paths such as `traits.email`; a plain name under `keep` is one of the properties.
"""

from collections.abc import Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.ingest import expressions as x
from pipeline.ingest.export import Header
from pipeline.ingest.readers.event_log import Cell, EventLog, Files
from pipeline.ingest.readers.json_lines import count, load_objects, object_header, plain

EXPECTS = "one JSON object per line, with `messageId` or `type`, and `userId` or `anonymousId`"
STANDARD = {
    "ts": "timestamp",
    "event": "event",
    "event_id": "messageId",
    "amount": "properties.revenue",
    "channel": "context.campaign.medium",
    "device": "context.device.type",
    "os": "context.os.name",
    "browser": "context.browser",
    "agent": "context.userAgent",
    "timezone": "context.timezone",
    "message": "type",
    "received": "receivedAt",
    "sent": "sentAt",
    "original": "originalTimestamp",
    "previous": "previousId",
}
NOT_BEHAVIOUR = ("identify", "alias", "group")
_TOP = ("anonymousId", "userId", "messageId", "type", "event", "previousId", "groupId", "timestamp", "receivedAt",
        "sentAt", "originalTimestamp", "channel", "name", "version", "context", "properties", "traits",
        "integrations")  # fmt: skip


def path_of(column: str) -> str:
    """The path of a declared column: known top-level keys stand for themselves, other names are properties.

    >>> path_of("traits.email"), path_of("plan")
    ('traits.email', 'properties.plan')
    """
    return column if column.split(".")[0] in _TOP else f"properties.{column}"


def header(path: Path) -> Header:
    """Paths seen in the first lines; raises `InputError` where the file is none of this format."""
    return object_header(path, matches, EXPECTS)


def matches(found: dict[str, object]) -> bool:
    """Whether a line's object has the signature of the format."""
    return bool({"messageId", "type"} & set(found)) and bool({"userId", "anonymousId"} & set(found))


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table`; `columns` are paths, each becomes a text column of that name."""
    load_objects(connection, table, files, columns, lambda column: plain(path_of(column)))


def derived(cell: Cell) -> dict[str, ir.Value]:
    """Time by the vendor's corrected clock where none is written, names of views, the other identity of an alias."""
    kind = cell("message")
    return {
        "previous": (kind == "alias").ifelse(cell("previous"), ibis.null("string")),
        "ts": cell("ts").fill_null(x.skewed_time(cell("received"), cell("sent"), cell("original"))),
        "event": cell("event").fill_null(kind.isin(["page", "screen"]).ifelse(kind, ibis.null("string"))),
    }


LOG = EventLog(
    load_events,
    path_of,
    derived,
    not_behaviour=NOT_BEHAVIOUR,
    previous_of=("userId", "anonymousId"),
    count=count,
    ids={"user": "userId", "anonymous": "anonymousId", "email": "traits.email"},
)
