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
