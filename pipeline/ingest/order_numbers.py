"""Numbers of orders in a table: how their columns are called, and what differs between the rows of one order."""

from collections.abc import Collection

import pandas as pd

from pipeline.ingest.id_names import ID_WORDS, words_of_id

_ORDERS = frozenset(
    ("order", "invoice", "basket", "receipt", "transaction", "purchase", "bill", "bestell", "rechnungs", "bon")
)
_IN_ONE_WORD = frozenset(("bestellnummer", "bestellnr", "rechnungsnummer", "rechnungsnr", "bestellung", "rechnung"))


def names_an_order(name: str) -> bool:
    """Whether a column is called like the number of an order, and not like that of a line in it.

    >>> [names_an_order(n) for n in ("InvoiceNo", "Order ID", "basket_id", "Invoice", "order_item_id", "order date")]
    [True, True, True, True, False, False]
    """
    words = set(words_of_id(name)) - ID_WORDS
    return bool(words) and (words <= _ORDERS or words <= _IN_ONE_WORD)


def differing_within(rows: pd.DataFrame, numbers: Collection[str]) -> dict[str, dict[str, float]]:
    """Columns of order numbers that several rows have -> of each of `numbers` the share of the orders of several rows
    in which it differs.

    What each row of an order repeats is the order's: its total.
    """
    found, numbers = {}, [c for c in numbers if not names_an_order(c)]
    for name in (str(c) for c in rows.columns if names_an_order(str(c))):
        cells = rows[name].str.strip()
        several = rows[cells.ne("") & cells.duplicated(keep=False)]
        if len(several):
            values = several[numbers].groupby(cells[several.index]).nunique()
            found[name] = {c: float((values[c] > 1).mean()) for c in numbers}
    return found
