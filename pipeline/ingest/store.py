"""Write the events of all sources: offsets joined, parts by customer, in a fixed order, the same bytes every time."""

from collections.abc import Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow.parquet as pq

from pipeline.core.engine import Backend, keep, write_parquet
from pipeline.core.errors import SchemaError
from pipeline.core.progress import steps
from pipeline.ingest import expressions as x
from pipeline.ingest.schema import EVENTS
from pipeline.ingest.times import SLOT_MINUTES, clock_offset

ORDER = ("customer_id", "ts", "sequence", "event", "event_id", "source")


def kept_events(table: ir.Table, source: str) -> ir.Table:
    """The rows of one judged source that are events, in the columns of `events` but for the offset."""
    good = table.filter(table.reason.isnull() & ~table.merged & table.behaviour)
    return good.select(
        "customer_id",
        "ts",
        "event",
        "event_id",
        "channel",
        "device",
        "os",
        "browser",
        "properties",
        "zone_name",
        sequence=good.sequence.cast("int64"),
        offset=good.offset.cast("int64"),
        source=ibis.literal(source),
        amount_hundredths=good.cents.fill_null(0).cast("int64"),
    )


def stage_date_events(dates: pd.DataFrame) -> ir.Table:
    """Events made from stage dates: columns customer_id, ts (naive, UTC), event, event_id, source, offset."""
    nothing = ibis.null("string")
    return x.from_frame(dates).mutate(
        ts=lambda t: t.ts.cast("timestamp(6)"),
        sequence=ibis.literal(0, "int64"),
        amount_hundredths=ibis.literal(0, "int64"),
        **dict.fromkeys(("channel", "device", "os", "browser", "properties", "zone_name"), nothing),
    )


def zones_of(judged: Sequence[ir.Table]) -> pd.DataFrame:
    """Offset in minutes of each named zone and quarter hour in the judged rows, for `with_offsets`."""
    columns = {"zone_name": "str", "slot": "int64", "minutes": "int64"}
    found = [pd.DataFrame(columns=list(columns)), *(_named_zones(table) for table in judged)]
    pairs = pd.concat(found).drop_duplicates(["zone_name", "slot"]).sort_values(["zone_name", "slot"])
    moments = [pd.Timestamp(int(s) * SLOT_MINUTES * 60, unit="s").to_pydatetime() for s in pairs["slot"]]
    minutes = [clock_offset(z, m) for z, m in zip(pairs["zone_name"], moments, strict=True)]
    return pairs.assign(minutes=minutes).astype(columns)


def _named_zones(judged: ir.Table) -> pd.DataFrame:
    named = judged.filter(judged.zone_name.notnull() & judged.reason.isnull() & judged.behaviour)
    return x.to_frame(named.select("zone_name", slot=x.slot(named.ts)).distinct())


def with_offsets(events: ir.Table, zones: pd.DataFrame) -> ir.Table:
    """`utc_offset_minutes` from the row's named zone, else the offset that its time was written with."""
    if zones.empty:
        return events.mutate(utc_offset_minutes=events.offset.cast("int64"))
    known = x.from_frame(zones.rename(columns={"zone_name": "@zone", "slot": "@slot"}))
    slots = events.mutate(slot=x.slot(events.ts))
    joined = slots.left_join(known, [slots.zone_name == known["@zone"], slots.slot == known["@slot"]])
    return joined.mutate(utc_offset_minutes=joined.minutes.fill_null(joined.offset).cast("int64"))


def gathered(connection: Backend, tables: Sequence[ir.Table], zones: pd.DataFrame) -> ir.Table:
    """All events as one table of the session, each looked up once, in the columns of `events` and its `bucket`.

    A bucket is what the first two hex digits of the customer_id give.
    """
    events = with_offsets(_concatenated(tables), zones)
    bucket = (16 * _digit(events.customer_id.left(1)) + _digit(events.customer_id.substr(1, 1))).cast("int16")
    return keep(connection, "events", events.select(*EVENTS.columns, bucket=bucket))


def _digit(text: ir.StringValue) -> ir.IntegerValue:
    """The number of a hex digit."""
    code = text.ascii_str()
    return (code >= ord("a")).ifelse(code - ord("a") + 10, code - ord("0"))


def write_events(connection: Backend, events: ir.Table, folder: Path, parts: int) -> None:
    """Write `folder/part-<n>.parquet` of gathered events; the part is their bucket modulo `parts`.

    Raises `SchemaError` where a column that must be full has gaps.
    """
    folder.mkdir(parents=True)
    for part in steps(range(parts), "writing events"):
        rows = events.filter(events.bucket % parts == part).order_by(*ORDER).drop("bucket")
        path = folder / f"part-{part:03d}.parquet"
        write_parquet(connection, rows.mutate(ts=rows.ts.cast("timestamp('UTC', 6)")), path)
        _refuse_gaps(path)


def _concatenated(tables: Sequence[ir.Table]) -> ir.Table:
    """All events, in the columns of the first."""
    columns = tables[0].columns
    return ibis.union(*(t.select(*columns) for t in tables)) if len(tables) > 1 else tables[0]


def _refuse_gaps(path: Path) -> None:
    """The pandas-based check of other tables would hold a row per event in memory."""
    written = pq.read_metadata(path)
    groups = [written.row_group(i) for i in range(written.num_row_groups)]
    gaps = [
        name
        for i, (name, column) in enumerate(EVENTS.columns.items())
        if not column.nullable and any(g.column(i).statistics.null_count for g in groups)
    ]
    if gaps:
        raise SchemaError(f"table ingest.events: missing values in {', '.join(gaps)}; fix stage `ingest`.")
