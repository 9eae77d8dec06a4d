"""A row order made of content alone, so that neither the export's order nor a pseudonym can decide anything."""

import numpy as np
import pandas as pd


def content_ranks(table: pd.DataFrame) -> np.ndarray:
    """Each value's position among its column's values, -1 where missing (rows x columns, integers)."""
    columns = [_ranks(table[name]) for name in table.columns]
    return np.column_stack(columns) if columns else np.zeros((len(table), 0), dtype=int)


def content_order(ranks: np.ndarray) -> np.ndarray:
    """Positions that sort the rows by their first column, then the second, and so on."""
    if ranks.shape[1] == 0:
        return np.arange(len(ranks))
    return np.lexsort(ranks.T[::-1])


def identical_rows(sorted_ranks: np.ndarray) -> np.ndarray:
    """Number of each row's group of identical rows, counted from 0, for rows in content order."""
    if len(sorted_ranks) == 0:
        return np.zeros(0, dtype=int)
    new = np.any(np.diff(sorted_ranks, axis=0) != 0, axis=1)
    return np.concatenate([[0], np.cumsum(new)])


def _ranks(values: pd.Series) -> np.ndarray:
    known = values.notna().to_numpy()
    ranks = np.full(len(values), -1)
    if known.any():
        content = values[known].to_numpy()
        ranks[known] = np.unique(content.astype(str) if content.dtype == object else content, return_inverse=True)[1]
    return ranks
