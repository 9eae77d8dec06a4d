"""Small cells: which counts of a table may be shown, so that no total gives the others away."""

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


def hidden(counts: NDArray[np.int64], min_cell: int) -> Flags:
    """Which of the parts of a shown total must be hidden.

    Every count below `min_cell`; then, so that the total minus what is shown tells nothing (complementary suppression),
    the smallest other ones until at least two are hidden and together they hold `min_cell` or more.

    >>> hidden(np.array([40, 3, 25, 12]), 10).tolist()
    [False, True, False, True]
    """
    mask = counts < min_cell
    while mask.any() and not mask.all() and (mask.sum() < 2 or counts[mask].sum() < min_cell):
        shown = np.flatnonzero(~mask)
        mask[shown[counts[shown].argmin()]] = True
    return np.asarray(mask)
