"""A row vector carried through many small matrices, without a loop over each of them.

n matrices are cut into blocks that advance together, one matrix per step: 2√n array operations instead of n. Kept are
the row before each matrix, and the product of the matrices behind each up to its block's end, from which derivatives
are built.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sweep:
    """`rows`: (n + 1, m) the row before each of n matrices, and after the last. `behind`: (n, m, m) the product after
    each up to its block's end. `totals`: (blocks, m, m) product over each block. `length`: matrices per block.
    """

    rows: Array
    behind: Array
    totals: Array
    length: int


def sweep(matrices: Array, row: Array) -> Sweep:
    """Carry `row` (m) through `matrices` (n, m, m), n at least 1.

    >>> found = sweep(np.array([[[2.0]], [[3.0]], [[5.0]]]), np.array([1.0]))
    >>> found.rows.ravel().tolist()
    [1.0, 2.0, 6.0, 30.0]
    >>> found.totals.ravel().tolist(), found.behind.ravel().tolist(), found.length
    ([6.0, 5.0], [3.0, 1.0, 1.0], 2)
    """
    count, size = len(matrices), matrices.shape[1]
    blocks = _blocks(matrices)
    behind = np.empty_like(blocks)
    behind[:, -1] = np.eye(size)
    for step in range(blocks.shape[1] - 1, 0, -1):
        np.matmul(blocks[:, step], behind[:, step], out=behind[:, step - 1])
    totals = blocks[:, 0] @ behind[:, 0]
    rows = np.empty((*blocks.shape[:2], size))
    rows[0, 0] = row
    for block in range(1, len(blocks)):
        rows[block, 0] = rows[block - 1, 0] @ totals[block - 1]
    for step in range(1, blocks.shape[1]):
        rows[:, step] = np.matmul(rows[:, step - 1, None, :], blocks[:, step - 1])[:, 0]
    passed = np.empty((count + 1, size))
    passed[:-1] = rows.reshape(-1, size)[:count]
    passed[-1] = rows[-1, 0] @ totals[-1]
    return Sweep(passed, behind.reshape(-1, size, size)[:count], totals, blocks.shape[1])


def _blocks(matrices: Array) -> Array:
    """As (blocks, steps, m, m), filled up with identities at the end."""
    count, size = len(matrices), matrices.shape[1]
    steps = max(1, int(np.ceil(np.sqrt(count))))
    blocks = -(-count // steps)
    if blocks * steps == count:
        return matrices.reshape(blocks, steps, size, size)
    padded = np.empty((blocks * steps, size, size))
    padded[:count] = matrices
    padded[count:] = np.eye(size)
    return padded.reshape(blocks, steps, size, size)
