"""Numbers as readers see them, in sentences, lists and pictures alike: rounded by their uncertainty.

One figure has one text wherever it stands; so the narrative of stage `personas` and the pages of stage `report` ask
these functions, and no others.
"""

from collections.abc import Callable
from math import ceil, floor, log10

MINUS = "\N{MINUS SIGN}"
ROUNDING_ERROR = 1e-9
"""So near to a whole number, the rest is what sums of floats leave."""
AT_LEAST = "at least"
FURTHER_DECIMALS = 3
"""At most so many more, to tell two figures apart that are compared."""


def decimals_for(half_width: float) -> int:
    """Decimals that keep the first digit of the uncertainty, and its second where the first is 1 or 2.

    >>> decimals_for(0.23), decimals_for(0.6), decimals_for(4.0), decimals_for(140.0)
    (2, 1, 0, -1)
    """
    if half_width <= 0:
        return 1
    position = floor(log10(half_width))
    leading = half_width / 10**position
    return -position + (1 if leading < 2.95 else 0)


def plain(value: float, decimals: int = 0) -> str:
    """A number with thousands separators; negative `decimals` round to tens, hundreds …

    >>> plain(-1234.56, 1), plain(1278.0, -2), plain(-0.02, 1)
    ('−1,234.6', '1,300', '0.0')
    """
    rounded = round(value, decimals) + 0.0
    return f"{rounded:,.{max(decimals, 0)}f}".replace("-", MINUS)


def of_size(value: float) -> str:
    """A number without an interval, to three digits; a whole number in full.

    >>> of_size(0.04567), of_size(12.3456), of_size(98765.4), of_size(91.0), of_size(0.9999999999999999)
    ('0.0457', '12.3', '98,765', '91', '1')
    """
    if abs(value - round(value)) < ROUNDING_ERROR:
        return plain(value)
    return plain(value, max(0, min(6, 2 - floor(log10(abs(value))))))


def hundredths(share: float, decimals: int) -> str:
    """A share from 0 to 1 in percent, without the sign; none and all need no decimals."""
    return plain(100 * share, 0 if share in (0, 1) else decimals)


def percent(share: float, decimals: int = 0) -> str:
    """A share from 0 to 1 as percent; what would read as none or all and is not says so.

    >>> percent(0.426), percent(0.4271, 2), percent(1.0, 2), percent(0.0)
    ('43%', '42.71%', '100%', '0%')
    >>> percent(0.002), percent(0.998), percent(0.0002, 1), percent(-0.002)
    ('under 1%', 'over 99%', 'under 0.1%', '0%')
    """
    step = 10.0**-decimals
    if 0 < share < 1 and 100 * share < step / 2:
        return f"under {plain(step, decimals)}%"
    if 0 < share < 1 and 100 * (1 - share) < step / 2:
        return f"over {plain(100 - step, decimals)}%"
    return hundredths(share, decimals) + "%"


def percent_sign(share: float) -> str:
    """A share without decimals as pictures have room for it.

    >>> percent_sign(0.426), percent_sign(0.002), percent_sign(0.998)
    ('43%', '<1%', '>99%')
    """
    return percent(share).replace("under ", "<").replace("over ", ">")


def percent_bound(share: float, bound: str) -> str:
    """A share that is told as a bound (`at least` or `at most`), never rounded to the wrong side of it.

    >>> percent_bound(0.9882, "at least"), percent_bound(0.0141, "at most"), percent_bound(0.0041, "at least")
    ('98%', '2%', '0.4%')
    """
    nearest = floor if bound == AT_LEAST else ceil
    whole = nearest(round(100 * share, 9))
    if 0 < share < 1 and whole in (0, 100):
        return f"{nearest(round(1000 * share, 9)) / 10:g}%"
    return f"{whole}%"


def share_decimals(lower: float, upper: float) -> int:
    """Decimals of a percentage whose interval goes from `lower` to `upper`: one where known to a point, else none.

    >>> share_decimals(0.38, 0.47), share_decimals(0.381, 0.391), share_decimals(0.4, 0.4)
    (0, 1, 0)
    """
    return max(0, min(1, decimals_for(50 * (upper - lower)))) if 0 < upper - lower < 0.02 else 0


def mean_decimals(lower: float, upper: float) -> int:
    """Decimals of a mean whose interval goes from `lower` to `upper`."""
    return min(6, decimals_for((upper - lower) / 2))


def whole_decimals(value: float, lower: float, upper: float) -> int:
    """The same; none where the three are whole numbers."""
    whole = all(abs(x - round(x)) < ROUNDING_ERROR for x in (value, lower, upper))
    decimals = mean_decimals(lower, upper)
    return min(0, decimals) if whole else decimals


def shares_told(value: float, rest: float, lower: float, upper: float) -> tuple[str, str]:
    """A share and the one it is compared with, both as the interval of the first asks for; more digits where they
    would read the same and are not.

    >>> shares_told(0.6022, 0.294, 0.596, 0.609), shares_told(0.53, 0.17, 0.49, 0.56)
    (('60.2%', '29.4%'), ('53%', '17%'))
    >>> shares_told(0.53, 0.527, 0.49, 0.56)
    ('53.0%', '52.7%')
    """
    return _told(value, rest, share_decimals(lower, upper), percent)


def means_told(value: float, rest: float, lower: float, upper: float) -> tuple[str, str]:
    """The same for means.

    >>> means_told(3204.6, 1288.4, 3132.0, 3277.0), means_told(41.26, 38.0, 38.9, 43.7)
    (('3,200', '1,290'), ('41.3', '38.0'))
    >>> means_told(1.0, 1.34, 1.0, 1.0)
    ('1', '1.34')
    """
    if not upper > lower:
        return of_size(value), of_size(rest)
    first = plain(value, whole_decimals(value, lower, upper))
    second = plain(rest, mean_decimals(lower, upper))
    return (first, second) if first != second else _told(value, rest, mean_decimals(lower, upper), plain)


def _told(value: float, rest: float, decimals: int, write: Callable[[float, int], str]) -> tuple[str, str]:
    most = max(decimals, 0) + FURTHER_DECIMALS
    while value != rest and decimals < most and write(value, decimals) == write(rest, decimals):
        decimals += 1
    return write(value, decimals), write(rest, decimals)


def singular(unit: str, number: str) -> str:
    """`unit` beside the number as written: one has no plural.

    >>> singular("points", "+1"), singular("days", "1.0"), singular("EUR", "1"), singular("ms", "1")
    ('point', 'days', 'EUR', 'ms')
    """
    one = number.lstrip(f"+{MINUS}") == "1" and len(unit) > 3 and unit.islower() and unit.endswith("s")
    return unit[:-1] if one else unit
