"""Visitors with more events in an hour than people make."""

from ibis.backends.duckdb import Backend

from pipeline.core.engine import keep
from pipeline.ingest.events import ID, EventSource
from pipeline.ingest.readers.delimited import quoted, text


def reject_bots(connection: Backend, name: str, source: EventSource, per_hour: int) -> None:
    """In the judged rows `name`, give a reason to those of an id with more than `per_hour` events in an hour (UTC).

    Only ids with that many events at all are looked at by the hour.
    """
    reason = f"a bot: more than {per_hour} events in an hour"
    for space in source.spaces:
        table = connection.table(name)
        good = table.filter(table.reason.isnull() & ~table.merged & table.behaviour)
        good = good.select(id=good[ID + space], ts=good.ts).filter(lambda t: t.id.notnull())
        often = good.group_by("id").agg(n=lambda t: t.count()).filter(lambda t: t.n > per_hour).select("id")
        hours = good.semi_join(often, "id").mutate(hour=lambda t: t.ts.truncate("h")).group_by("id", "hour")
        bots = hours.agg(n=lambda t: t.count()).filter(lambda t: t.n > per_hour).select("id").distinct()
        keep(connection, "bots", bots)
        connection.raw_sql(
            f"UPDATE {quoted(name)} SET reason = {text(reason)} WHERE reason IS NULL AND behaviour "
            f"AND {quoted(ID + space)} IN (SELECT id FROM bots)"
        )
