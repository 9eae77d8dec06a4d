"""A stage's command line: one summary line when well, one clear error and exit code 1 when not."""

import argparse

import pytest

from pipeline.core.errors import InputError
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
