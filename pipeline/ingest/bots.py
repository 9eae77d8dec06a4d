"""Visitors with more events in an hour than people make."""

import ibis
import ibis.expr.types as ir

from pipeline.core.engine import PLACE, Backend, amended, keep
from pipeline.ingest.events import ID, EventSource


def reject_bots(
    connection: Backend, name: str, table: ir.Table, seen: ir.Table, source: EventSource, per_hour: int
) -> tuple[ir.Table, ir.Table]:
    """The judged rows (`name` in the session), those of an id with more than `per_hour` events in an hour (UTC) with a
    reason; and of the identifiers `seen` in rows without a reason those that still are.
    """
    reason = ibis.literal(reason_of(per_hour))
    for space in source.spaces:
        bots = _bots(connection, f"{space} {name}", table, seen, ID + space, per_hour)
        if bots is None:
            continue
        theirs = table.filter(table.reason.isnull() & table.behaviour).semi_join(bots, table[ID + space] == bots.id)
        changes = keep(connection, f"of bots {space} {name}", theirs.select(PLACE, reason=reason))
        table = amended(connection, name, table, changes)
        others = seen.filter(seen.behaviour).anti_join(bots, seen[ID + space] == bots.id)
        seen = keep(connection, f"without bots {space} {name}", others.union(seen.filter(~seen.behaviour)))
    return table, seen


def reason_of(per_hour: int) -> str:
    """The reason against events of such a visitor."""
    return f"a bot: more than {per_hour} events in an hour"


def _bots(
    connection: Backend, name: str, table: ir.Table, seen: ir.Table, column: str, per_hour: int
) -> ir.Table | None:
    """The values of `id` that are bots', if there are any. Only ids with that many events are looked at by the hour."""
    counted = seen.filter(seen.behaviour & seen[column].notnull()).group_by(id=seen[column])
    often = counted.agg(n=lambda t: t.n.sum()).filter(lambda t: t.n > per_hour)
    often = keep(connection, f"often {name}", often)
    if not _any(often):
        return None
    good = table.filter(table.reason.isnull() & ~table.merged & table.behaviour)
    good = good.select(id=good[column], ts=good.ts).semi_join(often, "id")
    hours = good.group_by("id", hour=good.ts.truncate("h")).agg(n=lambda t: t.count())
    bots = keep(connection, f"bots {name}", hours.filter(hours.n > per_hour).select("id").distinct())
    return bots if _any(bots) else None


def _any(table: ir.Table) -> bool:
    return bool(table.count().to_pyarrow().as_py())
