"""Would the segments come back on other customers of the same kind? (Hennig 2007; Dolnicar and Leisch 2017.)"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.metrics import adjusted_rand_score

from pipeline.core.workers import in_order

SUBSAMPLE = 2 / 3
HIGHLY_STABLE, VALID, PATTERN = 0.85, 0.75, 0.6

Refit = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""(rows to fit on, generator) -> labels of all customers, -1 = none; picklable, so that workers may run it."""


@dataclass(frozen=True)
class Stability:
    """`jaccard` per segment; `agreement`: mean adjusted Rand index of the refitted labels with the original ones;
    `together` (segments x segments): mean share of pairs of their customers that are in one refitted segment."""

    jaccard: np.ndarray
    agreement: float
    together: np.ndarray

    @property
    def least(self) -> float:
        """The weakest segment's."""
        return float(self.jaccard.min(initial=1.0))


def resampled(labels: np.ndarray, segments: int, refit: Refit, resamples: int, seed: int) -> Stability:
    """Refit on `resamples` subsamples of two thirds; best Jaccard match of each segment among the refitted ones.

    γ_k = mean_b max_j |C_k ∩ C_j^b| / |C_k ∪ C_j^b| over the customers of the subsample (Hennig 2007,
    section 2). Customers in no segment are no cluster but count in the union.
    """
    found, agreements = np.zeros((resamples, segments)), []
    together = np.zeros((segments, segments))
    for b, (rows, again) in enumerate(in_order(partial(_again, refit, len(labels), seed), range(resamples))):
        found[b] = best_jaccard(labels[rows], again[rows], segments)
        together += pairs_together(labels[rows], again[rows], segments) / resamples
        agreements.append(adjusted_rand_score(labels, again))
    return Stability(found.mean(axis=0), float(np.mean(agreements)) if agreements else 0.0, together)


def _again(refit: Refit, customers: int, seed: int, run: int) -> tuple[np.ndarray, np.ndarray]:
    """(customers of a subsample, labels of all customers by what was refitted on it)."""
    rng = np.random.default_rng([seed, run])
    rows = np.sort(rng.permutation(customers)[: max(2, round(SUBSAMPLE * customers))])
    return rows, refit(rows, rng)


def best_jaccard(labels: np.ndarray, again: np.ndarray, segments: int) -> np.ndarray:
    """For each segment the Jaccard index with the most similar one of `again`; 0 where there is none.

    >>> best_jaccard(np.array([0, 0, 1, 1]), np.array([1, 1, 0, -1]), 2).tolist()
    [1.0, 0.5]
    """
    others = int(again.max(initial=-1)) + 1
    if others == 0:
        return np.zeros(segments)
    both = np.zeros((segments, others))
    inside = (labels >= 0) & (again >= 0)
    np.add.at(both, (labels[inside], again[inside]), 1)
    sizes = np.array([(labels == k).sum() for k in range(segments)], dtype=float)
    sizes_again = np.array([(again == j).sum() for j in range(others)], dtype=float)
    union = sizes[:, None] + sizes_again[None, :] - both
    return np.where(union > 0, both / np.maximum(union, 1), 0.0).max(axis=1)


def pairs_together(labels: np.ndarray, again: np.ndarray, segments: int) -> np.ndarray:
    """Share of pairs, one customer of each of two segments, that one group of `again` holds (segments x segments).

    >>> pairs_together(np.array([0, 0, 1, 1]), np.array([0, 0, 0, -1]), 2).tolist()
    [[1.0, 0.5], [0.5, 0.25]]
    """
    inside = labels >= 0
    groups = np.eye(int(again.max(initial=-1)) + 2)[again[inside]][:, :-1]
    shares = (
        np.eye(segments)[labels[inside]].T
        @ groups
        / np.maximum(np.bincount(labels[inside], minlength=segments), 1)[:, None]
    )
    return shares @ shares.T


def verdict(jaccard: float) -> str:
    """Hennig's reading of a mean Jaccard index."""
    if jaccard >= HIGHLY_STABLE:
        return "highly stable"
    if jaccard >= VALID:
        return "valid"
    return "pattern" if jaccard >= PATTERN else "not shown"
