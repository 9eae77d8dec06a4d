"""Google Analytics 4, BigQuery export: JSON lines (numbers may be texts) or Parquet, one event per row.

`event_timestamp` counts microseconds since 1970, UTC. Events of one batch share it; their order is batch_page_id, then
batch_ordering_id, then batch_event_index (https://support.google.com/analytics/answer/7029846). The export has no event
id: the device with time, name and the three batch fields tells an event that stands in two tables (daily and intraday,
or a day exported again); without batch fields nothing is merged. `params.<key>` and `user_properties.<key>` reach into
the lists of keys and values, whichever type a value has; a plain name is a parameter.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.ingest import expressions as x
from pipeline.ingest.export import Header
from pipeline.ingest.readers import json_lines
from pipeline.ingest.readers.delimited import text
from pipeline.ingest.readers.event_log import Cell, EventLog, Files

EXPECTS = "one JSON object per line or a Parquet file, with `event_timestamp`, `event_name` and `event_params`"
STANDARD = {
    "ts": "event_timestamp",
    "event": "event_name",
    "amount": "ecommerce.purchase_revenue",
    "channel": "traffic_source.medium",
    "device": "device.category",
    "os": "device.operating_system",
    "browser": "device.web_info.browser",
    "visitor": "user_pseudo_id",
    "page": "batch_page_id",
    "request": "batch_ordering_id",
    "index": "batch_event_index",
}
_LISTS = {"params": "event_params", "event_params": "event_params", "user_properties": "user_properties"}
_VALUES = ("string_value", "int_value", "float_value", "double_value")
_TOP = ("event_date", "event_timestamp", "event_name", "event_previous_timestamp", "event_value_in_usd",
        "event_bundle_sequence_id", "event_server_timestamp_offset", "user_id", "user_pseudo_id", "privacy_info",
        "user_first_touch_timestamp", "user_ltv", "device", "geo", "app_info", "traffic_source",
        "collected_traffic_source", "session_traffic_source_last_click", "stream_id", "platform", "event_dimensions",
        "ecommerce", "items", "is_active_user", "batch_event_index", "batch_page_id", "batch_ordering_id",
        "publisher", *_LISTS)  # fmt: skip
_LARGEST = 1_000


def matches(found: dict[str, Any]) -> bool:
    """Whether a row has the signature of the format."""
    return {"event_timestamp", "event_name"} <= set(found) and bool({"event_params", "user_pseudo_id"} & set(found))


def header(path: Path) -> Header:
    """Paths seen in the first rows; raises `InputError` where the file is none of this format."""
    return json_lines.object_header(path, matches, EXPECTS, paths_of)


def paths_of(found: dict[str, Any]) -> list[str]:
    """Paths of one event, its parameters by their keys.

    >>> paths_of({"event_name": "x", "event_params": [{"key": "page", "value": {"string_value": "a"}}]})
    ['event_name', 'params.page']
    """
    lists = {"event_params": "params", "user_properties": "user_properties"}
    plain = {k: v for k, v in found.items() if k not in lists}
    keys = [
        f"{shown}.{item['key']}"
        for name, shown in lists.items()
        for item in (found[name] if isinstance(found.get(name), list) else ())
        if isinstance(item, dict) and "key" in item
    ]
    return [*json_lines.paths_of(plain), *keys]


def path_of(column: str) -> str:
    """The path of a declared column: a name that is no field of the export is a parameter.

    >>> path_of("page_location"), path_of("event_params.page_location"), path_of("geo.country")
    ('params.page_location', 'params.page_location', 'geo.country')
    """
    first, _, rest = column.partition(".")
    if first == "event_params":
        return f"params.{rest}"
    return column if first in _TOP else f"params.{column}"


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table`; `columns` are paths, each becomes a text column of that name."""
    json_lines.load_objects(connection, table, files, columns, cell_of)


def cell_of(column: str) -> json_lines.Cell:
    """The cell of a column; a parameter is the first of its key in the list, its value the first that is filled."""
    path = path_of(column)
    first, _, key = path.partition(".")
    if first not in _LISTS or not key:
        return json_lines.plain(path)
    values = ", ".join(text(f"$.value.{v}") for v in _VALUES)
    wanted = text(key).replace("{", "{{").replace("}", "}}")
    return json_lines.Cell(
        json_lines.json_path([_LISTS[first]]),
        "list_filter(json_extract_string(list_filter(json_extract({0}, '$[*]'), lambda p: "
        f"json_extract_string(p, '$.key') = {wanted})[1], [{values}]), lambda v: v IS NOT NULL)[1]",
    )


def derived(cell: Cell) -> dict[str, ir.Value]:
    """Time, order in the batch, and the key of an event that was exported twice."""
    page, request, index = (cell(name).try_cast("int64") for name in ("page", "request", "index"))
    within = [number.clip(lower=0, upper=_LARGEST - 1) for number in (request, index)]
    key = [cell(name) for name in ("visitor", "ts", "event", "page", "request", "index")]
    event_id = key[0]
    for part in key[1:]:
        event_id = event_id + "\x1f" + part
    return {
        "ts": x.epoch_time(cell("ts"), 1_000_000),
        "order": (page * _LARGEST + within[0].fill_null(0)) * _LARGEST + within[1].fill_null(0),
        "event_id": event_id,
    }


LOG = EventLog(
    load_events,
    path_of,
    derived,
    count=json_lines.count,
    known=_TOP,
    ids={"user": "user_id", "anonymous": "user_pseudo_id"},
)
