"""A row order made of content alone, so that neither the export's order nor a pseudonym can decide anything."""

import numpy as np
import pandas as pd


def content_ranks(table: pd.DataFrame) -> np.ndarray:
    """Each value's position among its column's values, -1 where missing (rows x columns, 32-bit integers)."""
    ranks = np.empty(table.shape, dtype=np.int32, order="F")
    for j, name in enumerate(table.columns):
        ranks[:, j] = _ranks(table[name])
    return ranks


def content_order(ranks: np.ndarray) -> np.ndarray:
    """Positions that sort the rows by their first column, then the second, and so on."""
    if ranks.shape[1] == 0:
        return np.arange(len(ranks))
    return np.lexsort(ranks.T[::-1])


def identical_rows(sorted_ranks: np.ndarray) -> np.ndarray:
    """Number of each row's group of identical rows, counted from 0, for rows in content order."""
    if len(sorted_ranks) == 0:
        return np.zeros(0, dtype=int)
    new = np.zeros(len(sorted_ranks) - 1, dtype=bool)
    for column in sorted_ranks.T:
        new |= column[1:] != column[:-1]
    return np.concatenate([[0], np.cumsum(new)])


def _ranks(values: pd.Series) -> np.ndarray:
    known = values.notna().to_numpy()
    ranks = np.full(len(values), -1)
    if known.any():
        content = values[known].to_numpy()
        ranks[known] = np.unique(content.astype(str) if content.dtype == object else content, return_inverse=True)[1]
    return ranks
