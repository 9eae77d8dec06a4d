"""Hour-of-week rhythm: which share of what a persona does falls into each hour of the customers' own week."""

import numpy as np
import pandas as pd

from pipeline.journeys.groups import ALL
from pipeline.journeys.touchpoints import with_all

COLUMNS = ["persona", "stage", "weekday", "hour", "customers", "base", "share"]


def rhythm(counted: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """All 168 cells of every persona and stage that has events, from `touches.hours`; columns COLUMNS.

    A share that rests on some but fewer than `min_cell` customers is missing.
    """
    cells = with_all(counted, ["stage", "weekday", "hour"])
    pairs = cells[["persona", "stage"]].drop_duplicates()
    week = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"]).to_frame(index=False)
    full = pairs.merge(week, how="cross").merge(cells, on=["persona", "stage", "weekday", "hour"], how="left")
    full = full.fillna({"customers": 0, "events": 0}).astype({"customers": "int64", "events": "int64"})
    full["base"] = full.groupby(["persona", "stage"])["events"].transform("sum")
    few = (full["customers"] > 0) & (full["customers"] < min_cell)
    full["share"] = np.where(few, np.nan, full["events"] / full["base"])
    order = full["persona"].map({ALL: -1}).fillna(0)
    return full.assign(_order=order).sort_values(
        ["_order", "persona", "stage", "weekday", "hour"], kind="stable", ignore_index=True
    )[COLUMNS]
