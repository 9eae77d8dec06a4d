"""Candidates of other families than latent classes, each judged by the same yardstick and the same gates.

UMAP + HDBSCAN     consensus over seeds (`density`)
HDBSCAN            on the encoded dimensions
Gaussian mixture   full covariances on the encoded dimensions
k-prototypes       on the categories of the columns (`prototypes`)

Of the last two the number of groups is the one whose partition tells most on the yardstick: the best that the family
can do, not what its own criterion would have picked.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from pipeline.core.progress import steps
from pipeline.core.workers import in_order
from pipeline.segments import answers, prototypes
from pipeline.segments.candidates import Solution, hard, yardstick
from pipeline.segments.categories import Categories
from pipeline.segments.density import Density, density_clusters, hdbscan
from pipeline.segments.embed import LEAST_ROWS, umap, vote
from pipeline.segments.joined import separate
from pipeline.segments.mixture import Fit
from pipeline.segments.select import Candidate
from pipeline.segments.settings import Params
from pipeline.segments.sweep import Sweep

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

UMAP, HDBSCAN, GAUSSIAN, PROTOTYPES = "UMAP + HDBSCAN", "HDBSCAN", "Gaussian mixture", "k-prototypes"
STARTS = 3
LEAST_PER_GROUP = 10
UMAP_DIMENSIONS = 5

Customers = np.ndarray | Categories
"""Points, or categories, of some customers."""


@dataclass(frozen=True)
class Table:
    """What families are fitted on: `everybody` and `points` of all customers, on the columns that carry segments;
    `fit_rows` of the sample, `rows` of different customers among them; `scores` of the sample on the kept columns."""

    everybody: Categories
    points: np.ndarray
    fit_rows: np.ndarray
    rows: np.ndarray
    scores: answers.Scores


@dataclass(frozen=True)
class Found:
    """At most one solution of each family, and `rows` in two dimensions by UMAP, for pictures (if UMAP is wanted)."""

    solutions: list[Solution]
    plane: np.ndarray | None


def solutions(t: Table, s: Sweep, p: Params) -> Found:
    """Solutions of all families for which there are enough customers and dimensions.

    All are fitted side by side; UMAP in one job, as every process that runs it compiles it first.
    """
    groupings = _groupings(t, p)
    numbers = range(2, _most(t, p) + 1)
    jobs: list[Callable[[], Any]] = [partial(_layouts, t.points[t.rows], p), partial(_hdbscan, t.points[t.rows], p)]
    jobs += [partial(_tried, g, t.scores, p, k) for g in groupings.values() for k in numbers]
    done = in_order(_run, jobs)
    found: list[Solution | None] = []
    plane = None
    for family in steps([UMAP, HDBSCAN, GAUSSIAN, PROTOTYPES], "other families"):
        if family == UMAP:
            clusters, plane = next(done)
            found.append(_density(t, s, p, UMAP, clusters))
        elif family == HDBSCAN:
            found.append(_density(t, s, p, HDBSCAN, next(done)))
        elif family in groupings:
            found.append(_parametric(t, s, p, groupings[family], {k: next(done) for k in numbers}))
    return Found([solution for solution in found if solution is not None], plane)


def _run(job: Callable[[], Any]) -> Any:
    return job()


def _layouts(points: np.ndarray, p: Params) -> tuple[Density | None, np.ndarray | None]:
    """(consensus of clusters in layouts of these different customers, a layout in two dimensions)."""
    if not p.umap_seeds or points.shape[1] == 0:
        return None, None
    clusters = None
    if _enough(points):
        clusters = density_clusters(points, _least(p, len(points)), p.umap_neighbors, p.umap_seeds, p.seed)
    return clusters, umap(points, 2, p.umap_neighbors, p.seed)


def _hdbscan(points: np.ndarray, p: Params) -> Density | None:
    return Density(hdbscan(points, _least(p, len(points))), None) if _enough(points) else None


def _enough(points: np.ndarray) -> bool:
    return len(points) >= LEAST_ROWS and points.shape[1] >= 2


def _least(p: Params, customers: int) -> int:
    return max(5, round(p.min_segment_share * customers))


def _density(t: Table, s: Sweep, p: Params, family: str, clusters: Density | None) -> Solution | None:
    """Clusters of `rows`, told to the sample by their neighbours' vote."""
    if clusters is None:
        return None
    sample, different = t.points[t.fit_rows], np.searchsorted(t.fit_rows, t.rows)
    labels = _voted(sample, different, clusters.labels)
    count = int(clusters.labels.max(initial=-1)) + 1

    def memberships() -> np.ndarray:
        votes = vote(t.points[t.rows], clusters.labels, t.points)
        return votes + (1 - votes.sum(axis=1, keepdims=True)) / count  # votes for no cluster tell nothing

    name = "umap-hdbscan" if family == UMAP else "hdbscan"
    described = yardstick(t.scores, labels)
    score = _score(s, described, labels)
    candidate = Candidate(name, family, count, labels, score, agreement=clusters.agreement)
    again = _DensityAgain(sample, different, family == UMAP, p)
    return Solution(candidate, again, p.umap_seeds if family == UMAP else p.resamples, memberships, described.gains)


