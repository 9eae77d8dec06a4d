"""The scorecard's arithmetic: what each answer speaks for, which fields to ask, how much to trust each.

An answer b of field f speaks for segment k by its weight of evidence, log P(b | k) / P(b) (Good 1950). The score of a
segment is log of its share + Σ_f w_f · weight of evidence, over the fields that are known: a field that is not known
says nothing, and the others count as before. One weight w_f >= 0 per field, fitted by maximum likelihood on evidence
from other customers, takes back what fields say twice, and calibrates the probabilities, which are softmax of scores.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

FOLDS = 5
PRIOR = 2.0
"""Imaginary customers per segment and field, spread as all customers are."""
TOWARDS_ONE = 5.0
"""Strength of the pull of the weights towards 1, in customers: for small tables."""


def fold_of(labels: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Fold of each customer, every segment spread evenly; customers must come in an order made of content."""
    fold = np.zeros(len(labels), dtype=int)
    rng = np.random.default_rng([seed, 7])
    for segment in np.unique(labels):
        rows = np.flatnonzero(labels == segment)
        fold[rng.permutation(rows)] = np.arange(len(rows)) % folds
    return fold


def evidence_table(codes: np.ndarray, labels: np.ndarray, bins: int, segments: int) -> np.ndarray:
    """Weight of evidence of each answer for each segment (bins x segments); `codes` -1 = not known."""
    known = codes >= 0
    counts = np.zeros((bins, segments))
    np.add.at(counts, (codes[known], labels[known]), 1)
    shares = (counts.sum(axis=1) + 1e-3) / (counts.sum() + 1e-3 * bins)
    within = (counts + PRIOR * shares[:, None]) / (counts.sum(axis=0) + PRIOR)
    return np.log(within / shares[:, None])


def evidence(codes: np.ndarray, table: np.ndarray) -> np.ndarray:
    """What each customer's answer says (customers x segments); nothing where it is not known."""
    return np.where(codes[:, None] >= 0, table[codes], 0.0)


def evidence_from_others(codes: np.ndarray, labels: np.ndarray, bins: int, fold: np.ndarray) -> np.ndarray:
    """As `evidence`, each customer's from tables made without the customer's fold."""
    segments = int(labels.max()) + 1
    result = np.zeros((len(codes), segments))
    for f in np.unique(fold):
        rest, rows = fold != f, fold == f
        result[rows] = evidence(codes[rows], evidence_table(codes[rest], labels[rest], bins, segments))
    return result


def balanced_accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """Mean over segments of the share of their customers that score highest for them."""
    right = scores.argmax(axis=1) == labels
    sizes = np.bincount(labels, minlength=scores.shape[1])
    return float((np.bincount(labels, weights=right, minlength=scores.shape[1]) / np.maximum(sizes, 1)).mean())


def choose(
    parts: Sequence[np.ndarray], costs: Sequence[float], labels: np.ndarray, most: int, price: float
) -> list[int]:
    """Positions of at most `most` fields, forward: each time the one that adds most balanced accuracy net of its price.

    `parts[i]`: evidence of field i; a unit of cost must bring `price` of balanced accuracy.
    """
    scores = np.tile(log_shares(labels), (len(labels), 1))
    chosen: list[int] = []
    reached = balanced_accuracy(scores, labels)
    while len(chosen) < most:
        rest = [i for i in range(len(parts)) if i not in chosen]
        found = {i: balanced_accuracy(scores + parts[i], labels) for i in rest}
        best = max(rest, key=lambda i: found[i] - price * costs[i], default=None)
        if best is None or found[best] - reached <= price * costs[best]:
            break
        chosen.append(best)
        scores, reached = scores + parts[best], found[best]
    return chosen


def log_shares(labels: np.ndarray) -> np.ndarray:
    """Log of each segment's share, one imaginary customer each."""
    counts = np.bincount(labels) + 1.0
    return np.log(counts / counts.sum())


def fit_weights(parts: Sequence[np.ndarray], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(base score per segment, weight per field) of the highest likelihood; weights are 0 or more."""
    stacked = np.stack(parts) if parts else np.zeros((0, len(labels), int(labels.max()) + 1))
    fields, n, segments = stacked.shape
    own = np.eye(segments)[labels]

    def loss(x: np.ndarray) -> tuple[float, np.ndarray]:
        scores = x[:segments] + np.tensordot(x[segments:], stacked, axes=1)
        top = scores.max(axis=1, keepdims=True)
        log_total = np.log(np.exp(scores - top).sum(axis=1, keepdims=True)) + top
        error = np.exp(scores - log_total) - own
        pull = x[segments:] - 1
        value = -((scores - log_total) * own).sum() + TOWARDS_ONE / 2 * (pull**2).sum()
        slopes = np.concatenate([error.sum(axis=0), (stacked * error).sum(axis=(1, 2)) + TOWARDS_ONE * pull])
        return value / n, slopes / n

    start = np.concatenate([log_shares(labels), np.full(fields, 0.8)])
    bounds = [(None, None)] * segments + [(0.0, 2.0)] * fields
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200}).x
    return found[:segments], found[segments:]


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax of each row."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def calibration_error(probability: np.ndarray, right: np.ndarray, groups: int = 10) -> float:
    """Expected calibration error of the most likely segment over ten equally wide groups (Guo et al. 2017, eq. 3)."""
    group = np.minimum((probability * groups).astype(int), groups - 1)
    sizes = np.bincount(group, minlength=groups)
    gaps = np.bincount(group, weights=right - probability, minlength=groups)
    return float(np.abs(gaps).sum() / max(sizes.sum(), 1))
