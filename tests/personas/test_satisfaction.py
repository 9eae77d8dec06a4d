"""Scores from answers: latest answer, net promoter points, top-2-box and mean."""

import pandas as pd
import pytest

from pipeline.core.sources import DatasetSettings
from pipeline.ingest.schema import RESPONSES
from pipeline.personas.satisfaction import latest, scores

LEVELS = ["very bad", "bad", "so-so", "good", "very good"]


def settings(**question: object) -> DatasetSettings:
    given = {"column": "Q", "label": "Content", "kind": "likert", "theme": "satisfaction"} | question
    source = {"kind": "responses", "format": "csv", "files": "a.csv", "questions": {"content": given}}
    return DatasetSettings.model_validate({"title": "t", "sources": {"survey": source}})


def responses(*answers: tuple[str | None, float | None], kind: str = "likert", **more: object) -> pd.DataFrame:
    frame = pd.DataFrame(answers, columns=["customer_id", "value"])
    days = pd.date_range("2026-01-01", periods=max(len(frame), 1), tz="UTC")[: len(frame)]
    constant = {"source": "survey", "question": "content", "kind": kind, "answer": None, "finished": True, "code": None}
    flags = {"straight_liner": False, "speeder": False}
    ids = [f"r{i}" for i in range(len(frame))]
    return RESPONSES.check(frame.assign(response_id=ids, answered_at=days, **(constant | flags | more)))


def values(table: pd.DataFrame, declared: DatasetSettings) -> dict[str, dict[str, float]]:
    return {score.kpi: score.values.to_dict() for score in scores(table, declared)}


def test_ratings_count_from_one_and_the_two_best_make_the_top_box():
    found = values(responses(("a", 4.0), ("b", 3.0), ("NA", 0.0)), settings(levels=LEVELS))
    assert found == {"csat": {"NA": 0, "a": 1, "b": 1}, "csat mean": {"NA": 1, "a": 5, "b": 4}}


def test_a_question_asked_the_other_way_round_is_turned():
    found = values(responses(("a", 0.0), ("b", 4.0)), settings(levels=LEVELS, reverse=True))
    assert found == {"csat": {"a": 1, "b": 0}, "csat mean": {"a": 5, "b": 1}}


def test_a_number_from_one_to_five_is_a_rating_and_any_other_number_has_a_mean_only():
    declared = settings(kind="numeric")
    whole = values(responses(("a", 5.0), ("b", 4.0), ("c", 1.0), kind="numeric"), declared)
    assert whole == {"csat": {"a": 1, "b": 1, "c": 0}, "csat mean": {"a": 5, "b": 4, "c": 1}}
    assert set(values(responses(("a", 87.5), ("b", 12.0), kind="numeric"), declared)) == {"csat mean"}


@pytest.mark.parametrize(("score", "points"), [(10, 100), (9, 100), (8, 0), (7, 0), (6, -100), (0, -100)])
def test_promoters_and_detractors(score, points):
    assert values(responses(("a", score), kind="nps"), settings(kind="nps")) == {"nps": {"a": points}}


def test_the_latest_linked_answer_counts():
    table = responses(("a", 1.0), ("a", 3.0), ("a", None), (None, 4.0))
    assert latest(table, "content").to_dict() == {"a": 3.0}
    assert latest(table.iloc[::-1], "content").to_dict() == {"a": 3.0}


def test_straight_liners_and_nobody_give_no_rating():
    assert values(responses(("a", 4.0), straight_liner=True), settings(levels=LEVELS)) == {}
    assert values(responses(), settings(kind="numeric")) == {}
