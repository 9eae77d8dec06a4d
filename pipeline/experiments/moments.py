"""Counts, means and spreads of an outcome in each group and arm: all that effects are computed from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Moments:
    """Arrays of groups x arms; the first group is everybody. Means of empty cells are missing.

    `yy`, `xx`, `xy`: sums of squares and products around the cell's means; x is the covariate, 0 where there is none.
    """

    n: Numbers
    y: Numbers
    x: Numbers
    yy: Numbers
    xx: Numbers
    xy: Numbers

    @property
    def variance(self) -> Numbers:
        """Sample variance of the outcome; missing below 2 customers."""
        return _over(self.yy, self.n - 1)


def moments(group: Codes, groups: int, arm: Codes, arms: int, y: Numbers, x: Numbers | None = None) -> Moments:
    """Moments of everybody and of each group, from one entry per customer; rows with a missing `y` do not count.

    `group`: 0 … groups - 1; `arm`: 0 … arms - 1.
    """
    known = np.isfinite(y)
    group, arm, y = group[known], arm[known], y[known]
    x = np.zeros(len(y)) if x is None else x[known]
    everybody = _cells(arm, 1, arms, y, x)
    if groups == 0:
        return Moments(*everybody)
    own = _cells((group + 1) * arms + arm, groups + 1, arms, y, x)
    return Moments(*(np.vstack([whole, part[1:]]) for whole, part in zip(everybody, own, strict=True)))


def pooled_slope(m: Moments, control: int, variant: int) -> Numbers:
    """CUPED's theta per group: cov(y, x) / var(x) over both arms together (Deng et al. 2013, equation 4)."""
    pair = [control, variant]
    n, x, y = m.n[:, pair], np.nan_to_num(m.x[:, pair]), np.nan_to_num(m.y[:, pair])
    size = n.sum(axis=1, keepdims=True)
    dx = x - _over((n * x).sum(axis=1, keepdims=True), size)
    dy = y - _over((n * y).sum(axis=1, keepdims=True), size)
    xy = (m.xy[:, pair] + n * dx * dy).sum(axis=1)
    xx = (m.xx[:, pair] + n * dx * dx).sum(axis=1)
    return np.nan_to_num(_over(xy, xx))


def _cells(code: Codes, groups: int, arms: int, y: Numbers, x: Numbers) -> tuple[Numbers, ...]:
    """n, means and centred sums per cell; centred before squaring, so that large amounts lose no digits."""
    size = groups * arms

    def sums(values: Numbers) -> Numbers:
        return np.bincount(code, weights=values, minlength=size).astype(np.float64)

    n = np.bincount(code, minlength=size).astype(np.float64)
    mean_y, mean_x = _over(sums(y), n), _over(sums(x), n)
    dy, dx = y - mean_y[code], x - mean_x[code]
    found = (n, mean_y, mean_x, sums(dy * dy), sums(dx * dx), sums(dy * dx))
    return tuple(part.reshape(groups, arms) for part in found)


def _over(top: Numbers, below: Numbers) -> Numbers:
    return np.divide(top, below, out=np.full(np.broadcast_shapes(top.shape, below.shape), np.nan), where=below > 0)
