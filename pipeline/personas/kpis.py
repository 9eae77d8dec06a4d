"""Key figures per persona; a figure whose input was not supplied has no row."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.personas.groups import NO_GROUP, Grouping
from pipeline.personas.intervals import mean_interval, share_interval
from pipeline.personas.profile import group_moments
from pipeline.personas.satisfaction import Score
from pipeline.personas.schema import KPIS


def kpis(customers: pd.Series, groupings: Sequence[Grouping], scores: Sequence[Score]) -> pd.DataFrame:
    """The table `KPIS` for the groups of `groupings`: sizes first, then `scores` in their order.

    `customers`: customer_id in the order of the groupings' codes. Shares: Wilson interval; means: t interval.
    """
    parts = [_sizes(grouping) for grouping in groupings]
    for score in scores:
        values = customers.map(score.values).to_numpy(dtype=np.float64)
        parts += [_score(score, values, grouping) for grouping in groupings]
    return pd.concat(parts, ignore_index=True)[list(KPIS.columns)]


def purchase_scores(bought: pd.DataFrame, currency: str) -> list[Score]:
    """Revenue and orders per customer with any event, from `value.purchases`; none where nobody ever bought."""
    table = bought.set_index("customer_id")
    if not (table["orders"] > 0).any():
        return []
    revenue, orders = table["revenue_hundredths"] / 100, table["orders"].astype("float64")
    return [
        Score("revenue per customer", "Revenue per customer before the cut-off", currency, "mean", revenue),
        Score("orders per customer", "Orders per customer before the cut-off", "", "mean", orders),
        Score(
            "share with an order", "Customers with an order before the cut-off", "share", "share", (orders > 0) * 1.0
        ),
    ]


def _sizes(grouping: Grouping) -> pd.DataFrame:
    inside = grouping.codes[grouping.codes != NO_GROUP]
    sizes = np.bincount(inside, minlength=len(grouping.labels))
    total = len(grouping.codes)
    frames = [
        _frame(grouping, "customers", "Customers", "", sizes.astype(np.float64), sizes),
        _frame(grouping, "share of customers", "Share of customers", "share", sizes / max(total, 1), sizes),
    ]
    return pd.concat(frames, ignore_index=True)


def _score(score: Score, values: np.ndarray, grouping: Grouping) -> pd.DataFrame:
    m = group_moments(values, grouping)
    if score.kind == "share":
        lower, upper = share_interval(np.round(m.mean * m.n), m.n)
    else:
        lower, upper = mean_interval(m.mean, np.sqrt(m.variance), m.n)
    frame = _frame(grouping, score.kpi, score.label, score.unit, m.mean, m.n)
    return frame.assign(lower=lower, upper=upper)[frame["n"] > 0]


def _frame(grouping: Grouping, kpi: str, label: str, unit: str, value: np.ndarray, n: np.ndarray) -> pd.DataFrame:
    """Rows without an interval: a size is counted, not estimated."""
    return pd.DataFrame(
        {
            "persona_id": list(grouping.labels),
            "kpi": kpi,
            "label": label,
            "unit": unit,
            "value": value,
            "lower": np.nan,
            "upper": np.nan,
            "n": n,
        }
    )
