"""Mixed columns become points in which distances mean something, for the map and the density-based candidates.

numeric, count   rank-normal scores, equal ranks averaged
share            square root, standardised
ordinal          ridits, standardised (Bross 1958)
nominal, binary  indicators (y - p) / sqrt(p) as in multiple correspondence analysis, times `DAMPING`: the
                 jump of a yes/no is a gap that density methods take for a valley
missing          the middle of its column: says nothing rather than something

Blocks are balanced as in multiple factor analysis: each divided by its first singular value (Escofier and Pagès 1994).
"""

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

DAMPING = 0.5
MOST_DIMENSIONS = 12
SHUFFLES = 5
SHUFFLED = 20_000
RARE = 0.02
DECIMALS = 8
"""Of the points: what lies behind is how a processor rounds, and would break ties of distances."""


def encode(table: pd.DataFrame, kinds: dict[str, str], blocks: dict[str, str], seed: int) -> np.ndarray:
    """Points (customers x dimensions) of `table`; as many dimensions as shuffled columns cannot explain (Horn 1965)."""
    names = sorted(table.columns, key=lambda name: blocks[name])
    parts = [(blocks[name], _encode(table[name], kinds[name])) for name in names]
    widths = pd.Series([part.shape[1] for _, part in parts], dtype=int).groupby([b for b, _ in parts]).sum()
    if widths.sum() == 0 or len(table) < 3:
        return np.zeros((len(table), 0))
    points = _side_by_side([part for _, part in parts], len(table))
    ends = widths.cumsum()
    for first, end in zip(ends - widths, ends, strict=True):
        _balance(points[:, first:end])
    return _principal(points, np.random.default_rng([seed, 2]))


def _side_by_side(parts: list[np.ndarray], rows: int) -> np.ndarray:
    """The parts' columns in one matrix, column by column in memory; empties `parts`, which would double the memory."""
    points = np.empty((rows, sum(part.shape[1] for part in parts)), order="F")
    at = 0
    while parts:
        part = parts.pop(0)
        points[:, at : at + part.shape[1]] = part
        at += part.shape[1]
    return points


def _encode(values: pd.Series, kind: str) -> np.ndarray:
    if kind in ("nominal", "binary"):
        return _indicators(values.astype("str"))
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(numbers)
    if not known.any():
        return np.zeros((len(values), 0))
    scores = np.zeros(len(values))
    scores[known] = _standardised(_scores(numbers[known], kind))
    return scores[:, None]


def _scores(known: np.ndarray, kind: str) -> np.ndarray:
    if kind == "share":
        return np.sqrt(np.maximum(known, 0.0))
    ridits = (rankdata(known) - 0.5) / len(known)
    return ridits if kind == "ordinal" else norm.ppf(ridits)


def _standardised(values: np.ndarray) -> np.ndarray:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 1e-12 else np.zeros_like(values)


def _indicators(values: pd.Series) -> np.ndarray:
    shares = values.value_counts(normalize=True)
    levels = sorted(str(level) for level, share in shares.items() if share >= RARE)
    known = values.notna().to_numpy()
    columns = [
        np.where(known, ((values == level).to_numpy(dtype=float) - shares[level]) / np.sqrt(shares[level]), 0.0)
        for level in levels
    ]
    return DAMPING * np.column_stack(columns) if columns else np.zeros((len(values), 0))


def _balance(block: np.ndarray) -> None:
    """Divide the columns, where they are, by their first singular value."""
    first = np.linalg.eigvalsh(block.T @ block / len(block))[-1] if block.shape[1] else 0.0
    if first > 1e-12:
        block /= np.sqrt(first)


def _principal(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Principal components whose variance exceeds the largest of shuffled columns'; at least two if possible.

    Centres `points`, where they are; of many customers, `SHUFFLED` evenly spaced ones are shuffled.
    """
    points -= points.mean(axis=0)
    values, vectors = np.linalg.eigh(points.T @ points / len(points))
    some = np.ascontiguousarray(points[:: -(-len(points) // SHUFFLED)])
    shuffled = [
        np.linalg.eigvalsh(np.cov(rng.permuted(some, axis=0), rowvar=False).reshape(len(values), -1))[-1]
        for _ in range(SHUFFLES)
    ]
    kept = int(np.clip((values > max(shuffled)).sum(), min(2, len(values)), min(MOST_DIMENSIONS, len(values))))
    axes = vectors[:, ::-1][:, :kept]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(kept)])
    return np.ascontiguousarray(np.round(points @ (axes * signs), DECIMALS))
