"""Numbers as readers see them: rounded by their uncertainty, with unit, thousands separators and a proper minus sign.

A *cell* is the unit of everything the pages show: the number as data beside its text. Small cells lose their number.
"""

from datetime import date, datetime
from math import ceil, isfinite
from typing import Any, NotRequired, TypedDict

from pipeline.core.rounding import (
    MINUS,
    hundredths,
    of_size,
    percent,
    plain,
    share_decimals,
    singular,
    whole_decimals,
)

DASH = "\N{EN DASH}"
NOT_KNOWN = "not known"
HELD_BACK = "held back"
TELLING_BOUND = 30
"""Percent: a wider bound on a share that is held back would tell a reader nothing."""
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Cell(TypedDict):
    """One figure: as number (None where not known or held back), as text, and the text of its 95 % interval.

    `row` names the row of the table that it shows (`content.register`).
    """

    value: float | None
    lower: float | None
    upper: float | None
    n: int | None
    text: str
    interval: str
    row: NotRequired[str]


def known(value: Any) -> float | None:
    """`value` as a finite float, else None."""
    if value is None:
        return None
    number = float(value)
    return number if isfinite(number) else None


def count(n: float | None) -> str:
    """A whole number with thousands separators.

    >>> count(12345)
    '12,345'
    """
    return NOT_KNOWN if n is None else f"{int(n):,}"


def share_cell(value: Any, lower: Any = None, upper: Any = None, n: Any = None, decimals: int = 0) -> Cell:
    """A share with its interval, which says how it is rounded; one without has `decimals`.

    >>> cell = share_cell(0.426, 0.381, 0.471, 480)
    >>> cell["text"], cell["interval"]
    ('43%', '38–47%')
    """
    v, low, high = known(value), known(lower), known(upper)
    if v is None:
        return _cell(None, None, None, n, NOT_KNOWN, "")
    if low is None or high is None or v in (0.0, 1.0) and low == high:
        return _cell(v, None, None, n, percent(v, decimals), "")
    decimals = share_decimals(low, high)
    interval = f"{hundredths(low, decimals)}{DASH}{hundredths(high, decimals)}%"
    return _cell(v, low, high, n, percent(v, decimals), interval)


def mean_cell(value: Any, lower: Any = None, upper: Any = None, n: Any = None, unit: str = "") -> Cell:
    """A mean with its interval and unit.

    >>> cell = mean_cell(41.26, 38.9, 43.7, 120, "years")
    >>> cell["text"], cell["interval"]
    ('41.3 years', '38.9–43.7')
    >>> mean_cell(1.0, 1.0, 2.0, 40)["text"], mean_cell(1.0, 1.0, 2.0, 40)["interval"]
    ('1', '1–2')
    """
    v, low, high = known(value), known(lower), known(upper)
    if v is None:
        return _cell(None, None, None, n, NOT_KNOWN, "")
    if low is None or high is None or high <= low:
        return _cell(v, low, high, n, with_unit(of_size(v), unit), "")
    decimals = whole_decimals(v, low, high)
    joint = DASH if low >= 0 else " to "
    interval = plain(low, decimals) + joint + plain(high, decimals)
    return _cell(v, low, high, n, with_unit(plain(v, decimals), unit), interval)


def with_unit(number: str, unit: str) -> str:
    """A number as written and its unit.

    >>> with_unit("1", "points"), with_unit("41.3", "years"), with_unit("4.07", "")
    ('1 point', '41.3 years', '4.07')
    """
    return f"{number} {singular(unit, number)}" if unit else number


def count_cell(n: Any, min_cell: int, total: Any = None) -> Cell:
    """How many; held back below `min_cell`, and where it would tell a remainder of `total` below `min_cell`.

    >>> count_cell(7, 10)["text"], count_cell(0, 10)["text"], count_cell(95, 10, 100)["text"]
    ('fewer than 10', '0', 'more than 90')
    """
    if 0 < n < min_cell:
        return _cell(None, None, None, None, f"fewer than {min_cell}", "")
    if total is not None and 0 < total - n < min_cell:
        return _cell(None, None, None, None, f"more than {count(total - min_cell)}", "")
    return _cell(float(n), None, None, int(n), count(n), "")


