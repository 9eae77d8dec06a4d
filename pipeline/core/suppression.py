"""Small cells: which counts of a table may be shown, so that no total gives the others away."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Flags = NDArray[np.bool_]


def hidden(counts: NDArray[np.int64], min_cell: int) -> Flags:
    """Which of the parts of a shown total must be hidden.

    Every count below `min_cell`; then, so that the total minus what is shown tells nothing (complementary suppression),
    the smallest other ones until at least two are hidden and together they hold `min_cell` or more.

    >>> hidden(np.array([40, 3, 25, 12]), 10).tolist()
    [False, True, False, True]
    """
    return _line(counts, counts < min_cell, min_cell)


def of_few(sizes: NDArray[np.int64], min_cell: int) -> Flags:
    """Groups of some, but fewer than `min_cell`.

    Where these leave the base of a figure, everybody's figure less those of all other groups leaves nobody over, and no
    other group must be hidden with them.

    >>> of_few(np.array([40, 3, 0, 12]), 10).tolist()
    [False, True, False, False]
    """
    return (sizes > 0) & (sizes < min_cell)


def hidden_shares(
    counts: NDArray[np.int64], sizes: NDArray[np.int64], min_cell: int, total_known: bool = True
) -> Flags:
    """Of which groups the share `counts` of `sizes` must be hidden, all sizes being known.

    Where few make up the share, or few do not; where everybody's share is known as well (`total_known`) then those of
    least customers until the totals of both tell nothing. That nobody is not among them tells of nobody in particular.
    Groups of nobody have no share and hide no other's.

    >>> hidden_shares(np.array([40, 12, 25, 0]), np.array([50, 50, 25, 0]), 10).tolist()
    [False, False, False, True]
    >>> hidden_shares(np.array([40, 3, 25, 20]), np.array([50, 50, 60, 40]), 10).tolist()
    [False, True, False, True]
    """
    flags = sizes == 0
    some = ~flags
    cells = np.column_stack([counts, sizes - counts])[some]
    small = np.column_stack([cells[:, 0] < min_cell, of_few(cells[:, 1], min_cell)])
    flags[some] = (hidden_table(cells, min_cell, small=small) if total_known else small).any(axis=1)
    return flags


def hidden_counts(
    counts: NDArray[np.int64],
    sums: NDArray[np.int64],
    cost: NDArray[np.float64],
    min_cell: int,
    known: Flags | None = None,
    total_told: Flags | None = None,
) -> Flags:
    """Which counts of groups (rows) must be hidden, so that no sum of those that are shown tells of few.

    `sums` (sums by columns, of 1, -1 and 0): the differences that readers can take within a group, as those who began
    less those who got there, and each count by itself. Where one comes to fewer than `min_cell`, the count in it that
    costs least is hidden (`cost`, groups by columns). `known`: hidden already.

    `total_told` (columns): what everybody's total tells of counts of which these groups are the parts. Then so many
    more are hidden, those of least customers first, that what a total leaves over is nobody or `min_cell`.

    >>> counts = np.array([[100, 60], [80, 75], [90, 40]])
    >>> sums, cost = np.array([[1, 0], [0, 1], [1, -1]]), np.array([[9.0, 1.0]] * 3)
    >>> hidden_counts(counts, sums, cost, 10).astype(int).tolist()
    [[0, 0], [0, 1], [0, 0]]
    >>> hidden_counts(counts, sums, cost, 10, total_told=np.array([True, True])).astype(int).tolist()
    [[0, 1], [0, 1], [0, 0]]
    """
    mask = np.zeros(counts.shape, dtype=bool) if known is None else known.copy()
    values, within = counts @ sums.T, sums != 0
    few = of_few(values, min_cell)
    price = np.where(counts > 0, cost, np.inf)
    while True:
        told = ~(mask[:, None, :] & within[None, :, :]).any(axis=2)
        found = np.argwhere(told & few)
        if not len(found) and total_told is not None:
            found = _left_over(values, told, ~(within & ~total_told).any(axis=1), min_cell)
        if not len(found):
            return np.asarray(mask)
        row, at = found[0]
        parts = np.flatnonzero(within[at])
        mask[row, parts[price[row, parts].argmin()]] = True


def _left_over(values: NDArray[np.int64], told: Flags, total_told: Flags, min_cell: int) -> NDArray[np.int64]:
    """Row and sum to hide next, as totals leave few over for the rows that do not tell that sum; else nothing."""
    for at in np.flatnonzero(total_told & of_few(np.where(told, 0, values).sum(axis=0), min_cell)):
        rows = np.flatnonzero(told[:, at] & (values[:, at] > 0))
        if len(rows):
            return np.array([[rows[values[rows, at].argmin()], at]])
    return np.empty((0, 2), dtype=np.int64)


def hidden_parts(parts: ArrayLike, whole: int, min_cell: int) -> Flags:
    """Which parts of a told `whole` must be hidden, so that neither they nor what they leave over tell of few.

    Parts of few, and then the smallest others until what is not shown comes to nothing or `min_cell`; parts need not
    be all of it, nor whole numbers.

    >>> hidden_parts([40, 3, 0, 12, 45], 100, 10).tolist(), hidden_parts([40.4, 52.2], 100, 10).tolist()
    ([False, True, False, True, False], [True, False])
    """
    counts = np.round(np.asarray(parts, dtype=np.float64)).astype(np.int64)
    mask = of_few(counts, min_cell)
    while 0 < whole - counts[~mask].sum() < min_cell and (shown := np.flatnonzero(~mask & (counts > 0))).size:
        mask[shown[counts[shown].argmin()]] = True
    return np.asarray(mask)


def hidden_table(counts: NDArray[np.int64], min_cell: int, least_in_row: int = 2, small: Flags | None = None) -> Flags:
    """The same for a table of groups (rows) by parts (columns) whose row and column totals are both shown.

    Rows and columns are taken in turn until no line has a single hidden cell, or hidden ones of fewer than `min_cell`
    together (Cox 1980), those of least customers first. A line that is hidden as a whole gives nothing away.
    `least_in_row`: 3 where more than the total of a row is known, as its mean position. `small`: cells to hide in any
    case, where these are not all below `min_cell`.

    >>> hidden_table(np.array([[40, 3, 25], [50, 60, 11], [30, 30, 30]]), 10).astype(int).tolist()
    [[0, 1, 1], [0, 0, 0], [0, 1, 1]]
    """
    mask = counts < min_cell if small is None else small.copy()
    while True:
        before = mask.sum()
        for lines, flags, least in ((counts, mask, least_in_row), (counts.T, mask.T, 2)):
            for at, (line, flag) in enumerate(zip(lines, flags, strict=True)):
                flag |= _line(line, flag, min_cell, least, _crossing(lines, flags, at))
        if mask.sum() == before:
            return np.asarray(mask)


def _crossing(lines: NDArray[np.int64], flags: Flags, at: int) -> NDArray[np.int64]:
    """What hiding each cell of the line `at` hides besides: the least other count across, where all there are shown."""
    others = np.delete(lines, at, axis=0)
    hurt = ~np.delete(flags, at, axis=0).any(axis=0)
    return np.where(hurt, others.min(axis=0), 0) if len(others) else np.zeros(lines.shape[1], dtype=np.int64)


def _line(
    counts: NDArray[np.int64], known: Flags, min_cell: int, least: int = 2, besides: NDArray[np.int64] | int = 0
) -> Flags:
    """`hidden` for a line of which some cells are hidden already, `least` of them at the end.

    Hidden besides are the cells that cost least: their own count and what must then be hidden across (`besides`).
    """
    mask = known.copy()
    cost = counts + besides
    while mask.any() and not mask.all() and (mask.sum() < least or counts[mask].sum() < min_cell):
        shown = np.flatnonzero(~mask)
        mask[shown[cost[shown].argmin()]] = True
    return mask
