"""Events told more than once: repetitions of a declared id are merged, equal rows without one are events of their own.

Few rows are repeated. They are found by a hash of their id, and only they are put in order.
"""

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.core.engine import keep
from pipeline.ingest import expressions as x
from pipeline.ingest.readers.delimited import quoted

_FIRST = ("ts", "event")


def settle_repeats(connection: Backend, name: str, key: bytes, space: str) -> None:
    """In the judged rows `name`, mark repetitions of a declared id as merged, give other repetitions ids of their own.

    Of rows with one id the event is, in this order, the one without a fault, of the last revision, the earliest, the
    first by content: which it is does not depend on the order of rows.
    """
    table = connection.table(name)
    hashes = table.select(hash=table.event_id.hash())
    repeated = hashes.group_by("hash").agg(n=lambda t: t.count()).filter(lambda t: t.n > 1).select("hash")
    rows = table.mutate(row=table.rowid()).filter(table.event_id.hash().isin(repeated.hash))
    nth = ibis.row_number().over(ibis.window(group_by=rows.event_id, order_by=_order(rows)))
    later = rows.mutate(nth=nth).filter(lambda t: t.nth > 0)
    own_id = x.keyed_digest(key, space, later.event_id + "\x1f" + later.nth.cast("string"))
    keep(connection, "repeats", later.select("row", "declared", own_id=own_id))
    to = quoted(name)
    connection.raw_sql(f"UPDATE {to} SET merged = true WHERE rowid IN (SELECT row FROM repeats WHERE declared)")
    connection.raw_sql(
        f"UPDATE {to} SET event_id = own_id FROM repeats WHERE {to}.rowid = row AND NOT repeats.declared"
    )


def _order(rows: ir.Table) -> list[ir.Value]:
    others = sorted(c for c in rows.columns if c not in (*_FIRST, "row", "revision", "reason"))
    best = [rows.reason.notnull(), rows.revision.desc(), *(rows[c] for c in _FIRST)]
    return [*best, rows.reason, *(rows[c] for c in others), rows.row]
