"""Segment (and alike) event logs: one JSON object per line, in one file or in parts, also gzipped.

The vendor's corrected clock orders events: `timestamp`, else receivedAt - (sentAt - originalTimestamp)
(https://segment.com/docs/connections/spec/common). A message sent twice has one messageId. `identify` and `alias`
messages say who an anonymous id is; they and `group` are not behaviour. Columns in sources.yaml are paths such as
`traits.email`; a plain name under `keep` is one of the properties.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.core.errors import InputError
from pipeline.ingest import expressions as x
from pipeline.ingest.export import Header
from pipeline.ingest.files import Layout, as_utf8, encoding_of, open_text
from pipeline.ingest.readers.delimited import BROKEN, CONTENT, FILE, ROW, quoted, text

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
LINKS = ("identify", "alias")
"""Messages whose identifiers belong to one person."""
NOT_BEHAVIOUR = (*LINKS, "group")
_TOP = ("anonymousId", "userId", "messageId", "type", "event", "previousId", "groupId", "timestamp", "receivedAt",
        "sentAt", "originalTimestamp", "channel", "name", "version", "context", "properties", "traits",
        "integrations")  # fmt: skip
_PEEK_LINES = 2000


def path_of(column: str) -> str:
    """The path of a declared column: known top-level keys stand for themselves, other names are properties.

    >>> path_of("traits.email"), path_of("plan")
    ('traits.email', 'properties.plan')
    """
    return column if column.split(".")[0] in _TOP else f"properties.{column}"


def header(path: Path) -> Header:
    """Paths seen in the first lines; raises `InputError` where the file is none of this format."""
    encoding = encoding_of(path)
    paths: dict[str, None] = {}
    readable = False
    with open_text(path, encoding) as file:
        for number, line in enumerate(file):
            if number >= _PEEK_LINES:
                break
            found = _object(line)
            readable = readable or matches(found)
            for seen in _paths(found, ""):
                paths.setdefault(seen)
    if not readable:
        with open_text(path, encoding) as file:
            start = file.readline(60).strip()
        raise InputError(f"{path.name}: expected {EXPECTS}, found a first line beginning with {_shape(start)}")
    return Header(tuple(paths), 0, Layout(encoding, ""))


def matches(found: dict[str, object]) -> bool:
    """Whether a line's object has the signature of the format."""
    return bool({"messageId", "type"} & set(found)) and bool({"userId", "anonymousId"} & set(found))


def load_events(
    connection: Backend, table: str, files: Sequence[tuple[str, Path, Header]], columns: Sequence[str]
) -> None:
    """Create `table` from the parts (name, path, header) of one source: `columns`, file, row, content, broken.

    `columns` are paths; each becomes a text column of that name. Lines that are no JSON object carry the reason.
    """
    with TemporaryDirectory() as scratch:
        lines = " UNION ALL ".join(_lines(name, as_utf8(path, Path(scratch))) for name, path, _ in files)
        json_paths = ", ".join(text(_json_path(path_of(c))) for c in columns)
        fields = ", ".join(f"coalesce(cells[{i}], '') AS {quoted(c)}" for i, c in enumerate(columns, 1))
        connection.raw_sql(
            f"CREATE OR REPLACE TEMP TABLE {quoted(table)} AS SELECT {fields}, file AS {quoted(FILE)}, "
            f"row AS {quoted(ROW)}, content AS {quoted(CONTENT)}, CASE WHEN blank THEN '' WHEN cells IS NULL "
            f"THEN 'the line is not a JSON object' END AS {quoted(BROKEN)} FROM (SELECT file, row, "
            "md5(line) AS content, coalesce(trim(line), '') = '' AS blank, "
            "CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' "
            f"THEN json_extract_string(line, [{json_paths}]) END AS cells FROM ({lines}))"
        )
        # Afterwards, not in the query: a filter there would copy every line once more.
        connection.raw_sql(f"DELETE FROM {quoted(table)} WHERE {quoted(BROKEN)} = ''")


