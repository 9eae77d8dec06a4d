"""What customers bought before the cut-off, summed by the engine: one row per customer comes out."""

from datetime import date

import ibis
import pandas as pd


def purchases(events: ibis.Table, until: date) -> pd.DataFrame:
    """customer_id, revenue_hundredths (refunds taken off), orders, over the events before `until` (00:00 UTC).

    One row per customer with an event of any name: who was seen and bought nothing has zero, who was not seen no row.
    """
    before = events.filter(events.ts < ibis.timestamp(until.isoformat(), timezone="UTC"))
    sums = before.group_by("customer_id").aggregate(
        revenue_hundredths=before.amount_hundredths.sum().cast("int64"),
        orders=(before.amount_hundredths > 0).sum().cast("int64"),
    )
    return sums.order_by("customer_id").to_pyarrow().to_pandas()


def order_rows(events: ibis.Table, until: date) -> pd.DataFrame:
    """customer, day, amount: what each customer bought, and what was given back (negative), per day before `until`.

    Days are UTC; events without an amount are no orders.
    """
    paid = events.filter(
        (events.amount_hundredths != 0) & (events.ts < ibis.timestamp(until.isoformat(), timezone="UTC"))
    )
    rows = paid.select(
        customer=paid.customer_id,
        day=paid.ts.truncate("D").cast("date"),
        refund=paid.amount_hundredths < 0,
        hundredths=paid.amount_hundredths,
    )
    sums = rows.group_by(["customer", "day", "refund"]).aggregate(hundredths=rows.hundredths.sum().cast("int64"))
    found = sums.order_by(["customer", "day", "refund"]).to_pyarrow().to_pandas()
    day = found["day"].to_numpy().astype("datetime64[D]")
    return pd.DataFrame({"customer": found["customer"], "day": day, "amount": found["hundredths"] / 100})
