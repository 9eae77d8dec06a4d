"""A continuum that bends: one crowd of customers along one trait, to which every column answers in its own curve.

For category b of a column and trait value t, standard normal,

    p(b | t)  ∝  exp( base_b + Σ_d h_d(t) · loading_d · φ_b )

with φ the scores of `answers` and h the polynomials of degree one to four, orthonormal under t's shares: nonlinear
factor analysis (McDonald 1962) for columns of any kind, a generative topographic map of one dimension (Bishop, Svensén
and Williams 1998; Kabán and Girolami 2001). Columns that rise at different places along the trait, or rise and fall
again, look like a row of classes to a mixture; here they cost a few parameters each, and where that tells more than any
number of classes, there are no segments. The shares of the trait's values are fixed: free ones could tell of groups.
Terms that do not pay for themselves in BIC are left out, by their Wald statistics.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from pipeline.segments import short_axis
from pipeline.segments.answers import RIDGE, Scores, shortened

DEGREES = 4
"""Of the polynomials; a column uses those that pay."""
NODES, REACH = 21, 2.7
"""Values of the trait: finer than those of a block, since many columns together place a customer finely."""
SHORT_STEPS, LONG_STEPS = 15, 80
TOLERANCE = 1e-6
"""Of the log-likelihood, relative; the end of EM."""
FIRST_SPREAD = 0.5
WEEDINGS = 3
"""Times that terms are left out, with EM after each."""
FIRST_STEPS = 3
AXES = 2
"""Main axes of the columns' categories that EM starts from."""


@dataclass(frozen=True)
class Curve:
    """base (m), loadings (J x D x degrees), and which of them are `used`."""

    base: np.ndarray
    loadings: np.ndarray
    used: np.ndarray


@dataclass(frozen=True)
class Trait:
    """Values' shares (Q) and the polynomials at them (degrees x Q), orthonormal under the shares."""

    shares: np.ndarray
    powers: np.ndarray


def gain(s: Scores) -> float:
    """BIC that a curve through all columns gains against independent columns; 0 where nothing."""
    if len(s.known) < 2 or s.customers < 2:
        return 0.0
    trait = _trait()
    begun = [_run(s, trait, _first(s, trait, axis), SHORT_STEPS) for axis in _axes(s)]
    curve, counts, _ = max(begun, key=lambda found: found[2])
    for _ in range(WEEDINGS):
        curve, counts, likelihood = _run_on(s, trait, _straightened(s, trait, curve, counts), LONG_STEPS)
    independent = float((s.shares * s.known[s.column_of]) @ np.log(s.shares))
    paid = float(curve.used.sum(axis=(1, 2)) @ np.log(np.maximum(s.known, 2)))
    return max(0.0, 2 * (likelihood - independent) - paid)


def _trait() -> Trait:
    values = np.linspace(-REACH, REACH, NODES)
    shares = norm.pdf(values) / norm.pdf(values).sum()
    powers: list[np.ndarray] = [np.ones(NODES)]
    for degree in range(1, DEGREES + 1):
        rest = values**degree
        for other in powers:
            rest = rest - (rest * other) @ shares * other
        powers.append(rest / np.sqrt(rest**2 @ shares))
    return Trait(shares, np.stack(powers[1:]))


def _axes(s: Scores) -> list[np.ndarray]:
    """Places of the customers on the main axes of all categories (multiple correspondence analysis); missing: 0."""
    known = s.sums(s.indicators)[s.column_of]
    scaled = (s.indicators - s.shares[:, None] * known) / np.sqrt(np.maximum(s.shares, 1e-9))[:, None]
    axes = np.linalg.eigh((scaled @ scaled.T).astype(np.float64))[1]
    return [axes[:, -1 - i] @ scaled for i in range(min(AXES, axes.shape[1]))]


def _first(s: Scores, trait: Trait, places: np.ndarray) -> np.ndarray:
    """Shares of the trait's values for each customer (Q x customers): around the normal score of its place."""
    score = norm.ppf((rankdata(places) - 0.5) / len(places))
    values = np.linspace(-REACH, REACH, NODES)
    log = -((values[:, None] - score) ** 2) / (2 * FIRST_SPREAD**2) + np.log(trait.shares)[:, None]
    return short_axis.normalised(log, axis=0)[0].astype(np.float32)


