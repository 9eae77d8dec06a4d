"""Bad input ends a run with one clear error: file, column and remedy named, no traceback, earlier outputs whole."""

import re
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.workspace import files_under, write_params

CUSTOMERS = "id,age\n1,30\n2,41\n3,52\n"
EVENTS = "person,what,when\n1,view,2025-02-01T10:00:00Z\n2,view,2025-02-02T10:00:00Z\n"
SOURCES = """\
title: Three customers
observation: {start: 2025-01-01, end: 2026-01-01, features_until: 2025-07-01}
sources:
  crm:
    kind: customers
    format: csv
    files: crm.csv
    ids: {contact: id}
    fields:
      age: {column: age, kind: numeric, block: demographic, label: Age}
  web:
    kind: events
    format: csv
    files: web.csv
    ids: {contact: person}
    columns: {ts: when, event: what}
"""


Ingest = Callable[[], tuple[int, str]]


@pytest.fixture
def ingest(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ingest:
    """Runs stage `ingest` on the workspace as the command line does: exit code and what it printed as errors."""
    options = ["--dataset", "data/raw/mine", "--out", "data/ingest", "--metrics", "reports/metrics/ingest.json"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ingest", *options])

    def run() -> tuple[int, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(root / "pipeline" / "ingest" / "stage.py"), run_name="__main__")
        code = ended.value.code
        assert isinstance(code, int)
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def workspace(root: Path, tmp_path: Path, ingest: Ingest) -> Path:
    """A tiny dataset that stage `ingest` has read well once."""
    write_params(root, tmp_path, {"dataset": "mine"})
    dataset = tmp_path / "data" / "raw" / "mine"
    dataset.mkdir(parents=True)
    (dataset / "sources.yaml").write_text(SOURCES, encoding="utf-8")
    (dataset / "crm.csv").write_text(CUSTOMERS, encoding="utf-8")
    (dataset / "web.csv").write_text(EVENTS, encoding="utf-8")
    code, printed = ingest()
    assert code == 0, printed
    return tmp_path


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace text in a file of the dataset."""

    def change(dataset: Path) -> None:
        path = dataset / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


MISTAKES = {
    "missing file": (lambda d: (d / "crm.csv").unlink(), ["crm.csv", "web.csv"]),
    "empty file": (lambda d: (d / "crm.csv").write_text("", encoding="utf-8"), ["crm.csv", "empty"]),
    "header without rows": (lambda d: (d / "crm.csv").write_text("id,age\n", encoding="utf-8"), ["crm.csv", "row"]),
    "wrong format": (edit("sources.yaml", "format: csv\n    files: crm", "format: qualtrics\n    files: crm"), ["crm"]),
    "unknown format": (
        edit("sources.yaml", "format: csv\n    files: crm", "format: cvs\n    files: crm"),
        ["cvs", "`csv`"],
    ),
    "unknown key": (edit("sources.yaml", "fields:", "feilds:"), ["sources.yaml", "feilds", "Did you mean `fields`"]),
    "unknown id column": (edit("sources.yaml", "{contact: id}", "{contact: idd}"), ["crm.csv", "idd", "`id`"]),
    "unknown field column": (edit("sources.yaml", "{column: age,", "{column: agee,"), ["crm.csv", "agee", "`age`"]),
    "missing time zone": (edit("web.csv", "10:00:00Z", "10:00:00"), ["web", "timezone"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_and_costs_nothing(mistake: str, workspace: Path, ingest: Ingest) -> None:
    before = files_under(workspace / "data" / "ingest")
    change, words = MISTAKES[mistake]
    change(workspace / "data" / "raw" / "mine")
    code, printed = ingest()
    assert code == 1
    assert printed.startswith("error in stage ingest: ")
    assert "Traceback" not in printed
    for word in words:
        assert word in printed, printed
    assert files_under(workspace / "data" / "ingest") == before


def test_an_unknown_key_in_params_names_its_near_match(workspace: Path, ingest: Ingest) -> None:
    path = workspace / "params.yaml"
    path.write_text(re.sub("event_parts", "event_prats", path.read_text(encoding="utf-8")), encoding="utf-8")
    code, printed = ingest()
    assert code == 1
    assert "params.yaml" in printed
    assert "Did you mean `event_parts`?" in printed


def test_all_mistakes_are_told_at_once(workspace: Path, ingest: Ingest) -> None:
    dataset = workspace / "data" / "raw" / "mine"
    edit("sources.yaml", "{contact: id}", "{contact: idd}")(dataset)
    edit("sources.yaml", "ts: when", "ts: whenn")(dataset)
    code, printed = ingest()
    assert code == 1
    assert "idd" in printed
    assert "whenn" in printed


def test_a_missing_dataset_says_where_to_set_it(workspace: Path, ingest: Ingest) -> None:
    shutil.move(workspace / "data" / "raw" / "mine", workspace / "data" / "raw" / "other")
    code, printed = ingest()
    assert code == 1
    assert "Set `dataset` in params.yaml" in printed
    assert "other" in printed
