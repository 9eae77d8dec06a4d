"""Stage `personas` of many customers, features and texts.

    python -m benchmarks.personas --customers 1000000 --features 80 --texts 200000

Six planted personas; half of the features are numbers, the others levels and yes/no; a third of the customers answered
a survey, whose open question gave the texts; each customer has three events, half of them orders. The stage runs as
dvc runs it, as a process of its own; one line a run is appended to benchmarks/personas.csv.
"""

import argparse
import json
import resource
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import yaml

from benchmarks.measuring import append, measured
from pipeline.core import tables
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.ingest.schema import EVENTS, EVENTS_FOLDER, FEEDBACK, MENTIONS, RESPONSES, TEXTS
from pipeline.segments.schema import MEMBERS, STABILITY, SUMMARY_FILE

RESULTS = Path(__file__).with_name("personas.csv")
COLUMNS = ("date", "customers", "features", "texts", "seconds", "cpu_seconds", "peak_mib")
PERSONAS = 6
SETTINGS = {
    "title": "Bench",
    "currency": "EUR",
    "observation": {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-07-01"},
    "sources": {
        "shop": {"kind": "events", "format": "csv", "files": "events.csv", "timezone": "UTC"},
        "survey": {
            "kind": "responses",
            "format": "qualtrics",
            "files": "survey.csv",
            "questions": {"recommend": {"column": "Q1", "kind": "nps", "label": "Would recommend us"}},
        },
    },
}
WORDS = (
    "shipping cost free order small basket", "guide brewing roast date grinder water", "invoice office monthly pay",
    "phone tap quick checkout baby minute", "gift wrapping card birthday choose", "coupon discount student price drop",
)  # fmt: skip


def make(folder: Path, customers: int, features: int, texts: int, seed: int = 1) -> None:
    """The stage's input folders under `folder`."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"{i * 11400714819323198485 % 2**64:016x}" for i in range(customers)])
    persona = rng.choice(PERSONAS, customers, p=[0.3, 0.2, 0.18, 0.14, 0.1, 0.08])
    (folder / "raw").mkdir(parents=True)
    (folder / "raw" / "sources.yaml").write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    _features(folder / "features", rng, ids, persona, features)
    members = {"customer_id": ids, "segment": persona, "probability": 0.9, "assigned_by": "fit"}
    tables.write(pd.DataFrame(members), folder / "segments", MEMBERS)
    sizes = np.bincount(persona, minlength=PERSONAS)
    stable = {"segment": range(PERSONAS), "size": sizes, "jaccard": 0.9, "verdict": "highly stable"}
    tables.write(pd.DataFrame(stable), folder / "segments", STABILITY)
    used = [f"f{i}" for i in range(features // 2)]
    summary = {"verdict": "natural", "sentence": "Planted.", "columns": used}
    tables.write_json(summary, folder / "segments" / SUMMARY_FILE)
    _ingest(folder / "ingest", rng, ids, persona, texts)


def _features(folder: Path, rng: np.random.Generator, ids: np.ndarray, persona: np.ndarray, count: int) -> None:
    columns: dict[str, object] = {"customer_id": ids}
    entries = []
    size = len(ids)
    for i in range(count):
        kind = ("numeric", "share", "ordinal", "nominal", "binary")[i % 5]
        lift = rng.normal(0, 0.4, PERSONAS)[persona]
        if kind == "numeric":
            columns[f"f{i}"] = rng.normal(lift + 10, 1, size).round(3)
        elif kind == "share":
            columns[f"f{i}"] = np.clip(rng.normal(0.4 + lift / 10, 0.1, size), 0, 1).round(4)
        elif kind == "nominal":
            columns[f"f{i}"] = np.array(["north", "south", "east", "west"])[rng.integers(4, size=size)]
        else:
            top = 4 if kind == "ordinal" else 1
            columns[f"f{i}"] = np.clip(np.round(rng.normal(top / 2 + lift, 0.8, size)), 0, top)
        levels = {"nominal": ["north", "south", "east", "west"], "ordinal": list("abcde"), "binary": ["no", "yes"]}
        entries.append(
            {
                "column": f"f{i}", "label": f"Feature {i}", "block": "demographic" if i % 9 == 0 else "behavioural",
                "kind": kind, "role": "segment" if i < count // 2 else "describe", "missing_share": 0.0,
                "theme": ("value", "channel", "hours")[i % 3], "source": f"contacts: f{i}", "unit": "",
                "levels": json.dumps(levels.get(kind, [])), "description": "made",
            }
        )  # fmt: skip
    tables.write(pd.DataFrame(columns), folder, FEATURES)
    tables.write(pd.DataFrame(entries), folder, DICTIONARY)


def _ingest(folder: Path, rng: np.random.Generator, ids: np.ndarray, persona: np.ndarray, texts: int) -> None:
    size = len(ids)
    asked = rng.permutation(size)[: max(size // 3, 1)]
    answers = pd.DataFrame(
        {
            "response_id": [f"r{i}" for i in range(len(asked))], "customer_id": ids[asked], "source": "survey",
            "question": "recommend", "kind": "nps", "answer": None,
            "value": np.clip(np.round(rng.normal(7 + persona[asked] / 5, 2)), 0, 10),
            "answered_at": pd.Timestamp("2025-06-01", tz="UTC"), "finished": True, "straight_liner": False,
            "speeder": False, "code": None,
        }
    )  # fmt: skip
    tables.write(answers, folder, RESPONSES)
    who = rng.integers(size, size=texts)
    words = [w.split() for w in WORDS]
    own = np.where(rng.random(texts) < 0.7, persona[who], rng.integers(PERSONAS, size=texts))
    said = [" ".join(rng.choice(words[p], 5)) + f" please {n % 997}" for n, p in enumerate(own)]
    rows = pd.DataFrame(
        {
            "text_id": [f"t{i}" for i in range(texts)], "customer_id": ids[who], "source": "survey",
            "document": [f"d{i}" for i in range(texts)], "topic": "wish", "speaker": "respondent", "speaker_number": 1,
            "turn": 0, "title": None, "text": said, "rating": np.nan,
            "written_at": pd.Timestamp("2025-06-01", tz="UTC"),
        }
    )  # fmt: skip
    tables.write(rows, folder, TEXTS)
    for table in (FEEDBACK, MENTIONS):
        tables.write(table.empty(), folder, table)
    start = pd.Timestamp("2025-01-01", tz="UTC")
    for part in range(3):
        happened = start + pd.to_timedelta(rng.integers(180 * 86_400, size=size) + part * 86_400 * 60, unit="s")
        amount = np.where(rng.random(size) < 0.5, rng.gamma(4, 1000, size).astype(int), 0)
        events = pd.DataFrame(
            {
                "customer_id": ids, "ts": happened, "sequence": 0, "event": "order", "event_id": "e", "source": "shop",
                "channel": "mail", "device": "mobile", "os": None, "browser": None, "amount_hundredths": amount,
                "utc_offset_minutes": 60, "properties": None,
            }
        )  # fmt: skip
        checked = EVENTS.check(events)
        (folder / EVENTS_FOLDER).mkdir(parents=True, exist_ok=True)
        checked.to_parquet(folder / EVENTS_FOLDER / f"part-{part}.parquet", index=False)


def _cpu_seconds() -> float:
    """Of all finished children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(argv: Sequence[str] | None = None) -> int:
    """Make the tables, run the stage, print and append the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--features", type=int, default=80)
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument("--no-append", action="store_true", help="only print")
    given = parser.parse_args(argv)
    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, given.customers, given.features, given.texts)
        options = {
            "dataset": "raw", "ingest": "ingest", "features": "features", "segments": "segments",
            "baseline": "baseline", "review": "review", "out": "personas", "metrics": "metrics.json",
        }  # fmt: skip
        words = [word for key, path in options.items() for word in (f"--{key}", str(folder / path))]
        before = _cpu_seconds()
        found = measured([sys.executable, "-m", "pipeline.personas.stage", *words])
        seconds, peak = found.seconds, found.peak_mib
        found = (round(seconds, 1), round(_cpu_seconds() - before, 1), round(peak))
    row = dict(
        zip(
            COLUMNS,
            [f"{datetime.now(UTC):%Y-%m-%d}", given.customers, given.features, given.texts, *found],
            strict=True,
        )
    )
    if not given.no_append:
        append(RESULTS, COLUMNS, [row])
    sys.stdout.write(" ".join(f"{name}={value}" for name, value in row.items()) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
