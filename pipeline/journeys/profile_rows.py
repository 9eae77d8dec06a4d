"""Rows of `stage_profile`: every figure with its interval, count and base; held back where few are behind it."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from pipeline.journeys.groups import ALL, UNASSIGNED

COLUMNS = ["persona", "stage", "topic", "measure", "item", "channel", "value", "lower", "upper", "unit", "count",
           "base", "base_is", "status"]  # fmt: skip
MEASURED, FEW, NOT_REACHED, POOLED = "measured", "not enough data", "not reached", "pooled"


def rows(made: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Rows from dicts; `item`, `channel` empty, `lower`, `upper` missing and `status` `measured` where not given."""
    plain = {"item": "", "channel": "", "lower": np.nan, "upper": np.nan, "status": MEASURED}
    return pd.DataFrame([plain | row for row in made], columns=COLUMNS)


def held_back(table: pd.DataFrame, customers: ArrayLike, min_cell: int) -> pd.DataFrame:
    """Rows whose figure rests on fewer than `min_cell` customers, without the figure."""
    few = np.asarray(customers) < min_cell
    figures = table[["value", "lower", "upper"]].astype(float).mask(pd.Series(few, index=table.index))
    return table.assign(**figures, status=np.where(few, FEW, table["status"]))


def personas_and_all(table: pd.DataFrame, personas: list[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """(persona, its rows by column `persona`), `all` first, then each persona also without rows, then unassigned."""
    yield ALL, table
    column = table["persona"]
    for persona in [*personas, UNASSIGNED]:
        part = table[column == persona]
        if persona != UNASSIGNED or len(part):
            yield persona, part


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all parts; without any, a table without rows."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)
