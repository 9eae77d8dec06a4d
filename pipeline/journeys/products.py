"""Running products of many small matrices without a loop over each of them.

A product of n matrices is cut into about √n blocks; all blocks advance together, one matrix per step, and the blocks
are then chained. The result is the same product, in 2√n array operations instead of n.
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def prefix_products(matrices: Array) -> Array:
    """Element k is `matrices[0] @ … @ matrices[k]`; shape (n, m, m) in and out.

    >>> prefix_products(np.array([[[2.0]], [[3.0]], [[5.0]]])).ravel().tolist()
    [2.0, 6.0, 30.0]
    """
    count = len(matrices)
    blocks = _blocks(matrices)
    for step in range(1, blocks.shape[1]):
        blocks[:, step] = blocks[:, step - 1] @ blocks[:, step]
    for block in range(1, len(blocks)):
        blocks[block] = blocks[block - 1, -1] @ blocks[block]
    return blocks.reshape(-1, *matrices.shape[1:])[:count]


def suffix_products(matrices: Array) -> Array:
    """Element k is `matrices[k + 1] @ … @ matrices[-1]`, the identity for the last k; shape (n, m, m) in and out.

    >>> suffix_products(np.array([[[2.0]], [[3.0]], [[5.0]]])).ravel().tolist()
    [15.0, 5.0, 1.0]
    """
    turned = np.swapaxes(matrices[::-1], 1, 2)  # (AB)' = B'A': a suffix is a prefix of the transposed, reversed row
    after = np.swapaxes(prefix_products(turned), 1, 2)[::-1]
    unit = np.broadcast_to(np.eye(matrices.shape[1]), (min(1, len(matrices)), *matrices.shape[1:]))
    return np.concatenate([after[1:], unit])


def _blocks(matrices: Array) -> Array:
    """A copy as (blocks, steps, m, m), filled up with identities at the end."""
    count, size = len(matrices), matrices.shape[1]
    steps = max(1, int(np.ceil(np.sqrt(count))))
    blocks = -(-count // steps)
    padded = np.empty((blocks * steps, size, size))
    padded[:count] = matrices
    padded[count:] = np.eye(size)
    return padded.reshape(blocks, steps, size, size)
