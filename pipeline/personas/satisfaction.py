"""Scores that customers gave: net promoter score and satisfaction, one value per customer and question."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.sources import DatasetSettings

PROMOTER, DETRACTOR = 9, 6
"""Reichheld 2003: 9 and 10 promote, 0 to 6 detract."""


@dataclass(frozen=True)
class Score:
    """A key figure from answers: `values` by customer_id, missing where not answered; `levels` > 0 for ratings."""

    kpi: str
    label: str
    unit: str
    kind: str
    values: pd.Series


def scores(responses: pd.DataFrame, settings: DatasetSettings) -> list[Score]:
    """Per NPS question its points; per rated satisfaction question its top-2-box share and its mean from 1 up.

    Straight-liners' ratings are not believed. With several responses of one customer the latest counts.
    """
    questions = {name: q for s in settings.sources.values() for name, q in s.questions.items()}
    nps = [name for name, q in questions.items() if q.kind == "nps"]
    rated = [
        name
        for name, q in questions.items()
        if q.theme == "satisfaction" and q.kind in ("likert", "single") and q.levels
    ]
    found: list[Score] = []
    for name in nps:
        values = _points(latest(responses, name))
        found.append(Score(_named("nps", name, nps), questions[name].label, "points", "mean", values))
    for name in rated:
        levels = questions[name].levels or []
        position = latest(responses[~responses["straight_liner"]], name)
        if questions[name].reverse:
            position = len(levels) - 1 - position
        label = questions[name].label
        top = (position >= len(levels) - 2).astype("float64")
        found.append(Score(_named("csat", name, rated), f"{label} (two best answers)", "share", "share", top))
        found.append(
            Score(_named("csat mean", name, rated), f"{label} (mean)", f"of {len(levels)}", "mean", position + 1)
        )
    return [score for score in found if score.values.notna().any()]


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
