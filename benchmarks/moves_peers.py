"""Which event follows which, of many events: `personas paths` beside two peers in the same run.

    python -m benchmarks.moves_peers --events 4000000 --peers /path/to/venv/bin/python

The peers (pm4py and retentioneering, in an environment of their own, whose python is given) read the same Parquet
file and build their graph, pm4py by `discover_dfg`, retentioneering by `transition_graph_data`; each runs as a process
of its own, start and reading included, with usage tracking off. Medians go to moves_peers.csv. That pm4py counts the
same moves is checked first.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd

from benchmarks.measuring import ROOT, append, measured

RESULTS = Path(__file__).with_name("moves_peers.csv")
COLUMNS = ("date", "who", "rows", "seconds", "cpu_seconds", "times_ours", "cpu_times_ours", "peak_mib")
READ = "import sys, pandas as pd; events = pd.read_parquet(sys.argv[1]); "
PEERS = {
    "pm4py": READ + "import pm4py; log = pm4py.format_dataframe(events, case_id='customer_id', activity_key='event', "
    "timestamp_key='ts'); found = pm4py.discover_dfg(log)[0]; print(sum(found.values()))",
    "retentioneering": READ
    + "from retentioneering import Eventstream; stream = Eventstream(events, {'path_cols': ['customer_id'], "
    "'event_col': 'event', 'timestamp_col': 'ts'}); stream.transition_graph_data(); print('-')",
}


def make_events(path: Path, rows: int, seed: int) -> None:
    """A log of a hundred events per customer and thirty kinds of them, in order of time."""
    with duckdb.connect() as connection:
        connection.execute("SET threads=2")
        connection.execute(
            f"COPY (SELECT 'c' || (hash(i, {seed}) % {max(rows // 100, 1)}) AS customer_id, "
            f"'event ' || ((hash(i, {seed + 1}) % 30) * (hash(i, {seed + 2}) % 30) // 30) AS event, "
            f"timestamp '2025-01-01' + to_milliseconds(i * {365 * 86_400_000 // rows}) AS ts FROM range({rows}) t(i)) "
            f"TO '{path}' (FORMAT parquet)"
        )


def commands(path: Path, folder: Path, python: str) -> dict[str, list[str]]:
    """Who -> command."""
    ours = [sys.executable, "-m", "pipeline.cli", "paths", str(path), "--moves", str(folder / "moves.csv")]
    return {"personas paths": ours} | {name: [python, "-c", code, str(path)] for name, code in PEERS.items()}


def check(found: dict[str, list[str]], folder: Path) -> None:
    """Raises `SystemExit` where pm4py counts other moves than we do."""
    subprocess.run(found["personas paths"], check=True, capture_output=True, cwd=ROOT)
    theirs = subprocess.run(found["pm4py"], check=True, capture_output=True, text=True).stdout.split()[-1]
    ours = int(pd.read_csv(folder / "moves.csv")["count"].sum())
    if int(theirs) != ours:
        raise SystemExit(f"pm4py counts {theirs} moves, personas paths {ours}.")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", required=True, help="python of the environment with pm4py and retentioneering")
    options = parser.parse_args(arguments)
    os.environ["RETENTIONEERING_NO_TRACK"] = "1"
    with TemporaryDirectory() as scratch:
        folder, path = Path(scratch), Path(scratch) / "events.parquet"
        make_events(path, options.events, options.seed)
        found = commands(path, folder, options.peers)
        check(found, folder)
        runs = {name: [] for name in found}
        for _ in range(options.repeats):
            for name, command in found.items():
                runs[name].append(measured(command))
    medians = {
        name: [statistics.median(getattr(r, what) for r in own) for what in ("seconds", "cpu_seconds")]
        for name, own in runs.items()
    }
    ours = medians["personas paths"]
    for name, (seconds, cpu) in medians.items():
        peak = max(r.peak_mib for r in runs[name])
        told = (round(seconds, 1), round(cpu, 1), round(seconds / ours[0], 2), round(cpu / ours[1], 2), round(peak))
        values = (datetime.now(UTC).date().isoformat(), name, options.events, *told)
        row = dict(zip(COLUMNS, values, strict=True))
        print(", ".join(f"{c} {v}" for c, v in row.items()), flush=True)
        append(RESULTS, COLUMNS, [row])


if __name__ == "__main__":
    main()
