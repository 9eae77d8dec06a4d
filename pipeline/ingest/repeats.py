"""Events told more than once: repetitions of a declared id are merged, equal rows without one are events of their own.

Few rows are repeated. They are found by their ids alone, and only they are put in order.
"""

import ibis
import ibis.expr.types as ir

from pipeline.core.engine import PLACE, Backend, amended, keep, rows_with_repeated_ids
from pipeline.ingest import expressions as x
from pipeline.ingest.readers.delimited import FILE, ROW

_FIRST = ("ts", "event")
_NOT_CONTENT = (*_FIRST, "revision", "reason", "merged", "source", "who", "content", FILE, ROW, PLACE)
"""`who` and `content` are hashes, of which each engine has its own."""


def settle_repeats(
    connection: Backend, name: str, table: ir.Table, key: bytes, space: str, *, of_lines: bool = False
) -> ir.Table:
    """The judged rows (`name` in the session), `merged` where a declared id is repeated, and other repetitions renamed.

    Of rows with one id the event is, in this order, the one without a fault, of the last revision, the earliest, the
    first by content: which it is does not depend on the order of rows. Where they are lines of an order (`of_lines`)
    one with a fault repeats nothing: it is lost.
    """
    matter = table.filter(table.reason.isnull() if of_lines else table.declared | table.reason.isnull())
    rows = rows_with_repeated_ids(connection, f"repeated {name}", matter, "event_id")
    nth = ibis.row_number().over(ibis.window(group_by=rows.event_id, order_by=_order(rows, table.columns)))
    later = rows.mutate(nth=nth).filter(lambda t: t.nth > 0)
    repetition = later.event_id.cast("string") + "\x1f" + later.nth.cast("string")
    own_id = x.keyed_number(key, space, repetition)
    found = later.select(PLACE, merged=later.declared, event_id=later.declared.ifelse(ibis.null(own_id.type()), own_id))
    return amended(connection, name, table, keep(connection, f"repeats {name}", found))


def _order(rows: ir.Table, columns: tuple[str, ...]) -> list[ir.Value]:
    others = sorted(c for c in columns if c not in _NOT_CONTENT)
    best = [rows.reason.notnull(), rows.revision.desc(), *(rows[c] for c in _FIRST)]
    return [*best, rows.reason, *(rows[c] for c in others), rows[FILE], rows[ROW]]
