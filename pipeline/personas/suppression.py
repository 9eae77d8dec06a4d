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
    return _line(counts, counts < min_cell, min_cell)


def hidden_table(counts: NDArray[np.int64], min_cell: int) -> Flags:
    """The same for a table of groups (rows) by parts (columns) whose row and column totals are both shown.

    Rows and columns are taken in turn until no line has a single hidden cell, or hidden ones of fewer than `min_cell`
    together (Cox 1980). A line that is hidden as a whole gives nothing away.

    >>> hidden_table(np.array([[40, 3, 25], [50, 60, 11], [30, 30, 30]]), 10).astype(int).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    mask = counts < min_cell
    while True:
        before = mask.sum()
        for lines, flags in ((counts, mask), (counts.T, mask.T)):
            for line, flag in zip(lines, flags, strict=True):
                flag |= _line(line, flag, min_cell)
        if mask.sum() == before:
            return np.asarray(mask)


def _line(counts: NDArray[np.int64], known: Flags, min_cell: int) -> Flags:
    """`hidden` for a line of which some cells are hidden already."""
    mask = known.copy()
    while mask.any() and not mask.all() and (mask.sum() < 2 or counts[mask].sum() < min_cell):
        shown = np.flatnonzero(~mask)
        mask[shown[counts[shown].argmin()]] = True
    return mask
