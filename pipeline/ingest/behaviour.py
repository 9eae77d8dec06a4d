"""From event exports to events: judge rows, see identifiers, then give customers and count what became of every row."""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from pipeline.core.pseudonym import pseudonym
from pipeline.core.sources import Observation
from pipeline.ingest import events
from pipeline.ingest import expressions as x
from pipeline.ingest.cells import redacted
from pipeline.ingest.devices import with_last_known
from pipeline.ingest.event_identifiers import seen_identifiers
from pipeline.ingest.events import EventSource
from pipeline.ingest.readers.delimited import FILE, ROW
from pipeline.ingest.rejects import Account
from pipeline.ingest.schema import REJECTS, REJECTS_PER_REASON


def judge(
    connection: Backend, source: EventSource, observation: Observation, key: bytes, bots_per_hour: int
) -> tuple[ir.Table, pd.DataFrame]:
    """The judged rows of one source as a table in the engine, and the identifiers that its good rows hold."""
    raw = events.prepared(connection, source)
    offsets = events.zone_offsets(raw, source)
    typed = events.judged(raw, source, observation, key, offsets)
    wanted = [c for c in typed.columns if c in _KEPT or c.startswith(events.ID)]
    table = connection.create_table(f"judged {source.name}", typed.select(*wanted), temp=True)
    connection.raw_sql(f'DROP TABLE "{source.table}"')
    table = events.without_bots(table, source, bots_per_hour)
    table = connection.create_table(f"humans {source.name}", table, temp=True)
    return table, seen_identifiers(table, source)


def attribute(
    connection: Backend,
    table: ir.Table,
    source: EventSource,
    customers: Mapping[str, Mapping[str, str]],
    shared: Mapping[str, Sequence[str]],
) -> ir.Table:
    """The judged rows with their customers; those of shared devices (space -> values) by who was known on them last."""
    known = events.with_customers(connection, table, source, customers)
    for space, devices in shared.items():
        if space in source.spaces:
            others = [events.ID + s for s in source.spaces if s != space]
            known = with_last_known(known, events.ID + space, others, devices, events.UNKNOWN_VISITOR)
    return connection.create_table(f"known {source.name}", known, temp=True)


def account(table: ir.Table, source: EventSource, files: int) -> Account:
    """What became of every row of one source."""
    rejected = (~table.merged & table.reason.notnull()).sum().cast("int64")
    counts = x.to_frame(table.agg(read=table.count(), merged=table.merged.sum().cast("int64"), rejected=rejected))
    read, merged, rejected = (int(v or 0) for v in counts.fillna(0).iloc[0])
    return Account(
        source.name,
        source.settings.format,
        files,
        read,
        read - merged - rejected,
        merged,
        rejected,
        _listed(table, source.name),
        _warnings(table, source),
    )


def dated_events(
    dates: pd.DataFrame, source: str, observation: Observation, zone: str | None, key: bytes
) -> pd.DataFrame:
    """Stage dates (customer_id, event, ts) inside the observation as rows of events."""
    from pipeline.ingest.times import clock_offset

    start, end = (pd.Timestamp(day, tz="UTC") for day in (observation.start, observation.end))
    inside = dates[(dates["ts"] >= start) & (dates["ts"] < end)]
    naive = inside["ts"].dt.tz_localize(None)
    ids = [
        pseudonym(key, f"event:{source}", f"{c}\x1f{e}")
        for c, e in zip(inside["customer_id"], inside["event"], strict=True)
    ]
    return inside.assign(
        ts=naive,
        source=source,
        event_id=ids,
        offset=[clock_offset(zone or "UTC", moment.to_pydatetime()) for moment in naive],
    ).astype({"offset": "int64", "event": "str", "source": "str", "event_id": "str"})


def dates_outside(dates: pd.DataFrame, observation: Observation) -> list[str]:
    """A warning where stage dates lie outside the observation."""
    start, end = (pd.Timestamp(day, tz="UTC") for day in (observation.start, observation.end))
    outside = int((~dates["ts"].between(start, end, inclusive="left")).sum())
    return [f"{outside:,} stage date(s) lie outside the observation and give no event"] if outside else []


def span(table: ir.Table | None) -> dict[str, str | None]:
    """First and last moment of the events, ISO 8601."""
    if table is None:
        return {"first": None, "last": None}
    ends = x.to_frame(table.agg(first=table.ts.min(), last=table.ts.max())).iloc[0]
    return {
        name: None if pd.isna(ends[name]) else pd.Timestamp(ends[name]).isoformat() + "Z" for name in ("first", "last")
    }


_KEPT: Sequence[str] = (
    FILE, ROW, "ts", "offset", "event", "event_id", "sequence", "cents", "zone_name", "links", "behaviour",
    "previous", "properties", "channel", "device", "os", "browser", "reason", "fault", "value", "merged",
)  # fmt: skip


def _listed(table: ir.Table, source: str) -> pd.DataFrame:
    """The first rejects of each reason, in order of file and row."""
    bad = table.filter(~table.merged & table.reason.notnull())
    nth = ibis.row_number().over(ibis.window(group_by=bad.reason, order_by=[bad[FILE], bad[ROW]]))
    few = bad.mutate(nth=nth).filter(lambda t: t.nth < REJECTS_PER_REASON)
    chosen = few.select(file=few[FILE], row=few[ROW], column=few.fault, reason=few.reason, value=few.value)
    frame = x.to_frame(chosen)
    shown = frame["value"].map(redacted, na_action="ignore")
    return REJECTS.check(
        frame.assign(source=source, value=shown).sort_values(["file", "row", "reason"], ignore_index=True)
    )


def _warnings(table: ir.Table, source: EventSource) -> list[str]:
    reasons = table.filter(~table.merged & table.reason.notnull()).group_by("reason").agg(n=lambda t: t.count())
    counted = x.to_frame(reasons.order_by("reason"))
    return [f"{n:,} row(s): {reason}" for reason, n in zip(counted["reason"], counted["n"], strict=True)]
