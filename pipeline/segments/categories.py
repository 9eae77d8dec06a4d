"""Columns of any kind become a few categories each, for the latent class model.

Cut points are order statistics, so that a monotone transform of a number changes nothing.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

RARE_SHARE = 0.02
"""Neighbouring levels of an ordinal, and levels of a nominal, below this share are put together."""

FLOOR_SHARE = 0.1
"""Of customers with the lowest value from which it is a state of its own."""
AMOUNTS = ("numeric", "count", "share")

MISSING = -1

MOST = 8
"""Quantile categories of a number, however few the customers: a class costs two or three parameters per number whatever
the categories (`answers`), and in fewer of them groups that hang together within themselves look like one gradient."""


@dataclass(frozen=True)
class Categories:
    """Codes of customers (rows) by column: 0 … levels-1, and -1 where the value is missing.

    `ordered` columns have levels with an order; those with a `floor` have a lowest value that is a state of its own
    (no orders at all, mostly) rather than a small amount.
    """

    names: tuple[str, ...]
    codes: np.ndarray
    levels: np.ndarray
    ordered: np.ndarray
    floor: np.ndarray

    def take(self, columns: np.ndarray) -> "Categories":
        """Some of the columns, by position."""
        names = tuple(self.names[c] for c in columns)
        return Categories(
            names, self.codes[:, columns], self.levels[columns], self.ordered[columns], self.floor[columns]
        )

    def rows(self, rows: np.ndarray) -> "Categories":
        """Some of the customers, by position."""
        return replace(self, codes=self.codes[rows])


def categorise(table: pd.DataFrame, kinds: dict[str, str], most: int) -> Categories:
    """Every column of `table` in at most `most` quantile categories; levels of ordinals and nominals are kept."""
    columns = [_codes(table[name], kinds[name], most) for name in table.columns]
    codes = np.column_stack(columns).astype(np.int16) if columns else np.empty((len(table), 0), dtype=np.int16)
    levels = codes.max(axis=0, initial=MISSING) + 1 if len(table) else np.zeros(codes.shape[1], dtype=int)
    ordered = np.array([kinds[name] != "nominal" for name in table.columns], dtype=bool)
    floor = np.array([kinds[name] in AMOUNTS and _has_floor(table[name]) for name in table.columns], dtype=bool)
    return Categories(tuple(table.columns), codes, levels.astype(int), ordered, floor)


def _has_floor(values: pd.Series) -> bool:
    known = values.dropna()
    return bool(len(known)) and float((known == known.min()).mean()) >= FLOOR_SHARE


def _codes(values: pd.Series, kind: str, most: int) -> np.ndarray:
    if kind == "nominal":
        return _nominal(values)
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(numbers)
    codes = np.full(len(numbers), MISSING)
    if known.any():
        edges = (
            _level_edges(numbers[known])
            if _few_levels(numbers[known], kind, most)
            else _quantile_edges(numbers[known], most)
        )
        codes[known] = np.searchsorted(edges, numbers[known], side="right")
    return codes


def _few_levels(known: np.ndarray, kind: str, most: int) -> bool:
    distinct = len(np.unique(known))
    return distinct <= most or (kind in ("ordinal", "binary") and distinct <= 7)


def _level_edges(known: np.ndarray) -> np.ndarray:
    """Lower bounds of all categories but the first; rare neighbours are joined."""
    values, counts = np.unique(known, return_counts=True)
    least = RARE_SHARE * len(known)
    edges, size = [], counts[0]
    for value, count, rest in zip(values[1:], counts[1:], counts[::-1].cumsum()[::-1][1:], strict=True):
        if size >= least and rest >= least:
            edges.append(value)
            size = 0
        size += count
    return np.array(edges)


def _quantile_edges(known: np.ndarray, most: int) -> np.ndarray:
    """Lower bounds of quantile categories; a lowest value held by many (zero, mostly) is a category of its own."""
    ordered = np.sort(known)
    floor = np.searchsorted(ordered, ordered[0], side="right")
    if floor < len(ordered) / most / 2:
        return np.unique(_cuts(ordered, most))
    rest = ordered[floor:]
    parts = min(most - 1, max(1, int(np.ceil(most * len(rest) / len(ordered)))))
    return np.unique(np.concatenate([rest[:1], _cuts(rest, parts)]))


def _cuts(ordered: np.ndarray, parts: int) -> np.ndarray:
    cuts = ordered[[len(ordered) * part // parts for part in range(1, parts)]]
    return cuts[cuts > ordered[0]]


def _nominal(values: pd.Series) -> np.ndarray:
    """Levels by share, equal shares by what they are called; the rare ones together come last."""
    counts = values.value_counts()
    kept = [level for level, count in counts.items() if count >= RARE_SHARE * counts.sum()]
    ordered = sorted(kept, key=lambda level: (-counts[level], str(level)))
    position = {level: i for i, level in enumerate(ordered)}
    found = values.map(position).to_numpy(dtype="float64", na_value=np.nan)
    codes = np.where(np.isnan(found), len(ordered), np.nan_to_num(found))
    return np.where(values.notna().to_numpy(), codes, MISSING).astype(int)
