"""Latent class candidates, the yardstick for all families (`families`), and the rule that judges them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from pipeline.segments import answers, mixture, sweep
from pipeline.segments.blocks import tied_columns
from pipeline.segments.categories import Categories
from pipeline.segments.joined import join, separate
from pipeline.segments.mixture import Fit
from pipeline.segments.select import Candidate, size_gate, stability_gate, winner
from pipeline.segments.settings import Params
from pipeline.segments.stability import Refit, resampled
from pipeline.segments.sweep import Sweep

LATENT_CLASS = "latent class"
STARTS_AGAIN = 4
"""Random starts of each refit on a subsample."""
MOST_TESTED = 4
"""Latent class candidates that are resampled, in the order of their score."""


@dataclass(frozen=True)
class Solution:
    """A candidate, its refit, its soft memberships of all customers (rows that sum to 1), each column's gain."""

    candidate: Candidate
    refit: Refit
    resamples: int
    memberships: Callable[[], np.ndarray]
    gains: np.ndarray


def latent_class_solutions(everybody: Categories, rows: np.ndarray, s: Sweep, p: Params) -> list[Solution]:
    """One solution per number of classes in the sweep; `rows`: the customers it was fitted on."""
    kept = everybody.take(s.kept)
    return [_latent_class(kept, rows, s, fit, p) for k, fit in sorted(s.fits.items()) if k > 1]


def _latent_class(kept: Categories, rows: np.ndarray, s: Sweep, fit: Fit, p: Params) -> Solution:
    joined = separate(fit.posterior, bool(fit.blocks))
    labels = hard(joined.memberships(fit.posterior), p.min_probability)
    refit = _Refit(kept.rows(rows), s.pins, fit, joined.segments, p.min_probability)

    def memberships() -> np.ndarray:
        return joined.memberships(mixture.memberships(fit, kept))

    name = f"latent-class-{fit.classes}" + f"-joined-{joined.segments}" * (joined.segments < fit.classes)
    score = s.gain(fit.bic) / len(rows)
    candidate = Candidate(
        name, LATENT_CLASS, joined.segments, labels, score, shading=joined.shading, classes=fit.classes
    )
    return Solution(candidate, refit, p.resamples, memberships, fit.gains)


@dataclass(frozen=True)
class _Refit:
    """The same number of classes, joined to as many `segments`, on a part of the customers (`stability.Refit`)."""

    table: Categories
    pins: np.ndarray
    like: Fit
    segments: int
    min_probability: float

    def __call__(self, part: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        alone = self.segments == self.like.classes
        seed = int(rng.integers(2**31))
        again = sweep.refit(self.table.rows(part), self.pins, self.like, STARTS_AGAIN, seed, merge=alone)
        soft = mixture.memberships(again, self.table)
        return hard(soft if alone else join(again.posterior, self.segments).memberships(soft), self.min_probability)


def hard(memberships: np.ndarray, least: float) -> np.ndarray:
    """The likeliest segment; -1 where its probability is below `least`."""
    return np.where(memberships.max(axis=1) >= least, memberships.argmax(axis=1), -1)


def yardstick(scores: answers.Scores, labels: np.ndarray) -> Fit:
    """The mixture that a partition describes: its groups as classes, the unassigned as one more, blocks as it leaves.

    Its gain in BIC makes partitions of any family comparable with fitted models.
    """
    groups, codes = np.unique(labels, return_inverse=True)
    memberships = np.eye(len(groups))[codes]
    blocks = tied_columns(scores, memberships)
    return mixture.fit(scores, memberships, blocks, sweep.YARDSTICK_STEPS)


def judge(solutions: list[Solution], p: Params) -> tuple[list[Candidate], Candidate | None, dict[str, str]]:
    """(candidates with their stability, winner or None, candidate -> why it was refused); the rule: see `select`."""
    judged, refusals = {}, {}
    passed: list[Candidate] = []
    tested = 0
    for solution in sorted(solutions, key=lambda s: -s.candidate.score):
        candidate = solution.candidate
        refusal = size_gate(candidate, p.min_segment_share)
        if refusal is None and passed and not _close(candidate, passed):
            refusal = f"not resampled: {passed[0].in_words} tells more per customer and is stable"
        if refusal is None and (candidate.family != LATENT_CLASS or tested < MOST_TESTED):
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
