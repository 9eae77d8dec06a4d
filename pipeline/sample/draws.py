"""Seeded random draws, one independent stream per part, so that a change in one part leaves the others alone."""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def stream(seed: int, part: str) -> np.random.Generator:
    """The random stream of one part of the dataset.

    >>> int(stream(1, "contacts").integers(1000)) == int(stream(1, "contacts").integers(1000))
    True
    """
    return np.random.default_rng([seed, crc32(part.encode())])


def pick(rng: np.random.Generator, weights: Floats) -> Ints:
    """One column number per row, drawn by that row's weights (rows need not sum to 1)."""
    heights = np.cumsum(weights, axis=1)
    drawn = rng.random(len(weights))[:, None] * heights[:, -1:]
    return (drawn >= heights[:, :-1]).sum(axis=1).astype(np.int64)


def mixes(rng: np.random.Generator, means: Floats, concentration: float) -> Floats:
    """One Dirichlet draw per row of `means` (rows sum to 1); a larger concentration stays nearer to the mean."""
    drawn = rng.gamma(np.maximum(means * concentration, 1e-3))
    drawn = np.maximum(drawn, 1e-12)
    return drawn / drawn.sum(axis=1, keepdims=True)


def choose(rng: np.random.Generator, words: list[str], size: int) -> list[str]:
    """`size` words, drawn evenly with repetition."""
    return [words[i] for i in rng.integers(len(words), size=size)]


def shuffled(rng: np.random.Generator, size: int, share: float, at_least: int = 1) -> Ints:
    """Row numbers of a random `share` of `size` rows, at least `at_least` of them where there are as many."""
    many = min(size, max(at_least, round(size * share)))
    return np.sort(rng.permutation(size)[:many]).astype(np.int64)
