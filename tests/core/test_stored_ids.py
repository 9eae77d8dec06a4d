"""Ids of events as numbers in the engine: the same digits again, in the same order; repeated ones are found."""

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.engine import (
    connect,
    has_few_codes,
    keep,
    keep_rows,
    moment_in_utc,
    repeated_ids,
    stored_id,
    written_id,
)
from pipeline.core.engine_ids import code_and_id

CONNECTION = connect()
IDS = st.lists(st.integers(0, 2**64 - 1).map("{:016x}".format), min_size=1, max_size=20)
LIMITS = [
    "0" * 16,
    "f" * 16,
    "0" * 15 + "1",
    "0fffffffffffffff",
    "1000000000000000",
    "7fffffffffffffff",
    "8" + "0" * 15,
]


def stored(ids: list[str]) -> ibis.Table:
    rows = ibis.memtable(pa.table({"id": pa.array(ids, pa.string())}))
    return keep(CONNECTION, "ids", rows.select(id=stored_id(CONNECTION, rows.id)))


@settings(max_examples=30, deadline=None)
@given(IDS)
def test_ids_come_back_as_they_were_and_in_their_order(ids):
    table = stored(ids + LIMITS)
    ordered = table.order_by("id").select(id=written_id(CONNECTION, table.id)).to_pyarrow()["id"].to_pylist()
    assert ordered == sorted(ids + LIMITS)


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 1000, 20_000])
def test_every_id_that_stands_twice_is_found_once_and_no_other(rows):
    drawn = np.random.default_rng(rows).integers(0, max(rows, 1) * 3, rows).astype("uint64") << np.uint64(43)
    table = keep(CONNECTION, "numbers", ibis.memtable(pa.table({"id": drawn})))
    found = repeated_ids(CONNECTION, "repeated", table).to_pyarrow()["id"].to_pylist()
    values, times = np.unique(drawn, return_counts=True)
    assert sorted(found) == values[times > 1].tolist()


def test_one_number_sorts_as_a_coded_text_and_an_id():
    texts = ["b", "a", "b", "c", "a", "b"]
    ids = ["ff" * 8, "00" * 8, "0f" * 8, "80" * 8, "ff" * 8, "f0" * 8]
    rows = ibis.memtable(pa.table({"text": texts, "digits": ids}))
    table = keep_rows(CONNECTION, "coded", rows.mutate(id=stored_id(CONNECTION, rows.digits)), ["text"])
    assert has_few_codes(CONNECTION, "coded", "text")
    assert not has_few_codes(CONNECTION, "coded", "digits")
    found = table.order_by(code_and_id(table.text, table.id)).to_pyarrow().select(["text", "digits"]).to_pylist()
    assert found == sorted(found, key=lambda row: (row["text"], row["digits"]))


@pytest.mark.parametrize(("values", "few"), [(256, True), (257, False)])
def test_only_codes_of_one_byte_go_before_an_id(values, few):
    keep_rows(CONNECTION, "many", ibis.memtable(pa.table({"text": [f"{i:03}" for i in range(values)]})), ["text"])
    assert has_few_codes(CONNECTION, "many", "text") is few


def test_a_moment_in_utc_is_what_a_cast_gives():
    texts = ["2025-03-30 01:30:00.000001", "1969-12-31 23:59:59", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"]
    rows = ibis.memtable(pa.table({"t": texts})).select(t=ibis._.t.cast("timestamp(6)"))
    found = rows.select(made=moment_in_utc(CONNECTION, rows.t), cast=rows.t.cast("timestamp('UTC', 6)")).to_pyarrow()
    assert found["made"].type == found["cast"].type == pa.timestamp("us", "UTC")
    assert found["made"].to_pylist() == found["cast"].to_pylist()
