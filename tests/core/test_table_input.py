"""A table given to a command: what is wrong with it is told by row, with what it mostly comes from."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core.errors import InputError
from pipeline.core.table_input import read_table


def refused(path: Path, text: str, column: str) -> str:
    path.write_text(text, encoding="utf-8")
    table = read_table(path, [column])
    table.numbers(column)
    with pytest.raises(InputError) as caught:
        table.check()
    return str(caught.value)


def test_a_column_that_is_wrong_all_over_is_told_in_brief(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    told = refused(path, "id;total\n" + "".join(f"{n};{n},50\n" for n in range(40)), "total")
    assert told.count("found `") == 3
    assert "row 1, column `total`: found `0,50`, allowed: a number with a decimal point." in told
    assert told.endswith("column `total`: 37 more rows alike. Write the decimal comma as a point.")
    assert refused(path, "town\n" + "Ulm\n" * 40, "town").endswith("37 more rows alike. Is `town` the column meant?")


def test_a_column_that_is_wrong_here_and_there_is_told_row_by_row(tmp_path: Path) -> None:
    rows = "".join(f"{'x' if n % 3 == 0 else n}\n" for n in range(60))
    told = refused(tmp_path / "t.csv", "total\n" + rows, "total")
    assert told.count("found `x`") == 10
    assert told.endswith("column `total`: 10 more rows alike.")


def test_a_file_that_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"order.csv: no such file. Did you mean `orders.csv`\?"):
        read_table(tmp_path / "order.csv", ["id"])
    with pytest.raises(InputError, match=r"orders.csv: the file is empty. Export it again."):
        read_table(tmp_path / "orders.csv", ["id"])


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    (tmp_path / "orders.csv.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 100)
    with pytest.raises(InputError, match=r"orders.csv.gz: cannot be read as CSV: .*decompressing"):
        read_table(tmp_path / "orders.csv.gz", ["id"])


def test_names_that_differ_by_blanks_alone_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,id ,x\n1,2,3\n", encoding="utf-8")
    with pytest.raises(InputError, match="two are called `id` but for blanks: rename one"):
        read_table(tmp_path / "t.csv", ["id"])


def test_a_number_beyond_all_numbers_is_none(tmp_path: Path) -> None:
    assert "found `1e999`" in refused(tmp_path / "t.csv", "total\n1\n1e999\n", "total")


def test_what_was_an_index_in_parquet_is_a_column_and_row_numbers_are_none(tmp_path: Path) -> None:
    spent = pd.DataFrame({"spent": [1e20, np.nan, 3.0]}, index=pd.Index(["NA", "0012", "c"], name="id"))
    spent.to_parquet(tmp_path / "named.parquet")
    table = read_table(tmp_path / "named.parquet", ["id"])
    assert table.cells["id"].tolist() == ["NA", "0012", "c"]
    np.testing.assert_equal(table.numbers("spent", blank=True), [1e20, np.nan, 3.0])
    spent.reset_index().iloc[[2, 0]].to_parquet(tmp_path / "numbered.parquet")
    assert read_table(tmp_path / "numbered.parquet", []).cells.columns.tolist() == ["id", "spent"]
