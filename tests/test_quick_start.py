"""The quick start shows what the product says today: its exports are made, drafted and checked."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from examples.climbinghall.exports import MEMBERS, TWICE, main
from pipeline.cli import app

PAGE = Path("docs") / "quick-start.md"


def blocks(root: Path) -> list[list[str]]:
    """The lines of each fenced block, without those that stand for others (`…`)."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", (root / PAGE).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [[line for line in block.splitlines() if line.strip() != "…"] for block in fenced]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hall")
    main([str(folder / "data" / "raw" / "mine")])
    return folder


@pytest.fixture
def call(hall: Path, root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(hall)
    params = (root / "params.yaml").read_text(encoding="utf-8").replace("dataset: sample", "dataset: mine")
    (hall / "params.yaml").write_text(params, encoding="utf-8")
    (hall / "data" / "raw" / "mine" / "sources.yaml").unlink(missing_ok=True)
    return lambda *words: CliRunner().invoke(app, list(words)).output


def test_the_exports_are_those_shown_and_counted(hall: Path, root: Path) -> None:
    raw = hall / "data" / "raw" / "mine"
    members = (raw / "members.csv").read_text(encoding="cp1252").splitlines()
    log = (raw / "activity_2025.csv").read_text(encoding="utf-8").splitlines()
    shown = blocks(root)
    assert members[:2] == shown[0]
    assert log[:2] == shown[1]
    read = len(members) - 1 + len(log) - 1
    assert f"ingest: {MEMBERS:,} customers, {read:,} read, {read - TWICE:,} kept, {TWICE} merged, 0 rejected; …" in [
        line for block in shown for line in block
    ]


def test_the_draft_is_that_shown(call, hall: Path, root: Path) -> None:
    told = call("inspect", "data/raw/mine", "--write").strip()
    shown = blocks(root)
    assert told in [line for block in shown for line in block]
    draft = (hall / "data" / "raw" / "mine" / "sources.yaml").read_text(encoding="utf-8").splitlines()
    quoted = next(block for block in shown if block[0] == "title: mine")
    assert [line for line in quoted if line not in draft] == []


def test_the_answers_pass_the_check_and_a_slip_is_told_as_shown(call, hall: Path, root: Path) -> None:
    answered = root / "examples" / "climbinghall" / "sources.yaml"
    target = hall / "data" / "raw" / "mine" / "sources.yaml"
    shutil.copy2(answered, target)
    assert "warning: stages" not in call("check")
    shown = blocks(root)
    stages = next(block for block in shown if block[0] == "stages:")
    assert "\n".join(stages) in answered.read_text(encoding="utf-8")
    target.write_text(
        answered.read_text(encoding="utf-8").replace("Course extended", "Course Extended"), encoding="utf-8"
    )
    checked = next(block for block in shown if block[0] == "$ personas check")
    assert sorted(call("check").splitlines()) == sorted(checked[1:])
