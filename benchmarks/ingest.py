"""Stage `ingest` on large event logs, beside DuckDB's own COPY of the same file: to one Parquet file, which is the
floor, and to Parquet in buckets and in order, as the stage lays events out.

    python -m benchmarks.ingest --rows 2000000 --formats csv,jsonl --repeats 3

Makes seeded logs of a fictitious shop (fifty events per visitor, one row in two hundred sent twice, one in a thousand
with a time that cannot be read), runs floor and stage in turn as processes of their own (with `--ordered` the COPY in
order as well), and appends the medians to benchmarks/results.csv. Peak memory is that of the whole process tree, as the
kernel counts resident pages. On a machine that others use, compare the CPU seconds of all threads (`cpu_ratio`), not
those on the clock.
"""

import argparse
import json
import shutil
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import yaml

from benchmarks.measuring import ROOT, Run, append, measured

RESULTS = Path(__file__).with_name("results.csv")
COLUMNS = (
    "date", "rows", "format", "file_mib", "seconds", "floor_seconds", "ratio", "peak_mib", "floor_peak_mib",
    "cpu_seconds", "floor_cpu_seconds", "cpu_ratio", "ordered_seconds", "ordered_ratio", "ordered_cpu_seconds",
)  # fmt: skip
ORDER = {"csv": ("visitor", "time"), "jsonl": ('"anonymousId"', "timestamp")}
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
    """The floor as a process: all columns, types found by DuckDB itself."""
    reader = READERS[file_format].format(path=path)
    copy = f"COPY (SELECT * FROM {reader}) TO '{out}' (FORMAT parquet, COMPRESSION zstd)"
    return [sys.executable, "-c", FLOOR, ":memory:", copy]


def ordered_command(path: Path, file_format: str, out: Path) -> list[str]:
    """The same as the stage lays events out: in `event_parts` buckets of visitors, by visitor and time; in 4 GiB."""
    parts = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["ingest"]["event_parts"]
    visitor, moment = ORDER[file_format]
    rows = f"SELECT *, hash({visitor}) % {parts} AS part FROM {READERS[file_format].format(path=path)}"
    options = "FORMAT parquet, COMPRESSION zstd, PARTITION_BY (part), OVERWRITE true"
    copy = f"COPY ({rows} ORDER BY {visitor}, {moment}) TO '{out}' ({options})"
    limited = f"SET memory_limit='4GiB'; SET temp_directory='{out}-spilled'; {copy}"
    return [sys.executable, "-c", FLOOR, ":memory:", limited]


def stage_command(folder: Path, out: Path) -> list[str]:
    """The stage as dvc runs it."""
    options = ["--dataset", str(folder), "--out", str(out / "ingest"), "--metrics", str(out / "ingest.json")]
    return [sys.executable, "-m", "pipeline.ingest.stage", *options]


def compare(folder: Path, file_format: str, rows: int, repeats: int, seed: int, ordered: bool) -> dict[str, object]:
    """Floor and stage in turn, and the COPY in order where it is asked for, `repeats` times; medians as one row."""
    path = make(folder / file_format, file_format, rows, seed)
    commands = {"floor": floor_command(path, file_format, folder / "floor.parquet")}
    if ordered:
        commands["ordered"] = ordered_command(path, file_format, folder / "ordered")
    commands["stage"] = stage_command(folder / file_format, folder / "out")
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            runs[name].append(measured(command))
    kept = json.loads((folder / "out" / "ingest.json").read_text(encoding="utf-8"))["rows"]
    if kept["read"] != rows:
        raise SystemExit(f"{rows:,} rows were written, {kept['read']:,} were read")
    size = path.stat().st_size / 2**20
    shutil.rmtree(folder / file_format)
    seconds = {name: statistics.median(run.seconds for run in done) for name, done in runs.items()}
    cpu = {name: statistics.median(run.cpu_seconds for run in done) for name, done in runs.items()}
    peak = {name: max(run.peak_mib for run in done) for name, done in runs.items()}
    stage, floor = seconds["stage"], seconds["floor"]
    values = (
        datetime.now(UTC).date().isoformat(), rows, file_format, round(size), round(stage, 1), round(floor, 1),
        round(stage / floor, 2), round(peak["stage"]), round(peak["floor"]), round(cpu["stage"], 1),
        round(cpu["floor"], 1), round(cpu["stage"] / cpu["floor"], 2), *_beside_ordered(seconds, cpu),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _beside_ordered(seconds: Mapping[str, float], cpu: Mapping[str, float]) -> tuple[float | None, ...]:
    if "ordered" not in seconds:
        return None, None, None
    return round(seconds["ordered"], 1), round(seconds["stage"] / seconds["ordered"], 2), round(cpu["ordered"], 1)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--formats", default="csv,jsonl")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=None, help="where the logs are made; a temporary folder by default")
    parser.add_argument(
        "--ordered", action="store_true", help="beside a COPY in order as well; takes longer than all else"
    )
    parser.add_argument("--no-append", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(dir=options.folder) as scratch:
        for file_format in options.formats.split(","):
            row = compare(Path(scratch), file_format, options.rows, options.repeats, options.seed, options.ordered)
            print(", ".join(f"{k} {v}" for k, v in row.items()), flush=True)
            if not options.no_append:
                append(RESULTS, COLUMNS, [row])


if __name__ == "__main__":
    main()
