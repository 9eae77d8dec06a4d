"""K-prototypes: centres in the ordered columns, modes in the nominal ones (Huang 1998), for categories with gaps.

A customer is as far from a prototype as the squared differences of the known ordered columns, as standardised normal
scores of their categories, and `MISMATCH` for each known nominal that differs (half the spread of a number, as Huang
has it). What is not known counts for nothing.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from pipeline.segments.categories import MISSING, Categories

MISMATCH = 0.5
STEPS = 30
BATCH = 20_000


@dataclass(frozen=True)
class Places:
    """Ordered columns as standardised normal scores of their categories (by column), nominal ones as they are."""

    values: tuple[np.ndarray, ...]
    ordered: np.ndarray
    nominal: np.ndarray
    levels: np.ndarray


@dataclass(frozen=True)
class _Rows:
    """Customers x columns: `known` and `values` of ordered ones (0 where missing), `shown` levels of nominals."""

    known: np.ndarray
    values: np.ndarray
    shown: np.ndarray


@dataclass(frozen=True)
class Prototypes:
    """`centres` K x ordered columns, `modes` K x levels of all nominal columns (0 or 1); `inertia` of the fit, and
    the `spread` that it leaves per known cell."""

    places: Places
    centres: np.ndarray
    modes: np.ndarray
    inertia: float
    spread: float

    def memberships(self, table: Categories) -> np.ndarray:
        """Customers x K, rows that sum to 1: as if the groups were round clouds of one size."""
        batches = range(0, max(len(table.codes), 1), BATCH)
        return np.concatenate([self._memberships(table.codes[at : at + BATCH]) for at in batches])

    def _memberships(self, codes: np.ndarray) -> np.ndarray:
        apart = _distances(_rows(self.places, codes), self.centres, self.modes).astype(np.float64)
        odds = np.exp(-(apart - apart.min(axis=1, keepdims=True)) / (2 * max(self.spread, 1e-9)))
        return odds / odds.sum(axis=1, keepdims=True)


def fit(table: Categories, groups: int, starts: int, rng: np.random.Generator) -> Prototypes:
    """The tightest of `starts` random starts."""
    places = _places(table)
    rows = _rows(places, table.codes)
    runs = [_run(places, rows, rng.permutation(len(table.codes))[:groups]) for _ in range(starts)]
    return min(runs, key=lambda run: run.inertia)


def _places(table: Categories) -> Places:
    ordered, nominal = np.flatnonzero(table.ordered), np.flatnonzero(~table.ordered)
    values = tuple(_normal_scores(table.codes[:, j], int(table.levels[j])) for j in ordered)
    return Places(values, ordered, nominal, table.levels[nominal])


def _normal_scores(codes: np.ndarray, levels: int) -> np.ndarray:
    counts = np.bincount(codes[codes != MISSING], minlength=max(levels, 1)).astype(float)
    shares = counts / max(counts.sum(), 1.0)
    scores = norm.ppf(np.clip(np.cumsum(shares) - shares / 2, 1e-4, 1 - 1e-4))
    scores = scores - shares @ scores
    return scores / max(float(np.sqrt(shares @ scores**2)), 1e-9)


def _rows(places: Places, codes: np.ndarray) -> _Rows:
    known = (codes[:, places.ordered] != MISSING).astype(np.float32)
    values = np.zeros(known.shape, dtype=np.float32)
    for i, (j, scores) in enumerate(zip(places.ordered, places.values, strict=True)):
        values[:, i] = scores[codes[:, j]] * known[:, i]
    starts = np.concatenate([[0], np.cumsum(places.levels)]).astype(int)
    shown = np.zeros((len(codes), starts[-1]), dtype=np.float32)
    for i, j in enumerate(places.nominal):
        rows = np.flatnonzero(codes[:, j] != MISSING)
        shown[rows, starts[i] + codes[rows, j]] = 1.0
    return _Rows(known, values, shown)


def _run(places: Places, rows: _Rows, chosen: np.ndarray) -> Prototypes:
    centres, modes = rows.values[chosen], rows.shown[chosen]
    last, apart = np.full(len(rows.values), -1), np.zeros((len(rows.values), len(chosen)))
    for _ in range(STEPS):
        apart = _distances(rows, centres, modes)
        labels = apart.argmin(axis=1)
        if np.array_equal(labels, last):
            break
        last = labels
        own = np.eye(len(chosen), dtype=np.float32)[labels].T
        centres = (own @ rows.values) / np.maximum(own @ rows.known, 1.0)
        modes = _modes(own @ rows.shown, places.levels)
    inertia = float(apart.min(axis=1).sum())
    return Prototypes(places, centres, modes, inertia, inertia / max(float(rows.known.sum() + rows.shown.sum()), 1.0))


def _modes(counts: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Which level of each nominal column is the most frequent, by group (1 there, else 0)."""
    modes = np.zeros_like(counts)
    for end, width in zip(np.cumsum(levels), levels, strict=True):
        best = counts[:, end - width : end].argmax(axis=1)
        modes[np.arange(len(counts)), end - width + best] = 1.0
    return modes


def _distances(rows: _Rows, centres: np.ndarray, modes: np.ndarray) -> np.ndarray:
    squares = (rows.values**2).sum(axis=1, keepdims=True) - 2 * rows.values @ centres.T + rows.known @ (centres**2).T
    matches = rows.shown @ modes.T
    return squares + MISMATCH * (rows.shown.sum(axis=1, keepdims=True) - matches)
