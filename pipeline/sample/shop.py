"""The shop's export of orders and refunds."""

import numpy as np
import pandas as pd

from pipeline.sample.activity import ORDER, REFUND, Activity
from pipeline.sample.clock import PORTAL_HOURS, SECOND, naive, to_local
from pipeline.sample.draws import Flags, Floats, Ints, choose, shuffled, stream
from pipeline.sample.people import People
from pipeline.sample.words import PRODUCTS

SUBSCRIPTION_EVENTS = ("Subscription Started", "Subscription Renewed")
SUBSCRIPTION_EUR = 24.90


def make_orders(seed: int, people: People, activity: Activity) -> pd.DataFrame:
    """One row per order or refund (negative total) as text, subscription payments included, in random order."""
    rng = stream(seed, "orders")
    paid = np.isin(activity.name, SUBSCRIPTION_EVENTS)
    rows = activity.at(paid | np.isin(activity.name, (ORDER, REFUND)))
    size = len(rows)
    subscribed = np.isin(rows.name, SUBSCRIPTION_EVENTS)
    refund = rows.name == REFUND
    totals = np.round(people.basket[rows.customer] * np.exp(rng.normal(0, 0.45, size)), 2)
    totals = np.where(subscribed, SUBSCRIPTION_EUR, totals)
    totals = _refund_what_was_paid(totals, rows, refund, subscribed)
    older = rng.random(size) < 0.3
    contacts = [
        (people.older_record_ids[c] if old else "") or people.record_ids[c]
        for c, old in zip(rows.customer, older, strict=True)
    ]
    products = choose(rng, list(PRODUCTS), size)
    frame = pd.DataFrame(
        {
            "order_id": [f"KG-{n:08d}" for n in rng.permutation(10**6 + np.arange(size))],
            "contact_id": contacts,
            "ordered_at": naive(to_local(_payment_time(rows, subscribed), PORTAL_HOURS), "s"),
            "total": [f"{total:.2f}" for total in totals],
            "currency": "EUR",
            "kind": np.select([subscribed, refund], ["subscription", "refund"], "order"),
            "product": [_product(p, s) for p, s in zip(products, subscribed, strict=True)],
        }
    )
    return _blemish(rng, frame)


def _payment_time(rows: Activity, subscribed: Flags) -> Ints:
    """Subscription payments are booked some seconds after the event on the site."""
    return rows.time // SECOND * SECOND + np.where(subscribed, 20 * SECOND, 0)


def _product(product: str, subscribed: bool) -> str:
    return "coffee subscription" if subscribed else product


def _refund_what_was_paid(totals: Floats, rows: Activity, refund: Flags, subscribed: Flags) -> Floats:
    """A refund takes back the customer's last ordinary order, which stands above it among ordinary orders."""
    ordinary = np.flatnonzero(~subscribed)
    values = totals[ordinary]
    back = refund[ordinary]
    values[back] = -values[np.flatnonzero(back) - 1]
    result = totals.copy()
    result[ordinary] = values
    return result


def _blemish(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows exported twice, and test orders with amounts that are none."""
    again = frame.iloc[shuffled(rng, len(frame), 0.008)]
    bad = frame.iloc[shuffled(rng, len(frame), 0.0005, at_least=4)].copy()
    bad["order_id"] = [f"TEST-{i}" for i in range(len(bad))]
    bad["total"] = [("n/a", "12,90 EUR", "free", "--")[i % 4] for i in range(len(bad))]
    everything = pd.concat([frame, again, bad], ignore_index=True)
    return everything.iloc[rng.permutation(len(everything))].reset_index(drop=True)
