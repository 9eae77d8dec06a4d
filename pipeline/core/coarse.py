"""Lines by day that tell of nobody: no finer than the number of customers below which nothing is told."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]


def in_steps(shares: ArrayLike, n: int, min_cell: int) -> Numbers:
    """`shares` of `n` as multiples of `min_cell` / `n`; what leaves fewer than `min_cell` counts as all.

    Nobody can tell from two of them how many fewer than `min_cell` came or went in between.

    >>> in_steps([0.0, 0.03, 0.06, 0.31, 0.96], 100, 10).tolist()
    [0.0, 0.0, 0.1, 0.3, 1.0]
    """
    counts = min_cell * np.round(np.asarray(shares, dtype=np.float64) * n / min_cell)
    return np.asarray(np.where(n - counts < min_cell, n, counts) / n)


def up_to(shares: ArrayLike, n: int, min_cell: int) -> Numbers:
    """The same with the last share as it is, where that is told anyhow; so are those that come close to it.

    >>> up_to([0.0, 0.12, 0.31, 0.36, 0.37], 100, 10).tolist()
    [0.0, 0.1, 0.37, 0.37, 0.37]
    """
    exact = np.asarray(shares, dtype=np.float64)
    steps = in_steps(exact, n, min_cell)
    return np.where(np.abs(steps - exact[-1]) * n < min_cell, exact[-1], steps) if len(exact) else steps


def smooth(values: Sequence[float]) -> Numbers:
    """Straight lines between the middles of level stretches, for pictures; the first and the last stretch stay level.

    >>> smooth([0.0, 0.0, 0.1, 0.1, 0.1, 0.3]).round(3).tolist()
    [0.0, 0.0, 0.05, 0.1, 0.2, 0.3]
    """
    told = np.asarray(values, dtype=np.float64)
    if len(told) < 2:
        return told
    starts = np.flatnonzero(np.diff(told, prepend=np.nan) != 0)
    ends = np.append(starts[1:] - 1, len(told) - 1)
    knots = np.concatenate([[0], ends[:1], ((starts + ends) / 2)[1:-1], starts[-1:], [len(told) - 1]])
    levels = np.concatenate([told[[0, 0]], told[starts][1:-1], told[[-1, -1]]])
    return np.interp(np.arange(len(told)), knots, levels)
