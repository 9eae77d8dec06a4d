"""Latent class models of 1 … max classes, with the columns that carry no segments weeded out on the way.

After Dean and Raftery 2010: all models are compared on all columns, those left out counting as independent of class.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.core.progress import steps
from pipeline.segments import latent_class
from pipeline.segments.categories import Categories
from pipeline.segments.gain import column_gains
from pipeline.segments.latent_class import Fit

ROUNDS = 3
FALLING = 3


@dataclass(frozen=True)
class Sweep:
    """`fits[k]`: k classes on the columns `carriers` (positions); `bic[k]`: gain in BIC over one class."""

    carriers: np.ndarray
    fits: dict[int, Fit]
    bic: dict[int, float]

    @property
    def best(self) -> int:
        """Classes of the model with the largest gain; 1 where none gains."""
        top = max(self.bic, key=lambda k: (self.bic[k], -k), default=1)
        return top if self.bic.get(top, 0.0) > 0 else 1


def sweep(categories: Categories, most: int, starts: int, seed: int) -> Sweep:
    """Fit all numbers of classes, drop the columns that the best one does not need, until nothing changes."""
    carriers = np.arange(len(categories.names))
    result = Sweep(carriers, {}, {})
    for _ in steps(range(ROUNDS), "latent class models"):
        result = _fit_all(categories, carriers, most, starts, seed)
        needed = _needed(categories, result)
        if len(needed) == 0 or np.array_equal(needed, carriers):
            break
        carriers = needed
    return result


def _needed(categories: Categories, s: Sweep) -> np.ndarray:
    """Positions of the columns that depend on class; those left out before may come back."""
    classes = max(s.best, 2)
    if classes not in s.fits:
        return np.array([], dtype=int)
    gains = column_gains(latent_class.design(categories), s.fits[classes].posterior)
    return np.flatnonzero(gains > 0)


def _fit_all(categories: Categories, carriers: np.ndarray, most: int, starts: int, seed: int) -> Sweep:
    chosen = categories.take(carriers)
    d = latent_class.design(chosen)
    n = len(categories.codes)
    alone = latent_class.log_likelihood_of_one_class(d)
    fits, bic = {}, {}
    for k in range(2, min(most, n // 2) + 1):
        fits[k] = latent_class.fit(d, k, starts, np.random.default_rng([seed, k]))
        parameters = (k - 1) * (1 + int((chosen.levels - 1).sum()))
        bic[k] = 2 * (fits[k].log_likelihood - alone) - parameters * float(np.log(n))
        if _falling(list(bic.values())):
            break
    return Sweep(carriers, fits, bic)


def _falling(gains: list[float]) -> bool:
    """Whether the last `FALLING` steps each made it worse: more classes will not help."""
    return len(gains) > FALLING and all(b < a for a, b in zip(gains[-FALLING - 1 :], gains[-FALLING:], strict=False))
