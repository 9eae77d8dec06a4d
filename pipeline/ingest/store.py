"""Write the events of all sources: offsets joined, parts by customer, in a fixed order, the same bytes every time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow.parquet as pq

from pipeline.core.engine import (
    Backend,
    code_and_id,
    has_few_codes,
    is_spark,
    keep,
    moment_in_utc,
    view,
    write_parquet,
)
from pipeline.core.errors import SchemaError
from pipeline.core.progress import steps
from pipeline.ingest import expressions as x
from pipeline.ingest.attribution import Attributed
from pipeline.ingest.schema import EVENTS
from pipeline.ingest.times import SLOT_MINUTES, clock_offset

ORDER = ("rank", "ts", "sequence", "event", "event_id", "source")
"""Of events in a part; customers are ranked by their customer_id."""
_OPTIONAL_TEXTS = ("channel", "device", "os", "browser", "properties")


@dataclass(frozen=True)
class Gathered:
    """All events with the bucket and the rank of their customers, and the offsets of their named `zones`.

    `order` gives the keys of their order, `same` what all of them have in a column.
    """

    rows: ir.Table
    zones: pd.DataFrame
    order: Callable[[ir.Table], list[ir.Value]]
    same: Mapping[str, ir.Value]

    def events(self, part: int = 0, parts: int = 1) -> ir.Table:
        """Those of one part, which is the bucket modulo `parts`, in order, in the columns of `events`.

        Offsets come after the choice of rows: otherwise the engine would look up the customers of all rows.
        """
        rows = with_offsets(self.rows.filter(self.rows.bucket % parts == part), self.zones)
        # What all have is added afterwards: before, it would be sorted along.
        ordered = rows.order_by(*self.order(rows)).select(*(c for c in EVENTS.columns if c not in self.same))
        return ordered.mutate(**self.same).select(*EVENTS.columns)


def kept_events(attributed: Attributed) -> ir.Table:
    """The rows of one judged source that are events, in the columns of `events` but for the offset."""
    good = _events_of(attributed.rows).inner_join(attributed.customers, "who")
    return good.select(
        "customer_id",
        "bucket",
        "rank",
        "ts",
        "event",
        "event_id",
        "source",
        "channel",
        "device",
        "os",
        "browser",
        "properties",
        "zone_name",
        sequence=good.sequence.cast("int64"),
        offset=good.offset.cast("int64"),
        amount_hundredths=good.cents.fill_null(0).cast("int64"),
    )


def count_events(attributed: Attributed) -> int:
    """How many rows `kept_events` has, whosever they are."""
    return int(_events_of(attributed.rows).count().to_pyarrow().as_py())


def _events_of(rows: ir.Table) -> ir.Table:
    return rows.filter(rows.reason.isnull() & ~rows.merged & rows.behaviour)


def stage_date_events(dates: pd.DataFrame, places: pd.DataFrame) -> ir.Table:
    """Events made from stage dates: columns customer_id, ts (naive, UTC), event, event_id, source, offset.

    `places` are those of the customers, see `attribution.places`.
    """
    nothing = ibis.null("string")
    return x.from_frame(dates.join(places, on="customer_id")).mutate(
        ts=lambda t: t.ts.cast("timestamp(6)"),
        sequence=ibis.literal(0, "int64"),
        amount_hundredths=ibis.literal(0, "int64"),
        **dict.fromkeys(("channel", "device", "os", "browser", "properties", "zone_name"), nothing),
    )


def zones_of(judged: Sequence[ir.Table]) -> pd.DataFrame:
    """Offset in minutes of the named zones of the judged rows `since` a time (naive, UTC), by zone and time."""
    columns = {"zone_name": "str", "slot": "int64"}
    found = [pd.DataFrame(columns=list(columns)), *(_named_zones(table) for table in judged)]
    slots = pd.concat(found).astype(columns).drop_duplicates().sort_values(list(columns), ignore_index=True)
    moments = pd.to_datetime(slots["slot"] * SLOT_MINUTES * 60, unit="s").astype("datetime64[us]")
    minutes = [clock_offset(z, m.to_pydatetime()) for z, m in zip(slots["zone_name"], moments, strict=True)]
    all_slots = slots.assign(since=moments, minutes=minutes)
    before = all_slots.groupby("zone_name")["minutes"].shift()
    changes = all_slots[all_slots["minutes"] != before].drop(columns="slot")
    return changes.astype({"minutes": "int64"}).reset_index(drop=True)


def _named_zones(judged: ir.Table) -> pd.DataFrame:
    named = judged.filter(judged.zone_name.notnull() & judged.reason.isnull() & judged.behaviour)
    return x.to_frame(named.select("zone_name", slot=x.slot(named.ts)).distinct())


def with_offsets(events: ir.Table, zones: pd.DataFrame) -> ir.Table:
    """`utc_offset_minutes` from the row's named zone, else the offset that its time was written with."""
    written = events.offset.cast("int64")
    cases = [(events.zone_name == name, _minutes(events.ts, known)) for name, known in zones.groupby("zone_name")]
    return events.mutate(utc_offset_minutes=ibis.cases(*cases, else_=written) if cases else written)


