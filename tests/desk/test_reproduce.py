"""A revision is run anew from git alone, and its key figures are held against those that git has."""

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app

STAGES = """\
stages:
  report:
    cmd: mkdir -p reports/metrics && cp measured.json reports/metrics/report.json
    deps: [measured.json]
    metrics: [{reports/metrics/report.json: {cache: false}}]
"""


@pytest.fixture
def project(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose one stage copies a file of figures."""
    metrics = tmp_path / "reports" / "metrics"
    metrics.mkdir(parents=True)
    (tmp_path / "dvc.yaml").write_text(STAGES, encoding="utf-8")
    (tmp_path / "params.yaml").write_text((root / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "measured.json").write_text('{"pages": 33, "share": 0.25, "verdict": "natural"}', encoding="utf-8")
    (metrics / "report.json").write_text('{"pages": 33, "share": 0.2512, "verdict": "none"}', encoding="utf-8")
    for words in (["git", "init", "-q"], ["dvc", "init", "-q"]):
        subprocess.run(words, cwd=tmp_path, check=True)
    commit(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commit(project: Path) -> None:
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=e@mail.test", "commit", "-qm", "x"], cwd=project, check=True
    )


def test_figures_within_the_tolerance_are_found_again_others_and_none_at_all_are_told(project: Path) -> None:
    found = CliRunner().invoke(app, ["reproduce"])
    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        "  report.verdict: published none, anew natural",
        "3 key figures of HEAD: 2 found again, 1 not.",
    ]
    assert not (project / "build" / "reproduce").exists()
    subprocess.run(["git", "rm", "-rq", "reports"], cwd=project, check=True)
    commit(project)
    nothing = CliRunner().invoke(app, ["reproduce"])
    assert nothing.exit_code == 1
    assert "HEAD: git has no key figures" in nothing.output
