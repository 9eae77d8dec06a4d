"""A workspace in which the stages run as `dvc.yaml` says, without DVC; and ways to disturb its raw exports."""

import csv
import os
import random
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HEADER_ROWS = {"qualtrics": 3}
"""By folder of the sample; 1 elsewhere."""

# As many events per customer as in the default sample: with fewer, fewer segments can honestly be told apart.
SMALL = {
    "sample": {"customers": 1200, "events": 72000},
    "segments": {"umap_seeds": 1, "resamples": 8, "null_resamples": 19, "starts": 5, "bootstrap_runs": 2},
}


def write_params(root: Path, workspace: Path, changes: dict[str, Any]) -> None:
    """The project's params.yaml with some values changed."""
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    for block, values in changes.items():
        params[block] = {**params[block], **values} if isinstance(values, dict) else values
    workspace.mkdir(parents=True, exist_ok=True)
    (workspace / "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")


def run_stage(root: Path, workspace: Path, stage: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one stage's command line from `dvc.yaml` in the workspace."""
    dataset = yaml.safe_load((workspace / "params.yaml").read_text(encoding="utf-8"))["dataset"]
    command = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"][stage]["cmd"]
    words = shlex.split(command.replace("${dataset}", dataset))
    environment = os.environ | {"PYTHONPATH": str(root)} | variables
    return subprocess.run(
        [sys.executable, *words[1:]], cwd=workspace, env=environment, capture_output=True, text=True, check=False
    )


def run_all(root: Path, workspace: Path, stages: tuple[str, ...], **variables: str) -> None:
    """Run stages in turn; the first that fails ends the test with what it printed."""
    for stage in stages:
        done = run_stage(root, workspace, stage, **variables)
        assert done.returncode == 0, f"stage {stage}: {done.stdout}\n{done.stderr}"


def shuffle_exports(dataset: Path, seed: int) -> None:
    """Put the rows of every raw export in another order, headers apart."""
    order = random.Random(seed)  # noqa: S311
    for path in sorted(dataset.rglob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        header = HEADER_ROWS.get(path.parent.name, 1)
        body = rows[header:]
        order.shuffle(body)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([*rows[:header], *body])
    for path in sorted(dataset.rglob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        order.shuffle(lines)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def files_under(folder: Path) -> dict[str, bytes]:
    """Relative name -> bytes of every file."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
