"""Identifiers that event logs show, and which of them belong to one person."""

import ibis.expr.types as ir
import pandas as pd

from pipeline.core.engine import Backend, keep
from pipeline.ingest import expressions as x
from pipeline.ingest.events import ID, EventSource
from pipeline.ingest.identity import IDENTIFIED_SPACE, JOINED_SPACE, pairs_joined


def count_identifiers(connection: Backend, name: str, table: ir.Table, source: EventSource) -> ir.Table:
    """What identifiers stand in the rows without a reason (of the judged rows `name`), and in how many rows (`n`)."""
    good = table.filter(table.reason.isnull())
    ids = {ID + space: good[ID + space].arbitrary() for space in source.spaces}
    # Grouped by the number that stands for the identifiers of a row: numbers are compared sooner than texts.
    groups = good.group_by("who", "links", "behaviour").agg(**ids, n=good.count(where=~good.merged))
    return keep(connection, f"seen {name}", groups.drop("who"))


def seen_identifiers(table: ir.Table, seen: ir.Table, source: EventSource) -> pd.DataFrame:
    """Identifiers of the rows without a reason: those that belong together in one row, others each alone."""
    rows = x.to_frame(seen).rename(columns={ID + space: space for space in source.spaces})
    linked = rows["links"].to_numpy(dtype=bool)
    together = rows.loc[linked, source.spaces]
    alone = [rows.loc[~linked, [space]].dropna() for space in source.spaces]
    good = table.filter(table.reason.isnull())
    found = pd.concat([together, *alone, *_joined(good, source)], ignore_index=True)
    spaces = [*source.spaces, *(s for s in (JOINED_SPACE, IDENTIFIED_SPACE) if s in found)]
    return found.reindex(columns=spaces).astype("str").dropna(how="all")


def _joined(good: ir.Table, source: EventSource) -> list[pd.DataFrame]:
    """Two identifiers of one space that a message joins: two rows that share an identifier made of both."""
    frames = []
    for space, column in source.settings.ids.items():
        if source.log.path_of(column) not in source.log.previous_of:
            continue
        asked = good.select(
            "ts", one=good[ID + space], other=good.previous, weak=good.event.isin(source.log.identifies)
        )
        pairs = asked.filter(asked.one.notnull() & asked.other.notnull() & (asked.one != asked.other))
        first = pairs.group_by("one", "other", "weak").agg(ts=pairs.ts.min())
        found = x.to_frame(first)
        weak = found["weak"].fillna(False).astype(bool)
        frames.append(pairs_joined(space, found[~weak]))
        frames.append(pairs_joined(space, _as_first_identified(found[weak]), IDENTIFIED_SPACE))
    return [f for f in frames if len(f)]


def _as_first_identified(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of a user (`one`) and an anonymous id (`other`) that was not another user's before, nor is a user.

    Who logs in on a device where another user is still logged in gets that user's id as if it were anonymous; the
    vendors then keep the two apart.
    """
    anonymous = pairs[~pairs["other"].isin(pairs["one"])]
    return anonymous.sort_values(["other", "ts", "one"], kind="stable").drop_duplicates("other")
