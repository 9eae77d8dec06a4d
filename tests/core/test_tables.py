"""Tables keep their schema on the way in and on the way out, and a failed stage leaves the last good outputs."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.core.errors import BusyError, SchemaError
from pipeline.core.tables import Column, Table

VISITS = Table(
    "somewhere",
    "visits",
    "For tests.",
    {
        "customer_id": Column("text", "who"),
        "count": Column("integer", "how often", lowest=0),
        "share": Column("number", "of all", nullable=True, lowest=0, highest=1),
        "device": Column("text", "on what", nullable=True, allowed=("mobile", "desktop")),
        "at": Column("time", "when", nullable=True),
    },
    key=("customer_id",),
)


@pytest.fixture
def visits() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ["NA", "0012"],
            "count": [3, 0],
            "share": [0.5, None],
            "device": ["mobile", None],
            "at": pd.to_datetime(["2025-01-01T10:00:00Z", None]),
        }
    )


def test_a_table_comes_back_as_it_was(visits: pd.DataFrame, tmp_path: Path) -> None:
    before = visits.copy(deep=True)
    tables.write(visits, tmp_path, VISITS)
    back = tables.read(tmp_path, VISITS)
    assert back["customer_id"].tolist() == ["NA", "0012"]
    assert back["share"].isna().tolist() == [False, True]
    assert str(back["at"].dtype) == "datetime64[us, UTC]"
    pd.testing.assert_frame_equal(visits, before)


def test_an_empty_table_keeps_its_types(tmp_path: Path) -> None:
    tables.write(VISITS.empty(), tmp_path, VISITS)
    back = tables.read(tmp_path, VISITS)
    assert len(back) == 0
    assert back.dtypes.astype(str).tolist() == ["str", "int64", "float64", "str", "datetime64[us, UTC]"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"count": [1, -1]},
            r"column `count`: 1 case\(s\), row 1 first, found -1; allowed: a whole number, at least 0",
        ),
        ({"count": [1, None]}, r"column `count`: 1 case\(s\), row 1 first, found nothing; allowed: a whole number"),
        ({"count": ["a", "b"]}, r"column `count`: 2 case\(s\), row 0 first, found 'a', 'b'; allowed: a whole number"),
        ({"share": [0.1, 1.5]}, "column `share`.* found 1.5; allowed: a number, 0 to 1, or nothing"),
        ({"device": ["mobile", "fridge"]}, "column `device`.*'fridge'; allowed: mobile, desktop, or nothing"),
        ({"customer_id": ["a", "a"]}, r"column `customer_id`: 2 case\(s\).*allowed: each customer_id once \(who\)"),
        ({"more": [1, 2]}, "column `more` is none of this table's: customer_id, count, share, device, at"),
    ],
)
def test_a_breach_names_table_column_value_and_stage(
    change: dict[str, list], message: str, visits: pd.DataFrame
) -> None:
    with pytest.raises(
        SchemaError, match=f"(?s)table somewhere.visits breaks its schema; fix stage `somewhere`.*{message}"
    ):
        VISITS.check(visits.assign(**change))


def test_an_absent_column_is_called_absent(visits: pd.DataFrame) -> None:
    with pytest.raises(
        SchemaError, match=r"(?s)column `count` is absent \(how often\).*column `at` is absent \(when\)$"
    ):
        VISITS.check(visits.drop(columns=["count", "at"]))


def test_a_stored_table_of_an_older_version_says_what_makes_it_anew(visits: pd.DataFrame, tmp_path: Path) -> None:
    visits.drop(columns="count").to_parquet(tmp_path / VISITS.file)
    with pytest.raises(SchemaError, match=r"(?s)`count` is absent.*visits.parquet may be .* `dvc repro somewhere`"):
        tables.read(tmp_path, VISITS)


def test_a_missing_table_says_which_stage_to_run(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="Run stage `somewhere` first"):
        tables.read(tmp_path, VISITS)
    with pytest.raises(SchemaError, match="Run stage `somewhere` first"):
        tables.read_json(tmp_path / "x.json", "somewhere")


def test_a_failure_leaves_the_earlier_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with tables.replacing(folder) as scratch:
        (scratch / "a.txt").write_text("good", encoding="utf-8")

    def fail() -> None:
        with tables.replacing(folder) as scratch:
            (scratch / "a.txt").write_text("bad", encoding="utf-8")
            raise SchemaError("no")

    with pytest.raises(SchemaError, match="no"):
        fail()
    assert (folder / "a.txt").read_text(encoding="utf-8") == "good"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_replacing_leaves_nothing_of_the_earlier_run(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for name in ("old.txt", "new.txt"):
        with tables.replacing(folder) as scratch:
            (scratch / name).write_text("x", encoding="utf-8")
    assert [p.name for p in folder.iterdir()] == ["new.txt"]


def test_json_refuses_what_json_cannot_say(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        tables.write_json({"a": float("nan")}, tmp_path / "a.json")


def test_what_float_arithmetic_adds_to_a_bound_is_no_breach(visits: pd.DataFrame) -> None:
    dust = visits.assign(share=[1 + 4e-16, -1e-17])
    assert dust["share"].max() > 1 > 0 > dust["share"].min()
    assert VISITS.check(dust)["share"].tolist() == [1.0, 0.0]
    with pytest.raises(SchemaError, match="share"):
        VISITS.check(visits.assign(share=[1.0001, None]))


def test_damaged_files_are_told_with_the_command_that_makes_them_anew(visits: pd.DataFrame, tmp_path: Path) -> None:
    tables.write(visits, tmp_path, VISITS)
    path = tmp_path / VISITS.file
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(SchemaError, match=r"visits.parquet: damaged, .*--single-item somewhere` makes it anew"):
        tables.read(tmp_path, VISITS)
    (tmp_path / "metrics.json").write_text('{"customers": ', encoding="utf-8")
    with pytest.raises(SchemaError, match=r"metrics.json: damaged, .*--single-item somewhere` makes it anew"):
        tables.read_json(tmp_path / "metrics.json", "somewhere")


def test_a_folder_that_another_process_writes_is_left_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    with tables.replacing(folder) as scratch:
        (scratch / "mine").touch()
        with pytest.raises(BusyError, match="visits: another process is writing it"), tables.replacing(folder):
            pass
    assert [p.name for p in folder.iterdir()] == ["mine"]
    assert [p.name for p in tmp_path.iterdir()] == ["visits"]


def test_what_a_killed_process_left_is_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    for left in (".visits.partial", ".visits.earlier"):
        (tmp_path / left / "deep").mkdir(parents=True)
    with tables.replacing(folder) as scratch:
        assert list(scratch.iterdir()) == []
    assert [p.name for p in tmp_path.iterdir()] == ["visits"]


def test_the_earlier_folder_comes_back_where_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    folder.mkdir()
    (folder / "earlier").touch()
    with pytest.raises(FileNotFoundError), tables.replacing(folder) as scratch:
        scratch.rmdir()
    assert [p.name for p in folder.iterdir()] == ["earlier"]
    assert [p.name for p in tmp_path.iterdir()] == ["visits"]


def test_key_figures_stay_where_new_ones_find_no_room(tmp_path: Path) -> None:
    path = tmp_path / "metrics.json"
    tables.write_json({"customers": 1}, path)
    with _largest_file(8), pytest.raises(OSError, match="File too large"):
        tables.write_json({"customers": 2}, path)
    assert tables.read_json(path, "somewhere") == {"customers": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["metrics.json"]


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    """As on a full disk: no file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
