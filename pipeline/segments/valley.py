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
SURE = 3.0
"""Log-odds (20 to 1) beyond which how sure a membership is counts little: the axis of `shading` is drawn together."""
FINE = 0.15
"""Bandwidth of the density on that axis, in its standard deviations."""


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


def _valley(
    axis: np.ndarray, first: np.ndarray, second: np.ndarray, bandwidth: float = BANDWIDTH, alike: bool = False
) -> float:
    """Lowest density between the two peaks, one on each side of even odds, over the lower of them."""
    if not first.any() or not second.any():
        return 1.0
    values = np.concatenate([axis[first], axis[second]])
    weights = np.repeat([1 / first.sum(), 1 / second.sum()], [first.sum(), second.sum()]) if alike else None
    spread = values.std()
    if spread < 1e-12:
        return 1.0
    grid = np.linspace(values.min(), values.max(), GRID)
    counts, edges = np.histogram(values, bins=GRID * 5, weights=weights)
    middles = (edges[1:] + edges[:-1]) / 2
    density = np.exp(-0.5 * ((grid[:, None] - middles) / (bandwidth * spread)) ** 2) @ counts
    left, right = np.flatnonzero(grid < 0), np.flatnonzero(grid >= 0)
    if len(left) == 0 or len(right) == 0:
        return 1.0
    low, high = left[density[left].argmax()], right[density[right].argmax()]
    return float(density[low : high + 1].min() / min(density[low], density[high]))


def shading(memberships: np.ndarray) -> np.ndarray:
    """How far every two segments shade into one another: K x K, valley over lower peak, 0 on the diagonal.

    As `shallowest_valley`, but both segments count alike however large, and on the axis arcsinh(log-odds / `SURE`).
    """
    segments = memberships.shape[1]
    labels = memberships.argmax(axis=1)
    odds = np.log(np.maximum(memberships, 1e-30))
    found = np.zeros((segments, segments))
    for a in range(segments):
        for b in range(a):
            axis = np.arcsinh((odds[:, a] - odds[:, b]) / SURE)
            found[a, b] = found[b, a] = _valley(axis, labels == a, labels == b, FINE, alike=True)
    return found
