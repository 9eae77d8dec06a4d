"""A table given to a command: what is wrong with it is told by row, with what it mostly comes from."""

from pathlib import Path

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
