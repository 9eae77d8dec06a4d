"""The loyalty loop: how many buy again after each purchase and how soon, how many are still there after conversion."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from pipeline.core.intervals import Z, wilson
from pipeline.journeys.conversion import conversion
from pipeline.journeys.dwell import quantile
from pipeline.journeys.profile_rows import FEW, MEASURED, NOT_REACHED, personas_and_all, rows
from pipeline.journeys.stages import MICROSECONDS_PER_DAY

PURCHASES = (1, 2, 3)


@dataclass(frozen=True)
class Afterwards:
    """When to look after a purchase or conversion (`days`), the stages `beyond` conversion, drop-off, end of watch."""

    days: Sequence[float]
    beyond: Sequence[str]
    dropoff: str | None
    end: int


def purchase_days(touches: ibis.Table) -> ibis.Table:
    """`customer_id, persona, day` (since 1970, UTC) with a purchase on a journey: an amount above 0."""
    paid = touches.filter(touches.amount_hundredths > 0)
    paid = paid.select("customer_id", "persona", day=paid["at"] // MICROSECONDS_PER_DAY).distinct()
    return paid.order_by(["customer_id", "day"])


def loyalty(
    bought: pd.DataFrame, stays: pd.DataFrame, personas: list[str], after: Afterwards, min_cell: int
) -> pd.DataFrame:
    """Rows of topic `loyalty` of `stage_profile`, stage empty.

    `bought again by day` after the first, second and third purchase seen, and the `half have bought again by` of it,
    with those who may still buy counted for as long as watched (Kaplan & Meier). `still there on day` after conversion:
    of journeys followed that long, those not dropped off. Without purchases, or drop-off, those rows are missing.
    """
    parts = [*_repeats(bought, personas, after, min_cell), *_retention(stays, personas, after, min_cell)]
    return rows(parts)


def _repeats(
    bought: pd.DataFrame, personas: list[str], after: Afterwards, min_cell: int
) -> Iterator[dict[str, object]]:
    if not len(bought):
        return
    table = bought.assign(number=bought.groupby("customer_id").cumcount() + 1)
    following = table.groupby("customer_id")["day"].shift(-1)
    table = table.assign(
        gap=(following - table["day"]).fillna(np.inf), left=after.end / MICROSECONDS_PER_DAY - table["day"]
    )
    for persona, part in personas_and_all(table, personas):
        for number in PURCHASES:
            own = part[part["number"] == number]
            time, watched = own["gap"].to_numpy(dtype=float), own["left"].to_numpy(dtype=float)
            enough = len(own) >= min_cell
            again = int((time <= watched).sum())
            who = {"persona": persona, "stage": "", "topic": "loyalty", "count": again, "base": len(own),
                   "base_is": f"customers with purchase {number}"}  # fmt: skip
            for days in after.days:
                found = conversion(time, watched, days) if enough else None
                p, error = (found.probability, found.std_error) if found else (np.nan, np.nan)
                yield who | {
                    "measure": f"bought again by day {days:g}", "item": f"after purchase {number}", "unit": "share",
                    "value": p, "lower": max(p - Z * error, 0.0), "upper": min(p + Z * error, 1.0),
                    "status": MEASURED if enough and not np.isnan(p) else FEW,
                }  # fmt: skip
            value, lower, upper = (
                quantile(np.minimum(time, watched), time <= watched, 0.5, np.arange(len(own)))
                if enough
                else (np.nan,) * 3
            )
            yield who | {
                "measure": "half have bought again by", "item": f"after purchase {number}", "unit": "days",
                "value": value, "lower": lower, "upper": upper,
                "status": FEW if not enough else NOT_REACHED if np.isnan(value) else MEASURED,
            }  # fmt: skip


def _retention(
    stays: pd.DataFrame, personas: list[str], after: Afterwards, min_cell: int
) -> Iterator[dict[str, object]]:
    if after.dropoff is None:
        return
    there = stays[stays["stage"].isin(after.beyond)].groupby("case_id")["began"].min()
    table = stays.assign(there=stays["case_id"].map(there)).dropna(subset="there")
    for persona, part in personas_and_all(table, personas):
        for days in after.days:
            moment = part["there"] + days * MICROSECONDS_PER_DAY
            then = part[(moment < after.end) & (part["began"] <= moment) & (moment < part["ended"])]
            kept, base = int((then["stage"] != after.dropoff).sum()), len(then)
            enough = then["customer_id"].nunique() >= min_cell
            share = kept / base if enough else np.nan
            lower, upper = wilson(share, base)
            yield {
                "persona": persona, "stage": "", "topic": "loyalty", "measure": f"still there on day {days:g}",
                "item": "after conversion", "value": share, "lower": float(lower), "upper": float(upper),
                "unit": "share", "count": kept, "base": base, "base_is": "converted journeys followed that long",
                "status": MEASURED if enough else FEW,
            }  # fmt: skip
