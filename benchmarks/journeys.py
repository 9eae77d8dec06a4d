"""Journeys of many events, and curves of many spells, each beside a floor.

    python -m benchmarks.journeys --events 20000000 --spells 6000000

`events`: stage `journeys` as dvc runs it (spells, transitions, curves and funnel of six personas) on an event log in
parts, beside DuckDB reading and hashing the same columns of it; `events-map`: the same with the journey map
(touchpoints, channels, moments, opportunities). `spells-…`: `personas curves` on a Parquet file of
spells of six groups at four times, with errors from counts and by jackknife, beside a counting estimator in plain
numpy with Greenwood-type errors, run on the same file. Each runs as a process of its own; medians of the repeats are
appended to benchmarks/journeys.csv. CPU seconds count both cores.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import yaml

from benchmarks.measuring import ROOT, append, measured

RESULTS = Path(__file__).with_name("journeys.csv")
PLAIN = Path(__file__).with_name("journeys_plain.py")
COLUMNS = (
    "date", "case", "rows", "seconds", "cpu_seconds", "floor_seconds", "floor_cpu_seconds", "ratio", "cpu_ratio",
    "peak_mib", "floor_peak_mib",
)  # fmt: skip
LADDER = ("awareness", "consideration", "decision", "purchase", "loyalty")
PERSONAS = tuple(f"persona-{number}" for number in range(6))
EVENTS_PER_CUSTOMER = 100
PARTS = 16
STAGES = {
    "ladder": list(LADDER),
    "enter": {
        "awareness": [{"event": "Page Viewed"}],
        "consideration": [{"event": "Product Viewed"}],
        "decision": [{"event": "Product Added"}],
        "purchase": [{"event": "Order Completed"}],
        "loyalty": [{"event": "Order Completed", "at_least": 2}],
    },
    "moves": {
        "awareness": ["consideration", "decision", "purchase"],
        "consideration": ["decision", "purchase"],
        "decision": ["purchase"],
        "purchase": ["loyalty"],
        "loyalty": [],
    },
    "dropoff": {"stage": "drop-off", "inactivity_days": 14, "from_stages": list(LADDER), "returns": True},
}
_EVENT = (
    "CASE WHEN draw < 760 THEN 'Page Viewed' WHEN draw < 900 THEN 'Newsletter Opened' WHEN draw < 960 THEN "
    "'Product Viewed' WHEN draw < 985 THEN 'Product Added' ELSE 'Order Completed' END"
)
_COLUMNS = (
    "format('{:016x}', hash(who)) AS customer_id, timestamptz '2025-01-01 00:00:00+00' + to_seconds((hash(who, 9) % "
    "8640000 + sum(gap) OVER (PARTITION BY who ORDER BY i))::BIGINT) AS ts, 0::BIGINT AS sequence, "
    f"{_EVENT} AS event, format('{{:016x}}', hash(i, 5)) AS event_id, 'log' AS source, 'email' AS channel, "
    "'mobile' AS device, 'iOS' AS os, 'Safari' AS browser, 0::BIGINT AS amount_hundredths, "
    """0::BIGINT AS utc_offset_minutes, '{"plan": "a"}' AS properties"""
)
SCAN = "SELECT bit_xor(hash(customer_id, ts, sequence, event, event_id, properties)) FROM read_parquet('{}/*.parquet')"
FLOOR = "import duckdb, sys; c = duckdb.connect(); c.execute('SET threads=2'); c.execute(sys.argv[1]).fetchall()"
AT = "30,60,90,120"


@dataclass(frozen=True)
class Case:
    """What to measure, in which folder, beside what."""

    name: str
    rows: int
    command: Sequence[str]
    floor: Sequence[str]
    folder: Path


def make_events(folder: Path, rows: int, seed: int) -> list[str]:
    """A log in parts by customer with all that the stage reads beside it; returns the stage's command."""
    customers = max(rows // EVENTS_PER_CUSTOMER, 1)
    events = folder / "ingest" / "events"
    for path in (events, folder / "segments", folder / "personas"):
        path.mkdir(parents=True)
    # Bursts of activity with silences between: the gap before an event is short, or one in forty times long.
    wait = f"hash(i, {seed + 3})"
    gap = f"CASE WHEN hash(i, {seed + 2}) % 40 = 0 THEN 86400 * ({wait} % 40) ELSE {wait} % 86400 END AS gap"
    who = f"i // {EVENTS_PER_CUSTOMER} AS who"
    drawn = f"SELECT {who}, i, hash(i, {seed}) % 1000 AS draw, {gap} FROM range({{}}, {{}}) t(i)"
    with duckdb.connect() as connection:
        connection.execute("SET threads=2")
        for part in range(PARTS):
            first, end = (customers * p // PARTS * EVENTS_PER_CUSTOMER for p in (part, part + 1))
            path = events / f"part-{part:03d}.parquet"
            connection.execute(
                f"COPY (SELECT {_COLUMNS} FROM ({drawn.format(first, end)}) ORDER BY customer_id, ts, sequence, event, "
                f"event_id) TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
            )
        connection.execute(
            f"COPY (SELECT format('{{:016x}}', hash(i)) AS customer_id, (hash(i, 7) % 6)::BIGINT AS segment, "
            f"1.0::DOUBLE AS probability, 'fit' AS assigned_by FROM range({customers}) t(i)) "
            f"TO '{folder}/segments/members.parquet' (FORMAT parquet)"
        )
        connection.execute(
            f"COPY (SELECT customer_id FROM '{folder}/segments/members.parquet' ORDER BY customer_id) "
            f"TO '{folder}/segments/resampled_members.parquet' (FORMAT parquet)"
        )
    listed = [{"persona_id": name, "segment": number} for number, name in enumerate(PERSONAS)]
    (folder / "personas" / "personas.json").write_text(json.dumps({"personas": listed}), encoding="utf-8")
    (folder / "ingest" / "ingest.json").write_text(json.dumps({"has": {"events": True}}), encoding="utf-8")
    window = {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-03-01"}
    settings = {"title": "Benchmark", "observation": window, "stages": STAGES, "sources": _NO_SOURCE}
    (folder / "sources.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    words = {"dataset": "", "ingest": "ingest", "segments": "segments", "personas": "personas", "out": "out"}
    words |= {"metrics": "metrics.json", "plots": "plots"}
    options = [word for name, path in words.items() for word in (f"--{name}", str(folder / path))]
    return [sys.executable, "-m", "pipeline.journeys.stage", *options]


_NO_SOURCE = {
    "log": {
        "kind": "events", "files": "log.csv", "format": "csv", "ids": {"visitor": "visitor"},
        "columns": {"ts": "time", "event": "event"},
    }
}  # fmt: skip


def make_spells(path: Path, rows: int, seed: int) -> None:
    """Six spells per customer in whole days, of five stages and six groups; the last is censored or absorbed."""
    customers = max(rows // 6, 1)
    drawn = (
        f"SELECT i // 6 AS who, i, 1 + hash(i, {seed}) % 40 AS days, hash(i, {seed + 1}) AS draw, i % 6 = 5 AS last "
        f"FROM range({customers * 6}) t(i)"
    )
    walked = (
        "SELECT *, sum(days) OVER w AS stop, sum(1 + draw % 4) OVER w % 5 AS state FROM "
        f"({drawn}) WINDOW w AS (PARTITION BY who ORDER BY i)"
    )
    with duckdb.connect() as connection:
        connection.execute("SET threads=2")
        connection.execute(
            "COPY (SELECT format('{:016x}', hash(who)) AS customer_id, 'persona ' || (hash(who, 3) % 6) AS \"group\", "
            "'stage ' || state AS \"from\", CASE WHEN NOT last THEN 'stage ' || lead(state) OVER w "
            "WHEN draw % 10 < 3 THEN 'gone' END AS \"to\", (stop - days)::DOUBLE AS start, stop::DOUBLE AS stop "
            f"FROM ({walked}) WINDOW w AS (PARTITION BY who ORDER BY i) ORDER BY customer_id, start) "
            f"TO '{path}' (FORMAT parquet, COMPRESSION zstd)"
        )


def set_params(folder: Path, journey_map: bool) -> Path:
    """A folder below `folder` whose params.yaml is the project's, with or without the journey map."""
    content = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    content["journeys"]["journey_map"] = journey_map
    own = folder / f"journey-map-{journey_map}"
    own.mkdir()
    (own / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return own


def timed(command: Sequence[str], folder: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, and peak MiB of a process run in `folder`."""
    found = measured(command, folder)
    return found.seconds, found.cpu_seconds, found.peak_mib


def compare(case: Case, repeats: int) -> dict[str, object]:
    """Command and floor in turn; the medians as one row of results."""
    runs = [(timed(case.floor, ROOT), timed(case.command, case.folder)) for _ in range(repeats)]
    floors, ours = zip(*runs, strict=True)
    seconds, cpu, floor_seconds, floor_cpu = (
        statistics.median(run[what] for run in of) for of in (ours, floors) for what in (0, 1)
    )
    values = (
        datetime.now(UTC).date().isoformat(), case.name, case.rows, round(seconds, 1), round(cpu, 1),
        round(floor_seconds, 1), round(floor_cpu, 1), round(seconds / floor_seconds, 2), round(cpu / floor_cpu, 2),
        round(max(run[2] for run in ours)), round(max(run[2] for run in floors)),
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def cases(folder: Path, events: int, spells: int, seed: int) -> list[Case]:
    """The cases asked for, their files made."""
    found = []
    if events:
        command = make_events(folder / "log", events, seed)
        floor = [sys.executable, "-c", FLOOR, SCAN.format(folder / "log" / "ingest" / "events")]
        for name, journey_map in (("events", False), ("events-map", True)):
            found.append(Case(name, events, command, floor, set_params(folder, journey_map)))
    if spells:
        path = folder / "spells.parquet"
        make_spells(path, spells, seed)
        words = [sys.executable, "-m", "pipeline.cli", "curves", str(path), "--by", "group", "--at", AT]
        plain = [sys.executable, str(PLAIN), str(path), AT]
        for errors in ("counts", "jackknife"):
            command = [*words, "--errors", errors, "--out", str(folder / "curves.csv")]
            found.append(Case(f"spells-{errors}", spells, command, plain, ROOT))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000_000, help="0 = leave out")
    parser.add_argument("--spells", type=int, default=6_000_000, help="0 = leave out")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=None, help="where the files are made; a temporary folder by default")
    parser.add_argument("--no-append", action="store_true", help="print only")
    options = parser.parse_args(arguments)
    with TemporaryDirectory(dir=options.folder) as scratch:
        for case in cases(Path(scratch), options.events, options.spells, options.seed):
            row = compare(case, options.repeats)
            print(", ".join(f"{name} {value}" for name, value in row.items()), flush=True)
            if not options.no_append:
                append(RESULTS, COLUMNS, [row])


if __name__ == "__main__":
    main()
