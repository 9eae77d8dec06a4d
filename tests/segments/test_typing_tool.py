"""The typing tool finds the segment of customers it has not seen, from a few fields, in Python and in SQL alike."""

import json

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot

from pipeline.core.settings import read_yaml
from pipeline.segments.command import DEFAULTS
from pipeline.segments.settings import StageParams
from pipeline.segments.typing_fields import cut_points, fields_of, roundest
from pipeline.segments.typing_model import calibration_error, evidence_table, fold_of
from pipeline.segments.typing_outputs import facts, few_facts, files, reading_words
from pipeline.segments.typing_score import score
from pipeline.segments.typing_sql import DIALECTS, sql
from pipeline.segments.typing_tool import Tool, as_json, build, from_json
from tests.segments.worlds import World, describe, planted

PARAMS = StageParams(**read_yaml(DEFAULTS)["segments"])


def members_of(world: World, labels: np.ndarray | None = None) -> pd.DataFrame:
    truth = world.truth if labels is None else labels
    return pd.DataFrame({"customer_id": world.features["customer_id"], "segment": truth})


@pytest.fixture(scope="module")
def world() -> World:
    return planted(seed=4, n=1500, segments=4, relevant=12, irrelevant=6, separation=2.0)


@pytest.fixture(scope="module")
def tool(world: World) -> Tool:
    found = build(world.features, world.dictionary, members_of(world), PARAMS)
    assert found is not None
    return found


def test_few_fields_type_unseen_customers_with_honest_probabilities(tool):
    assert 1 <= len(tool.fields) <= 8
    assert tool.measures["accuracy"] > 0.8
    assert tool.measures["calibration_error"] < 0.05
    assert set(facts(tool)["fields"]) == {f.column for f in tool.fields}
    assert len(tool.lacking) == 2 ** len(tool.fields)


def test_segments_that_are_one_or_two_facts_are_told_to_be_that(world, tool):
    """Numbers that know of nothing, and segments that are a town and its size: the verdict names these two."""
    assert few_facts(tool) == "", "four segments of twelve columns"
    assert few_facts(None) == ""
    rng = np.random.default_rng(3)
    town, size = rng.integers(0, 2, 600), rng.integers(0, 2, 600)
    table = pd.DataFrame({"town": town, "size": size, "noise": rng.normal(size=600)}).astype("float64")
    table["customer_id"] = [f"{i:016x}" for i in range(600)]
    words = describe(table, {"town": "binary", "size": "binary", "noise": "numeric"}, {})
    members = pd.DataFrame({"customer_id": table["customer_id"], "segment": np.where(town == 1, 1 + size, 0)})
    said = few_facts(build(table, words, members, PARAMS))
    assert said.startswith("The segments are hardly more than the values of town and size: groups by these facts")


def test_the_told_accuracy_holds_on_customers_kept_aside(world):
    """Learned on two thirds, the figures told are those of the last third."""
    members = members_of(world)
    seen = np.arange(len(members)) % 3 != 0
    found = build(world.features[seen], world.dictionary, members[seen], PARAMS)
    typed = score(found, world.features[~seen])
    right = typed["segment"].to_numpy() == members["segment"].to_numpy()[~seen]
    answered = (typed["segment"] >= 0).to_numpy()
    assert right[answered].mean() == pytest.approx(found.measures["answered_accuracy"], abs=0.06)
    assert answered.mean() == pytest.approx(found.measures["answered_share"], abs=0.06)
    assert calibration_error(typed["probability"].to_numpy(), right) < 0.1


def test_segments_that_are_chance_are_not_told_apart(world):
    """Choosing among many fields must not make noise look like knowledge."""
    chance = np.random.default_rng(3).integers(0, 2, len(world.truth))
    found = build(world.features, world.dictionary, members_of(world, chance), PARAMS)
    assert found.measures["accuracy"] < 0.55


def test_order_and_ids_change_nothing(world, tool):
    shuffled = world.features.sample(frac=1, random_state=1)
    new = dict(zip(shuffled["customer_id"], (f"c{i}" for i in range(len(shuffled))), strict=True))
    renamed = shuffled.assign(customer_id=shuffled["customer_id"].map(new))
    members = members_of(world)
    members = members.assign(customer_id=members["customer_id"].map(new)).sample(frac=1, random_state=2)
    columns = ["customer_id", *reversed(world.features.columns[1:])]
    assert build(renamed[columns], world.dictionary.iloc[::-1], members, PARAMS) == tool


def test_cheap_fields_are_asked_where_they_reach_the_accuracy(world):
    dear = {column: 3.0 for column in world.dictionary["column"] if column < "r08"}
    p = PARAMS.model_copy(update={"typing_costs": dear, "typing_accuracy": 0.6})
    found = build(world.features, world.dictionary, members_of(world), p)
    assert all(f.column >= "r08" for f in found.fields)
    p = PARAMS.model_copy(update={"typing_costs": dear, "typing_accuracy": 1.0, "typing_fields": 12})
    better = build(world.features, world.dictionary, members_of(world), p)
    assert better.measures["accuracy"] > found.measures["accuracy"]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_sql_gives_every_customer_the_segment_that_python_gives(world, tool, dialect):
    odd = world.features.mask(np.random.default_rng(0).random(world.features.shape) < 0.2)
    odd["customer_id"] = world.features["customer_id"]
    odd.loc[:4, [f.column for f in tool.fields]] = None
    expected = score(tool, odd)
    assert (expected["fields_known"] == 0).sum() == 5
    text = sqlglot.transpile(sql(tool, dialect), read=dialect, write="duckdb")[0]
    with duckdb.connect() as connection:
        connection.register("customers", odd)
        found = connection.execute(text).df().set_index("customer_id").loc[odd["customer_id"]]
    assert found["segment"].tolist() == expected["segment"].tolist()
    np.testing.assert_allclose(found["probability"], expected["probability"], rtol=1e-12)
    assert found["fields_known"].tolist() == expected["fields_known"].tolist()


