"""Stage `ingest` on large event logs, beside the floor: DuckDB's own COPY of the same file to Parquet.

    python -m benchmarks.ingest --rows 2000000 --formats csv,jsonl --repeats 3

Makes seeded logs of a fictitious shop (fifty events per visitor, one row in two hundred sent twice, one in a thousand
with a time that cannot be read), runs floor and stage in turn as processes of their own, and appends the medians to
benchmarks/results.csv. Peak memory is that of the whole process tree, as the kernel counts resident pages. On a machine
that others use, compare the CPU seconds of all threads (`cpu_ratio`), not those on the clock.
"""

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import yaml

from benchmarks.measuring import append, measured

RESULTS = Path(__file__).with_name("results.csv")
COLUMNS = (
    "date", "rows", "format", "file_mib", "seconds", "floor_seconds", "ratio", "peak_mib", "floor_peak_mib",
    "cpu_seconds", "floor_cpu_seconds", "cpu_ratio",
)  # fmt: skip
READERS = {
    "csv": "read_csv('{path}')",
    "jsonl": "read_json('{path}', format='newline_delimited', maximum_object_size=16777216)",
}
FLOOR = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("SET threads=2")
connection.execute("SET enable_progress_bar=false")
connection.execute(sys.argv[2])
"""


def log_query(rows: int, seed: int) -> str:
    """One row per event: id, visitor, moment and attributes, in order of time; the same for the same seed."""
    visitors = max(rows // 50, 1)
    step = 365 * 24 * 3600 * 1_000_000 // rows
    drawn = (
        f"SELECT i, hash(i - (i % 200 = 199)::INT, {seed}) AS id, hash(i, {seed + 1}) % {visitors} AS who, "
        f"timestamp '2025-01-01' + to_microseconds((i - (i % 200 = 199)::INT) * {step}) AS moment, "
        f"(hash(i - (i % 200 = 199)::INT, {seed + 2}) % 97)::INT AS draw FROM range({rows}) t(i)"
    )
    return (
        "SELECT format('{:016x}-{:x}', id, i - (i % 200 = 199)::INT) AS message, 'visitor-' || who AS visitor, "
        "CASE WHEN i % 1000 = 500 THEN 'yesterday' ELSE strftime(moment, '%Y-%m-%dT%H:%M:%S.%gZ') END AS moment, "
        "CASE WHEN draw < 60 THEN 'Page Viewed' WHEN draw < 80 THEN 'Product Viewed' "
        "WHEN draw < 92 THEN 'Product Added' ELSE 'Order Completed' END AS event, "
        "CASE WHEN draw >= 92 THEN round(10 + draw * 1.37, 2) END AS amount, "
        "['email', 'organic', 'paid search', 'social'][1 + draw % 4] AS channel, "
        "['mobile', 'desktop', 'tablet'][1 + draw % 3] AS device, ['Android', 'Windows', 'iOS'][1 + draw % 3] AS os, "
        f"['/', '/shop', '/guide/brewing'][1 + draw % 3] AS path FROM ({drawn}) ORDER BY i"
    )


_JSON = """
SELECT message AS "messageId", 'track' AS type, event, visitor AS "anonymousId",
  CASE WHEN amount IS NOT NULL THEN replace(visitor, 'visitor', 'user') END AS "userId",
  struct_pack(path := path, revenue := amount) AS properties,
  struct_pack(campaign := struct_pack(medium := channel), device := struct_pack(type := device),
    os := struct_pack(name := os), timezone := 'Europe/Berlin') AS context,
  moment AS timestamp, moment AS "receivedAt", moment AS "sentAt", moment AS "originalTimestamp"
"""
_CSV_QUERY = "SELECT message AS event_id, visitor, moment AS time, event, amount, channel, device, os, path"
_SOURCES: dict[str, dict[str, object]] = {
    "csv": {
        "format": "csv",
        "ids": {"visitor": "visitor"},
        "columns": {
            "ts": "time", "event": "event", "event_id": "event_id", "amount": "amount",
            "channel": "channel", "device": "device", "os": "os",
        },
        "keep": ["path"],
    },
    "jsonl": {
        "format": "segment",
        "ids": {"user": "userId", "anonymous": "anonymousId"},
        "keep": ["path"],
    },
}  # fmt: skip


def make(folder: Path, file_format: str, rows: int, seed: int) -> Path:
    """The dataset folder of one log; returns the log's path."""
    folder.mkdir(parents=True)
    path = folder / f"events.{file_format}"
    head = _CSV_QUERY if file_format == "csv" else _JSON
    options = "(FORMAT csv, HEADER)" if file_format == "csv" else "(FORMAT json)"
    with duckdb.connect() as connection:
        connection.execute("SET threads=2")
        connection.execute("SET enable_progress_bar=false")
        connection.execute(f"COPY ({head} FROM ({log_query(rows, seed)})) TO '{path}' {options}")
    source = {"kind": "events", "files": path.name, **_SOURCES[file_format]}
    window = {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-07-01"}
    settings = {"title": "Benchmark", "observation": window, "sources": {"log": source}}
    (folder / "sources.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "pseudonym.key").write_text("k" * 64 + "\n", encoding="ascii")
    return path


def floor_command(path: Path, file_format: str, out: Path) -> list[str]:
    """The floor as a process: all columns, types found by DuckDB itself, compressed as our own parts are."""
    reader = READERS[file_format].format(path=path)
    copy = f"COPY (SELECT * FROM {reader}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"
    return [sys.executable, "-c", FLOOR, ":memory:", copy]


def stage_command(folder: Path, out: Path) -> list[str]:
    """The stage as dvc runs it."""
    options = ["--dataset", str(folder), "--out", str(out / "ingest"), "--metrics", str(out / "ingest.json")]
    return [sys.executable, "-m", "pipeline.ingest.stage", *options]


def compare(folder: Path, file_format: str, rows: int, repeats: int, seed: int) -> dict[str, object]:
    """Floor and stage in turn, `repeats` times; the medians as one row of results."""
    path = make(folder / file_format, file_format, rows, seed)
    floor, stage = [], []
    for _ in range(repeats):
        floor.append(measured(floor_command(path, file_format, folder / "floor.parquet")))
        stage.append(measured(stage_command(folder / file_format, folder / "out")))
    kept = json.loads((folder / "out" / "ingest.json").read_text(encoding="utf-8"))["rows"]
    if kept["read"] != rows:
        raise SystemExit(f"{rows:,} rows were written, {kept['read']:,} were read")
    seconds, floor_seconds = (statistics.median(r.seconds for r in runs) for runs in (stage, floor))
    cpu, floor_cpu = (statistics.median(r.cpu_seconds for r in runs) for runs in (stage, floor))
    size = path.stat().st_size / 2**20
    shutil.rmtree(folder / file_format)
    values = (
        datetime.now(UTC).date().isoformat(), rows, file_format, round(size), round(seconds, 1),
        round(floor_seconds, 1), round(seconds / floor_seconds, 2), round(max(r.peak_mib for r in stage)),
        round(max(r.peak_mib for r in floor)), round(cpu, 1), round(floor_cpu, 1), round(cpu / floor_cpu, 2),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--formats", default="csv,jsonl")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=None, help="where the logs are made; a temporary folder by default")
    parser.add_argument("--no-append", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(dir=options.folder) as scratch:
        for file_format in options.formats.split(","):
            row = compare(Path(scratch), file_format, options.rows, options.repeats, options.seed)
            print(", ".join(f"{k} {v}" for k, v in row.items()), flush=True)
            if not options.no_append:
                append(RESULTS, COLUMNS, [row])


if __name__ == "__main__":
    main()