def _run(s: Scores, trait: Trait, first: np.ndarray, steps: int) -> tuple[Curve, np.ndarray, float]:
    size = (len(s.known), s.classes.shape[1], DEGREES)
    used = np.repeat((np.arange(size[1]) < s.class_sizes[:, None])[..., None], DEGREES, axis=2)
    curve = Curve(np.log(s.shares), np.zeros(size), used)
    counts = (s.indicators @ first.T).astype(np.float64)
    for _ in range(FIRST_STEPS):
        curve = _improved(s, trait, curve, counts)
    return _run_on(s, trait, curve, steps)


def _run_on(s: Scores, trait: Trait, curve: Curve, steps: int) -> tuple[Curve, np.ndarray, float]:
    """EM: (curve, expected counts m x Q, log-likelihood)."""
    last = -np.inf
    for step in range(steps + 1):
        logs = _log_shares(s, trait, curve)
        values = (logs.T.astype(np.float32) @ s.indicators).astype(np.float64) + np.log(trait.shares)[:, None]
        posterior, rows = short_axis.normalised(values, axis=0)
        likelihood = float(rows.sum())
        counts = (s.indicators @ posterior.astype(np.float32).T).astype(np.float64)
        if step == steps or likelihood - last <= TOLERANCE * abs(likelihood):
            break
        last = likelihood
        curve = _improved(s, trait, curve, counts)
    return curve, counts, likelihood


def _log_shares(s: Scores, trait: Trait, curve: Curve) -> np.ndarray:
    """log p(b | t), m x Q."""
    pull = np.einsum("me,med->md", s.classes, curve.loadings[s.column_of]) @ trait.powers
    values = curve.base[:, None] + pull
    top = np.maximum.reduceat(values, s.starts[:-1], axis=0)[s.column_of]
    return values - top - np.log(s.sums(np.exp(values - top)))[s.column_of]


def _improved(s: Scores, trait: Trait, curve: Curve, counts: np.ndarray) -> Curve:
    """One Newton step of the loadings, one proportional step of the base."""
    loadings = curve.loadings.copy()
    for j, (gradient, curvature) in enumerate(_slopes(s, trait, curve, counts)):
        loadings[j][curve.used[j]] += shortened(np.linalg.solve(curvature, gradient))
    curve = Curve(curve.base, loadings, curve.used)
    expected = (np.exp(_log_shares(s, trait, curve)) * s.sums(counts)[s.column_of]).sum(axis=1)
    slack = 1e-3 * s.shares
    base = curve.base + np.log((counts.sum(axis=1) + slack) / (expected + slack))
    return Curve(base, curve.loadings, curve.used)


def _slopes(s: Scores, trait: Trait, curve: Curve, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each column, gradient (U) and curvature (U x U) of the likelihood in the U loadings that it uses.

    One column after the other: a nominal of forty levels has many, and padding all columns to it would cost more.
    """
    total, shares = s.sums(counts), np.exp(_log_shares(s, trait, curve))
    for j, (a, b) in enumerate(zip(s.starts[:-1], s.starts[1:], strict=True)):
        score, degree = np.nonzero(curve.used[j])
        terms = s.classes[a:b, score][:, None, :] * trait.powers[degree].T  # categories x Q x U
        mean = (shares[a:b, :, None] * terms).sum(axis=0)
        expected = shares[a:b] * total[j]
        flat = terms.reshape((b - a) * NODES, len(score))
        gradient = (counts[a:b] - expected).ravel() @ flat - RIDGE * curve.loadings[j][curve.used[j]]
        curvature = flat.T @ (flat * expected.reshape(-1, 1)) - mean.T @ (mean * total[j][:, None])
        yield gradient, curvature + RIDGE * np.eye(len(score))


def _straightened(s: Scores, trait: Trait, curve: Curve, counts: np.ndarray) -> Curve:
    """Without the terms that do not pay for themselves in BIC, by their Wald statistics."""
    loadings, used = curve.loadings.copy(), curve.used.copy()
    for j, (_, curvature) in enumerate(_slopes(s, trait, curve, counts)):
        found = loadings[j][curve.used[j]]
        pays = found**2 > np.diagonal(np.linalg.inv(curvature)) * np.log(max(s.known[j], 2))
        used[j][curve.used[j]] = pays
        loadings[j][curve.used[j]] = found * pays
    return Curve(curve.base, loadings, used)
