"""Which customer the rows of an event log belong to: looked up by the number that stands for the ids of a row."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from pipeline.core.engine import PLACE, Backend, amended, keep
from pipeline.ingest import events
from pipeline.ingest import expressions as x
from pipeline.ingest.behaviour import Judged
from pipeline.ingest.devices import with_last_known
from pipeline.ingest.events import ID, UNKNOWN_VISITOR, EventSource
from pipeline.ingest.identity import Resolution, positions


@dataclass(frozen=True)
class Attributed:
    """The judged rows of one source, those of nobody with a reason; the `customers`, with their `places`, by `who`."""

    source: EventSource
    rows: ir.Table
    customers: ir.Table


def places(customers: pd.Index) -> pd.DataFrame:
    """Where the events of customers, in order, stand: their rank, and the bucket that the first two digits give."""
    codes, digits = pd.factorize(customers.str[:2])
    buckets = np.array([int(d, 16) for d in digits], dtype="int64")
    return pd.DataFrame({"bucket": buckets[codes], "rank": np.arange(len(customers))}, index=customers)


def attribute(connection: Backend, judged: Judged, resolution: Resolution, ranked: pd.DataFrame) -> Attributed:
    """Find whose the judged rows are; `ranked` are the `places` of all customers.

    Rows of shared devices go by who was known on them last: `who` stands for that customer from then on.
    """
    source, name, table = judged.source, judged.name, judged.rows
    found = _by_ids(connection, judged.seen, source, resolution)
    is_known = found["at"] >= 0
    theirs = ranked.reset_index().iloc[found.loc[is_known, "at"]].assign(who=found.loc[is_known, "who"].to_numpy())
    nobody = keep(connection, f"nobody {name}", x.from_frame(found.loc[~is_known, ["who"]]))
    customers = keep(connection, f"customers {name}", x.from_frame(theirs))
    for space in (s for s in source.spaces if resolution.shared.get(s)):
        settled = _on_shared(table, customers, source, space, resolution)
        table = amended(connection, name, table, keep(connection, f"shared {space} {name}", settled))
    if nobody.count().to_pyarrow().as_py():
        unknown = table.filter(table.reason.isnull() & table.behaviour).semi_join(nobody, "who")
        told = unknown.select(PLACE, reason=ibis.literal(UNKNOWN_VISITOR))
        table = amended(connection, name, table, keep(connection, f"unknown {name}", told))
    return Attributed(source, table, customers)


def _by_ids(connection: Backend, seen: ir.Table, source: EventSource, resolution: Resolution) -> pd.DataFrame:
    """Number `who` of ids and the position `at` of their customer in `Resolution.sources`, -1 where they have none.

    Where devices are shared each customer has a number too.
    """
    ids = seen.select(*(ID + space for space in source.spaces)).distinct()
    rows = x.to_frame(ids.mutate(who=events.who(ids, source.spaces)))
    own = rows.drop(columns="who").rename(columns=lambda column: column.removeprefix(ID))
    found = pd.DataFrame({"who": rows["who"], "at": positions(own, resolution.customers)})
    if resolution.shared:
        of_all = pd.DataFrame({"customer_id": resolution.sources.index, "at": np.arange(len(resolution.sources))})
        everybody = keep(connection, "everybody", x.from_frame(of_all))  # Each engine has a hash of its own.
        found = pd.concat([found, x.to_frame(everybody.select("at", who=everybody.customer_id.hash()))])
    return found.drop_duplicates("who").astype("int64")


def _on_shared(
    table: ir.Table, customers: ir.Table, source: EventSource, space: str, resolution: Resolution
) -> ir.Table:
    """Of the rows of shared devices that are somebody's the `PLACE`, and `who` for that customer.

    Only these rows are put in order of time.
    """
    devices, others = list(resolution.shared[space]), [ID + s for s in source.spaces if s != space]
    rows = table.filter(table[ID + space].isin(devices)).left_join(customers, "who").drop("who_right")
    unknown = rows.customer_id.isnull() & rows.behaviour & rows.reason.isnull()
    rows = rows.mutate(reason=unknown.ifelse(UNKNOWN_VISITOR, rows.reason))
    settled = with_last_known(rows, ID + space, others, devices, UNKNOWN_VISITOR)
    return settled.filter(settled.customer_id.notnull()).select(PLACE, who=settled.customer_id.hash())
