"""A finished run to compare with another: of the folder at hand, of another folder, or of a git revision.

What is in git (params.yaml, dvc.lock, key figures) is there for every revision; the tables of a revision come from
DVC's cache or remote, and where they are in neither, a run has no `solution`.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from pipeline.core.errors import InputError

WORKSPACE = "workspace"
METRICS = ("ingest", "features", "segments", "personas", "journeys", "experiments", "report")
_TABLES = {
    "features": "data/features/features.parquet",
    "dictionary": "data/features/dictionary.parquet",
    "members": "data/segments/members.parquet",
    "kpis": "data/personas/kpis.parquet",
}
_RECORDS = {
    "segments": "data/segments/segments.json",
    "snapshot": "data/segments/snapshot.json",
    "personas": "data/personas/personas.json",
}
Read = Callable[[str], bytes | None]
"""Path in the project -> content, or None where it is not there."""


@dataclass(frozen=True)
class Solution:
    """Tables of a run by name (`features`, `dictionary`, `members`, `kpis`) and its records (JSON)."""

    tables: Mapping[str, pd.DataFrame]
    records: Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """`params` and `metrics` are flat (`segments.seed`); `inputs`: stage -> dep -> digest, as in dvc.lock."""

    name: str
    params: Mapping[str, Any]
    metrics: Mapping[str, Any]
    inputs: Mapping[str, Mapping[str, str]]
    solution: Solution | None


def open_run(where: str, project: Path) -> Run:
    """The run of `where`: `workspace`, a folder of a project, a git revision, or the name of a DVC experiment.

    Raises `InputError` where there is no such revision, or no finished run in a folder.
    """
    folder = project if where == WORKSPACE else Path(where)
    is_folder = where == WORKSPACE or (folder / "params.yaml").is_file()
    read = of_folder(folder) if is_folder else of_revision(where, project)
    content = read("params.yaml")
    if content is None:
        raise InputError(
            f"{where}: there is no params.yaml; name a folder of a project, or a git revision of this one."
        )
    found = metrics_of(read)
    if not found:
        raise InputError(f"{where}: no run is finished here (reports/metrics holds no key figures). Run `dvc repro`.")
    lock = yaml.safe_load(read("dvc.lock") or b"") or {}
    return Run(where, flat(yaml.safe_load(content)), flat(found), _inputs(lock), _solution(read))


def metrics_of(read: Read) -> dict[str, Any]:
    """Stage -> its key figures, of the stages that have some."""
    metrics = {name: _json(read(f"reports/metrics/{name}.json")) for name in METRICS}
    return {name: one for name, one in metrics.items() if one is not None}


def flat(content: Any, prefix: str = "") -> dict[str, Any]:
    """Nested keys joined by dots; a list is one value.

    >>> flat({"a": {"b": 1}, "c": [2]})
    {'a.b': 1, 'c': [2]}
    """
    found: dict[str, Any] = {}
    for key, value in content.items():
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def of_folder(folder: Path) -> Read:
    """Reads files of a folder."""

    def read(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    return read


def of_revision(revision: str, project: Path) -> Read:
    """Reads files of a git revision or DVC experiment; raises `InputError` where there is none of that name."""
    from dvc.api import DVCFileSystem
    from dvc.exceptions import DvcException
    from dvc_data.index import DataIndexDirError

    try:
        files = DVCFileSystem(str(project), rev=revision)
        files.repo  # noqa: B018 - the revision is looked up here
    except DvcException as error:
        raise InputError(
            f"{revision}: neither a folder of a project nor a revision of this one ({error}). "
            "`git log --oneline` and `dvc exp show` list them; `workspace` is the run at hand."
        ) from None

    def read(path: str) -> bytes | None:
        try:
            return bytes(files.read_bytes(path))
        except (FileNotFoundError, DvcException, DataIndexDirError):
            return None

    return read


def _json(content: bytes | None) -> Any:
    return None if content is None else json.loads(content)


def _inputs(lock: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    stages = lock.get("stages") or {}
    return {name: {d["path"]: d.get("md5", "") for d in stage.get("deps", [])} for name, stage in stages.items()}


def _solution(read: Read) -> Solution | None:
    found = {name: read(path) for name, path in {**_TABLES, **_RECORDS}.items()}
    if any(content is None for content in found.values()):
        return None
    tables = {name: pd.read_parquet(io.BytesIO(found[name] or b"")) for name in _TABLES}
    return Solution(tables, {name: _json(found[name]) for name in _RECORDS})
