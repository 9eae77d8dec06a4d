"""The candidates of each family, how each is fitted again on a subsample, and how each types all customers."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pipeline.segments import latent_class
from pipeline.segments.categories import Categories
from pipeline.segments.density import density_clusters, hdbscan
from pipeline.segments.embed import LEAST_ROWS, umap, vote
from pipeline.segments.gain import yardstick
from pipeline.segments.select import Candidate, size_gate, stability_gate, winner
from pipeline.segments.settings import Params
from pipeline.segments.stability import Refit, resampled
from pipeline.segments.sweep import Sweep

LATENT_CLASS, DENSITY = "latent class", "UMAP + HDBSCAN"
STARTS_AGAIN = 4
"""Random starts of each refit on a subsample."""
MOST_TESTED = 4
"""Latent class candidates that are resampled, in the order of their score."""


@dataclass(frozen=True)
class Solution:
    """A candidate, its refit, and its soft memberships of all customers (rows that sum to 1)."""

    candidate: Candidate
    refit: Refit
    resamples: int
    memberships: Callable[[], np.ndarray]


def latent_class_solutions(everybody: Categories, rows: np.ndarray, s: Sweep, p: Params) -> list[Solution]:
    """One solution per number of classes in the sweep; `rows`: the customers it was fitted on."""
    fitted = everybody.rows(rows)
    whole = latent_class.design(fitted)
    carriers = fitted.take(s.carriers)
    d = latent_class.design(carriers)
    return [_latent_class(everybody.take(s.carriers), carriers, d, whole, fit, p) for _, fit in sorted(s.fits.items())]


def _latent_class(
    everybody: Categories,
    carriers: Categories,
    d: latent_class.Design,
    whole: latent_class.Design,
    fit: latent_class.Fit,
    p: Params,
) -> Solution:
    top = fit.posterior.max(axis=1)
    labels = np.where(top >= p.min_probability, fit.posterior.argmax(axis=1), -1)

    def refit(rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        part = latent_class.design(carriers.rows(rows))
        again = latent_class.fit(part, fit.classes, STARTS_AGAIN, rng, finalists=1)
        return latent_class.posterior(d, again.log_sizes, again.log_shares).argmax(axis=1)

    def memberships() -> np.ndarray:
        return latent_class.posterior(latent_class.design(everybody), fit.log_sizes, fit.log_shares)

    candidate = Candidate(f"latent-class-{fit.classes}", LATENT_CLASS, fit.classes, labels, yardstick(whole, labels))
    return Solution(candidate, refit, p.resamples, memberships)


def density_solution(
    points: np.ndarray, fit_rows: np.ndarray, rows: np.ndarray, whole: latent_class.Design, p: Params
) -> Solution | None:
    """The consensus of UMAP → HDBSCAN on `rows`, told to `fit_rows` by their neighbours' vote.

    None where UMAP cannot run: switched off, or too few customers or dimensions.
    """
    if p.umap_seeds == 0 or len(rows) < LEAST_ROWS or points.shape[1] < 2:
        return None
    least = max(5, round(p.min_segment_share * len(rows)))
    found = density_clusters(points[rows], least, p.umap_neighbors, p.umap_seeds, p.seed)
    clusters = int(found.labels.max(initial=-1)) + 1
    labels = _voted(points, rows, found.labels, fit_rows)
    score = yardstick(whole, labels)

    def refit(part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        chosen = rows[np.isin(rows, fit_rows[part])]
        layout = umap(points[chosen], min(5, points.shape[1]), p.umap_neighbors, int(rng.integers(2**31)))
        return _voted(points, chosen, hdbscan(layout, max(5, round(p.min_segment_share * len(chosen)))), fit_rows)

    def memberships() -> np.ndarray:
        votes = vote(points[rows], found.labels, points)
        return votes + (1 - votes.sum(axis=1, keepdims=True)) / clusters  # votes for no cluster tell nothing

    candidate = Candidate("umap-hdbscan", DENSITY, clusters, labels, score, agreement=found.agreement)
    return Solution(candidate, refit, p.umap_seeds, memberships)


def _voted(points: np.ndarray, rows: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The most frequent label among the neighbours of `others`; -1 where no cluster has half of the votes."""
    if labels.max(initial=-1) < 0:
        return np.full(len(others), -1)
    shares = vote(points[rows], labels, points[others])
    return np.where(shares.max(axis=1) >= 0.5, shares.argmax(axis=1), -1)


def judge(solutions: list[Solution], p: Params) -> tuple[list[Candidate], Candidate | None, dict[str, str]]:
    """(candidates with their stability, winner or None, candidate -> why it was refused); the rule: see `select`."""
    judged, refusals = {}, {}
    passed: list[Candidate] = []
    tested = 0
    for solution in sorted(solutions, key=lambda s: -s.candidate.score):
        candidate = solution.candidate
        settled = any(c.family == candidate.family for c in passed) and not _close(candidate, passed)
        refusal = size_gate(candidate, p.min_segment_share)
        if refusal is None and not settled and tested < MOST_TESTED:
            found = resampled(candidate.labels, candidate.segments, solution.refit, solution.resamples, p.seed)
            candidate = replace(
                candidate,
                stability=found,
                agreement=candidate.agreement if candidate.agreement is not None else found.agreement,
            )
            tested += candidate.family == LATENT_CLASS
        refusal = refusal or stability_gate(candidate, p.min_stability)
        if refusal:
            refusals[candidate.name] = refusal
        else:
            passed.append(candidate)
        judged[candidate.name] = candidate
    return [judged[s.candidate.name] for s in solutions], winner(passed), refusals


def _close(candidate: Candidate, passed: list[Candidate]) -> bool:
    """Whether the candidate could still win as the simpler one of a tie."""
    best = max(passed, key=lambda c: c.score)
    return winner([best, replace(candidate, stability=None)]) is not best
