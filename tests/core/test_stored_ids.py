"""Ids of events as numbers in the engine: the first bits of a digest; repeated ones are found."""

from hashlib import md5

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.engine import (
    Texts,
    connect,
    digest_number,
    has_few_codes,
    keep,
    keep_rows,
    moment_in_utc,
    rows_with_repeated_ids,
)
from pipeline.core.engine_ids import code_and_id

CONNECTION = connect()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=20))
def test_a_number_is_the_first_bytes_of_the_digest_without_the_sign(texts):
    rows = ibis.memtable(pa.table({"text": pa.array(texts, pa.string())}))
    found = rows.select(id=digest_number(rows.text))
    digests = [md5(text.encode(), usedforsecurity=False).digest()[:8] for text in texts]
    assert CONNECTION.to_pyarrow(found)["id"].to_pylist() == [int.from_bytes(d, "little") % 2**63 for d in digests]


@pytest.mark.parametrize("rows", [0, 1, 2, 3, 1000, 20_000])
def test_every_row_whose_id_stands_twice_is_found_and_no_other(rows):
    drawn = np.random.default_rng(rows).integers(0, max(rows, 1) * 3, rows).astype("int64") << 43
    table = keep(CONNECTION, "numbers", ibis.memtable(pa.table({"id": drawn})))
    found = rows_with_repeated_ids(CONNECTION, "repeated", table, "id").to_pyarrow()["id"].to_pylist()
    values, times = np.unique(drawn, return_counts=True)
    assert sorted(found) == np.repeat(values, np.where(times > 1, times, 0)).tolist()


def test_ids_that_only_begin_alike_may_be_found_too_and_are_told_apart_later():
    ids = [5 << 31, (5 << 31) + 1, 2**63 - 1, 2**63 - 1, 7 << 31]
    table = keep(CONNECTION, "numbers", ibis.memtable(pa.table({"id": ids})))
    found = rows_with_repeated_ids(CONNECTION, "repeated", table, "id").to_pyarrow()["id"].to_pylist()
    assert sorted(found) == ids[:4]


def test_one_number_sorts_as_a_coded_text_and_an_id():
    texts = ["b", "a", "b", "c", "a", "b"]
    ids = [2**63 - 1, 0, 2**59 - 1, 2**62, 2**63 - 1, 2**62 + 2**61]
    table = keep_rows(CONNECTION, "coded", ibis.memtable(pa.table({"text": texts, "id": ids})), Texts(["text"]))
    assert has_few_codes(CONNECTION, "coded", "text")
    assert not has_few_codes(CONNECTION, "coded", "id")
    found = table.order_by(code_and_id(table.text, table.id)).to_pyarrow().select(["text", "id"]).to_pylist()
    assert found == sorted(found, key=lambda row: (row["text"], row["id"]))


@pytest.mark.parametrize(("values", "few"), [(256, True), (257, False)])
def test_only_codes_of_one_byte_go_before_an_id(values, few):
    keep_rows(
        CONNECTION, "many", ibis.memtable(pa.table({"text": [f"{i:03}" for i in range(values)]})), Texts(["text"])
    )
    assert has_few_codes(CONNECTION, "many", "text") is few


def test_a_moment_in_utc_is_what_a_cast_gives():
    texts = ["2025-03-30 01:30:00.000001", "1969-12-31 23:59:59", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999"]
    rows = ibis.memtable(pa.table({"t": texts})).select(t=ibis._.t.cast("timestamp(6)"))
    found = rows.select(made=moment_in_utc(CONNECTION, rows.t), cast=rows.t.cast("timestamp('UTC', 6)")).to_pyarrow()
    assert found["made"].type == found["cast"].type == pa.timestamp("us", "UTC")
    assert found["made"].to_pylist() == found["cast"].to_pylist()
