"""Scores that customers gave: net promoter score and satisfaction, one value per customer and question."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.sources import DatasetSettings, QuestionSettings

PROMOTER, DETRACTOR = 9, 6
"""Reichheld 2003: 9 and 10 promote, 0 to 6 detract."""

MOST_POINTS = 10
_RATED = ("likert", "single", "numeric")


@dataclass(frozen=True)
class Score:
    """A key figure from answers: `values` by customer_id, missing where not answered."""

    kpi: str
    label: str
    unit: str
    kind: str
    values: pd.Series


def scores(responses: pd.DataFrame, settings: DatasetSettings) -> list[Score]:
    """Per NPS question its points; per rated satisfaction question its top-2-box share and its mean from 1 up.

    A rating without declared levels is taken to end at the best answer given. Straight-liners' Likert answers are not
    believed. With several responses of one customer the latest counts.
    """
    questions = {name: q for s in settings.sources.values() for name, q in s.questions.items()}
    nps = [name for name, q in questions.items() if q.kind == "nps"]
    rated = [name for name, q in questions.items() if q.theme == "satisfaction" and q.kind in _RATED]
    believed = responses[~(responses["straight_liner"] & (responses["kind"] == "likert"))]
    found: list[Score] = []
    for name in nps:
        values = _points(latest(responses, name))
        found.append(Score(_named("nps", name, nps), questions[name].label, "points", "mean", values))
    for name in rated:
        found += _ratings(name, questions[name], latest(believed, name), rated)
    return [score for score in found if score.values.notna().any()]


def _ratings(name: str, question: QuestionSettings, given: pd.Series, alike: list[str]) -> list[Score]:
    """Top-2-box share and mean of a rating; of a number that is no rating from 0 or 1 up only the mean."""
    label, best = question.label, None
    if question.levels:
        best = float(len(question.levels))
        given = best - given if question.reverse else given + 1
    elif given.notna().any() and (given % 1 == 0).all() and given.between(0, MOST_POINTS).all():
        best = float(given.max())
    mean = Score(_named("csat mean", name, alike), f"{label} (mean)", f"of {best:g}" if best else "", "mean", given)
    if not best:
        return [mean]
    top = (given >= best - 1).astype("float64")
    return [Score(_named("csat", name, alike), f"{label} (two best answers)", "share", "share", top), mean]


def latest(responses: pd.DataFrame, question: str) -> pd.Series:
    """The latest answer's value of each linked customer; of answers at one moment the highest."""
    own = responses[(responses["question"] == question) & responses["customer_id"].notna() & responses["value"].notna()]
    ordered = own.sort_values(["answered_at", "value"], na_position="first", kind="stable")
    return ordered.groupby("customer_id")["value"].last()


def _points(values: pd.Series) -> pd.Series:
    points = np.select([values >= PROMOTER, values <= DETRACTOR], [100.0, -100.0], 0.0)
    return pd.Series(points, index=values.index)


def _named(kpi: str, question: str, alike: list[str]) -> str:
    """The plain word where only one question asks for it."""
    return kpi if len(alike) == 1 else f"{kpi}: {question}"
