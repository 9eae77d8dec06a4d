"""Amounts that are written with their currency: `$1,234.56`, `12,50 €`, `EUR 3`.

Which currency it is must be declared (`currency_mark`), for amounts of two cannot be added: those with another one stay
texts, and are told as no numbers.
"""

import re

import pandas as pd

from pipeline.ingest.cells import GROUPED, NUMBER

_SIGNS = "$ € £ ¥ ₹ ₩ ₽ ₺ ₴ ₪ ฿ US$ C$ A$ R$ kr kr. zł Kč Fr."
_CODES = """
AED AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON RSD SAR
SEK SGD THB TRY TWD UAH USD VND ZAR
"""
"""ISO 4217."""
MARKS = (*_SIGNS.split(), *_CODES.split())
_BLANK = "[ \u00a0\u202f]?"
_MOST = 0.95
"""Share of values that must be amounts, as of other kinds of columns."""
_SHORT = r"^[^0-9]{0,6}[0-9][^a-z]{0,30}[^0-9]{0,5}$"
"""A quick look: what is no amount is told by it without a search for marks."""
_ANY = re.compile("|".join(re.escape(m) for m in sorted(MARKS, key=len, reverse=True)))


def before(mark: str) -> str:
    """The pattern of a currency's mark before a number, whose sign stands before or after it."""
    return f"^([+-]?){re.escape(mark)}{_BLANK}([+-]?[0-9.])"


def after(mark: str) -> str:
    """The pattern of a currency's mark after a number."""
    return f"([0-9]){_BLANK}{re.escape(mark)}$"


def without_mark(texts: pd.Series, mark: str) -> pd.Series:
    """Amounts without that mark of their currency; other texts trimmed.

    >>> without_mark(pd.Series(["$1,234.56", "-$ 5", "7", "€3", "a $"]), "$").tolist()
    ['1,234.56', '-5', '7', '€3', 'a $']
    """
    trimmed = texts.str.strip()
    return trimmed.str.replace(before(mark), r"\1\2", regex=True).str.replace(after(mark), r"\1", regex=True)


def mark_of(filled: pd.Series) -> str:
    """The one mark that stands with numbers of a column; empty where none or several do, or most values are no amounts.

    >>> mark_of(pd.Series(["$1,234.56", "-$3", "7"])), mark_of(pd.Series(["$1", "2 €"])), mark_of(pd.Series(["AB 1"]))
    ('$', '', '')
    """
    if float(filled.str.match(_SHORT).mean()) < _MOST:
        return ""
    found = {m for text in filled.drop_duplicates().tolist() for m in _ANY.findall(str(text))}
    if len(found) != 1:
        return ""
    mark = found.pop()
    bare = without_mark(filled, mark)
    amounts = bare.str.match(NUMBER) | bare.str.match(GROUPED["comma"]) | bare.str.match(GROUPED["point"])
    return mark if float(amounts.mean()) >= _MOST and bool((bare != filled.str.strip()).any()) else ""
