"""Visitors with more events in an hour than people make."""

import ibis.expr.types as ir

from pipeline.core.engine import Backend, keep, view
from pipeline.ingest.events import ID, EventSource


def reject_bots(connection: Backend, table: ir.Table, source: EventSource, per_hour: int) -> ir.Table:
    """The judged rows, with a reason for those of an id with more than `per_hour` events in an hour (UTC).

    Only ids with that many events at all are looked at by the hour.
    """
    reason = f"a bot: more than {per_hour} events in an hour"
    for space in source.spaces:
        good = table.filter(table.reason.isnull() & ~table.merged & table.behaviour)
        good = good.select(id=good[ID + space], ts=good.ts).filter(lambda t: t.id.notnull())
        often = good.group_by("id").agg(n=lambda t: t.count()).filter(lambda t: t.n > per_hour)
        hours = good.semi_join(often, "id").mutate(hour=lambda t: t.ts.truncate("h")).group_by("id", "hour")
        found = hours.agg(n=lambda t: t.count()).filter(lambda t: t.n > per_hour).select("id").distinct()
        bots = keep(connection, f"bots {space} {source.name}", found.rename({"@bot": "id"}))
        if not bots.count().to_pyarrow().as_py():
            continue
        joined = table.left_join(bots, table[ID + space] == bots["@bot"])
        is_bot = joined["@bot"].notnull() & joined.reason.isnull() & joined.behaviour
        table = joined.mutate(reason=is_bot.ifelse(reason, joined.reason)).drop("@bot")
    return view(connection, f"people {source.name}", table)