@dataclass(frozen=True)
class _DensityAgain:
    """Clusters of a part of the `different` customers of a sample, told to all of it (`stability.Refit`)."""

    sample: np.ndarray
    different: np.ndarray
    layout: bool
    p: Params

    def __call__(self, part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        chosen = self.different[np.isin(self.different, part)]
        points, seed = self.sample[chosen], int(rng.integers(2**31))
        if self.layout:
            points = umap(points, min(UMAP_DIMENSIONS, points.shape[1]), self.p.umap_neighbors, seed)
        return _voted(self.sample, chosen, hdbscan(points, _least(self.p, len(chosen))))


def _voted(sample: np.ndarray, chosen: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The most frequent label among the `chosen` neighbours; -1 where no cluster has half of the votes."""
    if labels.max(initial=-1) < 0:
        return np.full(len(sample), -1)
    shares = vote(sample[chosen], labels, sample)
    return np.where(shares.max(axis=1) >= 0.5, shares.argmax(axis=1), -1)


def _score(s: Sweep, described: Fit, labels: np.ndarray) -> float:
    return s.gain(described.bic) / len(labels) if described.classes > 1 else 0.0


class _Model(Protocol):
    def memberships(self, table: Any) -> np.ndarray: ...


@dataclass(frozen=True)
class _Grouping:
    """A family that is told how many groups to find, and the sample it finds them in."""

    family: str
    sample: Customers
    fit: Callable[[Any, int, int], _Model]

    def again(self, groups: int, least: float, part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """`stability.Refit`, once the first two are given."""
        some = self.sample.rows(part) if isinstance(self.sample, Categories) else self.sample[part]
        return hard(self.fit(some, groups, int(rng.integers(2**31))).memberships(self.sample), least)


@dataclass(frozen=True)
class _Try:
    """So many groups: the model, whom it is sure of, and what that tells (`candidates.yardstick`)."""

    model: _Model
    labels: np.ndarray
    described: Fit


def _groupings(t: Table, p: Params) -> dict[str, _Grouping]:
    if _most(t, p) < 2 or not t.everybody.names:
        return {}
    found = [_Grouping(GAUSSIAN, t.points[t.fit_rows], _fit_gaussian)] if t.points.shape[1] else []
    found.append(_Grouping(PROTOTYPES, t.everybody.rows(t.fit_rows), _fit_prototypes))
    return {grouping.family: grouping for grouping in found}


def _most(t: Table, p: Params) -> int:
    return min(p.max_segments, len(t.rows) // LEAST_PER_GROUP)


def _tried(g: _Grouping, scores: answers.Scores, p: Params, groups: int) -> _Try:
    model = g.fit(g.sample, groups, p.seed)
    labels = hard(model.memberships(g.sample), p.min_probability)
    return _Try(model, labels, yardstick(scores, labels))


def _parametric(t: Table, s: Sweep, p: Params, g: _Grouping, tried: dict[int, _Try]) -> Solution:
    """The number of groups whose partition of the sample tells most."""
    scores = {k: _score(s, found.described, found.labels) for k, found in tried.items()}
    best = max(scores, key=lambda k: (scores[k], -k))
    model, labels = tried[best].model, tried[best].labels
    everybody = yardstick(t.scores, model.memberships(g.sample).argmax(axis=1))
    apart = separate(everybody.posterior, bool(everybody.blocks)).shading
    candidate = Candidate(
        f"{g.family.lower().replace(' ', '-')}-{best}", g.family, best, labels, scores[best], shading=apart
    )

    def memberships() -> np.ndarray:
        return model.memberships(t.points if g.family == GAUSSIAN else t.everybody)

    again = partial(g.again, best, p.min_probability)
    return Solution(candidate, again, p.resamples, memberships, tried[best].described.gains)


@dataclass(frozen=True)
class _Mixture:
    model: "GaussianMixture"

    def memberships(self, table: np.ndarray) -> np.ndarray:
        return np.asarray(self.model.predict_proba(table))


def _fit_gaussian(points: np.ndarray, groups: int, seed: int) -> _Mixture:
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(groups, n_init=STARTS, reg_covar=1e-3, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an end before convergence, or fewer different customers than groups
        return _Mixture(model.fit(points))


def _fit_prototypes(table: Categories, groups: int, seed: int) -> prototypes.Prototypes:
    return prototypes.fit(table, groups, STARTS, np.random.default_rng([seed, groups]))
