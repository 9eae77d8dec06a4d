"""Shares that may not be told exactly: told as a bound that anybody could work out from what is shown."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.intervals import wilson
from pipeline.core.suppression import Flags
from pipeline.personas.intervals import cohen_h

AT_LEAST, AT_MOST = "at least", "at most"
ROUNDS = 4

Numbers = NDArray[np.float64]


def ends(counts: NDArray[np.int64], hide: Flags, known_totals: Flags, min_cell: int) -> tuple[Numbers, Numbers]:
    """Least and most that each cell of a table of groups (rows) by levels (columns) can be, for whoever sees the rest.

    Known are the cells that are not hidden, the totals of rows, those of columns where `known_totals`, and of each
    hidden cell whether it is below `min_cell`. Ends are narrowed line by line: never narrower than what is possible.
    """
    small = counts < min_cell
    low = np.where(hide, np.where(small, 0, min_cell), counts).astype(np.float64)
    high = np.where(hide, np.where(small, min_cell - 1, counts.sum(axis=1, keepdims=True)), counts).astype(np.float64)
    rows, columns = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    for _ in range(ROUNDS):
        for axis, total, told in ((1, rows, True), (0, columns, known_totals[None, :])):
            least = total - (high.sum(axis=axis, keepdims=True) - high)
            most = total - (low.sum(axis=axis, keepdims=True) - low)
            low, high = np.where(told, np.maximum(low, least), low), np.where(told, np.minimum(high, most), high)
    return low, high


def bounded(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a profile's shares as bounds, with the column `bound`.

    `low`, `high`: the ends of the group's count with the level; `total`: customers in all with it; `n_all`: with any.
    Where the group has more of the level than the others at either end, `value` is the least it can be and `rest_value`
    the most (`at least`); where less, the other way round (`at most`). The interval reaches from the lower end's to the
    upper end's. Rows that could be either are left out.
    """
    n, total, rest_n = rows["n"], rows["total"], rows["n_all"] - rows["n"]
    low, high = rows["low"], rows["high"]
    more, less = low / n > (total - low) / rest_n, high / n < (total - high) / rest_n
    told = np.where(more, low, high)
    value, rest = told / n, (total - told) / rest_n
    found = rows.assign(
        value=value,
        rest_value=rest,
        lower=wilson(low / n, n)[0],
        upper=wilson(high / n, n)[1],
        lift=np.where(rest > 0, value / rest.where(rest > 0), np.nan),
        difference=cohen_h(value.to_numpy(dtype=np.float64), rest.to_numpy(dtype=np.float64)),
        bound=np.where(more, AT_LEAST, AT_MOST),
    )
    return found[more | less]
