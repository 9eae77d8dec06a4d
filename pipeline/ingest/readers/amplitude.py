"""Amplitude export: a zip of gzipped JSON lines, or the files in it; one event per line.

Times are UTC without a zone. `event_time` is client_event_time + (server_received_time - client_upload_time), and
client_event_time itself where the two clocks are less than 60 seconds apart; it is computed so where it is not
exported. Events are one where $insert_id and device_id agree (https://amplitude.com/docs/apis/analytics/export); of
several the one uploaded last stands. Among equal times the device's counter `event_id` orders. A plain name is an event
property.
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

EXPECTS = "JSON lines (also in a zip), with `event_type`, `event_time` or `client_event_time`, and `amplitude_id`"
STANDARD = {
    "ts": "event_time",
    "event": "event_type",
    "order": "event_id",
    "amount": "event_properties.$revenue",
    "channel": "user_properties.utm_medium",
    "device": "device_family",
    "os": "os_name",
    "platform": "platform",
    "message": "event_type",
    "client": "client_event_time",
    "sent": "client_upload_time",
    "received": "server_received_time",
    "uploaded": "server_upload_time",
    "insert": "$insert_id",
    "hardware": "device_id",
}
NOT_BEHAVIOUR = ("$identify", "$groupidentify")
_TOP = ("$insert_id", "$schema", "uuid", "app", "amplitude_id", "user_id", "device_id", "event_id", "event_type",
        "amplitude_event_type", "event_time", "client_event_time", "client_upload_time", "server_received_time",
        "server_upload_time", "processed_time", "user_creation_time", "session_id", "event_properties",
        "user_properties", "group_properties", "global_user_properties", "groups", "data", "platform", "os_name",
        "os_version", "device_family", "device_type", "device_brand", "device_carrier", "device_manufacturer",
        "device_model", "country", "region", "city", "dma", "language", "ip_address", "paying", "version_name",
        "start_version", "library", "location_lat", "location_lng", "adid", "idfa", "sample_rate",
        "is_attribution_event", "amplitude_attribution_ids", "partner_id", "plan", "source_id", "data_type",
        "$insert_key")  # fmt: skip
_SMALL_SKEW_SECONDS = 60


def matches(found: dict[str, Any]) -> bool:
    """Whether a line's object has the signature of the format."""
    keys = set(found)
    times = {"event_time", "client_event_time"} & keys
    return "event_type" in keys and bool(times) and bool({"amplitude_id", "$insert_id"} & keys)


def header(path: Path) -> Header:
    """Paths seen in the first lines; raises `InputError` where the file is none of this format."""
    return json_lines.object_header(path, matches, EXPECTS)


def path_of(column: str) -> str:
    """The path of a declared column: a name that is no field of the export is an event property.

    >>> path_of("device_id"), path_of("page"), path_of("user_properties.plan")
    ('device_id', 'event_properties.page', 'user_properties.plan')
    """
    return column if column.split(".")[0] in _TOP else f"event_properties.{column}"


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table`; `columns` are paths, each becomes a text column of that name."""
    json_lines.load_objects(connection, table, files, columns, lambda column: json_lines.plain(path_of(column)))


def derived(cell: Cell) -> dict[str, ir.Value]:
    """Time, the key of an event that was sent twice, and which of several was uploaded last.

    On the web, `os_name` holds the browser and `device_family` the operating system.
    """
    web = cell("platform").lower() == "web"
    return {
        "ts": cell("ts").fill_null(_event_time(cell("client"), cell("sent"), cell("received"))),
        "os": web.ifelse(cell("device"), cell("os")),
        "browser": web.ifelse(cell("os"), ibis.null("string")),
        "event_id": cell("insert") + "\x1f" + cell("hardware").fill_null(""),
        "revision": x.seconds(cell("uploaded")),
    }


def _event_time(client: ir.StringValue, sent: ir.StringValue, received: ir.StringValue) -> ir.StringValue:
    ahead = x.utc_time(received) - x.utc_time(sent)
    small = (ahead > ibis.interval(seconds=-_SMALL_SKEW_SECONDS)) & (ahead < ibis.interval(seconds=_SMALL_SKEW_SECONDS))
    return small.fill_null(True).ifelse(client, x.skewed_time(received, sent, client))


LOG = EventLog(
    load_events,
    path_of,
    derived,
    not_behaviour=NOT_BEHAVIOUR,
    count=json_lines.count,
    known=_TOP,
    ids={"user": "user_id", "anonymous": "device_id"},
)
