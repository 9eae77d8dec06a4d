"""The segments of other samples of the same customers: drawn anew, clustered anew, matched to the segments found.

Figures per segment take the segments for given, as if another sample of customers had given the same ones. Here the
customers are drawn with replacement, as many as there are; the mixture model is fitted on the draw, and everybody is
assigned by it; its classes are matched to the segments by the customers they share (Hungarian assignment on the
Jaccard index, as personas are matched from one run of the pipeline to the next). What a later stage computes per
segment in each draw has the uncertainty of the segments in it. Held are the columns, their blocks, and the number of
segments; segments that another family found are looked for by the mixture model that describes them best.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from pipeline.core.progress import steps
from pipeline.core.workers import in_order
from pipeline.segments import answers, latent_class, mixture, sweep
from pipeline.segments.blocks import tied_columns
from pipeline.segments.candidates import hard
from pipeline.segments.categories import MISSING, MOST, Categories, categorise
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
        categories = categorise(table, kinds, MOST)
        draws = _Draws(categories, own["segment"].to_numpy(), segments, p)
        runs = range(p.bootstrap_runs)
        fits = in_order(partial(_fit, draws.model), (draws.drawn(run) for run in runs))
        for run in steps(runs, "customers drawn anew"):
            found[f"copies_{run}"], found[f"segment_{run}"] = draws.matched(run, next(fits))
    return pd.DataFrame(found)


class _Draws:
    """What all draws have in common: the customers, and the model of the segments found."""

    def __init__(self, categories: Categories, labels: np.ndarray, segments: int, p: StageParams) -> None:
        self._categories, self._labels, self._segments, self._p = categories, labels, segments, p
        self._known = (categories.codes != MISSING).any(axis=1)
        self._rows = np.flatnonzero(self._known & (labels >= 0))
        self.model = self._described()

    def drawn(self, run: int) -> "_Drawn":
        """What is fitted anew."""
        rng, rows = self._draw(run)
        return _Drawn(self._categories.rows(rows[self._known[rows]][: self._p.fit_customers]), rng)

    def matched(self, run: int, again: Fit) -> tuple[np.ndarray, np.ndarray]:
        """(copies of each customer, segment of each by the model `again`: matched to those found, or none)."""
        copies = np.bincount(self._draw(run)[1], minlength=len(self._labels))
        labels = hard(mixture.memberships(again, self._categories), self._p.min_probability)
        labels[~self._known] = UNASSIGNED
        return copies, matched(self._labels, labels, copies, self._segments)[labels]

    def _draw(self, run: int) -> tuple[np.random.Generator, np.ndarray]:
        n, rng = len(self._labels), np.random.default_rng([self._p.seed, 5, run])
        return rng, rng.integers(0, n, n)

    def _described(self) -> Fit:
        """The mixture that the segments describe."""
        rows = self._rows[
            np.random.default_rng([self._p.seed, 4]).permutation(len(self._rows))[: self._p.fit_customers]
        ]
        scores = answers.scores(self._categories.rows(rows))
        memberships = np.eye(self._segments)[self._labels[rows]]
        return mixture.fit(scores, memberships, tied_columns(scores, memberships), sweep.YARDSTICK_STEPS)


@dataclass(frozen=True)
class _Drawn:
    """Customers drawn with replacement, and the generator for what is random of their model."""

    table: Categories
    rng: np.random.Generator


def _fit(model: Fit, drawn: _Drawn) -> Fit:
    """Of a model begun where the segments of `model` lie, and one begun at random, the one with the larger gain."""
    scores = answers.scores(drawn.table)
    design = latent_class.design(drawn.table)
    at_random = latent_class.fit(design, model.classes, STARTS, drawn.rng, finalists=1)
    begun = (mixture.memberships(model, drawn.table), at_random.posterior)
    return max((mixture.fit(scores, first, model.blocks, sweep.SEARCH_STEPS) for first in begun), key=lambda f: f.bic)


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
