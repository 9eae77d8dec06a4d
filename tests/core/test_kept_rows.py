"""Rows kept in the engine: texts of few values as codes that stay texts to all queries, and what is found out later."""

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from pipeline.core import engine_codes
from pipeline.core.engine import PLACE, Texts, amended, connect, keep_rows

ODD = ["b", None, 'it\'s "quoted"', "", "a", "é", "Z", " b"]
"""Values of which the last come late."""


def kept(values: list, few: tuple[str, ...] = ("text",)) -> tuple[ibis.backends.duckdb.Backend, ibis.Table]:
    connection = connect()
    numbers = list(range(len(values)))
    rows = pa.table({"n": pa.array(numbers, pa.int64()), "text": pa.array(values, pa.string()), "value": numbers})
    return connection, keep_rows(connection, "rows of texts", ibis.memtable(rows), Texts(few))


def type_of(connection: ibis.backends.duckdb.Backend) -> str:
    return str(connection.raw_sql('SELECT typeof(text) FROM "rows of texts" LIMIT 1').fetchall()[0][0])


@pytest.mark.parametrize("first_rows", [0, 1, 3, 100])
def test_codes_are_the_texts_that_they_stand_for(monkeypatch, first_rows):
    monkeypatch.setattr(engine_codes, "FIRST_ROWS", first_rows)
    connection, table = kept(ODD)
    found = table.order_by("n").to_pyarrow()
    assert found.column("text").to_pylist() == ODD
    assert found.column(PLACE).to_pylist() == list(range(len(ODD)))
    assert found.column_names == ["n", "text", "value", PLACE]
    assert ("ENUM" in type_of(connection)) is (first_rows > 0)


@pytest.mark.parametrize("first_rows", [2, 100])
def test_codes_are_in_the_order_of_their_texts(monkeypatch, first_rows):
    monkeypatch.setattr(engine_codes, "FIRST_ROWS", first_rows)
    connection, table = kept(ODD)
    assert "ENUM" in type_of(connection)
    ordered = table.filter(table.text.notnull()).order_by("text").to_pyarrow().column("text").to_pylist()
    assert ordered == sorted(v for v in ODD if v is not None)


@pytest.mark.parametrize("values", [[f"text {i}" for i in range(5)], ["a"] * 3 + [f"text {i}" for i in range(5)]])
def test_texts_of_many_values_stay_texts(monkeypatch, values):
    monkeypatch.setattr(engine_codes, "_MOST_VALUES", 4)
    monkeypatch.setattr(engine_codes, "FIRST_ROWS", 3)
    connection, table = kept(values)
    assert type_of(connection) == "VARCHAR"
    assert table.order_by("n").to_pyarrow().column("text").to_pylist() == values


def test_what_is_found_out_later_stands_at_its_place_and_nowhere_else():
    connection, table = kept(["a", "b", "a", "b"], few=())
    rows = connection.create_view("seen", table.mutate(shared=ibis.literal(1)))
    changes = pd.DataFrame({PLACE: [1, 3], "text": [None, "c"], "value": [10, 30]}).astype({"text": "str"})
    changed = amended(connection, "rows of texts", rows, ibis.memtable(pa.Table.from_pandas(changes)))
    found = changed.order_by("n").to_pyarrow()
    assert found.column("text").to_pylist() == ["a", "b", "a", "c"], "what is missing in a change stays as it was"
    assert found.column("value").to_pylist() == [0, 10, 2, 30]
    assert found.column(PLACE).to_pylist() == [0, 1, 2, 3]


def test_texts_of_which_is_known_which_there_are_are_codes_in_their_order_and_others_stay():
    connection = connect()
    rows = ibis.memtable(pa.table({"text": ["b", None, "a", "later"]}))
    table = keep_rows(connection, "rows of texts", rows, Texts(all_values={"text": ["c", "b", "a", "it's"]}))
    assert table.to_pyarrow()["text"].to_pylist() == ["b", None, "a", "later"]
    assert [t for t in table.order_by("text").to_pyarrow()["text"].to_pylist() if t] == ["a", "b", "later"]
    assert type_of(connection) == "ENUM('a', 'b', 'c', 'it''s', 'later')", "what may be told later is known as well"
    rows = ibis.memtable(pa.table({"text": ["b", None, "a"]}))
    table = keep_rows(connection, "rows of texts", rows, Texts(all_values={"text": ["c", "b", "a", "it's"]}))
    assert "ENUM('a', 'b', 'c'" in type_of(connection)
    changes = table.filter(table.text.isnull()).select(PLACE, text=ibis.literal("it's"))
    changed = amended(connection, "rows of texts", table, changes)
    assert changed.order_by(PLACE).to_pyarrow()["text"].to_pylist() == ["b", "it's", "a"]


def test_one_text_of_all_rows_is_a_column_beside_them():
    connection = connect()
    rows = ibis.memtable(pa.table({"n": [1, 2]}))
    table = keep_rows(connection, "rows of texts", rows, Texts(same={"source": "it's one"}))
    assert table.to_pyarrow().to_pydict() == {"n": [1, 2], PLACE: [0, 1], "source": ["it's one"] * 2}
    assert table.filter(table.source == "another").count().to_pyarrow().as_py() == 0
