"""Closed-form 95 % intervals and standardised differences, vectorised over NumPy arrays."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from pipeline.core.intervals import wilson

Numbers = NDArray[np.float64]

LEVEL = 0.95


def share_interval(count: Numbers, n: Numbers) -> tuple[Numbers, Numbers]:
    """Score interval of a share (Wilson 1927), missing where `n` < 2.

    >>> [round(float(end[0]), 4) for end in share_interval(np.array([10.0]), np.array([20.0]))]
    [0.2993, 0.7007]
    """
    size = np.where(n >= 2, n, np.nan)
    return wilson(count / size, size)


def mean_interval(mean: Numbers, deviation: Numbers, n: Numbers) -> tuple[Numbers, Numbers]:
    """Student's t interval of a mean from the sample's standard deviation, missing where `n` < 2."""
    size = np.where(n >= 2, n, np.nan)
    half = stdtrit(size - 1, 0.5 + LEVEL / 2) * deviation / np.sqrt(size)
    return mean - half, mean + half


def cohen_h(share: Numbers, rest: Numbers) -> Numbers:
    """Difference of two shares on the arcsine scale (Cohen 1988, eq. 6.2.1); positive where `share` is larger."""
    return np.asarray(2 * np.arcsin(np.sqrt(share)) - 2 * np.arcsin(np.sqrt(rest)))


def cohen_d(
    mean: Numbers, variance: Numbers, n: Numbers, rest_mean: Numbers, rest_variance: Numbers, rest_n: Numbers
) -> Numbers:
    """Difference of two means in pooled standard deviations (Cohen 1988, eq. 2.5.1).

    Missing where neither side varies or there are fewer than 3 customers in all: no scale, no standardised difference.
    """
    freedom = n + rest_n - 2
    squares = np.maximum(n - 1, 0) * _known(variance) + np.maximum(rest_n - 1, 0) * _known(rest_variance)
    pooled = np.sqrt(np.divide(squares, freedom, out=np.full_like(squares, np.nan), where=freedom > 0))
    gap = mean - rest_mean
    return np.divide(gap, pooled, out=np.full_like(squares, np.nan), where=pooled > 0)


def _known(variance: Numbers) -> Numbers:
    """The variance of a single customer is unknown and has no weight in the pool."""
    return np.where(np.isnan(variance), 0.0, variance)
