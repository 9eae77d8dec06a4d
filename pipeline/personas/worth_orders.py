"""From rows of an order export to purchases, and on to each customer's frequency, recency, age and mean amount.

Rows of one customer on one day are one purchase, as in the published work. A negative amount is a refund: it is taken
off the customer's latest purchase on or before its day, what is left of it off the one before, and so on; a purchase
that was taken back in full is none. A zero amount is a purchase of nothing. Every row is counted somewhere.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SameDay = Literal["one", "each"]
Refunds = Literal["net", "ignore"]
Spend = Literal["repeat", "all"]
DAYS: dict[str, float] = {"days": 1.0, "weeks": 7.0}
DAYS_A_YEAR = 365.25
_CENT = 0.005


@dataclass(frozen=True)
class Purchases:
    """`rows`: customer, day, amount, in order of customer and day; `counts`: where the table's rows went, in words."""

    rows: pd.DataFrame
    counts: dict[str, int]


def purchases(orders: pd.DataFrame, end: np.datetime64, same_day: SameDay, refunds: Refunds) -> Purchases:
    """Purchases up to and with the day `end`. `orders`: customer (blank = not known), day, amount."""
    known = orders["customer"] != ""
    observed = orders["day"].to_numpy().astype("datetime64[D]") <= end
    used = orders[known & observed]
    back = used["amount"] < 0
    bought = used[~back].sort_values(["customer", "day", "amount"], kind="stable")
    if same_day == "one":
        bought = bought.groupby(["customer", "day"], sort=True, as_index=False)["amount"].sum()
    bought = bought.reset_index(drop=True)
    given_back = used[back].groupby(["customer", "day"], sort=True, as_index=False)["amount"].sum()
    left, unmatched = (bought["amount"].to_numpy(), 0)
    if refunds == "net" and len(given_back):
        left, unmatched = _after_refunds(bought, given_back)
    whole = (bought["amount"].to_numpy() > 0) & (left < _CENT) & (left < bought["amount"].to_numpy())
    counts = {
        "rows": len(orders),
        "without a customer": int((~known).sum()),
        "after the end of observation": int((known & ~observed).sum()),
        "refunds": int(back.sum()),
        "refunds beyond what was bought before": unmatched,
        "purchases": len(bought),
        "purchases taken back in full": int(whole.sum()),
        "purchases of nothing": int((bought["amount"] == 0).sum()),
        "customers with refunds only": int(used["customer"].nunique() - bought.loc[~whole, "customer"].nunique()),
    }
    return Purchases(bought.assign(amount=left)[~whole].reset_index(drop=True), counts)


def _after_refunds(bought: pd.DataFrame, given_back: pd.DataFrame) -> tuple[Numbers, int]:
    """Amounts left of each purchase, and how many days' refunds exceed all that was bought before."""
    left = bought["amount"].to_numpy().copy()
    customers, days = bought["customer"].to_numpy(), bought["day"].to_numpy()
    start = dict(zip(*np.unique(customers.astype("object"), return_index=True), strict=True))
    unmatched = 0
    for customer, day, amount in given_back.itertuples(index=False):
        first = start.get(customer)
        owed = -amount
        at = -1 if first is None else first
        while first is not None and at < len(left) and customers[at] == customer and days[at] <= day:
            at += 1
        while first is not None and at > first and owed > 0:
            at -= 1
            taken = min(left[at], owed)
            left[at] -= taken
            owed -= taken
        unmatched += owed >= _CENT
    return left, int(unmatched)


def summary(bought: pd.DataFrame, end: np.datetime64, unit_days: float, spend: Spend) -> pd.DataFrame:
    """customer, frequency, recency, age, monetary, times, spent: one row per customer, in order of customer.

    `frequency`: purchases after the first; `recency`: first to last; `age`: first to `end`, both in units of
    `unit_days`. `monetary`: mean amount of the `times` purchases counted: those after the first (published), or all;
    missing where there are none. `spent`: sum of all.
    """
    day = bought["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    grouped = bought.assign(day=day).groupby("customer", sort=True)
    table = grouped.agg(
        first=("day", "first"),
        last=("day", "last"),
        n=("day", "size"),
        spent=("amount", "sum"),
        start=("amount", "first"),
    )
    times = table["n"] - 1 if spend == "repeat" else table["n"]
    money = table["spent"] - table["start"] if spend == "repeat" else table["spent"]
    return pd.DataFrame(
        {
            "customer": table.index,
            "frequency": (table["n"] - 1).to_numpy(dtype=np.float64),
            "recency": (table["last"] - table["first"]).to_numpy(dtype=np.float64) / unit_days,
            "age": (end.astype("datetime64[D]").astype(np.int64) - table["first"]).to_numpy(dtype=np.float64)
            / unit_days,
            "monetary": (money / times.where(times > 0)).to_numpy(dtype=np.float64),
            "times": times.to_numpy(dtype=np.float64),
            "spent": table["spent"].to_numpy(dtype=np.float64),
        }
    )
