"""The segments of other samples of the same customers: drawn anew, clustered anew, matched to the segments found.

Figures per segment take the segments for given, as if another sample of customers had given the same ones. Here the
customers are drawn with replacement, as many as there are; the mixture model is fitted on the draw, and everybody is
assigned by it; its classes are matched to the segments by the customers they share (Hungarian assignment on the
Jaccard index, as personas are matched from one run of the pipeline to the next). What a later stage computes per
segment in each draw has the uncertainty of the segments in it. Held are the columns, their blocks, and the number of
segments; segments that another family found are looked for by the mixture model that describes them best.
"""

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from pipeline.core.progress import steps
from pipeline.segments import answers, latent_class, mixture, sweep
from pipeline.segments.blocks import tied_columns
from pipeline.segments.candidates import hard
from pipeline.segments.categories import MISSING, Categories, categories_for, categorise
from pipeline.segments.continuity import SAME
from pipeline.segments.mixture import Fit
from pipeline.segments.schema import UNASSIGNED
from pipeline.segments.settings import StageParams

STARTS = 3
"""Random starts of each fit."""


def resampled_members(
    features: pd.DataFrame, dictionary: pd.DataFrame, members: pd.DataFrame, carriers: list[str], p: StageParams
) -> pd.DataFrame:
    """`schema.RESAMPLED`: for each of `p.bootstrap_runs` draws, how often each customer is in it, and in which segment.

    `carriers`: the columns that separate the segments. Without segments there is nothing to find again: no draws.
    """
    own = members.sort_values("customer_id", kind="stable", ignore_index=True)
    found: dict[str, object] = {"customer_id": own["customer_id"]}
    segments = int(own["segment"].max()) + 1 if len(own) else 0
    if segments > 1 and carriers:
        kinds = {str(name): str(kind) for name, kind in dictionary.set_index("column")["kind"].items()}
        table = features.set_index("customer_id").loc[own["customer_id"], carriers].reset_index(drop=True)
        categories = categorise(table, kinds, categories_for(min(len(table), p.fit_customers)))
        draws = _Draws(categories, own["segment"].to_numpy(), segments, p)
        for run in steps(range(p.bootstrap_runs), "customers drawn anew"):
            found[f"copies_{run}"], found[f"segment_{run}"] = draws.run(run)
    return pd.DataFrame(found)


class _Draws:
    """What all draws have in common: the customers, and the model of the segments found."""

    def __init__(self, categories: Categories, labels: np.ndarray, segments: int, p: StageParams) -> None:
        self._categories, self._labels, self._segments, self._p = categories, labels, segments, p
        self._known = (categories.codes != MISSING).any(axis=1)
        self._rows = np.flatnonzero(self._known & (labels >= 0))
        self._model = self._described()

    def run(self, run: int) -> tuple[np.ndarray, np.ndarray]:
        """(copies of each customer, segment of each: matched to those found, or none)."""
        n, rng = len(self._labels), np.random.default_rng([self._p.seed, 5, run])
        drawn = rng.integers(0, n, n)
        copies = np.bincount(drawn, minlength=n)
        fitted = drawn[self._known[drawn]][: self._p.fit_customers]
        again = hard(mixture.memberships(self._fit(fitted, rng), self._categories), self._p.min_probability)
        again[~self._known] = UNASSIGNED
        return copies, matched(self._labels, again, copies, self._segments)[again]

    def _described(self) -> Fit:
        """The mixture that the segments describe."""
        rows = self._rows[
            np.random.default_rng([self._p.seed, 4]).permutation(len(self._rows))[: self._p.fit_customers]
        ]
        scores = answers.scores(self._categories.rows(rows))
        memberships = np.eye(self._segments)[self._labels[rows]]
        return mixture.fit(scores, memberships, tied_columns(scores, memberships), sweep.YARDSTICK_STEPS)

    def _fit(self, rows: np.ndarray, rng: np.random.Generator) -> Fit:
        """Of a model begun where the segments lie, and one begun at random, the one with the larger gain."""
        table = self._categories.rows(rows)
        scores = answers.scores(table)
        at_random = latent_class.fit(latent_class.design(table), self._segments, STARTS, rng, finalists=1)
        begun = (mixture.memberships(self._model, table), at_random.posterior)
        fits = [mixture.fit(scores, first, self._model.blocks, sweep.SEARCH_STEPS) for first in begun]
        return max(fits, key=lambda fit: fit.bic)


def matched(labels: np.ndarray, again: np.ndarray, copies: np.ndarray, segments: int) -> np.ndarray:
    """Segment that each label of `again` is; `UNASSIGNED` for those that are none, and last, for label -1.

    Both are labels of the same customers, who count by their `copies`. A pair counts from a Jaccard index of `SAME` on.
    """
    others = int(again.max(initial=-1)) + 1
    both = np.zeros((segments + 1, others + 1))
    np.add.at(both, (labels, again), copies)
    inside, mine, theirs = both[:-1, :-1], both.sum(axis=1)[:-1], both.sum(axis=0)[:-1]
    jaccard = inside / np.maximum(mine[:, None] + theirs[None, :] - inside, 1)
    names = np.full(others + 1, UNASSIGNED)
    for segment, other in zip(*linear_sum_assignment(-jaccard), strict=True):
        if jaccard[segment, other] >= SAME:
            names[other] = segment
    return names
