"""Are two segments apart, or two halves of one crowd? The valley between them on the axis that tells them apart.

Yes/no columns in two clear groups cannot be told from one very steep gradient by their correlations (a latent class
model of two classes and a latent trait fit alike); what makes them segments is that hardly anybody stands in between.
"""

import numpy as np

APART = 0.5
"""Valley density, relative to the lower of the two peaks, up to which two segments count as apart."""
BANDWIDTH = 0.3
"""Of the density estimate, in standard deviations of the pair: too wide for a valley between two counts."""
GRID = 200


def shallowest_valley(memberships: np.ndarray) -> float:
    """The largest ratio of valley to lower peak over all pairs of segments; 1 where some pair has no valley at all.

    `memberships`: customers x K, rows that sum to 1.
    """
    if memberships.size == 0:
        return 1.0
    labels = memberships.argmax(axis=1)
    odds = np.log(np.maximum(memberships, 1e-300))
    segments = memberships.shape[1]
    pairs = [(a, b) for b in range(segments) for a in range(b)]
    return max((_valley(odds[:, a] - odds[:, b], labels == a, labels == b) for a, b in pairs), default=1.0)


def _valley(axis: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Lowest density between the two peaks, one on each side of even odds, over the lower of them."""
    if not first.any() or not second.any():
        return 1.0
    values = np.concatenate([axis[first], axis[second]])
    spread = values.std()
    if spread < 1e-12:
        return 1.0
    grid = np.linspace(values.min(), values.max(), GRID)
    counts, edges = np.histogram(values, bins=GRID * 5)
    middles = (edges[1:] + edges[:-1]) / 2
    density = np.exp(-0.5 * ((grid[:, None] - middles) / (BANDWIDTH * spread)) ** 2) @ counts
    left, right = np.flatnonzero(grid < 0), np.flatnonzero(grid >= 0)
    if len(left) == 0 or len(right) == 0:
        return 1.0
    low, high = left[density[left].argmax()], right[density[right].argmax()]
    return float(density[low : high + 1].min() / min(density[low], density[high]))