def counted_share(share: Cell, k: Any, n: Any, min_cell: int) -> Cell:
    """`share`, or only a bound on it where the `k` of `n` behind it are a small cell or leave one.

    >>> counted_share(share_cell(0.04, 0.02, 0.08, 100), 4, 100, 10)["text"]
    'under 10%'
    >>> counted_share(share_cell(None), 0, 0, 10)["text"]
    'nobody'
    """
    if n == 0:
        return _cell(None, None, None, None, "nobody", "")
    if n < min_cell:
        return _cell(None, None, None, None, f"fewer than {min_cell}", "")
    bound = ceil(100 * min_cell / n)
    few, rest_few = 0 < k < min_cell, 0 < n - k < min_cell
    if (few or rest_few) and bound > TELLING_BOUND:
        return _cell(None, None, None, int(n), "too few", "")
    if few:
        return _cell(None, None, None, int(n), f"under {bound}%", "")
    if rest_few:
        return _cell(None, None, None, int(n), f"over {100 - bound}%", "")
    return share


def held(cell: Cell, hold: bool) -> Cell:
    """`cell`, or none of its figures where `hold`: with others that are shown it would tell of few.

    >>> held(share_cell(0.4, 0.3, 0.5, 90), True)["text"], held(share_cell(0.4), False)["text"]
    ('held back', '40%')
    """
    if not hold or cell["value"] is None:
        return cell
    return {**cell, "value": None, "lower": None, "upper": None, "text": HELD_BACK, "interval": ""}


def points(value: Any, lower: Any = None, upper: Any = None, n: Any = None) -> Cell:
    """A difference of shares in percentage points, signed.

    >>> points(0.042, -0.011, 0.095)["text"], points(0.042, -0.011, 0.095)["interval"]
    ('+4 points', '−1 to +10 points')
    """
    v, low, high = known(value), known(lower), known(upper)
    if v is None:
        return _cell(None, None, None, n, NOT_KNOWN, "")
    if low is None or high is None:
        return _cell(v, None, None, n, with_unit(_signed(100 * v, 0), "points"), "")
    decimals = share_decimals(low, high)
    interval = f"{_signed(100 * low, decimals)} to {with_unit(_signed(100 * high, decimals), 'points')}"
    return _cell(v, low, high, n, with_unit(_signed(100 * v, decimals), "points"), interval)


def chance(p: Any) -> str:
    """A p-value.

    >>> chance(0.0002), chance(0.0312), chance(0.4)
    ('below 0.001', '0.03', '0.4')
    """
    v = known(p)
    if v is None:
        return NOT_KNOWN
    if v < 0.001:
        return "below 0.001"
    return f"{v:.3f}" if v < 0.01 else f"{v:.2f}".rstrip("0").rstrip(".")


def written_day(moment: date | str | None) -> str:
    """A day in words.

    >>> written_day("2025-03-01T08:00:00+00:00"), written_day(None)
    ('1 March 2025', 'not known')
    """
    if moment is None:
        return NOT_KNOWN
    day = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def days(value: Any) -> str:
    """A span of days.

    >>> days(2.54), days(1), days(130.2)
    ('2.5 days', '1 day', '130 days')
    """
    v = known(value)
    if v is None:
        return NOT_KNOWN
    text = plain(v, 0) if v >= 10 or v == int(v) else plain(v, 1)
    return f"{text} day" if text == "1" else f"{text} days"


def _signed(value: float, decimals: int) -> str:
    text = plain(value, decimals)
    return text if text.startswith(MINUS) or not any(c in "123456789" for c in text) else f"+{text}"


def _cell(value: float | None, lower: float | None, upper: float | None, n: Any, text: str, interval: str) -> Cell:
    size = None if n is None else int(n)
    return {"value": value, "lower": lower, "upper": upper, "n": size, "text": text, "interval": interval}
