"""Facts about this machine and this folder, for `doctor`. Nothing is changed and nothing is asked of a network."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pipeline.core import params
from pipeline.core.errors import PipelineError
from pipeline.desk.doctor import Facts
from pipeline.report.printing import BROWSERS

GIB = 1024**3
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def facts(project: Path) -> Facts:
    """What `examine` judges, of the project in the folder `project`."""
    total, free = memory_gib()
    dataset, engine, wrong = _settings(project)
    raw = project / "data" / "raw" / dataset
    made_by_a_stage = dataset == "sample"
    return Facts(
        python=sys.version_info[:2],
        same_python=_first_line(["python", "-c", "import sys; print(sys.prefix)"]) == sys.prefix,
        versions={name: installed(name) for name in declared(project)},
        pins=pins(project / "requirements.lock"),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=total,
        free_memory_gib=free,
        free_disk_gib=shutil.disk_usage(project).free / GIB,
        raw_gib=sum(p.stat().st_size for p in raw.rglob("*") if p.is_file()) / GIB,
        engine_memory_gib=_engine_memory(project),
        engine=engine,
        java=_first_line(["java", "-version"]),
        pyspark=installed("pyspark"),
        browser=next((path for name in BROWSERS if (path := shutil.which(name))), ""),
        git=_first_line(["git", "--version"]).removeprefix("git version "),
        in_git=_first_line(["git", "-C", str(project), "rev-parse", "--is-inside-work-tree"]) == "true",
        dvc_folder=(project / ".dvc").is_dir(),
        dvc_config=dvc_config(project / ".dvc"),
        dataset=dataset,
        dataset_there=raw.is_dir() or made_by_a_stage,
        settings_error=wrong,
    )


def installed(package: str) -> str:
    """Version of an installed package, or the empty string."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def declared(project: Path) -> list[str]:
    """Names of the packages that pyproject.toml declares as needed to run."""
    content = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    names = [_NAME.match(text) for text in content["project"]["dependencies"]]
    return [found[0] for found in names if found]


def pins(lock: Path) -> dict[str, str]:
    """Package -> version of a requirements file; none where there is no such file.

    Of a package that is pinned twice, for several systems, the first counts.
    """
    if not lock.is_file():
        return {}
    found: dict[str, str] = {}
    for name, pinned in _PIN.findall(lock.read_text(encoding="utf-8")):
        found.setdefault(name.lower(), pinned)
    return found


def memory_gib() -> tuple[float, float]:
    """Memory of this machine and what of it is free, in GiB; within a container, of its limit where it has one."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = page * os.sysconf("SC_PHYS_PAGES")
    free = total
    about = Path("/proc/meminfo")
    if about.is_file():
        found = re.search(r"^MemAvailable:\s+(\d+) kB", about.read_text(encoding="utf-8"), re.MULTILINE)
        free = int(found[1]) * 1024 if found else total
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.is_file() and (text := limit.read_text(encoding="utf-8").strip()).isdigit():
        total, free = min(total, int(text)), min(free, int(text))
    return total / GIB, free / GIB


def dvc_config(folder: Path) -> dict[str, str]:
    """`section.option` -> value, of the project's settings and of this machine's own, which go first."""
    read = configparser.ConfigParser(interpolation=None)
    read.read([folder / "config", folder / "config.local"], encoding="utf-8")
    return {f"{section}.{key}": value for section in read.sections() for key, value in read[section].items()}


def _settings(project: Path) -> tuple[str, str, str]:
    """Dataset, engine, and what is wrong with params.yaml."""
    try:
        general = params.load_general(project / params.PARAMS_FILE)
    except PipelineError as error:
        return "", "duckdb", str(error)
    return general.dataset, general.engine, ""


def _engine_memory(project: Path) -> float:
    from pipeline.core.settings import read_yaml

    try:
        return float(read_yaml(project / params.PARAMS_FILE)["ingest"]["memory_limit_gib"])
    except (PipelineError, KeyError, TypeError, ValueError):
        return 0.0


def _first_line(command: list[str]) -> str:
    """What a program says first, on either stream; the empty string where there is none or it fails."""
    path = shutil.which(command[0])
    if path is None:
        return ""
    done = subprocess.run([path, *command[1:]], capture_output=True, text=True, check=False)  # noqa: S603
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else ""
