"""Identifiers that event logs show, and which of them belong to one person."""

import ibis.expr.types as ir
import pandas as pd

from pipeline.ingest import expressions as x
from pipeline.ingest.events import ID, EventSource

JOINED = "joined"
"""Space of the pairs of identifiers that an alias message joins, see `_joined`."""


def seen_identifiers(table: ir.Table, source: EventSource) -> pd.DataFrame:
    """Distinct identifiers of the rows without a reason: those that belong together in one row, others each alone."""
    good = table.filter(table.reason.isnull())
    columns = {space: good[ID + space] for space in source.spaces}
    together = x.to_frame(good.filter(good.links).select(**columns).distinct())
    alone = [
        x.to_frame(good.filter(~good.links & good[ID + space].notnull()).select(**{space: good[ID + space]}).distinct())
        for space in source.spaces
    ]
    found = pd.concat([together, *alone, *_joined(good, source)], ignore_index=True)
    spaces = [*source.spaces, *([JOINED] if JOINED in found else [])]
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
        frames.append(pairs_joined(space, _as_first_identified(x.to_frame(first))))
    return [f for f in frames if len(f)]


def pairs_joined(space: str, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of identifiers of one space (columns `one`, `other`) as rows with the spaces `space` and `joined`."""
    both = pairs["one"] + "\x1f" + pairs["other"]
    sides = [pd.DataFrame({space: pairs[side], JOINED: both}) for side in ("one", "other")]
    return pd.concat(sides, ignore_index=True)


def _as_first_identified(pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs of which an anonymous id (`other` of the weak) is joined to the user known first, a user to no other user.

    Who logs in on a device where another user is still logged in gets that user's id as if it were anonymous; the
    vendors then keep the two apart.
    """
    weak = pairs[pairs["weak"].fillna(False)]
    weak = weak[~weak["other"].isin(weak["one"])].sort_values(["other", "ts", "one"], kind="stable")
    return pd.concat([pairs[~pairs["weak"].fillna(False)], weak.drop_duplicates("other")], ignore_index=True)
