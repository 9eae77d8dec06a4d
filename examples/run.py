"""Run the project's own stages on an example's data, in a workspace of its own, and publish the example's report.

`make example NAME=telco DATA=folder` writes `examples/telco/run/` (the workspace) and `reports/examples/telco/`.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from pipeline.core.errors import InputError, PipelineError
from pipeline.core.settings import read_yaml
from pipeline.core.sources import read_sources
from pipeline.core.stage import say

ROOT = Path(__file__).resolve().parents[1]
SHARED = ("dvc.yaml", ".dvcignore")


def lay_over(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`base` with the keys of `change` put in their place, block by block."""
    merged = dict(base)
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = lay_over(base[key], value) if both else value
    return merged


def prepare(name: str, data: Path, workspace: Path) -> None:
    """Lay the workspace out: the project's stages, the example's settings, links to the raw exports."""
    example = ROOT / "examples" / name
    if not (example / "sources.yaml").is_file():
        known = sorted(p.parent.name for p in (ROOT / "examples").glob("*/sources.yaml"))
        raise InputError(f"no example `{name}`. There are: {', '.join(known)}.")
    if not data.is_dir():
        raise InputError(f"{data}: no such folder. Give the folder with the example's files as DATA=….")
    shutil.rmtree(workspace / "pipeline", ignore_errors=True)
    shutil.copytree(ROOT / "pipeline", workspace / "pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    for file in SHARED:
        shutil.copy2(ROOT / file, workspace / file)
    (workspace / "baseline").mkdir(exist_ok=True)
    (workspace / "review").mkdir(exist_ok=True)
    (workspace / ".dvc").mkdir(exist_ok=True)
    no_scm = "[core]\n    analytics = false\n    check_update = false\n    no_scm = true\n"
    (workspace / ".dvc" / "config").write_text(no_scm, encoding="utf-8")
    params = lay_over(read_yaml(ROOT / "params.yaml"), read_yaml(example / "params.yaml")) | {"dataset": name}
    (workspace / "params.yaml").write_text(
        yaml.safe_dump(params, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    _link_exports(example / "sources.yaml", data.resolve(), workspace / "data" / "raw" / name)


def _link_exports(sources: Path, data: Path, dataset: Path) -> None:
    """Links, not copies: raw exports hold people and stay where they are."""
    shutil.rmtree(dataset, ignore_errors=True)
    dataset.mkdir(parents=True)
    shutil.copy2(sources, dataset / sources.name)
    settings = read_sources(dataset)
    patterns = [p for s in settings.sources.values() for p in (s.files, *(j.files for j in s.join))]
    for pattern in dict.fromkeys(patterns):
        for file in sorted(data.glob(pattern)):
            link = dataset / file.relative_to(data)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)


def publish(name: str, workspace: Path) -> Path:
    """Copy the workspace's report to `reports/examples/<name>/`; the first page is returned."""
    target = ROOT / "reports" / "examples" / name
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(workspace / "reports", target)
    return target / "index.html"


def main(argv: list[str] | None = None) -> int:
    """Prepare, `dvc repro report`, publish; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make example", description=__doc__)
    parser.add_argument("name", help="a folder under examples/")
    parser.add_argument("data", type=Path, help="folder with the example's raw files")
    given = parser.parse_args(argv)
    workspace = ROOT / "examples" / given.name / "run"
    try:
        workspace.mkdir(parents=True, exist_ok=True) if (ROOT / "examples" / given.name).is_dir() else None
        prepare(given.name, given.data, workspace)
    except PipelineError as error:
        say(f"error: {error}")
        return 1
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-m", "dvc", "repro", "report"]
    done = subprocess.run(command, cwd=workspace, env=os.environ | {"PATH": path}, check=False)
    if done.returncode == 0:
        page = publish(given.name, workspace)
        say(f"tables: {(workspace / 'data').relative_to(ROOT)}\nreport: {page.relative_to(ROOT)}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
