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
        pairs = good.select(one=good[ID + space], other=good.previous).distinct()
        frame = x.to_frame(pairs.filter(pairs.one.notnull() & pairs.other.notnull() & (pairs.one != pairs.other)))
        both = frame["one"] + "\x1f" + frame["other"]
        frames += [pd.DataFrame({space: frame[side], JOINED: both}) for side in ("one", "other")]
    return [f for f in frames if len(f)]
