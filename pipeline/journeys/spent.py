"""Money spent after a conversion, of journeys that were followed long enough for it to be known."""

import ibis
import pandas as pd
import pyarrow as pa

from pipeline.journeys.stages import MICROSECONDS_PER_DAY

_KEY = ["customer_id", "case_value"]


def converted_journeys(stays: pd.DataFrame, target: str, ladder: list[str], days: float, end: int) -> pd.DataFrame:
    """`case_id, customer_id, case_value, since, until` of journeys that came to the target and were seen for `days`
    after; times in microseconds.
    """
    there = stays[stays["stage"].isin(ladder[ladder.index(target) :])]
    found = there.groupby("case_id", sort=True).agg(
        customer_id=("customer_id", "first"), case_value=("case_value", "first"), since=("began", "min")
    )
    found = found.assign(until=found["since"] + round(days * MICROSECONDS_PER_DAY)).reset_index()
    return found[found["until"] <= end].reset_index(drop=True)


def spent_after(touches: ibis.Table, converted: pd.DataFrame) -> ibis.Table:
    """`case_id, hundredths` of the journeys in `converted` that spent anything from then on, refunds taken off."""
    of = ibis.memtable(pa.Table.from_pandas(converted, preserve_index=False))
    paid = touches.filter(touches.amount_hundredths != 0).select(*_KEY, "at", "amount_hundredths")
    paid = paid.join(of, [*_KEY, paid["at"] >= of.since, paid["at"] < of.until])
    return paid.group_by("case_id").aggregate(hundredths=paid.amount_hundredths.sum()).order_by("case_id")


def values(spent: pd.DataFrame, converted: pd.DataFrame, has_money: bool) -> pd.DataFrame:
    """`case_id, value` of every converted journey, 0 where it spent nothing; no rows where the log has no money."""
    if not has_money:
        return pd.DataFrame({"case_id": pd.Series(dtype="str"), "value": pd.Series(dtype=float)})
    hundredths = spent.set_index("case_id")["hundredths"].reindex(converted["case_id"], fill_value=0)
    return pd.DataFrame({"case_id": converted["case_id"], "value": hundredths.to_numpy(dtype=float) / 100})
