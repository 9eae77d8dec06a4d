"""Which persona is attractive, and where we are strong: the matrix from declared criteria and weights."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipeline.personas.schema import EVALUATION

TOTAL = "total"
HIGHEST = 10.0
Criteria = Mapping[str, Mapping[str, float]]
"""Axis -> criterion -> weight; a negative weight means that less is better."""


def evaluation(
    ids: list[str],
    criteria: Criteria,
    measured: Mapping[str, Mapping[str, float]],
    rated: Mapping[str, Mapping[str, float]],
) -> pd.DataFrame:
    """The table `EVALUATION` for the personas `ids`.

    `measured`: criterion -> persona -> figure; scored from 0 for the least to 10 for the most, 5 where all are equal.
    `rated`: the same from the team, on 0 to 10, taken as it is and in place of a measurement. A criterion that is not
    known of every persona counts as not supplied for all, so that no persona is compared on less.
    """
    rows: list[dict[str, object]] = []
    for axis, weights in criteria.items():
        known: dict[str, tuple[float, np.ndarray]] = {}
        for criterion, weight in weights.items():
            values, source = _values(ids, criterion, measured, rated)
            scores = _scores(values, weight, source)
            if not np.isnan(scores).any():
                known[criterion] = (abs(weight), scores)
            for at, persona in enumerate(ids):
                rows.append(_row(persona, axis, criterion, weight, values[at], scores[at], source))
        rows += _totals(ids, axis, known)
    return pd.DataFrame(rows, columns=list(EVALUATION.columns)) if rows else EVALUATION.empty()


def totals(found: pd.DataFrame, persona: str) -> dict[str, float | None]:
    """Axis -> total score of a persona, None where nothing is supplied."""
    own = found[(found["persona_id"] == persona) & (found["criterion"] == TOTAL)]
    return {
        axis: None if pd.isna(score) else float(score) for axis, score in zip(own["axis"], own["score"], strict=True)
    }


def _values(
    ids: list[str],
    criterion: str,
    measured: Mapping[str, Mapping[str, float]],
    rated: Mapping[str, Mapping[str, float]],
) -> tuple[np.ndarray, str]:
    for source, found in (("rated by the team", rated), ("measured", measured)):
        given = found.get(criterion, {})
        values = np.array([given.get(persona, np.nan) for persona in ids], dtype=np.float64)
        if len(values) and not np.isnan(values).any():
            return values, source
    return np.full(len(ids), np.nan), "not supplied"


def _scores(values: np.ndarray, weight: float, source: str) -> np.ndarray:
    if source == "rated by the team":
        return values if weight > 0 else HIGHEST - values
    low, high = (values.min(), values.max()) if len(values) else (0.0, 0.0)
    if high == low:
        return np.full(len(values), HIGHEST / 2)
    scores = HIGHEST * (values - low) / (high - low)
    return scores if weight > 0 else HIGHEST - scores


def _row(
    persona: str, axis: str, criterion: str, weight: float, value: float, score: float, source: str
) -> dict[str, object]:
    return {
        "persona_id": persona,
        "axis": axis,
        "criterion": criterion,
        "weight": weight,
        "value": value,
        "score": score,
        "source": source,
    }


def _totals(ids: list[str], axis: str, known: Mapping[str, tuple[float, np.ndarray]]) -> list[dict[str, object]]:
    if not known:
        return [_row(persona, axis, TOTAL, 1.0, np.nan, np.nan, "not supplied") for persona in ids]
    weight = sum(w for w, _ in known.values())
    mean = np.sum([w * scores for w, scores in known.values()], axis=0) / weight
    source = f"weighted mean of {', '.join(known)}"
    return [_row(persona, axis, TOTAL, 1.0, mean[at], mean[at], source) for at, persona in enumerate(ids)]
