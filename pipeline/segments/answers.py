"""How the answers to a column depend on the class of a customer and on a trait: a log-linear model with few parameters.

For category b of a column, class k and trait value t

    p(b | k, t)  ∝  exp( base_b + tilt_k · φ_b + t loading · ψ_b )

`base` is free and shared by all classes; φ holds the orthonormal scores of the categories: for ordered ones the normal
score of the category's place in the column, its square, and whether it is the floor; for nominal ones every category by
itself. This is the association model of Goodman 1979 with the marginal kept free: a class costs two or three
parameters per number whatever the number of categories, is exact where the column is, on any scale, normal with a
common spread or with its own, and does not change under monotone transforms.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from pipeline.segments.categories import MISSING, Categories

RIDGE = 1.0
"""Precision of the normal prior of every tilt and loading: one imaginary customer; keeps them finite."""
LONGEST_STEP = 1.5
TRAIT_NODES = 9
TRAIT_REACH = 2.4
"""A trait is standard normal, on so many values between plus and minus its reach."""


@dataclass(frozen=True)
class Scores:
    """Indicators of the categories of some columns, and what a class or a trait may do to them.

    `indicators` m x customers; `starts` first category of each of the J columns, and m; `column_of` each category;
    `shares` of each category among the known (m); `known` customers per column (J); `classes` m x D and `traits`
    m x E, zero beyond the `class_sizes` and `trait_sizes` (J) of the column.
    """

    indicators: np.ndarray
    starts: np.ndarray
    column_of: np.ndarray
    shares: np.ndarray
    known: np.ndarray
    classes: np.ndarray
    traits: np.ndarray
    class_sizes: np.ndarray
    trait_sizes: np.ndarray

    @property
    def customers(self) -> int:
        """Number of customers."""
        return self.indicators.shape[1]

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums over the categories of each column (first axis m -> J)."""
        return np.add.reduceat(values, self.starts[:-1], axis=0)


@dataclass(frozen=True)
class Answers:
    """Parameters: base (m), tilts (J x K x D), loadings (J x E) of a trait with values `nodes` (Q)."""

    base: np.ndarray
    tilts: np.ndarray
    loadings: np.ndarray
    nodes: np.ndarray


