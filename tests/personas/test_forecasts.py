"""Predictions are registered, held against the next drop, and scored: calibration and Brier by hand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.personas.command_register import register_predictions
from pipeline.personas.groups import Grouping, everyone
from pipeline.personas.predictions import SIZE, fingerprint, predictions, register, score, summary
from pipeline.personas.profile import profile
from pipeline.personas.schema import PREDICTION_SCORES, PREDICTIONS, PREDICTIONS_FILE
from pipeline.personas.stage import main
from tests.personas.company_for_tests import company, write_company
from tests.personas.tables_for_tests import dictionary_of, entry, features_of

FIELDS = dictionary_of(*(entry(f"f{i}", "binary", levels=["no", "yes"]) for i in range(20)), entry("size", "numeric"))


def drop(seed: int, shift: float = 0.0):
    """600 customers of two personas with the same law each time; `shift` moves every share of the first."""
    rng = np.random.default_rng(seed)
    first = np.arange(600) < 240
    columns = {f"f{i}": (rng.random(600) < np.where(first, 0.3 + 0.02 * i + shift, 0.4)) * 1.0 for i in range(20)}
    columns["size"] = rng.normal(np.where(first, 12 + 10 * shift, 10), 3)
    features = features_of(columns)
    grouping = Grouping("persona", ("persona-1", "persona-2"), np.where(first, 0, 1))
    return features, profile(features, FIELDS, [everyone(600), grouping])


def claims_of(table: pd.DataFrame) -> pd.DataFrame:
    own = table[(table["group_by"] == "persona") & (table["level"] != "no")]
    return own.rename(columns={"group": "persona_id"})


def registered(seed: int):
    features, table = drop(seed)
    rows = predictions(claims_of(table), table, {"persona-1": 240, "persona-2": 360}, 600)
    return register(rows, fingerprint(features))


def test_predictions_of_an_unchanged_law_come_true_as_often_as_they_say():
    inside = []
    for seed in range(12):
        scores = score(registered(seed), drop(100 + seed)[1], {"persona-1": 240, "persona-2": 360}, 600)
        inside.append(scores["inside"].mean())
    # 12 x 44 predictions, correlated within a drop: 95 % with a standard error of about 1.
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_predictions_of_a_law_that_changed_fail():
    scores = score(registered(1), drop(101, shift=0.3)[1], {"persona-1": 120, "persona-2": 480}, 600)
    first = scores[scores["persona_id"] == "persona-1"]
    assert first["inside"].mean() < 0.2
    assert not scores.set_index(["persona_id", "column"]).at[("persona-1", SIZE), "inside"]


def test_brier_is_that_of_single_customers_and_personas_beat_everybody():
    content = registered(2)
    table = drop(102)[1]
    scores = score(content, table, {"persona-1": 240, "persona-2": 360}, 600)
    row = scores[(scores["persona_id"] == "persona-1") & (scores["column"] == "f19")].iloc[0]
    answers = np.repeat([1.0, 0.0], [round(row["observed"] * 240), 240 - round(row["observed"] * 240)])
    assert row["brier"] == pytest.approx(np.mean((row["predicted"] - answers) ** 2))
    told = summary(scores, "scored")
    assert told["brier"] < told["brier_everybody"]
    assert told["scored"] == len(scores)


def test_a_persona_that_is_gone_is_counted_and_not_scored():
    content = registered(3)
    scores = score(content, drop(103)[1].query("group != 'persona-2'"), {"persona-1": 240}, 600)
    gone = scores[scores["persona_id"] == "persona-2"]
    assert gone["observed"].isna().all()
    assert not gone["inside"].any()
    assert summary(scores, "scored")["gone"] == len(gone)
    PREDICTION_SCORES.check(scores)


def test_equal_data_have_one_fingerprint_whatever_ids_and_order():
    features, _ = drop(4)
    other = features.sample(frac=1, random_state=1).assign(customer_id=features["customer_id"].to_numpy())
    assert fingerprint(other) == fingerprint(features)
    assert fingerprint(features.assign(size=features["size"] + 1)) != fingerprint(features)


def test_promote_registers_and_the_next_drop_is_scored(tmp_path):
    paths = write_company(tmp_path, company())
    main(paths)
    status = tables.read_json(paths.out / "personas.json", "personas")["predictions"]["status"]
    assert status.startswith("none registered")
    count = register_predictions(paths.out, paths.baseline)
    assert count == len(tables.read_json(paths.baseline / PREDICTIONS_FILE, "personas")["predictions"]) > 5
    main(paths)
    status = tables.read_json(paths.out / "personas.json", "personas")["predictions"]["status"]
    assert status == "registered on these very data: to be scored at the next drop"
    (tmp_path / "next").mkdir()
    later = write_company(tmp_path / "next", company(seed=6))
    later.baseline = paths.baseline
    main(later)
    told = tables.read_json(later.out / "personas.json", "personas")["predictions"]
    assert told["status"] == "scored"
    assert told["coverage"] > 0.8
    assert told["brier"] < told["brier_everybody"]


def test_a_mean_that_all_customers_of_a_persona_have_may_end_below_itself_by_rounding():
    """A share of activity of 1 for everybody: its interval is cut at 1, and the mean may be 1 + 2e-16."""
    table = drop(4)[1]
    claims = claims_of(table)
    row = (claims["column"] == "size") & (claims["persona_id"] == "persona-1")
    claims.loc[row, ["lower", "upper"]] = [1.0 + 2.3e-16, 1.0]
    rows = predictions(claims, table, {"persona-1": 240, "persona-2": 360}, 600)
    PREDICTIONS.check(rows)
    assert rows.query("column == 'size' and persona_id == 'persona-1'")["std_error"].tolist() == [0.0]