def _lines(name: str, path: Path) -> str:
    """A query for the lines of one file: a delimited file whose delimiter does not occur."""
    return (
        f"SELECT {text(name)} AS file, row_number() OVER () AS row, rtrim(line, chr(13)) AS line "
        f"FROM read_csv({text(str(path))}, columns={{'line': 'VARCHAR'}}, delim='\x01', quote='', escape='', "
        "header=false, auto_detect=false, strict_mode=false, parallel=false, max_line_size=16777216)"
    )


def _json_path(path: str) -> str:
    return "$" + "".join('."' + part.replace('"', '\\"') + '"' for part in path.split("."))


def _object(line: str) -> dict[str, object]:
    try:
        value = json.loads(line.lstrip("\ufeff"))
    except json.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _paths(found: dict[str, object], prefix: str) -> list[str]:
    result: list[str] = []
    for key, value in found.items():
        result += _paths(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"]
    return result


def _shape(start: str) -> str:
    return "`" + "".join("x" if c.isalpha() else "9" if c.isdigit() else c for c in start[:30]) + "`"


def with_corrected_time(table: ir.Table, columns: Mapping[str, str]) -> ir.Table:
    """The table with its time column filled by the corrected clock where the vendor wrote none."""
    texts = [table[columns[name]].fill_null("").strip() for name in ("received", "sent", "original")]
    received, sent, original = (
        x.is_time(t).ifelse(x.plus_minutes(x.local_time(t), -x.written_offset_minutes(t)), ibis.null("timestamp(6)"))
        for t in texts
    )
    behind = sent.epoch_seconds() - original.epoch_seconds()
    corrected = (received - behind.as_interval("s")).cast("string") + "Z"
    written = table[columns["ts"]].fill_null("").strip()
    return table.mutate(**{columns["ts"]: (written == "").ifelse(corrected.fill_null(""), written)})


def event_of(kind: ir.StringValue) -> ir.StringValue:
    """The name of a message that has none: `page` and `screen` views are called after their type."""
    return kind.isin(["page", "screen"]).ifelse(kind, ibis.null("string"))


def device_of(agent: ir.StringValue) -> ir.StringValue:
    """The device family that a browser's user agent tells; missing where there is no agent."""
    return ibis.cases(
        (agent.isnull(), ibis.null("string")),
        (agent.re_search("iPad|Tablet|PlayBook|Silk"), "tablet"),
        (agent.re_search("Android") & ~agent.re_search("Mobile"), "tablet"),
        (agent.re_search("Mobi|iPhone|Android"), "mobile"),
        (agent.re_search("Windows NT|Macintosh|X11|CrOS"), "desktop"),
        else_="other",
    )


def device_family(device: ir.StringValue) -> ir.StringValue:
    """The family of a device named otherwise, such as `ios` or `phone`."""
    return ibis.cases(
        (device.isnull(), ibis.null("string")),
        (device.re_search("^(ios|iphone|android|phone|smartphone|mobile.*)$"), "mobile"),
        (device.re_search("^(ipad|tablet.*)$"), "tablet"),
        (device.re_search("^(pc|laptop|computer|mac|desktop.*|web)$"), "desktop"),
        else_="other",
    )


def os_of(agent: ir.StringValue) -> ir.StringValue:
    """The operating system that a user agent tells."""
    return ibis.cases(
        (agent.re_search("iPhone|iPad"), "iOS"),
        (agent.re_search("Android"), "Android"),
        (agent.re_search("Windows"), "Windows"),
        (agent.re_search("Mac OS X|Macintosh"), "macOS"),
        (agent.re_search("CrOS"), "ChromeOS"),
        (agent.re_search("Linux|X11"), "Linux"),
    )


def browser_of(agent: ir.StringValue) -> ir.StringValue:
    """The browser that a user agent tells; the order matters, most agents name several."""
    return ibis.cases(
        (agent.re_search("Edg"), "Edge"),
        (agent.re_search("OPR|Opera"), "Opera"),
        (agent.re_search("SamsungBrowser"), "Samsung Internet"),
        (agent.re_search("Firefox|FxiOS"), "Firefox"),
        (agent.re_search("Chrome|CriOS"), "Chrome"),
        (agent.re_search("Safari"), "Safari"),
    )
