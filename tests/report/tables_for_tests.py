"""A full set of plausible stage outputs, made without running any stage, for the report and the notebooks.

`build(folder, world)` writes `raw/sources.yaml` and one folder per stage under `folder`, tables through their schema.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from pipeline.core import tables
from pipeline.experiments.next_tests import next_tests
from pipeline.experiments.schema import NEXT_TESTS
from pipeline.features import schema as features
from pipeline.ingest import schema as ingest
from pipeline.journeys.schema import FUNNEL
from tests.report.journey_tables_for_tests import LADDER, journey_tables
from tests.report.persona_tables_for_tests import write_experiments, write_personas, write_segments
from tests.report.world_for_tests import World, dictionary_of, labels_of, people_of, profile_of

DEFAULT = World()


def build(folder: Path, world: World = DEFAULT) -> Path:
    """Write all stage outputs of `world` below `folder`; returns `folder`."""
    rng = np.random.default_rng(world.seed)
    dictionary = dictionary_of(world)
    labels = labels_of(rng, world)
    people = people_of(rng, world, labels)
    profile = profile_of(people, labels, dictionary)
    _write_raw(folder / "raw", world)
    _write_ingest(folder / "ingest", people, world)
    tables.write(people, folder / "features", features.FEATURES)
    tables.write(dictionary, folder / "features", features.DICTIONARY)
    write_segments(folder / "segments", people, labels, world, rng)
    write_personas(folder / "personas", profile, labels, dictionary, world)
    journey_tables(folder / "journeys", labels, world.events, rng)
    write_experiments(folder / "experiments", labels, world)
    planned = next_tests(tables.read(folder / "journeys", FUNNEL), [0.02, 0.05], power=0.8, alpha=0.05)
    tables.write(planned, folder / "experiments", NEXT_TESTS)
    return folder


def options(folder: Path, out: Path) -> list[str]:
    """The report stage's command line for tables under `folder`."""
    stages = ("ingest", "features", "segments", "personas", "journeys", "experiments")
    given = [f"--dataset={folder / 'raw'}", *(f"--{s}={folder / s}" for s in stages)]
    return [*given, f"--out={out}", f"--metrics={out / 'metrics' / 'report.json'}"]


def _write_raw(folder: Path, world: World) -> None:
    sources: dict[str, object] = {
        "contacts": {"kind": "customers", "format": "csv", "files": "contacts.csv", "ids": {"contact": "id"}}
    }
    if world.survey:
        sources["survey"] = {"kind": "responses", "format": "qualtrics", "files": "survey.csv", "timezone": "UTC"}
    settings: dict[str, object] = {
        "title": world.title,
        "currency": "EUR",
        "sources": sources,
        "breakdowns": ["contract"],
    }
    if world.events:
        sources["web"] = {"kind": "events", "format": "segment", "files": "web-*.jsonl"}
        settings["observation"] = {"start": "2025-01-01", "features_until": "2025-07-01", "end": "2026-01-01"}
        settings["stages"] = {"ladder": LADDER, "enter": {LADDER[0]: [{"event": "visit"}]}, "moves": {}}
    if world.experiments:
        outcome = {"event": "order", "within_days": 14, "label": "ordered within 14 days"}
        settings["experiments"] = {
            "mail-subject": {"label": "Subject line of the welcome mail", "control": "plain", "outcome": outcome}
        }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sources.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")


def _write_ingest(folder: Path, people: pd.DataFrame, world: World) -> None:
    names = [("contacts", "csv")] + [("survey", "qualtrics")] * world.survey + [("web", "segment")] * world.events
    rows = [
        {"source": s, "format": f, "files": 1, "read": 1320, "kept": 1200, "merged": 77, "rejected": 43}
        for s, f in names
    ]
    tables.write(pd.DataFrame(rows), folder, ingest.RECONCILIATION)
    rejects = [
        {
            "source": s,
            "file": f"{s}.csv",
            "row": i,
            "column": "Email" if i % 3 else None,
            "reason": f"reason {i % 4} of <{s}>",
            "value": "xxx99",
        }
        for s, _ in names
        for i in range(43)
    ]
    tables.write(pd.DataFrame(rejects), folder, ingest.REJECTS)
    has = {"events": world.events, "responses": world.survey, "texts": False, "exposures": world.experiments}
    events = (
        {"first": "2025-01-03T08:00:00+00:00", "last": "2025-12-30T21:00:00+00:00"}
        if world.events
        else {"first": None, "last": None}
    )
    summary = {
        "sources": {s: {"unknown_columns": ["Notes"], "warnings": []} for s, _ in names},
        "identity": {
            "conflicts": 2,
            "oversized_groups": 0,
            "conflict_table": [
                {
                    "conflict": "several identifiers of one customer",
                    "space": "contact",
                    "count": 2,
                    "joined_at_most": 3,
                    "rule": "one customer",
                    "examples": ["0123456789abcdef"],
                }
            ],
        },
    }
    tables.write_json({**summary, "events": events, "has": has}, folder / ingest.SUMMARY_FILE)
    if world.events:
        _write_events(folder, people)
    if world.survey:
        _write_texts(folder, people)


SAID = ("The price went up again", "Price and cost too high", "Delivery was late again", "Late delivery, broken box")


def _write_texts(folder: Path, people: pd.DataFrame) -> None:
    """An open answer of some customers, of two themes."""
    said = (
        people[["customer_id"]]
        .head(80)
        .assign(
            text_id=[f"t{i}" for i in range(80)],
            source="survey",
            document=[f"d{i}" for i in range(80)],
            topic="wish",
            speaker="respondent",
            speaker_number=1,
            turn=0,
            title=None,
            text=[SAID[i % len(SAID)] for i in range(80)],
            rating=None,
            written_at=None,
        )
    )
    tables.write(said, folder, ingest.TEXTS)


def _write_events(folder: Path, people: pd.DataFrame) -> None:
    """One visit of each customer."""
    log = people[["customer_id"]].assign(
        ts=pd.Timestamp("2025-03-01", tz="UTC"),
        sequence=0,
        event="visit",
        event_id=range(len(people)),
        source="web",
        channel="email",
        device="mobile",
        os=None,
        browser=None,
        amount_hundredths=0,
        utc_offset_minutes=0,
        properties=None,
    )
    (folder / ingest.EVENTS_FOLDER).mkdir(exist_ok=True)
    ingest.EVENTS.check(log).to_parquet(folder / ingest.EVENTS_FOLDER / "part-0.parquet", index=False)
