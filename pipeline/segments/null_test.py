"""Is there more structure than in data without segments? Two kinds of such data, both with the columns' own values.

`independent`  every column shuffled: no column knows of any other.
`continuum`    one cloud: a Gaussian copula with the columns' own rank correlations. Dependence, no groups: a gradient
               cut into classes looks like this, and segments worth the name must explain more. (Liu, Hayes, Nobel and
               Marron 2008 test clusters against one Gaussian in the same spirit.)

The statistic is the likelihood ratio of the chosen number of classes against one class, refitted on each null table;
against the continuum, both with the blocks of tied columns that they leave (`mixture`). Missing cells stay where they
are. A test ends at the first null table that beats the observed one (Besag and Clifford 1991): its p is above 5 % then.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm, rankdata

from pipeline.core.progress import steps
from pipeline.core.workers import in_order
from pipeline.segments import answers, latent_class, mixture
from pipeline.segments.blocks import tied_columns
from pipeline.segments.categories import MISSING, Categories

ROWS = 2000
STARTS = 4
CALIBRATION_STEPS = 6
FIT_STEPS = 25


Maker = Callable[[Categories, np.random.Generator], Categories]
Statistic = Callable[[Categories, int, np.random.Generator], float]


@dataclass(frozen=True)
class NullTest:
    """p = (1 + #{null >= observed}) / (B + 1); `beyond`: share of the statistic that null tables miss on average."""

    p: float
    beyond: float


def null_tests(categories: Categories, classes: int, resamples: int, seed: int) -> dict[str, NullTest]:
    """Both tests for a model of `classes` classes on the columns of `categories`, on at most `ROWS` customers."""
    rng = np.random.default_rng([seed, 1])
    rows = np.sort(rng.permutation(len(categories.codes))[:ROWS])
    table = categories.rows(rows)
    return {
        "independent": _test("independent", _Null(table, shuffled, _dependence, classes, (seed, 1, 1)), resamples),
        "continuum": _test(
            "continuum", _Null(table, continuum(table, rng), _grouping, classes, (seed, 1, 2)), resamples
        ),
    }


@dataclass(frozen=True)
class _Null:
    """A test's statistic of the observed table (copy 0) and of null tables (copies 1, 2, …), each by its own seed."""

    table: Categories
    make: Maker
    statistic: Statistic
    classes: int
    seed: tuple[int, ...]

    def __call__(self, copy: int) -> float:
        rng = np.random.default_rng([*self.seed, copy])
        return self.statistic(self.make(self.table, rng) if copy else self.table, self.classes, rng)


def _test(name: str, statistic: _Null, most: int) -> NullTest:
    found = in_order(statistic, range(most + 1))
    observed = next(found)
    null: list[float] = []
    for _ in steps(range(most), f"null data, {name}"):
        null.append(next(found))
        if null[-1] >= observed:
            break
    found.close()
    beaten = not null or null[-1] < observed
    p = 1 / (len(null) + 1) if beaten else 1 / len(null)
    return NullTest(max(p, 1 / (most + 1)), float(1 - np.mean(null) / observed) if observed > 0 and null else 0.0)


def _dependence(table: Categories, classes: int, rng: np.random.Generator) -> float:
    d = latent_class.design(table)
    fitted = latent_class.fit(d, classes, STARTS, rng, finalists=1)
    return 2 * (fitted.log_likelihood - latent_class.log_likelihood_of_one_class(d))


def _grouping(table: Categories, classes: int, rng: np.random.Generator) -> float:
    s = answers.scores(table)
    one = np.ones((len(table.codes), 1))
    first = latent_class.fit(latent_class.design(table), classes, STARTS, rng, finalists=1).posterior
    return 2 * (_likelihood(s, first) - _likelihood(s, one))


def _likelihood(s: answers.Scores, first: np.ndarray) -> float:
    """The better of the models without blocks and with the blocks that it leaves."""
    alone = mixture.fit(s, first, (), FIT_STEPS)
    blocks = tied_columns(s, alone.posterior)
    tied = mixture.fit(s, first, blocks, FIT_STEPS) if blocks else alone
    return max(alone, tied, key=lambda f: f.bic).log_likelihood


def shuffled(table: Categories, rng: np.random.Generator) -> Categories:
    """Each column's known values in random order."""
    codes = table.codes.copy()
    for j in range(codes.shape[1]):
        known = np.flatnonzero(codes[:, j] != MISSING)
        codes[known, j] = codes[rng.permutation(known), j]
    return replace(table, codes=codes)


def continuum(table: Categories, rng: np.random.Generator) -> Maker:
    """A maker of tables from one Gaussian cloud whose categories correlate as those of `table` do."""
    ordered = replace(table, codes=_order_levels(table))
    return _Cloud(ordered, _calibrated_root(ordered, rng))


@dataclass(frozen=True)
class _Cloud:
    """Draws tables of which every column is a cut through one Gaussian cloud; `root` of its correlations."""

    ordered: Categories
    root: np.ndarray

    def __call__(self, _: Categories, rng: np.random.Generator) -> Categories:
        cloud = rng.standard_normal(self.ordered.codes.shape) @ self.root.T
        return replace(self.ordered, codes=_cut(cloud, self.ordered))


def _order_levels(table: Categories) -> np.ndarray:
    """Codes with the levels of every column put in the order of the first axis of all columns together."""
    d = latent_class.design(table)
    shown = np.ascontiguousarray(d.indicators.T)
    share = shown.mean(axis=0)
    centred = (shown - share) / np.sqrt(np.maximum(share, 1e-9))
    _, _, axes = np.linalg.svd(centred.T @ centred / len(centred))
    score = centred @ axes[0] * np.sign(axes[0][np.argmax(np.abs(axes[0]))])
    codes = table.codes.copy()
    for j, levels in enumerate(table.levels):
        means = np.array(
            [
                score[table.codes[:, j] == level].mean() if (table.codes[:, j] == level).any() else 0.0
                for level in range(levels)
            ]
        )
        if not _monotone(means):
            position = np.argsort(np.argsort(means, kind="stable"), kind="stable")
            known = codes[:, j] != MISSING
            codes[known, j] = position[codes[known, j]]
    return codes


def _monotone(means: np.ndarray) -> bool:
    steps_between = np.diff(means)
    return bool((steps_between >= 0).all() or (steps_between <= 0).all())


def _calibrated_root(table: Categories, rng: np.random.Generator) -> np.ndarray:
    """A root of the correlations that the cloud needs to correlate as observed once it is cut into categories.

    Cutting weakens correlation; the difference is added back a few times (as in NORTA, Cario and Nelson 1997).
    """
    target = _correlation(table.codes)
    needed = target.copy()
    draws = rng.standard_normal(table.codes.shape)
    root = _root(needed)
    for _ in range(CALIBRATION_STEPS):
        needed = np.clip(needed + target - _correlation(_cut(draws @ root.T, table)), -0.999, 0.999)
        np.fill_diagonal(needed, 1.0)
        root = _root(needed)
    return root


def _root(correlation: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    return root / np.sqrt(np.maximum((root**2).sum(axis=1, keepdims=True), 1e-12))


def _cut(cloud: np.ndarray, table: Categories) -> np.ndarray:
    """The known values of each column of `table`, given out in the order of `cloud`."""
    codes = table.codes.copy()
    for j in range(codes.shape[1]):
        known = np.flatnonzero(codes[:, j] != MISSING)
        codes[known[np.argsort(cloud[known, j], kind="stable")], j] = np.sort(codes[known, j])
    return codes


def _correlation(codes: np.ndarray) -> np.ndarray:
    """Correlation of normal scores over the customers who have both values (missing counts as the mean)."""
    scores = np.zeros(codes.shape)
    for j in range(codes.shape[1]):
        known = codes[:, j] != MISSING
        ranks = rankdata(codes[known, j])
        values = norm.ppf((ranks - 0.5) / max(known.sum(), 1))
        scores[known, j] = (values - values.mean()) / max(values.std(), 1e-12) if known.any() else 0.0
    both = (codes != MISSING).astype(float)
    return (scores.T @ scores) / np.maximum(both.T @ both, 1.0)
