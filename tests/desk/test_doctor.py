"""`personas doctor` says what keeps a run from working, and what to do."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.desk.doctor import Facts, examine
from pipeline.desk.machine import declared, dvc_config, pins

WELL = Facts(
    python=(3, 12), same_python=True, versions={"pandas": "3.1.1"}, pins={"pandas": "3.1.1"}, cores=4, memory_gib=16,
    free_memory_gib=12, free_disk_gib=50, raw_gib=0.1, engine_memory_gib=2.5, engine="duckdb", java="", pyspark="",
    browser="/usr/bin/chromium", git="2.39", in_git=True, dvc_folder=True, dvc_config={"core.analytics": "false"},
    dataset="mine", dataset_there=True, settings_error="",
)  # fmt: skip


def test_a_machine_that_is_well() -> None:
    assert {f.level for f in examine(WELL)} == {"ok"}


@pytest.mark.parametrize(
    ("changed", "level", "told"),
    [
        ({"python": (3, 9)}, "error", "needed is 3.11"),
        ({"same_python": False}, "error", "source .venv/bin/activate"),
        ({"versions": {"pandas": ""}}, "error", "missing: pandas"),
        ({"versions": {"pandas": "3.0.0"}}, "warning", "pandas 3.0.0 (locked 3.1.1)"),
        ({"git": ""}, "error", "install git"),
        ({"in_git": False}, "error", "no git repository"),
        ({"dvc_folder": False}, "error", "no .dvc folder"),
        ({"dvc_config": {}}, "warning", "core.analytics is on"),
        ({"dvc_config": {"core.analytics": "false", "core.autostage": "true"}}, "warning", "core.autostage is on"),
        ({"settings_error": "params.yaml: `sede`"}, "error", "`sede`"),
        ({"dataset_there": False}, "error", "`mine` is not under data/raw"),
        ({"free_memory_gib": 1.0}, "warning", "lower `ingest.memory_limit_gib`"),
        ({"free_disk_gib": 1.0}, "warning", "a run may need 2.0"),
        ({"raw_gib": 20.0}, "warning", "a run may need 60.0"),
        ({"engine": "spark"}, "error", "install a JRE 17"),
        ({"engine": "spark", "java": "17"}, "error", "pyspark is not installed"),
        ({"browser": ""}, "warning", "`make pdf` needs Chromium"),
    ],
)
def test_what_is_not_well_is_told_with_a_remedy(changed: dict, level: str, told: str) -> None:
    wrong = [f for f in examine(replace(WELL, **changed)) if f.level != "ok"]
    assert [f.level for f in wrong][0] == level
    assert told in wrong[0].told


def test_facts_of_this_project(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)
    result = CliRunner().invoke(app, ["doctor"])
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines[:4]] == ["Python", "packages", "git", "DVC"]
    assert "pandas" in declared(root)
    assert set(declared(root)) & set(pins(root / "requirements.lock")) >= {"pandas", "pyarrow"}
    assert dvc_config(root / ".dvc")["core.analytics"] == "false"


def test_a_folder_without_the_project_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", str(tmp_path)])
    assert result.exit_code == 1
    assert "no project here" in result.output
