"""Amounts of rows: as written, or the price of one piece times how many there are, exact until it is rounded once."""

import ibis
import ibis.expr.types as ir

from pipeline.core.sources import RefundSettings, SourceSettings
from pipeline.ingest import expressions as x

NO_NUMBER, NO_QUANTITY = "the amount is no number", "the quantity is no number"
TOO_LARGE = "the amount is too large"
"""Price times quantity, or the lines of an order together."""
LARGEST = 10**16
"""Hundredths."""
_PRICE, _PIECES, _SMALL = "decimal(20, 6)", "decimal(17, 6)", "decimal(27, 12)"
"""Both engines multiply the first two exactly; what is no larger than `LARGEST` fits into the third."""


def amounts(amount: ir.StringValue, quantity: ir.StringValue, settings: SourceSettings) -> dict[str, ir.Value]:
    """`cents` of each row, missing where they are not known; with `quantity` declared also what tells why.

    That are `quantity`, its text, `price_known` and `quantity_known`, and `without_amount`: a price without a
    quantity, or a line of an order that has no amount.
    """
    money = x.without_mark(amount, settings.currency_mark) if settings.currency_mark else amount
    money = x.plainly(money, settings.decimal) if settings.decimal else money
    if x.is_literal(quantity):
        cents = ibis.null("int64") if x.is_literal(amount) else x.hundredths(money)
        return {"cents": cents} | ({"without_amount": cents.isnull()} if settings.lines else {})
    pieces = x.number(x.plainly(quantity, settings.decimal) if settings.decimal else quantity, _PIECES)
    price = x.number(money, _PRICE)
    product = price * pieces
    unpriced = quantity.isnull() & amount.notnull()
    small = (product.abs() <= LARGEST // 100).ifelse(product, ibis.null("decimal(37, 12)")).cast(_SMALL)
    return {
        "cents": (small * 100).round(0).try_cast("int64"),
        "quantity": quantity,
        "price_known": price.notnull(),
        "quantity_known": pieces.notnull(),
        "without_amount": quantity.isnull() | amount.isnull() if settings.lines else unpriced,
    }


def faults(table: ir.Table) -> list[tuple[ir.BooleanValue, str, ir.StringValue]]:
    """What may be wrong with the typed amounts: where it is, the reason, and the text at fault."""
    if "quantity" not in table.columns:
        return [(table.amount.notnull() & table.cents.isnull(), NO_NUMBER, table.amount)]
    return [
        (table.amount.notnull() & ~table.price_known, NO_NUMBER, table.amount),
        (table.quantity.notnull() & ~table.quantity_known, NO_QUANTITY, table.quantity),
        (table.price_known & table.quantity_known & table.cents.isnull(), TOO_LARGE, table.amount),
    ]


def as_refunds(
    cents: ir.IntegerValue, event: ir.StringValue, refunds: RefundSettings | None
) -> tuple[ir.IntegerValue, ir.StringValue]:
    """Amount and event, where those with a negative amount are refunds, or every row is one."""
    if refunds and refunds.every_row:
        return -cents.abs(), ibis.literal(refunds.event)
    return cents, (cents < 0).ifelse(refunds.event, event) if refunds else event
