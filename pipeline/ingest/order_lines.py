"""Lines of orders, declared by `lines: sum`: those with one id are one event, with the sum of their amounts."""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from pipeline.core.engine import PLACE, Backend, amended, keep
from pipeline.core.sources import SourceSettings
from pipeline.ingest.amounts import LARGEST, TOO_LARGE, as_refunds
from pipeline.ingest.events import EventSource, unwanted

_DAY = 24 * 60 * 60


def add_lines(connection: Backend, name: str, table: ir.Table, settings: SourceSettings) -> ir.Table:
    """The judged rows (`name` in the session) after repeated ids were merged, each event with the amount of its order.

    Lines with a fault are not in it. Whether an order is a refund is told by its amount.
    """
    lines = table.filter(table.declared & table.reason.isnull())
    orders = lines.group_by("event_id").agg(n=lambda t: t.count(), total=lines.cents.cast("decimal(20, 0)").sum())
    found = lines.filter(~lines.merged).inner_join(orders.filter(orders.n > 1), "event_id")
    too_large = found.total.abs() > LARGEST
    changes = found.select(
        PLACE,
        cents=too_large.ifelse(None, found.total).cast("int64"),
        reason=too_large.ifelse(TOO_LARGE, ibis.null("string")),
    )
    table = amended(connection, name, table, keep(connection, f"orders {name}", changes))
    cents, event = as_refunds(table.cents, table.event, settings.refunds)
    return table.mutate(cents=cents, event=event) if settings.refunds else table


def lines_told(rows: ir.Table, customers: ir.Table, source: EventSource) -> list[str]:
    """Warnings of one source about amounts that are not known or too low, and of orders that may be none.

    `rows` are its judged rows, `customers` whose they are, by `who`.
    """
    settings = source.settings
    if "without_amount" not in rows.columns:
        return []
    gaps = int(rows.filter(rows.reason.isnull() & rows.without_amount).count().to_pyarrow().as_py())
    if not settings.lines:
        return [f"{gaps:,} row(s) have a price and no quantity: they count as without an amount"] if gaps else []
    n = _counts(rows, customers, source)
    texts = {
        f"{gaps:,} line(s) have no amount: what their orders amount to is too low": gaps,
        f"{n['lost']:,} line(s) are rejected while others of their {n['short']:,} order(s) are kept: "
        "what these amount to is too low": n["lost"],
        f"{n['equal']:,} line(s) equal another of their order in every column, and are added: files must not overlap":
            n["equal"],
        f"{n['several']:,} order(s) have lines of several customers, and {n['days']:,} lines more than a day apart: "
        f"is `{settings.columns['event_id']}` the number of an order, used once?": n["several"] + n["days"],
    }  # fmt: skip
    return [text for text, number in texts.items() if number]


def _counts(rows: ir.Table, customers: ir.Table, source: EventSource) -> Mapping[str, int]:
    """Of all orders with a kept line: how many lines of how many (`short`) were lost, what is odd about others."""
    lines = rows.filter(rows.declared & (rows.reason.isnull() | ~rows.reason.isin(unwanted(source))))
    lines = lines.left_join(customers.select("who", customer=customers.rank), "who")
    good = lines.reason.isnull()
    seconds = lines.ts.epoch_seconds()
    orders = lines.group_by("event_id").agg(
        good=good.sum(),
        kept=(good & ~lines.merged).sum(),
        lost=(~good & ~lines.merged).sum(),
        contents=lines.content.nunique(where=good),
        customers=lines.customer.nunique(where=good),
        seconds=seconds.max(where=good) - seconds.min(where=good),
    )
    found = orders.filter(orders.kept > 0).agg(
        lost=lambda t: t.lost.sum(),
        short=lambda t: (t.lost > 0).sum(),
        equal=lambda t: (t.good - t.contents).sum(),
        several=lambda t: (t.customers > 1).sum(),
        days=lambda t: (t.seconds > _DAY).sum(),
    )
    return {name: int(n or 0) for name, n in found.to_pyarrow().to_pylist()[0].items()}