def test_sql_quotes_names_and_texts_that_need_it(tool):
    from dataclasses import replace

    field = next(f for f in tool.fields if f.reads == "number")
    words = tuple(replace(b, below=None, texts=(f'it\'s {i} \\ "x"',)) for i, b in enumerate(field.bins))
    named = replace(field, column='order "by" ✓', reads="text", bins=words)
    odd = replace(tool, fields=(replace(named, column="group"), named))
    table = pd.DataFrame({"customer_id": ["a", "b"], "group": [words[0].texts[0], None], named.column: [None, "else"]})
    with duckdb.connect() as connection:
        connection.register("customers", table)
        for dialect in DIALECTS:
            text = sqlglot.transpile(sql(odd, dialect), read=dialect, write="duckdb")[0]
            found = connection.execute(text).df()
            assert found["fields_known"].tolist() == [1, 0]
            assert found["segment"].tolist() == score(odd, table)["segment"].tolist()


def test_a_lacking_field_costs_accuracy_but_no_crash(world, tool):
    first = tool.fields[0].column
    without = score(tool, world.features.drop(columns=first))
    right = (without["segment"].to_numpy() == world.truth).mean()
    told = tool.lacking["0" + "1" * (len(tool.fields) - 1)]
    assert told < tool.measures["accuracy"]
    assert right == pytest.approx(told, abs=0.05)
    assert (without["fields_known"] < len(tool.fields)).all()


def test_the_file_holds_the_whole_tool(tool):
    written = files(tool)
    assert from_json(json.loads(written["typing_tool.json"])) == tool
    assert set(written) == {
        "typing_tool.json",
        "typing_tool.html",
        "typing_tool.sql",
        "typing_tool.postgres.sql",
        "typing_tool.bigquery.sql",
        "typing_tool.snowflake.sql",
    }
    assert as_json(tool)["version"] == 1
    assert "typing_tool.html" not in files(None)


def test_the_page_holds_every_answer_and_is_escaped(tool):
    from dataclasses import replace

    strange = replace(tool, fields=(replace(tool.fields[0], label="<b>R&D</b>"), *tool.fields[1:]))
    shown = files(strange)["typing_tool.html"]
    assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in shown
    assert shown.count("☐") == sum(len(f.bins) for f in tool.fields)


def test_positions_become_the_words_of_ones_own_table(world):
    row = world.dictionary[world.dictionary["kind"] == "ordinal"].head(1)
    field = fields_of(world.features, row, {})[0]
    tool = Tool(2, (0, 0), (field.with_points(np.zeros((len(field.bins), 2))),), 0.5, {}, {})
    words = reading_words(tool).fields[0]
    names = world.features[field.column].map({float(i): name for i, name in enumerate(field.levels)})
    assert words.codes(names).tolist() == field.codes(world.features[field.column]).tolist()


@pytest.mark.parametrize("labels", [[], [0] * 40, [-1] * 40, [0] * 30 + [1] * 3])
def test_without_two_segments_of_some_size_there_is_no_tool(world, labels):
    features = world.features.head(len(labels))
    members = pd.DataFrame({"customer_id": features["customer_id"], "segment": labels})
    assert build(features, world.dictionary, members.astype({"segment": "int64"}), PARAMS) is None


def test_no_column_that_says_anything_means_no_tool(world):
    features = world.features[["customer_id"]].assign(same=1.0, blank=np.nan)
    dictionary = world.dictionary.head(2).assign(column=["same", "blank"], kind="numeric", levels="[]")
    assert build(features, dictionary, members_of(world), PARAMS) is None


@pytest.mark.parametrize(
    ("values", "cuts"),
    [([], []), ([1.0], []), ([2.0] * 9, []), ([0.0] * 90 + [1.0] * 10, [1.0]), ([0.0] * 999 + [1.0], [])],
)
def test_cut_points_of_degenerate_numbers(values, cuts):
    assert cut_points(np.sort(np.array(values, dtype=float))) == cuts


def test_many_zeros_are_an_answer_of_their_own():
    values = np.sort(np.concatenate([np.zeros(400), np.arange(1, 601)]))
    assert cut_points(values) == [1.0, 150.0, 300.0, 450.0]


@pytest.mark.parametrize(("low", "high"), [(-3.2, -2.9), (0.0, 1e-7), (-1.0, 1.0), (1e9, 1.1e9), (5.0, 5.0)])
def test_the_roundest_number_lies_between(low, high):
    assert low <= roundest(low, high) <= high


def test_evidence_is_nothing_where_answers_do_not_differ():
    codes = np.tile([0, 1], 100)
    labels = np.repeat([0, 1], 100)
    assert np.abs(evidence_table(codes, labels, 2, 2)).max() < 1e-3


def test_folds_spread_every_segment():
    labels = np.array([0] * 50 + [1] * 10)
    fold = fold_of(labels, 5, seed=1)
    assert all((fold[labels == 1] == f).sum() == 2 for f in range(5))
