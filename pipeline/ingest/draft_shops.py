"""Drafts for order and payment exports of shops, which name their columns alike everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.ingest.inspection import Inspection
from pipeline.ingest.privacy import words_of


@dataclass(frozen=True)
class Shop:
    """How an export is declared. `signature`: columns that no other export has; `columns` and `ids` by their words.

    An `event` that is none of the columns is the name of every row's event.
    """

    signature: frozenset[str]
    columns: dict[str, str]
    ids: dict[str, str]
    event: str = ""
    told: str = ""


SHOPS = (
    # Shopify: one row per line item, the order's total in the first of them; rows of one order are one event.
    # https://help.shopify.com/en/manual/fulfillment/managing-orders/exporting-orders
    Shop(
        frozenset(("lineitem name", "financial status", "created at")),
        {"ts": "created at", "event_id": "name", "amount": "total", "channel": "source"},
        {"email": "email"},
        "order",
        "Shopify writes a row per line item: those of one order (`Name`) are merged, its first row has the total",
    ),
    # WooCommerce (Advanced Order Export): one row per item, the order's total in each.
    Shop(
        frozenset(("order number", "order date", "order total amount", "email billing")),
        {"ts": "order date", "event_id": "order number", "amount": "order total amount"},
        {"email": "email billing"},
        "order",
        "WooCommerce writes a row per item: those of one order (`Order Number`) are merged, each has the order's total",
    ),
    # Stripe: one row per payment. https://docs.stripe.com/reports
    Shop(
        frozenset(("amount refunded", "statement descriptor", "customer id")),
        {"ts": "created date utc", "event_id": "id", "amount": "amount", "event": "status"},
        {"customer": "customer id", "email": "customer email"},
    ),
)


def shop_of(f: Inspection) -> Shop | None:
    """The shop that a file is an export of, with its `columns` and `ids` as they are written; None where it is none."""
    return _shop_with([c.name for c in f.columns])


def _shop_with(columns: Sequence[str]) -> Shop | None:
    """The shop whose export has these columns, with its `columns` and `ids` as they are written; None where it is none.

    >>> _shop_with(["Name", "Email", "Financial Status", "Created at", "Lineitem name", "Total"]).ids
    {'email': 'Email'}
    >>> _shop_with(["order_id", "total", "created_at"])
    """
    by_words = {words_of(c): c for c in reversed(columns)}
    shop = next((s for s in SHOPS if s.signature <= by_words.keys()), None)
    if not shop:
        return None
    found, ids = ({k: by_words[c] for k, c in one.items() if c in by_words} for one in (shop.columns, shop.ids))
    return replace(shop, columns=found, ids=ids)
