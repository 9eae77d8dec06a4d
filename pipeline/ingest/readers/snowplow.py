"""Snowplow enriched events: tab-separated text, one event per line, without a header row or with one.

Without one the 131 fields stand in the documented order (https://docs.snowplow.io/docs/pipeline/enriched-tsv-format).
There is no quoting. Time is `derived_tstamp`, else `true_tstamp`, else collector_tstamp - (dvce_sent_tstamp -
dvce_created_tstamp), in UTC. Events are one where event_id and event_fingerprint agree: one event_id with two
fingerprints is two events. `unstruct_event.<key>` reaches into the data of a self-describing event,
`contexts.<entity>.<key>` into the first entity of that name.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.core.errors import InputError
from pipeline.ingest import expressions as x
from pipeline.ingest.export import Header, unique_names
from pipeline.ingest.files import Layout, as_utf8, encoding_of, open_text
from pipeline.ingest.readers.delimited import BROKEN, CONTENT, FILE, ROW, quoted, text
from pipeline.ingest.readers.event_log import Cell, EventLog, Files
from pipeline.ingest.readers.json_lines import count, json_path, line_query

_FIELD_NAMES = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid geo_country
geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain
ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery
page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium
refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action se_label
se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state tr_country
ti_orderid ti_sku ti_name ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max
useragent br_name br_family br_version br_type br_renderengine br_lang br_features_pdf br_features_flash
br_features_java br_features_director br_features_quicktime br_features_realplayer br_features_windowsmedia
br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight os_name os_family
os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width
doc_height tr_currency tr_total_base tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone
mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_device_tstamp derived_contexts
domain_sessionid derived_tstamp event_vendor event_name event_format event_version event_fingerprint true_tstamp
"""
FIELDS = tuple(_FIELD_NAMES.split())
EXPECTS = f"{len(FIELDS)} tab-separated fields per line, or a header row with `event_id` and `collector_tstamp`"
STANDARD = {
    "ts": "derived_tstamp",
    "event": "event_name",
    "event_id": "event_id",
    "amount": "tr_total",
    "channel": "mkt_medium",
    "device": "dvce_type",
    "os": "os_name",
    "browser": "br_family",
    "agent": "useragent",
    "timezone": "os_timezone",
    "kind": "event",
    "true": "true_tstamp",
    "collector": "collector_tstamp",
    "created": "dvce_created_tstamp",
    "sent": "dvce_sent_tstamp",
    "fingerprint": "event_fingerprint",
}
_LONGEST_ROW = 1 << 20
_ENTITIES = ("contexts", "derived_contexts")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")


def header(path: Path) -> Header:
    """The fields; raises `InputError` where the file is none of this format."""
    layout = Layout(encoding_of(path), "\t")
    with open_text(path, layout.encoding) as file:
        lines = iter(lambda: file.readline(_LONGEST_ROW), "")
        cells = next((line for line in lines if line.strip()), "").rstrip("\r\n").split("\t")
    cells = cells[:-1] if len(cells) == len(FIELDS) + 1 and not cells[-1] else cells
    if {"event_id", "collector_tstamp"} <= set(cells):
        return Header(unique_names(cells), 1, layout)
    if len(cells) == len(FIELDS) and _UUID.match(cells[FIELDS.index("event_id")]):
        return Header(FIELDS, 0, layout)
    raise InputError(f"{path.name}: expected {EXPECTS}, found {len(cells)} field(s) in the first line")


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table`; `columns` are fields, or paths into fields that hold JSON."""
    with TemporaryDirectory() as scratch:
        parts = []
        for number, (name, path, found) in enumerate(files):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            parts.append(_part(name, as_utf8(path, folder), found, columns))
        connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {quoted(table)} AS {' UNION ALL '.join(parts)}")


def _part(name: str, path: Path, found: Header, columns: Sequence[str]) -> str:
    """A query for the rows of one file. One empty field too many is a trailing tab."""
    width = len(found.columns)
    in_order = [found.columns.index(c) + 1 for c in sorted(found.columns)]
    fields = "".join(f"coalesce({_cell(c, found.columns)}, '') AS {quoted(c)}, " for c in columns)
    return (
        f"SELECT {fields}file AS {quoted(FILE)}, row - {found.rows} AS {quoted(ROW)}, "
        f"md5(array_to_string(list_select(cells, {in_order}), chr(31))) AS {quoted(CONTENT)}, "
        f"CASE WHEN len(cells) <> {width} AND NOT (len(cells) = {width + 1} AND cells[{width + 1}] = '') "
        f"THEN 'the line does not have {width} fields' END AS {quoted(BROKEN)} "
        f"FROM (SELECT file, row, string_split(line, chr(9)) AS cells FROM ({line_query(name, path)}) "
        f"WHERE row > {found.rows} AND coalesce(trim(line), '') <> '')"
    )


def _cell(column: str, fields: Sequence[str]) -> str:
    """SQL of a field, or of a path into its JSON; missing where the file has no such field."""
    first, *keys = column.split(".")
    if column in fields:
        return f"cells[{fields.index(column) + 1}]"
    if first not in fields or not keys:
        return "NULL"
    value = f"cells[{fields.index(first) + 1}]"
    if first in _ENTITIES:
        entity, *keys = keys
        listed = f"json_extract({value}, '$.data[*]')"
        of_name = f"contains(json_extract_string(e, '$.schema'), {text(f'/{entity}/')})"
        value, keys = f"list_filter({listed}, lambda e: {of_name})[1]", ["data", *keys]
        return f"CASE WHEN json_valid(cells[{fields.index(first) + 1}]) THEN {_inside(value, keys)} END"
    keys = ["data", "data", *keys] if first == "unstruct_event" and keys[0] != "data" else keys
    return f"CASE WHEN json_valid({value}) THEN {_inside(value, keys)} END"


def _inside(value: str, keys: Sequence[str]) -> str:
    return f"json_extract_string({value}, {text(json_path(keys))})"


def derived(cell: Cell) -> dict[str, ir.Value]:
    """Time by the collector's clock, the name of events that have none, and the key of an event sent twice."""
    skewed = x.skewed_time(cell("collector"), cell("sent"), cell("created"))
    return {
        "ts": cell("ts").fill_null(cell("true")).fill_null(skewed).fill_null(cell("collector")),
        "event": cell("event").fill_null(cell("kind")),
        "event_id": cell("event_id") + "\x1f" + cell("fingerprint").fill_null(""),
    }


LOG = EventLog(
    load_events,
    derived=derived,
    count=count,
    ids={"user": "user_id", "anonymous": "domain_userid"},
)
