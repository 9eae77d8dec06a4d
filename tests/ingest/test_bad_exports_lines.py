"""Broken bytes: a missing quote costs one row, a line without end is refused before it fills the memory."""

import gzip
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import InputError
from pipeline.core.tables import Table
from pipeline.ingest.inspection import inspect_file
from pipeline.ingest.lines import MOST_LINES, split_records
from pipeline.ingest.rejects import ragged_rejects


def parsed(text: str) -> list[list[str]]:
    return list(split_records(text.splitlines(keepends=True), ","))


@pytest.mark.parametrize(
    ("text", "records"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', [["a", "b"], [], ["2", "y"], ["3", "z"]]),
        ('a,b\n1,"x\n2,"y"\n3,z\n', [["a", "b"], [], ["2", "y"], ["3", "z"]]),
        ('a,b\n1,"x\ny, z"\n\n2,"say ""hi"""\n', [["a", "b"], ["1", "x\ny, z"], ["2", 'say "hi"']]),
        ('a,b\n1,5" pipe\n2,y\n', [["a", "b"], ["1", '5" pipe'], ["2", "y"]]),
        ('a\n"', [["a"], [""]]),
        (
            'a,b\n1,2\n3,4\n"\n5,6\n7,8\n"\n9,0\n',
            [["a", "b"], ["1", "2"], ["3", "4"], [], ["5", "6"], ["7", "8"], [], ["9", "0"]],
        ),
        ("", []),
    ],
)
def test_a_missing_quote_costs_one_row(text, records):
    assert parsed(text) == records


def test_a_quote_that_is_never_closed_takes_no_time():
    rows = [f'"{n},x\n' if n % 1000 == 0 else f"{n},x\n" for n in range(20_000)]
    found = list(split_records(rows, ","))
    assert len(found) == 20_000
    assert sum(r == [] for r in found) == 20
    assert MOST_LINES < 20_000


cell = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
tables = st.integers(2, 3).flatmap(lambda n: st.lists(st.lists(cell, min_size=n, max_size=n), min_size=1, max_size=6))


@settings(max_examples=60, deadline=None)
@given(tables)
def test_what_was_written_well_is_read_back(rows):
    import csv
    import io

    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    assert list(split_records(io.StringIO(text.getvalue(), newline=""), ",")) == rows


def test_a_line_without_end_is_refused_in_little_memory(tmp_path):
    """64 MiB here, a gigabyte elsewhere: it is read in blocks."""
    path = tmp_path / "array.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(b'{"a": 1}, ' * 104_857)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"array.json.gz: a line is longer than 16 MiB"):
        inspect_file(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_half_a_gzip_file_is_named(tmp_path, cut):
    whole = gzip.compress(("id,x\n" + "\n".join(f"{n},{n * 7919 % 1000}" for n in range(5000))).encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(InputError, match=r"a.csv.gz: cannot be read as gzip: Compressed file ended"):
        inspect_file(tmp_path / "a.csv.gz")


def test_a_damaged_gzip_file_is_named(tmp_path):
    whole = bytearray(gzip.compress(("id,x\n" + "\n".join(f"{n},{n * 7919 % 1000}" for n in range(5000))).encode()))
    whole[len(whole) // 2] ^= 0xFF
    (tmp_path / "a.csv.gz").write_bytes(whole)
    with pytest.raises(InputError, match=r"a.csv.gz: cannot be read"):
        inspect_file(tmp_path / "a.csv.gz")


def test_gzip_inside_of_gzip_is_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(gzip.compress(gzip.compress(b"id,x\n1,2\n")))
    with pytest.raises(InputError, match=r"a.csv: gzip inside of gzip"):
        inspect_file(tmp_path / "a.csv")


def test_a_row_with_an_empty_cell_more_than_the_header_keeps_its_line_breaks():
    lines = ["a,b\n", "1,2\n", "3,4\n", '5,"x\n', 'y",\n', "6,7\n"]
    assert list(split_records(lines, ",")) == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "x\ny", ""], ["6", "7"]]


def test_many_broken_rows_are_checked_together(monkeypatch):
    """A check of a table takes hundredths of a second: one for every broken row would take hours of a large file."""
    checks = []
    monkeypatch.setattr(Table, "check", lambda _, frame: checks.append(len(frame)) or frame)
    ragged_rejects("orders", [("orders.csv", n, 2 + n % 3, 4) for n in range(5_000)])
    assert checks == [5_000]
