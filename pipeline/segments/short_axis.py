"""Probabilities along a short axis, as numpy's own functions give them to the last bit, but several times faster.

Numpy starts its inner loop anew for each row, which for a handful of classes takes longer than the work itself. Here
the short axis is walked instead, with all customers at once. Sums are added in the order in which numpy adds rows.
"""

from collections.abc import Sequence

import numpy as np

UNROLLED = 8
"""Terms that numpy adds side by side."""


def normalised(scores: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """(probabilities that sum to 1 along `axis`, 0 or 1; log of what exp(`scores`) summed to), overwriting `scores`.

    >>> shares, logs = normalised(np.log([[1.0, 2.0], [3.0, 2.0]]), axis=0)
    >>> shares.round(2).tolist(), np.exp(logs).round(2).tolist()
    ([[0.25, 0.5], [0.75, 0.5]], [4.0, 4.0])
    """
    slices = list(scores) if axis == 0 else [scores[:, i] for i in range(scores.shape[1])]
    top = largest(slices)
    scores -= top if axis == 0 else top[:, None]
    np.exp(scores, out=scores)
    sums = total(slices)
    scores /= sums if axis == 0 else sums[:, None]
    return scores, np.log(sums) + top


def largest(slices: Sequence[np.ndarray]) -> np.ndarray:
    """The largest of the arrays, of which there must be one, cell by cell."""
    top = slices[0].copy()
    for values in slices[1:]:
        np.maximum(top, values, out=top)
    return top


def total(slices: Sequence[np.ndarray]) -> np.ndarray:
    """The sum of the arrays, of which there must be one, cell by cell."""
    if len(slices) < UNROLLED:
        found, rest = slices[0].copy(), slices[1:]
    elif len(slices) < 2 * UNROLLED:
        a, b, c, d = (slices[i] + slices[i + 1] for i in (0, 2, 4, 6))
        found, rest = (a + b) + (c + d), slices[UNROLLED:]
    else:
        return np.stack(slices, axis=-1).sum(axis=-1)
    for values in rest:
        found += values
    return found
