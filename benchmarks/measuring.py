"""What benchmarks share: a process run and measured, and rows added to a file of results."""

import csv
import os
import resource
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Run:
    """One process with its children: seconds on the clock, seconds of all its threads, peak memory."""

    seconds: float
    cpu_seconds: float
    peak_mib: float


def measured(command: Sequence[str], folder: Path = ROOT) -> Run:
    """Run a process in `folder`, whose params.yaml it reads; raises `SystemExit` where it fails."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    here = {"cwd": folder, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **here)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _resident_kib(process.pid))
        time.sleep(_POLL_SECONDS)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{process.stderr.read() if process.stderr else ''}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(seconds, cpu, peak / 1024)


def _resident_kib(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0
    lines = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    own = int(lines.get("VmRSS", "0 kB").split()[0])
    return own + sum(_resident_kib(int(child)) for child in children)


def append(results: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """More rows at the end of a file of results, which gets its header where it is new."""
    new = not results.is_file()
    with results.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)
