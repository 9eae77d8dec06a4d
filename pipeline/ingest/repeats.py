"""Events told more than once: repetitions of a declared id are merged, equal rows without one are events of their own.

Few rows are repeated. They are found by a hash of their id, and only they are put in order.
"""

import ibis
import ibis.expr.types as ir

from pipeline.core.engine import Backend, keep, view
from pipeline.ingest import expressions as x
from pipeline.ingest.readers.delimited import FILE, ROW

_FIRST = ("ts", "event")


def settle_repeats(connection: Backend, table: ir.Table, source: str, key: bytes, space: str) -> ir.Table:
    """The judged rows with `merged` where a declared id is repeated, and ids of their own for other repetitions.

    Of rows with one id the event is, in this order, the one without a fault, of the last revision, the earliest, the
    first by content: which it is does not depend on the order of rows.
    """
    matter = table.filter(table.declared | table.reason.isnull())
    counted = matter.select(hash=matter.event_id.hash()).group_by("hash").agg(n=lambda t: t.count())
    # Kept, so that the engine knows how few they are, and looks them up rather than the rows.
    repeated = keep(connection, f"repeated ids {source}", counted.filter(counted.n > 1).select("hash"))
    rows = matter.mutate(hash=matter.event_id.hash()).semi_join(repeated, "hash")
    nth = ibis.row_number().over(ibis.window(group_by=rows.event_id, order_by=_order(rows, table.columns)))
    later = rows.mutate(nth=nth).filter(lambda t: t.nth > 0)
    own_id = x.keyed_digest(key, space, later.event_id + "\x1f" + later.nth.cast("string"))
    found = later.select(
        **{"@in": later[FILE], "@at": later[ROW], "@own": later.declared.ifelse(ibis.null("string"), own_id)}
    )
    repeats = keep(connection, f"repeats {source}", found)
    return view(connection, f"settled {source}", _settled(table, repeats))


def _settled(table: ir.Table, repeats: ir.Table) -> ir.Table:
    joined = table.left_join(repeats, [table[FILE] == repeats["@in"], table[ROW] == repeats["@at"]])
    return joined.mutate(
        merged=joined["@at"].notnull() & joined.declared, event_id=joined["@own"].fill_null(joined.event_id)
    ).drop("@in", "@at", "@own")


def _order(rows: ir.Table, columns: tuple[str, ...]) -> list[ir.Value]:
    others = sorted(c for c in columns if c not in (*_FIRST, "revision", "reason", FILE, ROW))
    best = [rows.reason.notnull(), rows.revision.desc(), *(rows[c] for c in _FIRST)]
    return [*best, rows.reason, *(rows[c] for c in others), rows[FILE], rows[ROW]]
