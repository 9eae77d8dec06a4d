"""Classes of customers whose columns are independent within a class, but for blocks of columns tied by a trait.

A block is a set of columns that keep together within the classes: a battery answered in one style, amounts that grow
with the size of a household. Its columns share one standard normal trait (locally dependent latent class models: Qu,
Tan and Kutner 1996; blocks as in Marbac, Biernacki and Vandewalle 2015). Without it, every such block costs a model
of independent columns extra classes; with it, one class and a block is a continuum, and wins where there is no more.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.segments import answers, short_axis
from pipeline.segments.answers import Answers, Scores
from pipeline.segments.categories import Categories

TOLERANCE = 1e-5
"""Of the log-likelihood, relative; the end of EM."""
BATCH = 20_000
"""Customers typed at once: bounds the memory."""
FIRST_STEPS = 3
FIRST_PULL = 0.5

Blocks = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Part:
    """Columns without a trait (one node), or one block; `columns` by position."""

    columns: np.ndarray
    scores: Scores
    weights: np.ndarray


@dataclass(frozen=True)
class Fit:
    """A fitted model of K classes.

    `log_shares` per part: categories x K x trait values; `penalty`: of BIC against independent columns; `gains`: in
    BIC of letting each column depend on the class.
    """

    log_sizes: np.ndarray
    blocks: Blocks
    columns: tuple[np.ndarray, ...]
    log_weights: tuple[np.ndarray, ...]
    log_shares: tuple[np.ndarray, ...]
    log_likelihood: float
    bic: float
    gains: np.ndarray
    posterior: np.ndarray

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.log_sizes)


def parts(s: Scores, blocks: Blocks) -> tuple[list[Part], list[np.ndarray]]:
    """The columns in no block as one part, then every block; and the trait's values of each part."""
    tied = {column for block in blocks for column in block}
    free = np.array([j for j in range(len(s.known)) if j not in tied], dtype=int)
    groups = [(free, False)] if len(free) else []
    groups += [(np.array(block, dtype=int), True) for block in blocks]
    drawn = [answers.trait_values(trait) for _, trait in groups]
    made = [
        Part(columns, answers.take(s, columns), weights)
        for (columns, _), (_, weights) in zip(groups, drawn, strict=True)
    ]
    return made, [nodes for nodes, _ in drawn]


def fit(s: Scores, first: np.ndarray, blocks: Blocks, steps: int, tolerance: float = TOLERANCE) -> Fit:
    """EM from the memberships `first` (customers x K); with `steps` 0 the parameters are those of the memberships."""
    some, nodes = parts(s, blocks)
    fitted = [_first_answers(part, first, values) for part, values in zip(some, nodes, strict=True)]
    log_sizes = _log_sizes(first)
    last = -np.inf
    for _ in range(steps):
        shares = [answers.log_shares(part.scores, a) for part, a in zip(some, fitted, strict=True)]
        posterior, counts, likelihood = _expected(some, log_sizes, shares)
        if likelihood - last <= tolerance * abs(likelihood):
            break
        last = likelihood
        log_sizes = _log_sizes(posterior)
        fitted = [
            answers.improved(part.scores, a, c, logs)
            for part, a, c, logs in zip(some, fitted, counts, shares, strict=True)
        ]
    return _finished(s, some, fitted, log_sizes, blocks)


def _log_sizes(memberships: np.ndarray) -> np.ndarray:
    weights = memberships.sum(axis=0, dtype=np.float64) + 1.0
    return np.log(weights / weights.sum())


def _first_answers(part: Part, first: np.ndarray, nodes: np.ndarray) -> Answers:
    """Tilts fitted to the memberships alone; then a trait along the first axis of what they leave unexplained."""
    s = part.scores
    counts = (s.indicators @ first.astype(np.float32)).astype(np.float64)[:, :, None]
    a = answers.start(s, first.shape[1], np.zeros(1))
    for _ in range(FIRST_STEPS):
        a = answers.improved(s, a, counts)
    loadings = a.loadings
    if len(nodes) > 1:
        loadings = loadings.copy()
        loadings[:, 0] = FIRST_PULL * first_axis(residual_correlation(s, first))
    return Answers(a.base, a.tilts, loadings, nodes)


