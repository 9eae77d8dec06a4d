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

import numpy as np

from pipeline.core.progress import steps
from pipeline.segments import answers, prototypes
from pipeline.segments.candidates import Solution, hard, yardstick
from pipeline.segments.categories import Categories
from pipeline.segments.density import density_clusters, hdbscan
from pipeline.segments.embed import LEAST_ROWS, umap, vote
from pipeline.segments.joined import separate
from pipeline.segments.mixture import Fit
from pipeline.segments.select import Candidate
from pipeline.segments.settings import Params
from pipeline.segments.sweep import Sweep

UMAP, HDBSCAN, GAUSSIAN, PROTOTYPES = "UMAP + HDBSCAN", "HDBSCAN", "Gaussian mixture", "k-prototypes"
STARTS = 3
LEAST_PER_GROUP = 10
UMAP_DIMENSIONS = 5

Model = Callable[[np.ndarray, int, int], Callable[[np.ndarray | None], np.ndarray]]
"""(rows to fit on, groups, seed) -> (rows or None for everybody -> memberships)."""


@dataclass(frozen=True)
class Table:
    """What families are fitted on: `everybody` and `points` of all customers, on the columns that carry segments;
    `fit_rows` of the sample, `rows` of different customers among them; `scores` of the sample on the kept columns."""

    everybody: Categories
    points: np.ndarray
    fit_rows: np.ndarray
    rows: np.ndarray
    scores: answers.Scores


def solutions(t: Table, s: Sweep, p: Params) -> list[Solution]:
    """At most one solution of each family; none where there are too few customers or dimensions for it."""
    found: list[Solution | None] = []
    for family in steps([UMAP, HDBSCAN, GAUSSIAN, PROTOTYPES], "other families"):
        if family in (UMAP, HDBSCAN):
            found.append(_density(t, s, p, family))
        else:
            model = _gaussian(t) if family == GAUSSIAN else _prototypes(t)
            found.append(_parametric(t, s, p, family, model))
    return [solution for solution in found if solution is not None]


def _density(t: Table, s: Sweep, p: Params, family: str) -> Solution | None:
    """Clusters of `rows`, told to the sample by their neighbours' vote."""
    seeds = p.umap_seeds if family == UMAP else 1
    if seeds == 0 or len(t.rows) < LEAST_ROWS or t.points.shape[1] < 2:
        return None
    least = _least(p, t.rows)
    agreement = None
    if family == UMAP:
        consensus = density_clusters(t.points[t.rows], least, p.umap_neighbors, seeds, p.seed)
        clustered, agreement = consensus.labels, consensus.agreement
    else:
        clustered = hdbscan(t.points[t.rows], least)
    clusters = int(clustered.max(initial=-1)) + 1
    labels = _voted(t, t.rows, clustered)

    def refit(part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        chosen = t.rows[np.isin(t.rows, t.fit_rows[part])]
        points, seed = t.points[chosen], int(rng.integers(2**31))
        if family == UMAP:
            points = umap(points, min(UMAP_DIMENSIONS, points.shape[1]), p.umap_neighbors, seed)
        return _voted(t, chosen, hdbscan(points, _least(p, chosen)))

    def memberships() -> np.ndarray:
        votes = vote(t.points[t.rows], clustered, t.points)
        return votes + (1 - votes.sum(axis=1, keepdims=True)) / clusters  # votes for no cluster tell nothing

    name = "umap-hdbscan" if family == UMAP else "hdbscan"
    described = yardstick(t.scores, labels)
    candidate = Candidate(name, family, clusters, labels, _score(s, described, labels), agreement=agreement)
    return Solution(candidate, refit, seeds if family == UMAP else p.resamples, memberships, described.gains)


def _least(p: Params, rows: np.ndarray) -> int:
    return max(5, round(p.min_segment_share * len(rows)))


def _voted(t: Table, rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The most frequent label among the neighbours of the sample; -1 where no cluster has half of the votes."""
    if labels.max(initial=-1) < 0:
        return np.full(len(t.fit_rows), -1)
    shares = vote(t.points[rows], labels, t.points[t.fit_rows])
    return np.where(shares.max(axis=1) >= 0.5, shares.argmax(axis=1), -1)


def _score(s: Sweep, described: Fit, labels: np.ndarray) -> float:
    return s.gain(described.bic) / len(labels) if described.classes > 1 else 0.0


def _parametric(t: Table, s: Sweep, p: Params, family: str, model: Model) -> Solution | None:
    """The number of groups whose partition of the sample tells most."""
    most = min(p.max_segments, len(t.rows) // LEAST_PER_GROUP)
    if most < 2 or (family == GAUSSIAN and t.points.shape[1] < 1) or not t.everybody.names:
        return None
    tried = {k: model(t.fit_rows, k, p.seed) for k in range(2, most + 1)}
    labels = {k: hard(typed(t.fit_rows), p.min_probability) for k, typed in tried.items()}
    described = {k: yardstick(t.scores, found) for k, found in labels.items()}
    best = max(described, key=lambda k: (_score(s, described[k], labels[k]), -k))

    def refit(part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        again = model(t.fit_rows[part], best, int(rng.integers(2**31)))
        return hard(again(t.fit_rows), p.min_probability)

    name = f"{family.lower().replace(' ', '-')}-{best}"
    everybody = yardstick(t.scores, tried[best](t.fit_rows).argmax(axis=1))
    apart = separate(everybody.posterior, bool(everybody.blocks)).shading
    candidate = Candidate(name, family, best, labels[best], _score(s, described[best], labels[best]), shading=apart)
    return Solution(candidate, refit, p.resamples, lambda: tried[best](None), described[best].gains)


def _gaussian(t: Table) -> Model:
    def fit(rows: np.ndarray, groups: int, seed: int) -> Callable[[np.ndarray | None], np.ndarray]:
        from sklearn.mixture import GaussianMixture

        model = GaussianMixture(groups, n_init=STARTS, reg_covar=1e-3, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an end before convergence, or fewer different customers than groups
            model.fit(t.points[rows])
        return lambda some: np.asarray(model.predict_proba(t.points if some is None else t.points[some]))

    return fit


def _prototypes(t: Table) -> Model:
    def fit(rows: np.ndarray, groups: int, seed: int) -> Callable[[np.ndarray | None], np.ndarray]:
        found = prototypes.fit(t.everybody.rows(rows), groups, STARTS, np.random.default_rng([seed, groups]))
        return lambda some: found.memberships(t.everybody if some is None else t.everybody.rows(some))

    return fit
