"""What a machine must have for a run, judged from facts that `machine.facts` gathered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]
LEAST_PYTHON = (3, 11)
SPARE_MEMORY_GIB = 1.5
"""What a run of the sample holds beside the event engine."""
DISK_PER_RAW = 3.0
"""Bytes of disk per byte of raw exports: tables, their copy in the cache, what the engine spills."""
LEAST_DISK_GIB = 2.0
SHOWN = 5


@dataclass(frozen=True)
class Facts:
    """What was found; sizes in GiB. `versions` and `pins` map a package to its version; "" where it is not there."""

    python: tuple[int, int]
    same_python: bool
    """Whether `python`, by which `dvc repro` runs the stages, is the one that runs this."""
    versions: Mapping[str, str]
    pins: Mapping[str, str]
    cores: int
    memory_gib: float
    free_memory_gib: float
    free_disk_gib: float
    raw_gib: float
    engine_memory_gib: float
    engine: str
    java: str
    pyspark: str
    browser: str
    git: str
    in_git: bool
    dvc_folder: bool
    dvc_config: Mapping[str, str]
    dataset: str
    dataset_there: bool
    settings_error: str


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, what was found, and what to do where that is not well."""

    level: Level
    what: str
    told: str


def examine(f: Facts) -> list[Finding]:
    """All findings, in the order in which they are shown."""
    return [_python(f), _packages(f), *_git(f), *_dvc(f), _settings(f), *_room(f), *_spark(f), _browser(f)]


def _python(f: Facts) -> Finding:
    found = ".".join(str(n) for n in f.python)
    if f.python < LEAST_PYTHON:
        return Finding("error", "Python", f"{found}; needed is 3.11 or newer: PYTHON=… make setup")
    if not f.same_python:
        return Finding("error", "Python", "`python` of the shell is another one than this: `source .venv/bin/activate`")
    return Finding("ok", "Python", found)


def _packages(f: Facts) -> Finding:
    missing = sorted(name for name, version in f.versions.items() if not version)
    if missing:
        return Finding("error", "packages", f"missing: {_some(missing)}; `make setup` installs them")
    other = [f"{n} {v} (locked {f.pins[n]})" for n, v in sorted(f.versions.items()) if n in f.pins and v != f.pins[n]]
    if other:
        told = f"{len(other)} others than requirements.lock: {_some(other)}; figures may differ in their last digits"
        return Finding("warning", "packages", told)
    return Finding("ok", "packages", f"{len(f.versions)} as in requirements.lock")


def _git(f: Facts) -> list[Finding]:
    if not f.git:
        return [Finding("error", "git", "not found: install git; DVC and `personas compare` need it")]
    if not f.in_git:
        return [Finding("error", "git", "this folder is no git repository: clone the project, or `git init` it")]
    return [Finding("ok", "git", f.git)]


def _dvc(f: Facts) -> list[Finding]:
    if not f.dvc_folder:
        return [Finding("error", "DVC", "no .dvc folder here: run this in the project's folder, or `dvc init`")]
    autostage = f.dvc_config.get("core.autostage", "false") == "true"
    analytics = f.dvc_config.get("core.analytics", "true") == "true"
    cache = f.dvc_config.get("cache.dir", ".dvc/cache")
    remote = f.dvc_config.get("core.remote", "")
    told = f"cache {cache}, " + (f"remote {remote}" if remote else "no remote: tables stay on this machine")
    found = [Finding("ok", "DVC", told)]
    if autostage:
        found.append(Finding("warning", "DVC", "core.autostage is on: `dvc repro` adds files to git by itself"))
    if analytics:
        found.append(
            Finding("warning", "DVC", "core.analytics is on, which sends usage: `dvc config core.analytics false`")
        )
    return found


def _settings(f: Facts) -> Finding:
    if f.settings_error:
        return Finding("error", "params.yaml", f.settings_error)
    if not f.dataset_there:
        told = f"dataset `{f.dataset}` is not under data/raw; put its exports there or set `dataset` in params.yaml"
        return Finding("error", "params.yaml", told)
    return Finding("ok", "params.yaml", f"dataset {f.dataset}, engine {f.engine}; exports of {f.raw_gib:.2f} GiB")


def _room(f: Facts) -> list[Finding]:
    needed = f.engine_memory_gib + SPARE_MEMORY_GIB
    told = f"{f.free_memory_gib:.1f} GiB free of {f.memory_gib:.1f}, {f.cores} core(s)"
    memory = Finding("ok", "memory", told)
    if f.free_memory_gib < needed:
        advice = f"{told}; a run may take {needed:.1f}: close programs, or lower `ingest.memory_limit_gib`"
        memory = Finding("warning", "memory", advice)
    wanted = max(LEAST_DISK_GIB, DISK_PER_RAW * f.raw_gib)
    disk = Finding("ok", "disk", f"{f.free_disk_gib:.1f} GiB free")
    if f.free_disk_gib < wanted:
        advice = f"{f.free_disk_gib:.1f} GiB free; a run may need {wanted:.1f}: `dvc gc -w` removes old tables"
        disk = Finding("warning", "disk", advice)
    return [memory, disk]


def _spark(f: Facts) -> list[Finding]:
    if f.engine != "spark":
        return [Finding("ok", "Java", f.java or "not found; needed for `engine: spark` only")]
    found = []
    if not f.java:
        found.append(Finding("error", "Java", "not found, and params.yaml has `engine: spark`: install a JRE 17"))
    else:
        found.append(Finding("ok", "Java", f.java))
    if not f.pyspark:
        found.append(Finding("error", "Spark", "pyspark is not installed: `make test-spark` adds it"))
    return found


def _browser(f: Facts) -> Finding:
    if f.browser:
        return Finding("ok", "browser", f.browser)
    return Finding("warning", "browser", "no Chromium: the report opens in any browser, `make pdf` needs Chromium")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