def _minutes(moment: ir.TimestampValue, known: pd.DataFrame) -> ir.IntegerValue:
    """The offset since the last change of a zone before `moment`, which is after the first `since`."""
    first, *later = known["minutes"]
    since = [ibis.timestamp(at.isoformat(" ")) for at in known["since"]][1:]
    cases = [(moment >= at, ibis.literal(int(n), "int64")) for at, n in zip(since, later, strict=True)]
    first = ibis.literal(int(first), "int64")
    return ibis.cases(*reversed(cases), else_=first) if cases else first


def gathered(
    connection: Backend, tables: Sequence[ir.Table], zones: pd.DataFrame, judged: Sequence[Attributed]
) -> Gathered:
    """The events of several tables as one; `judged` are those among them that come from event sources."""
    events = _concatenated(tables)
    # DuckDB writes each part from the judged rows; Spark would put all of them together anew for each part.
    kept = keep(connection, "events", events) if is_spark(connection) else view(connection, "events", events)
    if len(tables) > 1 or not judged:
        return Gathered(kept, zones, _order, {})
    same, unordered = _same_in_all(judged[0], zones)
    short = unordered and has_few_codes(connection, "events", "event")
    return Gathered(kept, zones, _short_order if short else _order, same)


def _same_in_all(attributed: Attributed, zones: pd.DataFrame) -> tuple[dict[str, ir.Value], bool]:
    """What all events of one source have in a column, and whether none has an order of its own."""
    rows = _events_of(attributed.rows)
    numbers = (
        {"sequence": rows.sequence, "utc_offset_minutes": rows.offset} if zones.empty else {"sequence": rows.sequence}
    )
    ends = {f"{end} {c}": getattr(n, end)().cast("int64") for c, n in numbers.items() for end in ("min", "max")}
    filled = {c: rows[c].count() for c in _OPTIONAL_TEXTS}
    found = rows.agg(**ends, **filled).to_pyarrow().to_pylist()[0]
    same: dict[str, ir.Value] = {c: ibis.null("string") for c in filled if not found[c]}
    same |= {
        c: ibis.literal(found[f"min {c}"], "int64")
        for c in numbers
        if found[f"min {c}"] is not None and found[f"min {c}"] == found[f"max {c}"]
    }
    return same | {"source": ibis.literal(attributed.source.name)}, not (found["min sequence"] or found["max sequence"])


def _order(events: ir.Table) -> list[ir.Value]:
    return [events[column] for column in ORDER]


def _short_order(events: ir.Table) -> list[ir.Value]:
    """The same order, of the events of one source without an order of its own: shorter keys are sorted sooner."""
    return [events.rank, events.ts, code_and_id(events.event, events.event_id)]


def write_events(connection: Backend, events: Gathered, number: int, folder: Path, parts: int) -> None:
    """Write `folder/part-<n>.parquet` of gathered events.

    Raises `SchemaError` where a column that must be full has gaps, or where they are not the `number` that was kept.
    """
    folder.mkdir(parents=True)
    written = 0
    for part in steps(range(parts), "writing events"):
        rows = events.events(part, parts)
        path = folder / f"part-{part:03d}.parquet"
        write_parquet(connection, rows.mutate(ts=moment_in_utc(connection, rows.ts)), path)
        written += _full_rows(path)
    if written != number:
        raise SchemaError(f"table ingest.events: {number:,} rows were kept, {written:,} written; fix stage `ingest`.")


def span(folder: Path) -> dict[str, str | None]:
    """First and last moment of the written events in `folder`, ISO 8601, as the footers of its files tell."""
    at = list(EVENTS.columns).index("ts")
    footers = [pq.read_metadata(path) for path in sorted(folder.glob("*.parquet"))]
    groups = [footer.row_group(n) for footer in footers for n in range(footer.num_row_groups)]
    moments = [group.column(at).statistics for group in groups if group.num_rows]
    ends = {"first": min((m.min for m in moments), default=None), "last": max((m.max for m in moments), default=None)}
    return {
        name: None if end is None else pd.Timestamp(end).tz_localize(None).isoformat() + "Z"
        for name, end in ends.items()
    }


def _concatenated(tables: Sequence[ir.Table]) -> ir.Table:
    """All events, in the columns of the first."""
    columns = tables[0].columns
    return ibis.union(*(t.select(*columns) for t in tables)) if len(tables) > 1 else tables[0]


def _full_rows(path: Path) -> int:
    """Number of rows; raises `SchemaError` for gaps.

    The pandas-based check of other tables would hold a row per event in memory.
    """
    written = pq.read_metadata(path)
    groups = [written.row_group(i) for i in range(written.num_row_groups)]
    gaps = [
        name
        for i, (name, column) in enumerate(EVENTS.columns.items())
        if not column.nullable and any(g.column(i).statistics.null_count for g in groups)
    ]
    if gaps:
        raise SchemaError(f"table ingest.events: missing values in {', '.join(gaps)}; fix stage `ingest`.")
    return int(written.num_rows)
