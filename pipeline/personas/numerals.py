"""Numbers as sentences say them: rounded to what a reader needs, the same way everywhere."""

import math
import re

MINUS = "\N{MINUS SIGN}"
MOST_DECIMALS = 3
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def percent(share: float) -> str:
    """A share from 0 to 1 without decimals; what would read as none or all and is not says so.

    >>> percent(0.6188), percent(0.002), percent(0.998), percent(0.0)
    ('62%', 'under 1%', 'over 99%', '0%')
    """
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 < share < 1:
        return "over 99%"
    return f"{100 * share:.0f}%"


def percent_bound(share: float, bound: str) -> str:
    """A share that is told as a bound, never rounded to the wrong side of it.

    >>> percent_bound(0.9882, "at least"), percent_bound(0.0141, "at most"), percent_bound(0.0041, "at least")
    ('98%', '2%', '0.4%')
    """
    nearest = math.floor if bound == "at least" else math.ceil
    whole = nearest(round(100 * share, 9))
    if 0 < share < 1 and whole in (0, 100):
        return f"{nearest(round(1000 * share, 9)) / 10:g}%"
    return f"{whole}%"


def amount(value: float, decimals: int) -> str:
    """A number with thousands separators and a proper minus sign.

    >>> amount(-1234.56, 1)
    '−1,234.6'
    """
    return f"{round(value, decimals) + 0.0:,.{decimals}f}".replace("-", MINUS)


def two_amounts(value: float, rest: float, unit: str = "") -> tuple[str, str]:
    """Two numbers to be compared, with as many decimals as their size and their distance ask for.

    >>> two_amounts(12.34, 8.1, "EUR"), two_amounts(1234.5, 980.2), two_amounts(0.42, 0.44)
    (('12.3 EUR', '8.1 EUR'), ('1,234', '980'), ('0.42', '0.44'))
    """
    decimals = _decimals(max(abs(value), abs(rest)))
    while value != rest and decimals < MOST_DECIMALS and amount(value, decimals) == amount(rest, decimals):
        decimals += 1
    tail = f" {unit}" if unit else ""
    return amount(value, decimals) + tail, amount(rest, decimals) + tail


def numbers_in(text: str) -> list[str]:
    """Every number in `text`, as written.

    >>> numbers_in("62% shop between 18 and 24 h, 1,234.5 times")
    ['62', '18', '24', '1,234.5']
    """
    return [found.rstrip(",") for found in _NUMBER.findall(text)]


def _decimals(size: float) -> int:
    """One decimal from 1 to 100, two below; none above, nor for nothing at all."""
    if size == 0 or size >= 100:
        return 0
    return 1 if size >= 1 else 2
