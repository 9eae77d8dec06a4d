"""Answers become features: scales, choices, scores; who did not answer is missing, never zero."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.sources import DatasetSettings
from pipeline.features.attitudinal import attitudinal
from pipeline.features.likert import cronbach_alpha
from pipeline.features.responses import one_response_each

LEVELS = ["no", "rather no", "so-so", "rather yes", "yes"]
ITEM = {"kind": "likert", "label": "item", "levels": LEVELS, "scale": "trust", "theme": "motivation", "role": "segment"}
QUESTIONS = {
    "t1": {**ITEM, "column": "Q1"},
    "t2": {**ITEM, "column": "Q2"},
    "t3": {**ITEM, "column": "Q3", "reverse": True},
    "need": {"column": "Q4", "kind": "multi", "label": "Needs", "levels": ["Speed", "Price"], "theme": "need"},
    "score": {"column": "Q5", "kind": "nps", "label": "Recommend"},
    "size": {"column": "Q6", "kind": "single", "label": "Size", "levels": ["S", "M"]},
    "town": {"column": "Q7", "kind": "single", "label": "Town"},
    "why": {"column": "Q8", "kind": "open", "label": "Why"},
}


def settings(questions: dict = QUESTIONS) -> DatasetSettings:
    source = {"kind": "responses", "format": "qualtrics_csv", "files": "x.csv", "questions": questions}
    return DatasetSettings.model_validate({"title": "t", "sources": {"survey": source}})


def answers(rows: list[dict]) -> pd.DataFrame:
    base = {
        "response_id": "r1",
        "customer_id": "a",
        "source": "survey",
        "answer": "x",
        "value": np.nan,
        "answered_at": pd.Timestamp("2026-01-01", tz="UTC"),
        "finished": True,
        "straight_liner": False,
        "speeder": False,
    }
    frame = pd.DataFrame([{**base, "kind": QUESTIONS[row["question"]]["kind"], **row} for row in rows])
    return frame.astype({"answer": "str", "customer_id": "str"})


def values_of(rows: list[dict]) -> pd.DataFrame:
    return attitudinal(answers(rows), pd.Index(["a", "b"]), settings())[0].values


def test_a_scale_is_the_mean_with_reverse_items_turned_and_half_answered():
    rows = [
        {"question": "t1", "value": 4},
        {"question": "t3", "value": 1},
        {"question": "t1", "value": 2, "customer_id": "b", "response_id": "r2"},
    ]
    values = values_of(rows)
    assert values.loc["a", "trust"] == pytest.approx((5 + 4) / 2)  # 4 -> "yes" = 5; reversed 1 -> 2 -> 4
    assert np.isnan(values.loc["b", "trust"])  # one of three items


def test_straight_liners_keep_their_other_answers():
    rows = [{"question": q, "value": 2, "straight_liner": True} for q in ("t1", "t2", "t3")] + [
        {"question": "score", "value": 9, "straight_liner": True}
    ]
    values = values_of(rows)
    assert np.isnan(values.loc["a", "trust"])
    assert values.loc["a", "score"] == 9


def test_a_choice_is_zero_for_who_saw_it_and_missing_for_who_did_not():
    rows = [{"question": "need", "answer": "Price"}]
    values = values_of(rows)
    assert values.loc["a", ["need_speed", "need_price"]].tolist() == [0, 1]
    assert values.loc["b", ["need_speed", "need_price"]].isna().all()
    ticked_nothing = values_of([{"question": "need", "answer": None}])
    assert ticked_nothing.loc["a", ["need_speed", "need_price"]].tolist() == [0, 0]


def test_single_is_ordinal_with_levels_and_nominal_without_and_open_is_no_feature():
    made, _ = attitudinal(
        answers([{"question": "size", "value": 1}, {"question": "town", "answer": "NA"}]), pd.Index(["a"]), settings()
    )
    kinds = {feature.column: feature.kind for feature in made.features}
    assert (kinds["size"], kinds["town"], "why" in kinds) == ("ordinal", "nominal", False)
    assert (made.values.loc["a", "size"], made.values.loc["a", "town"]) == (1, "NA")


def test_the_latest_finished_response_speaks_whatever_its_pseudonym():
    early, late = (pd.Timestamp(day, tz="UTC") for day in ("2026-01-01", "2026-02-01"))
    rows = [
        {"question": "score", "value": 3, "response_id": "r1", "answered_at": early},
        {"question": "score", "value": 8, "response_id": "r2", "answered_at": late, "finished": False},
        {"question": "score", "value": 5, "response_id": "r3", "answered_at": early},
    ]
    assert values_of(rows).loc["a", "score"] == 5
    renamed = answers(rows).replace({"response_id": {"r1": "r9", "r3": "r0"}})
    assert one_response_each(renamed)["value"].tolist() == [5]


def test_cronbachs_alpha():
    scores = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [2, 1, 4, 3, 5], "c": [1, 3, 2, 5, 4]})
    covariance = scores.cov().to_numpy()
    expected = 3 / 2 * (1 - np.trace(covariance) / covariance.sum())
    assert cronbach_alpha(scores) == pytest.approx(expected)
    assert cronbach_alpha(scores[["a"]]) is None
    assert cronbach_alpha(scores * 0) is None


def test_items_of_one_scale_must_agree_on_role_and_levels():
    mixed = {**QUESTIONS, "t2": {**ITEM, "column": "Q2", "role": "describe", "levels": ["no", "yes"]}}
    with pytest.raises(SettingsError, match=r"(?s)`trust` differ in `role`.*`trust` differ in `levels`"):
        attitudinal(answers([{"question": "t1", "value": 1}]), pd.Index(["a"]), settings(mixed))


def test_nobody_answered():
    empty = answers([{"question": "score", "value": 1}]).iloc[:0]
    made, alphas = attitudinal(empty, pd.Index(["a"]), settings())
    assert made.values.isna().all().all()
    assert alphas == {}


def test_nobody_is_linked():
    values = values_of([{"question": "score", "value": 1, "customer_id": None}])
    assert values.isna().all().all()
