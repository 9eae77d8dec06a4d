"""The typing tool: a scorecard of a few answers that tells which segment a new customer belongs to.

How it is made: fields are cut into a few answers; the cheapest class of fields that reaches the wanted accuracy is
used; of it fields are chosen forward by out-of-fold balanced accuracy; weights are fitted; points are rounded to whole
numbers, `DOUBLING` points doubling the odds. All measures are from customers on whom nothing of this was decided.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from pipeline.segments.schema import UNASSIGNED
from pipeline.segments.settings import StageParams
from pipeline.segments.typing_fields import Bin, Field, fields_of
from pipeline.segments.typing_model import (
    FOLDS,
    balanced_accuracy,
    calibration_error,
    choose,
    evidence,
    evidence_from_others,
    evidence_table,
    fit_weights,
    fold_of,
    log_shares,
    probabilities,
)

DOUBLING = 10
PRICE = 0.005
"""Balanced accuracy that a unit of cost must bring."""
LEAST_MEMBERS = 2 * FOLDS
LACKING_FIELDS = 8
"""Up to so many fields the accuracy is told for every set of fields that may be lacking."""


@dataclass(frozen=True)
class Tool:
    """A scorecard for `segments` segments; `base`: points before any answer.

    Below `min_probability` a customer is typed as none of these. `measures`: see `_measured`; `lacking`: out-of-fold
    accuracy by which fields are known, `1` or `0` for each field in their order.
    """

    segments: int
    base: tuple[int, ...]
    fields: tuple[Field, ...]
    min_probability: float
    measures: dict[str, Any]
    lacking: dict[str, float]


@dataclass(frozen=True)
class _Data:
    """Customers in an order made of content: codes of every field (customers x fields) and segments."""

    fields: list[Field]
    codes: np.ndarray
    labels: np.ndarray

    def rows(self, rows: np.ndarray) -> "_Data":
        return _Data(self.fields, self.codes[rows], self.labels[rows])


def build(features: pd.DataFrame, dictionary: pd.DataFrame, members: pd.DataFrame, p: StageParams) -> Tool | None:
    """The tool that tells the segments in `members` (`schema.MEMBERS`); None where there are no two to be told apart.

    Learned on at most `fit_customers` assigned customers; a segment needs `LEAST_MEMBERS` of them.
    """
    data = _learning_data(features, dictionary, members, p)
    if data is None:
        return None
    fold = fold_of(data.labels, FOLDS, p.seed)
    scores = np.zeros((len(data.labels), int(data.labels.max()) + 1))
    for f in range(FOLDS):
        base, chosen = _scorecard(data.rows(np.flatnonzero(fold != f)), p)
        scores[fold == f] = _points(base, chosen, data.codes[fold == f])
    base, chosen = _scorecard(data, p)
    measures = _measured(scores, data.labels, p.typing_min_probability)
    lacking = _lacking(data, base, [i for i, _ in chosen], fold)
    fields = tuple(data.fields[i].with_points(points) for i, points in chosen)
    return Tool(len(base), tuple(int(b) for b in base), fields, p.typing_min_probability, measures, lacking)


def _learning_data(
    features: pd.DataFrame, dictionary: pd.DataFrame, members: pd.DataFrame, p: StageParams
) -> _Data | None:
    segment = features["customer_id"].map(members.set_index("customer_id")["segment"])
    assigned = features[(segment > UNASSIGNED).to_numpy()]
    labels = segment[assigned.index].to_numpy(dtype=int)
    if not len(labels) or np.bincount(labels).min() < LEAST_MEMBERS or labels.max() < 1:
        return None
    columns = list(dictionary.loc[dictionary["role"] != "exclude", "column"].sort_values())
    order = np.lexsort([labels, pd.util.hash_pandas_object(assigned[columns], index=False)])  # content, never ids
    rows = order[np.sort(np.random.default_rng([p.seed, 8]).permutation(len(order))[: p.fit_customers])]
    table = assigned.iloc[rows]
    fields = fields_of(table, dictionary, p.typing_costs)
    codes = [field.codes(table[field.column]) for field in fields]
    enough = len(np.unique(labels[rows])) == labels.max() + 1 and np.bincount(labels[rows]).min() >= LEAST_MEMBERS
    return _Data(fields, np.column_stack(codes), labels[rows]) if codes and enough else None


def _scorecard(data: _Data, p: StageParams) -> tuple[np.ndarray, list[tuple[int, np.ndarray]]]:
    """(base points, (field, its points) in the order in which they were chosen)."""
    fold = fold_of(data.labels, FOLDS, p.seed + 1)
    segments = int(data.labels.max()) + 1
    parts = [evidence_from_others(data.codes[:, i], data.labels, len(f.bins), fold) for i, f in enumerate(data.fields)]
    chosen = _cheapest(parts, [f.cost for f in data.fields], data.labels, p)
    base, weights = fit_weights([parts[i] for i in chosen], data.labels)
    points = []
    for i, weight in zip(chosen, weights, strict=True):
        table = weight * evidence_table(data.codes[:, i], data.labels, len(data.fields[i].bins), segments)
        points.append((i, _rounded(table)))
    return _rounded(base), points


def _cheapest(parts: Sequence[np.ndarray], costs: Sequence[float], labels: np.ndarray, p: StageParams) -> list[int]:
    """Fields of the lowest greatest cost that reach the wanted accuracy; the most accurate set where none does."""
    best: tuple[float, list[int]] = (-1.0, [])
    for most_cost in sorted(set(costs)):
        allowed = [i for i, cost in enumerate(costs) if cost <= most_cost]
        found = choose([parts[i] for i in allowed], [costs[i] for i in allowed], labels, p.typing_fields, PRICE)
        chosen = [allowed[i] for i in found]
        scores = log_shares(labels) + sum((parts[i] for i in chosen), np.zeros_like(parts[0]))
        accuracy = float((scores.argmax(axis=1) == labels).mean())
        if accuracy > best[0]:
            best = (accuracy, chosen)
        if accuracy >= p.typing_accuracy:
            return chosen
    return best[1]


def _rounded(values: np.ndarray) -> np.ndarray:
    """Log odds as whole points, the lowest 0: what is added to all segments alike changes nothing."""
    points = np.rint(values * DOUBLING / np.log(2)).astype(int)
    return points - points.min()


def _points(base: np.ndarray, chosen: Sequence[tuple[int, np.ndarray]], codes: np.ndarray) -> np.ndarray:
    return base + sum((evidence(codes[:, i], points) for i, points in chosen), np.zeros((len(codes), len(base))))


def _measured(scores: np.ndarray, labels: np.ndarray, min_probability: float) -> dict[str, Any]:
    """Out-of-fold figures on assigned customers, from points; `answered`: not typed as none of these.

    `lead`: points ahead of the second segment below which, on paper, as many are none of these.
    """
    p = probabilities(scores * np.log(2) / DOUBLING)
    top, right = p.max(axis=1), p.argmax(axis=1) == labels
    answered = top >= min_probability
    best = np.sort(scores, axis=1)
    confusion = np.zeros((p.shape[1], p.shape[1]), dtype=int)
    np.add.at(confusion, (labels, p.argmax(axis=1)), 1)
    return {
        "customers": len(labels),
        "accuracy": _short(right.mean()),
        "balanced_accuracy": _short(balanced_accuracy(scores, labels)),
        "calibration_error": _short(calibration_error(top, right)),
        "answered_share": _short(answered.mean()),
        "answered_accuracy": _short(right[answered].mean()) if answered.any() else None,
        "lead": int(np.ceil(np.quantile(best[:, -1] - best[:, -2], 1 - answered.mean()))),
        "largest_segment_share": _short(np.bincount(labels).max() / len(labels)),
        "recall": [_short(v) for v in np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1)],
        "confusion": confusion.tolist(),
    }


def _lacking(data: _Data, base: np.ndarray, chosen: list[int], fold: np.ndarray) -> dict[str, float]:
    """Accuracy for every set of known fields (for all but one where there are many fields)."""
    parts = [evidence_from_others(data.codes[:, i], data.labels, len(data.fields[i].bins), fold) for i in chosen]
    _, weights = fit_weights(parts, data.labels)
    start = np.tile(base * np.log(2) / DOUBLING, (len(data.labels), 1))
    every = (
        product((1, 0), repeat=len(chosen))
        if len(chosen) <= LACKING_FIELDS
        else [tuple(int(i != j) for i in range(len(chosen))) for j in range(-1, len(chosen))]
    )
    result = {}
    for known in every:
        scores = start + sum((w * k * part for w, k, part in zip(weights, known, parts, strict=True) if k), 0.0)
        result["".join(map(str, known))] = _short((scores.argmax(axis=1) == data.labels).mean())
    return result


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def as_json(tool: Tool) -> dict[str, Any]:
    """The content of typing_tool.json."""
    return {"version": 1, "points_that_double_the_odds": DOUBLING, **asdict(tool)}


def from_json(content: dict[str, Any]) -> Tool:
    """A tool from the content of typing_tool.json; raises `KeyError` or `TypeError` where it is none."""
    fields = tuple(
        Field(**{**f, "levels": tuple(f["levels"]), "bins": tuple(_bin(b) for b in f["bins"])})
        for f in content["fields"]
    )
    return Tool(
        int(content["segments"]),
        tuple(content["base"]),
        fields,
        float(content["min_probability"]),
        content["measures"],
        content["lacking"],
    )


def _bin(content: dict[str, Any]) -> Bin:
    return Bin(content["label"], content["below"], tuple(content["texts"]), tuple(content["points"]))