def residual_correlation(s: Scores, memberships: np.ndarray) -> np.ndarray:
    """Correlation within the classes of the columns' first scores (missing counts as the class's mean)."""
    first = s.traits[:, 0]
    spans = list(zip(s.starts[:-1], s.starts[1:], strict=True))
    values = np.stack([first[a:b] @ s.indicators[a:b] for a, b in spans], axis=1)
    known = np.stack([s.indicators[a:b].sum(axis=0) for a, b in spans], axis=1)
    means = (memberships.T @ (values * known)) / np.maximum(memberships.T @ known, 1e-9)
    rest = (values - memberships @ means) * known
    spread = np.sqrt((rest**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    rest = rest / np.maximum(spread, 1e-9)
    return (rest.T @ rest) / np.maximum(known.T @ known, 1.0)


def first_axis(correlation: np.ndarray) -> np.ndarray:
    """Of a block, scaled to length sqrt(J), signed so that its largest entry is positive."""
    axis = np.linalg.eigh(correlation)[1][:, -1]
    return axis * np.sqrt(len(axis)) * np.sign(axis[np.abs(axis).argmax()])


def _expected(
    some: list[Part], log_sizes: np.ndarray, shares: list[np.ndarray]
) -> tuple[np.ndarray, list[np.ndarray], float]:
    """(posterior customers x K, expected counts per part, log-likelihood).

    Customers come last in all that is computed by the way: numpy walks them in one go.
    """
    scores = np.zeros((len(log_sizes), some[0].scores.indicators.shape[1])) + log_sizes[:, None]
    within = []
    for part, logs in zip(some, shares, strict=True):
        alone, inner = _block_scores(part.scores.indicators, logs, np.log(part.weights))
        scores += alone
        within.append(inner)
    posterior, log_rows = short_axis.normalised(scores, axis=0)
    posterior = posterior.astype(np.float32)
    counts = []
    for part, logs, inner in zip(some, shares, within, strict=True):
        joint = np.multiply(inner, posterior[:, None], out=inner) if inner is not None else posterior
        found = part.scores.indicators @ joint.reshape(-1, joint.shape[-1]).T
        counts.append(found.astype(np.float64).reshape(logs.shape))
    return np.ascontiguousarray(posterior.T), counts, float(log_rows.sum())


def _block_scores(shown: np.ndarray, logs: np.ndarray, log_weights: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """(log-likelihood K x customers of the part's columns, trait values given the class K x Q x customers or None)."""
    m, k, q = logs.shape
    values = (np.ascontiguousarray(logs.reshape(m, k * q).astype(np.float32).T) @ shown).reshape(k, q, -1)
    if q == 1:
        return values[:, 0].astype(np.float64), None
    values += log_weights.astype(np.float32)[:, None]
    inner, alone = short_axis.normalised(values, axis=1)
    return alone.astype(np.float64), inner


def _finished(s: Scores, some: list[Part], fitted: list[Answers], log_sizes: np.ndarray, blocks: Blocks) -> Fit:
    shares = [answers.log_shares(part.scores, a) for part, a in zip(some, fitted, strict=True)]
    posterior, counts, likelihood = _expected(some, log_sizes, shares)
    n = len(posterior)
    gains = np.zeros(len(s.known))
    penalty = (len(log_sizes) - 1) * np.log(max(n, 2))
    for part, a, logs, c in zip(some, fitted, shares, counts, strict=True):
        sizes = np.exp(log_sizes)[:, None] * part.scores.known
        paid = part.scores.class_sizes * (
            np.log(np.maximum(sizes, 2.0)).sum(axis=0) - np.log(np.maximum(part.scores.known, 2))
        )
        gains[part.columns] = 2 * (_told(part.scores, c, logs) - _told_without_classes(part.scores, a, c)) - paid
        traits = part.scores.trait_sizes * np.log(np.maximum(part.scores.known, 2)) * (len(part.weights) > 1)
        penalty += float(paid.sum() + traits.sum())
    independent = float((s.shares * s.known[s.column_of]) @ np.log(s.shares))
    return Fit(
        log_sizes,
        blocks,
        tuple(part.columns for part in some),
        tuple(np.log(part.weights) for part in some),
        tuple(shares),
        likelihood,
        2 * (likelihood - independent) - penalty,
        gains,
        posterior.astype(np.float64),
    )


def _told(s: Scores, counts: np.ndarray, logs: np.ndarray) -> np.ndarray:
    return s.sums((counts * logs).sum(axis=(1, 2)))


def _told_without_classes(s: Scores, a: Answers, counts: np.ndarray) -> np.ndarray:
    """Expected log-likelihood of each column if its answers did not depend on the class."""
    pooled = counts.sum(axis=1, keepdims=True)
    one = Answers(a.base, np.zeros_like(a.tilts[:, :1]), a.loadings, a.nodes)
    for _ in range(FIRST_STEPS + 2):
        one = answers.improved(s, one, pooled)
    return _told(s, pooled, answers.log_shares(s, one))


def memberships(f: Fit, table: Categories) -> np.ndarray:
    """Posterior of each customer of `table` (the same columns as fitted): customers x K, rows that sum to 1."""
    batches = [_memberships(f, table, at) for at in range(0, max(len(table.codes), 1), BATCH)]
    return np.concatenate(batches)


def _memberships(f: Fit, table: Categories, at: int) -> np.ndarray:
    codes = table.codes[at : at + BATCH]
    scores = np.zeros((f.classes, len(codes))) + f.log_sizes[:, None]
    for columns, weights, logs in zip(f.columns, f.log_weights, f.log_shares, strict=True):
        shown = answers.indicators(codes[:, columns], table.levels[columns])
        scores += _block_scores(shown, logs, weights)[0]
    return np.ascontiguousarray(short_axis.normalised(scores, axis=0)[0].T)
