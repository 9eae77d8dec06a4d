"""A stage's command line: one summary line when well, one clear error and exit code 1 when not."""

import argparse

import pytest

from pipeline.core.errors import InputError
from pipeline.core.stage import run


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


def test_help_and_a_missing_option_end_by_themselves(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("ingest", "What it does.", {"out": "where to"}, lambda paths: {}, ["--help"])
    assert ended.value.code == 0
    assert "What it does." in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        run("ingest", "What it does.", {"out": "where to"}, lambda paths: {}, [])
    assert ended.value.code == 2
