"""The score interval of a share: the one that several stages print."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


def wilson(share: ArrayLike, n: ArrayLike) -> tuple[Array, Array]:
    """95 % score interval of a share out of n (Wilson 1927); (0, 1) where n is 0, missing where either is missing.

    >>> low, high = wilson(0.0, 100)
    >>> round(float(low), 4), round(float(high), 4)
    (0.0, 0.037)
    """
    p, size = np.broadcast_arrays(np.asarray(share, dtype=float), np.asarray(n, dtype=float))
    with np.errstate(invalid="ignore"):
        spread = Z * np.sqrt(np.maximum(p * (1 - p), 0) * size + Z**2 / 4) / (size + Z**2)
        middle = (p * size + Z**2 / 2) / (size + Z**2)
    lower, upper = np.clip(middle - spread, 0, 1), np.clip(middle + spread, 0, 1)
    # The ends of an empty or full share are exact in theory; rounding must not push the interval off them.
    return np.where(p <= 0, 0.0, lower), np.where(p >= 1, 1.0, upper)
