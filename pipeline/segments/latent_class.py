"""Latent class model by EM: customers of one class answer each column independently, by the class's own shares.

Goodman 1974; missing cells are left out of the likelihood (missing at random). Several starts run side by side as one
matrix product: with M categories over all columns, K classes and S starts, a step costs customers x M x (K S).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.segments import short_axis
from pipeline.segments.answers import indicators
from pipeline.segments.categories import MISSING, Categories

PRIOR = 1.0
"""Imaginary customers per column and class, spread by the column's own shares: keeps shares off 0 and 1."""

SHORT_STEPS, LONG_STEPS = 20, 120
TOLERANCE = 1e-6
"""Of the log-likelihood, relative; the end of the long run."""


@dataclass(frozen=True)
class Design:
    """Customers as indicators of categories.

    `indicators` M x customers; `starts` first category of each column, and M; `known` customers with a value, by
    column; `shares` of each category among them (M); `column_of` each category (M).
    """

    indicators: np.ndarray
    starts: np.ndarray
    known: np.ndarray
    shares: np.ndarray
    column_of: np.ndarray

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.starts) - 1


@dataclass(frozen=True)
class Fit:
    """A fitted model: log shares of classes (K) and categories (M x K), log-likelihood, posterior (customers x K)."""

    log_sizes: np.ndarray
    log_shares: np.ndarray
    log_likelihood: float
    posterior: np.ndarray

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.log_sizes)


def design(categories: Categories) -> Design:
    """Indicators of `categories`; a missing cell is none of the categories of its column."""
    starts = np.concatenate([[0], np.cumsum(categories.levels)]).astype(int)
    shown = indicators(categories.codes, categories.levels)
    column_of = np.repeat(np.arange(len(categories.names)), categories.levels)
    known = (categories.codes != MISSING).sum(axis=0)
    counts = shown.sum(axis=1, dtype=np.float64)
    shares = (counts + 1e-9) / (known[column_of] + 1e-9)
    return Design(shown, starts, known, shares, column_of)


def log_likelihood_of_one_class(d: Design) -> float:
    """Of the model in which no column knows of any other."""
    return float((d.shares * d.known[d.column_of]) @ np.log(d.shares))


def fit(d: Design, classes: int, starts: int, rng: np.random.Generator, finalists: int = 2) -> Fit:
    """The best of `starts` random starts: all run a few steps side by side, the best `finalists` to the end."""
    shares = _random_shares(d, classes, starts, rng)
    sizes = np.full(shares.shape[1:], -np.log(classes))
    likelihood = np.zeros(starts)
    for _ in range(SHORT_STEPS):
        sizes, shares, likelihood = _step(d, sizes, shares)
    best = np.argsort(-likelihood, kind="stable")[:finalists]
    return max((_to_the_end(d, sizes[s : s + 1], shares[:, s : s + 1]) for s in best), key=lambda f: f.log_likelihood)


def posterior(d: Design, log_sizes: np.ndarray, log_shares: np.ndarray) -> np.ndarray:
    """Membership of each customer in each class (customers x K)."""
    return _responsibilities(d, log_sizes, log_shares)[0]


def _to_the_end(d: Design, sizes: np.ndarray, shares: np.ndarray) -> Fit:
    last = -np.inf
    for _ in range(LONG_STEPS):
        sizes, shares, likelihood = _step(d, sizes, shares)
        if likelihood[0] - last <= TOLERANCE * abs(likelihood[0]):
            break
        last = likelihood[0]
    responsibilities, log_rows = _responsibilities(d, sizes[0], shares[:, 0])
    return Fit(sizes[0], shares[:, 0], float(log_rows.sum()), responsibilities)


def _step(d: Design, sizes: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One EM step of S starts: sizes S x K, shares M x S x K; the likelihood is that of the shares that came in."""
    m, s, k = shares.shape
    scores = _transposed(shares.reshape(m, s * k)) @ d.indicators
    scores = scores.reshape(s, k, -1)
    scores += sizes.astype(np.float32)[..., None]
    responsibilities, log_rows = short_axis.normalised(scores, axis=1)
    counts = (d.indicators @ responsibilities.reshape(s * k, -1).T).astype(np.float64)
    counts = counts + PRIOR * d.shares[:, None]
    new_shares = np.log(counts / _column_sums(d, counts)[d.column_of]).reshape(m, s, k)
    weights = responsibilities.sum(axis=2, dtype=np.float64) + 1.0
    likelihood = log_rows.sum(axis=1, dtype=np.float64)
    return np.log(weights / weights.sum(axis=-1, keepdims=True)), new_shares, likelihood


def _responsibilities(d: Design, log_sizes: np.ndarray, log_shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Membership of each customer in each class (customers x K), and the log-likelihood of each customer."""
    scores = (_transposed(log_shares) @ d.indicators).astype(np.float64) + log_sizes[:, None]
    found, log_rows = short_axis.normalised(scores, axis=0)
    return np.ascontiguousarray(found.T), log_rows


def _transposed(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values.T.astype(np.float32))


def _random_shares(d: Design, classes: int, starts: int, rng: np.random.Generator) -> np.ndarray:
    """Log shares around the prototypes of randomly drawn customers, halfway to the column's own shares."""
    own = d.shares
    customers = d.indicators.shape[1]
    chosen = np.stack([rng.permutation(customers)[:classes] for _ in range(starts)])
    if chosen.shape[1] < classes:
        chosen = rng.integers(customers, size=(starts, classes))
    prototypes = d.indicators[:, chosen].astype(np.float64)
    noise = rng.uniform(0.5, 1.5, size=prototypes.shape)
    mixed = 0.3 * prototypes + 0.7 * own[:, None, None] * noise
    flat = mixed.reshape(len(own), -1)
    return np.log(flat / _column_sums(d, flat)[d.column_of]).reshape(prototypes.shape)


def _column_sums(d: Design, values: np.ndarray) -> np.ndarray:
    return np.add.reduceat(values, d.starts[:-1], axis=0)
