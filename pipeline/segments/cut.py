"""One useful way to cut a continuum, where there are no segments: k-means, as often as it comes back.

Constructive segmentation (Dolnicar, Grün and Leisch 2018, chapters 7 and 8): where nothing natural is there to be
found, customers may still be divided for use. Columns are scaled by their range (Milligan and Cooper 1988), numbers by
their rank first, so that yes/no answers stay 0 and 1; missing is the middle. The number of groups is the largest of
which every group is highly stable (mean Jaccard >= .85, Hennig 2007); if there is none, that of the most stable.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.cluster import KMeans

from pipeline.core.progress import steps
from pipeline.segments.assign import size_order
from pipeline.segments.stability import HIGHLY_STABLE, Stability, resampled

STARTS, ROUNDS, FEW = 10, 3, 5_000
"""Random starts of a round, and rounds at most; more where less than `FEW` / `ROUNDS` points are different."""
AGAIN, SAME = 2, 1e-6
"""Rounds that must end at the least inertia (relative): else there may be a better one, and another processor, which
rounds in another way, would find it."""
DECIMALS = 9
MOST_CUT = 7
LEAST_LEVEL = 0.02


@dataclass(frozen=True)
class Cut:
    """Centres (K x dimensions), the largest group first; spread around them; how stable each group is."""

    centres: np.ndarray
    spread: float
    stability: Stability

    def memberships(self, points: np.ndarray) -> np.ndarray:
        """Customers x K, as if the groups were round clouds of one size."""
        apart = _apart(points, self.centres)
        odds = np.exp(-(apart - apart.min(axis=1, keepdims=True)) / (2 * max(self.spread, 1e-12)))
        return odds / odds.sum(axis=1, keepdims=True)


def range_scaled(table: pd.DataFrame, kinds: dict[str, str]) -> np.ndarray:
    """Points (customers x dimensions), every column between 0 and 1."""
    parts = [_scaled(table[name], kinds[name]) for name in table.columns]
    return np.column_stack(parts) if parts else np.zeros((len(table), 0))


def _scaled(values: pd.Series, kind: str) -> np.ndarray:
    if kind == "nominal":
        shares = values.value_counts(normalize=True)
        levels = sorted(str(level) for level, share in shares.items() if share >= LEAST_LEVEL)
        known = values.notna().to_numpy()
        columns = [np.where(known, values == level, shares[level]) for level in levels]
        return np.column_stack(columns).astype(float) / np.sqrt(2) if columns else np.zeros((len(values), 0))
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(numbers)
    scaled = np.full(len(numbers), 0.5)
    if known.any():
        place = numbers[known] if kind == "binary" else rankdata(numbers[known])
        width = np.ptp(place)
        scaled[known] = (place - place.min()) / width if width > 0 else 0.5
        scaled[~known] = scaled[known].mean()
    return scaled[:, None]


def cut(points: np.ndarray, most: int, resamples: int, seed: int, groups: int | None = None) -> Cut | None:
    """The cut of `points` that comes back, or the one into `groups`; None where there are too few different points."""
    if points.shape[1] == 0:
        return None
    different = len(np.unique(points, axis=0))
    numbers = range(2, min(most, MOST_CUT, different - 1) + 1)
    best: Cut | None = None
    for k in steps([k for k in numbers if groups in (None, k)], "ways to cut a continuum"):
        found = _cut(points, k, resamples, seed)
        if best is None or found.stability.least >= min(HIGHLY_STABLE, best.stability.least):
            best = found
    return best


def sentence(found: Cut, labels: np.ndarray) -> str:
    """What readers are told of it."""
    shares = ", ".join(f"{share:.0%}" for share in np.bincount(labels, minlength=len(found.centres)) / len(labels))
    return (
        f"One useful way to cut them, if they must be divided, is into {len(found.centres)} groups ({shares}; "
        f"stability of the weakest {found.stability.least:.2f} of 1)."
    )


def _cut(points: np.ndarray, k: int, resamples: int, seed: int) -> Cut:
    model = _tightest(points, k, seed)
    found = _apart(points, model.cluster_centers_).argmin(axis=1)
    order = size_order(np.eye(k)[found], np.ones(len(points), dtype=bool), 0.0)
    labels = np.argsort(order)[found]
    spread = float(model.inertia_) / points.size
    return Cut(
        model.cluster_centers_[order], spread, resampled(labels, k, partial(_cut_again, points, k), resamples, seed)
    )


def _cut_again(points: np.ndarray, k: int, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    model = _tightest(points[rows], k, int(rng.integers(2**31)))
    return _apart(points, model.cluster_centers_).argmin(axis=1)


def _apart(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distances (points x K); of yes/no answers many are equal, which rounding keeps so on every processor."""
    return np.round(((points[:, None, :] - centres) ** 2).sum(axis=2), DECIMALS)


def _tightest(points: np.ndarray, k: int, seed: int) -> KMeans:
    """The tightest of many random starts: more of them until the best has come back, as `AGAIN` says.

    Of the different points, weighted: yes/no answers leave few of them, and starts that differ only in twins are one.
    """
    different, counts = np.unique(points, axis=0, return_counts=True)
    rng = np.random.default_rng([seed, k])
    runs: list[KMeans] = []
    while len(runs) < max(ROUNDS, FEW // len(different)) and not _come_back(runs):
        model = KMeans(k, n_init=STARTS, tol=0, random_state=int(rng.integers(2**31)))
        runs.append(model.fit(different, sample_weight=counts))
    return min(runs, key=lambda run: float(f"{run.inertia_:.9g}"))


def _come_back(runs: list[KMeans]) -> bool:
    inertia = np.array([run.inertia_ for run in runs])
    return bool((inertia <= inertia.min(initial=np.inf) * (1 + SAME)).sum() >= AGAIN)