def indicators(codes: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Categories of all columns x customers; a missing cell is none of the categories of its column."""
    starts = np.concatenate([[0], np.cumsum(levels)]).astype(int)
    result = np.zeros((starts[-1], len(codes)), dtype=np.float32)
    for j in range(codes.shape[1]):
        rows = np.flatnonzero(codes[:, j] != MISSING)
        result[starts[j] + codes[rows, j], rows] = 1.0
    return result


def scores(table: Categories) -> Scores:
    """Scores of all columns of `table`, by the shares of their categories in it."""
    starts = np.concatenate([[0], np.cumsum(table.levels)]).astype(int)
    column_of = np.repeat(np.arange(len(table.names)), table.levels)
    shown = indicators(table.codes, table.levels)
    known = (table.codes != MISSING).sum(axis=0)
    shares = (shown.sum(axis=1, dtype=np.float64) + 1e-6) / (known + 1e-6 * table.levels)[column_of]
    parts = [
        _column_scores(shares[a:b], bool(table.ordered[j]), bool(table.floor[j]))
        for j, (a, b) in enumerate(zip(starts[:-1], starts[1:], strict=True))
    ]
    classes, class_sizes = _stacked([c for c, _ in parts])
    traits, trait_sizes = _stacked([t for _, t in parts])
    return Scores(shown, starts, column_of, shares, known, classes, traits, class_sizes, trait_sizes)


def _column_scores(shares: np.ndarray, ordered: bool, floor: bool) -> tuple[np.ndarray, np.ndarray]:
    """(what a class may do, what a trait may do), each categories x so many; orthonormal under `shares`."""
    if not ordered:
        free = _orthonormal(np.eye(len(shares))[:, 1:], shares)
        return free, free
    place = norm.ppf(np.clip(np.cumsum(shares) - shares / 2, 1e-4, 1 - 1e-4))
    lowest = [(np.arange(len(shares)) == 0).astype(float)] if floor else []
    every = _orthonormal(np.column_stack([place, *lowest, place**2])[:, : len(shares) - 1], shares)
    return every, every[:, : 1 + len(lowest)]


def _orthonormal(columns: np.ndarray, shares: np.ndarray) -> np.ndarray:
    kept: list[np.ndarray] = []
    for column in columns.T:
        rest = column - column @ shares
        for other in kept:
            rest = rest - (rest * other) @ shares * other
        length = np.sqrt((rest**2) @ shares)
        if length > 1e-3:
            kept.append(rest / length)
    return np.column_stack(kept) if kept else np.zeros((len(shares), 0))


def _stacked(parts: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.array([part.shape[1] for part in parts], dtype=int)
    widest = int(sizes.max(initial=1))
    padded = [np.column_stack([part, np.zeros((len(part), widest - part.shape[1]))]) for part in parts]
    return (np.concatenate(padded) if padded else np.zeros((0, widest))), sizes


def take(s: Scores, columns: np.ndarray) -> Scores:
    """Some of the columns, by position."""
    chosen = np.concatenate([np.arange(s.starts[j], s.starts[j + 1]) for j in columns]).astype(int)
    sizes = np.diff(s.starts)[columns]
    return Scores(
        s.indicators[chosen],
        np.concatenate([[0], np.cumsum(sizes)]).astype(int),
        np.repeat(np.arange(len(columns)), sizes),
        s.shares[chosen],
        s.known[columns],
        s.classes[chosen],
        s.traits[chosen],
        s.class_sizes[columns],
        s.trait_sizes[columns],
    )


def pinned(s: Scores, columns: np.ndarray) -> Scores:
    """The same, but these columns (True) answer alike in all classes: they only help to measure a trait."""
    free = ~columns
    return replace(s, classes=s.classes * free[s.column_of][:, None], class_sizes=s.class_sizes * free)


def trait_values(trait: bool) -> tuple[np.ndarray, np.ndarray]:
    """(values, shares) of a standard normal trait; of no trait, one value 0."""
    if not trait:
        return np.zeros(1), np.ones(1)
    values = np.linspace(-TRAIT_REACH, TRAIT_REACH, TRAIT_NODES)
    shares = norm.pdf(values) / norm.pdf(values).sum()
    return values / np.sqrt(shares @ values**2), shares


def start(s: Scores, classes: int, nodes: np.ndarray) -> Answers:
    """Every class answers as everybody does; a trait pulls all ordered columns the same way, a little."""
    loadings = np.zeros((len(s.known), s.traits.shape[1]))
    return Answers(np.log(s.shares), np.zeros((len(s.known), classes, s.classes.shape[1])), loadings, nodes)


def log_shares(s: Scores, a: Answers) -> np.ndarray:
    """log p(b | k, t), m x K x Q."""
    pull = (s.traits * a.loadings[s.column_of]).sum(axis=1)
    lifted = a.base[:, None] + np.einsum("md,mkd->mk", s.classes, a.tilts[s.column_of])
    values = lifted[:, :, None] + pull[:, None, None] * a.nodes
    top = np.maximum.reduceat(values, s.starts[:-1], axis=0)[s.column_of]
    return values - top - np.log(s.sums(np.exp(values - top)))[s.column_of]


def improved(s: Scores, a: Answers, counts: np.ndarray, logs: np.ndarray | None = None) -> Answers:
    """One Newton step of the tilts and the loadings, one proportional step of the base.

    `counts` (m x K x Q): customers expected in each category, class and trait value; `logs`: `log_shares(s, a)`.
    """
    total = s.sums(counts)
    shares = np.exp(log_shares(s, a) if logs is None else logs)
    tilts = a.tilts + _tilt_step(s, a, counts, total, shares)
    loadings = a.loadings + _loading_step(s, a, counts, total, shares) if len(a.nodes) > 1 else a.loadings
    a = Answers(a.base, tilts, loadings, a.nodes)
    expected = (np.exp(log_shares(s, a)) * total[s.column_of]).sum(axis=(1, 2))
    slack = 1e-3 * s.shares
    base = a.base + np.log((counts.sum(axis=(1, 2)) + slack) / (expected + slack))
    return Answers(base, a.tilts, a.loadings, a.nodes)


def _tilt_step(s: Scores, a: Answers, counts: np.ndarray, total: np.ndarray, shares: np.ndarray) -> np.ndarray:
    m, k, q = counts.shape
    expected = shares * total[s.column_of]
    d = s.classes.shape[1]
    surplus = _over_traits(counts - expected)
    gradient = s.sums((s.classes[:, None, :] * surplus[:, :, None]).reshape(m, k * d)).reshape(-1, k, d)
    squares = (s.classes[:, :, None] * s.classes[:, None, :]).reshape(m, 1, d * d)
    second = s.sums((squares * _over_traits(expected)[:, :, None]).reshape(m, -1)).reshape(-1, k, d, d)
    mean = s.sums((s.classes[:, None, None, :] * shares[..., None]).reshape(m, -1)).reshape(-1, k, q, d)
    weighted = mean * total[..., None]
    curvature = second - np.einsum("jkqd,jkqe->jkde", weighted, mean) + RIDGE * np.eye(d)
    return shortened(np.linalg.solve(curvature, (gradient - RIDGE * a.tilts)[..., None])[..., 0])


def _over_traits(values: np.ndarray) -> np.ndarray:
    return values[:, :, 0] if values.shape[2] == 1 else values.sum(axis=2)


def _loading_step(s: Scores, a: Answers, counts: np.ndarray, total: np.ndarray, shares: np.ndarray) -> np.ndarray:
    m, k, q = counts.shape
    expected = shares * total[s.column_of]
    e = s.traits.shape[1]
    surplus = (counts - expected).sum(axis=1) @ a.nodes
    gradient = s.sums(s.traits * surplus[:, None])
    squares = (s.traits[:, :, None] * s.traits[:, None, :]).reshape(m, e * e)
    second = s.sums(squares * (expected.sum(axis=1) @ a.nodes**2)[:, None]).reshape(-1, e, e)
    mean = s.sums((s.traits[:, None, None, :] * shares[..., None]).reshape(m, -1)).reshape(-1, k, q, e)
    weighted = mean * (total * a.nodes**2)[..., None]
    curvature = second - np.einsum("jkqd,jkqe->jde", weighted, mean) + RIDGE * np.eye(e)
    return shortened(np.linalg.solve(curvature, (gradient - RIDGE * a.loadings)[..., None])[..., 0])


def shortened(step: np.ndarray) -> np.ndarray:
    """Newton steps (last axis) no longer than `LONGEST_STEP`."""
    length = np.sqrt((step**2).sum(axis=-1, keepdims=True))
    return step * np.minimum(1.0, LONGEST_STEP / np.maximum(length, 1e-12))
