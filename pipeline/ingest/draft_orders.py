"""Drafts of orders with a row per line: how much of what at which price, and the number that its lines share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.ingest.inspection import Inspection
from pipeline.ingest.privacy import words_of

_QUANTITIES = (
    "quantity", "qty", "quantity ordered", "qty ordered", "order quantity", "item quantity", "units", "units sold",
    "pieces", "menge", "anzahl", "quantite", "cantidad",
)  # fmt: skip
_OF_ONE = (
    "unit price", "price", "price per unit", "price each", "item price", "product price", "einzelpreis", "stuckpreis",
    "prix unitaire", "precio unitario",
)  # fmt: skip


_DIFFER, _REPEAT = 0.5, 0.02
"""Shares of the orders with several rows: two of a kind may cost the same, and a total be corrected."""


@dataclass(frozen=True)
class Priced:
    """The columns with the price of one piece and with how many a row is of."""

    price: str
    quantity: str


def priced(f: Inspection) -> Priced | None:
    """Where a table says both; the price alone may be what a row amounts to."""
    numbers = {words_of(c.name): c.name for c in reversed(f.columns) if c.kind in ("numeric", "binary", "nominal")}
    price, quantity = (next((numbers[n] for n in names if n in numbers), "") for names in (_OF_ONE, _QUANTITIES))
    return Priced(price, quantity) if price and quantity else None


def order_number(f: Inspection, columns: Mapping[str, str]) -> tuple[str, bool]:
    """The column with the number that rows of one order share, and whether what each amounts to is to be added up.

    `columns` are the standard columns so far. Rows of one number that all have one amount repeat the order's total, and
    those with an event of their own are no lines. Where nearly all numbers differ, few rows are there twice.
    """
    if "event" in columns or "amount" not in columns:
        return "", False
    once = {c.name for c in f.columns if c.id}
    for number in (n for n in f.differing if n not in once):
        share = f.differing[number].get(columns["amount"], 0.0)
        if "quantity" in columns or share >= _DIFFER:
            return number, True
        if share <= _REPEAT:
            return number, False
    return "", False


def order_lines(f: Inspection, columns: Mapping[str, str], text: Callable[[str], str]) -> list[str]:
    """What the draft says of the rows of an order, as questions."""
    number, added = order_number(f, columns)
    lines = []
    if "quantity" in columns:
        lines.append("    # ? `amount` is the price of one piece: each row amounts to it times `quantity`")
    if number and not added:
        lines.append(f"    # ? rows with one {text(number)} have one amount: the order's total, which counts once")
    if added:
        lines.append(
            f"    lines: sum                  # ? rows with one {text(number)} are one order, their amounts added"
        )
    if "quantity" in columns:
        lines.append("    refunds: {event: refund}    # ? what amounts to less than 0")
    return lines
