"""A stage's command line: one summary line when well, one clear error and exit code 1 when not."""

import argparse
import errno

import duckdb
import pytest

from pipeline.core.engine import connect_with_limit
from pipeline.core.errors import InputError
from pipeline.core.machine_trouble import refused_by_machine
from pipeline.core.stage import QUIET, run, say, warn


def test_a_summary_line(capsys: pytest.CaptureFixture[str]) -> None:
    def main(paths: argparse.Namespace) -> dict[str, object]:
        assert paths.out.name == "x"
        return {"customers": 5012}

    assert run("ingest", "doc", {"out": "where to"}, main, ["--out", "x"]) == 0
    assert "ingest: 5,012 customers; " in capsys.readouterr().err


def test_a_clear_error_without_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def main(paths: argparse.Namespace) -> dict[str, object]:
        raise InputError("contacts.csv [row 3]: no")

    assert run("ingest", "doc", {"out": "where to"}, main, ["--out", "x"]) == 1
    printed = capsys.readouterr().err
    assert "error in stage ingest: contacts.csv [row 3]: no" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], ["  warning: 3 rows are odd", "  one of many steps", "x: 5 rows; "]),
        (["--quiet"], ["  warning: 3 rows are odd", "x: 5 rows; "]),
    ],
)
def test_warnings_are_counted_and_said_even_where_quiet_is_wanted(
    options: list[str], told: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(QUIET, "")

    def main(paths: argparse.Namespace) -> dict[str, object]:
        warn("3 rows are odd")
        say("  one of many steps")
        return {"rows": 5}

    assert run("x", "doc", {"out": "where to"}, main, ["--out", "x", *options]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(told)
    assert all(line.startswith(wanted) for line, wanted in zip(lines, told, strict=True))
    assert lines[-1].endswith(" MiB, 1 warning")


def test_a_quiet_run_without_warnings_says_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(QUIET, "1")
    assert run("x", "doc", {"out": "where to"}, lambda paths: {"rows": 5}, ["--out", "x"]) == 0
    assert capsys.readouterr().err == ""


def test_help_and_a_missing_option_end_by_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("ingest", "What it does.", {"out": "where to"}, lambda paths: {}, ["--help"])
    assert ended.value.code == 0
    assert "What it does." in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        run("ingest", "What it does.", {"out": "where to"}, lambda paths: {}, [])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "error in stage ingest: data/a.parquet: no room is left on the disk"),
        (errno.EROFS, "error in stage ingest: data/a.parquet: the disk may only be read"),
        (errno.EACCES, "error in stage ingest: data/a.parquet: permission is denied"),
    ],
)
def test_what_the_machine_refuses_is_told_in_one_line(
    number: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(paths: argparse.Namespace) -> dict[str, object]:
        raise OSError(number, "as the system has it", "data/a.parquet")

    assert run("ingest", "doc", {"out": "where to"}, main, ["--out", "x"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(told)


def test_other_errors_of_the_system_are_bugs_of_ours() -> None:
    def main(paths: argparse.Namespace) -> dict[str, object]:
        raise FileNotFoundError(errno.ENOENT, "No such file", "a.csv")

    with pytest.raises(FileNotFoundError, match=r"a\.csv"):
        run("ingest", "doc", {"out": "where to"}, main, ["--out", "x"])


def test_an_interrupted_stage_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    def main(paths: argparse.Namespace) -> dict[str, object]:
        raise KeyboardInterrupt

    assert run("ingest", "doc", {"out": "where to"}, main, ["--out", "x"]) == 130
    assert capsys.readouterr().err == "stage ingest was interrupted; it leaves no half-written table\n"


@pytest.mark.parametrize(
    ("query", "raised", "told"),
    [
        (
            "COPY (SELECT range FROM range(9_000_000)) TO '/dev/full'",
            "No space",
            "/dev/full: no room is left on the disk",
        ),
        (
            "CREATE TABLE t AS SELECT random() FROM range(9_000_000)",
            "Out of Memory",
            "the event engine needs more memory",
        ),
        ("COPY (SELECT 1) TO 'no-folder/a.csv'", "No such file", ""),
    ],
)
def test_what_the_machine_refuses_the_event_engine(query: str, raised: str, told: str) -> None:
    connection = connect_with_limit(0.01)
    connection.raw_sql("SET temp_directory=''")
    with pytest.raises(duckdb.Error, match=raised) as error:
        connection.raw_sql(query)
    assert (refused_by_machine(error.value) or "").startswith(told)
    assert bool(refused_by_machine(error.value)) == bool(told)
