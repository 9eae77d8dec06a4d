"""Tables of a finished run, for notebooks: `from pipeline import tables`.

Everything is read from the project's `data/` folder, or from the folder that the environment variable `PERSONAS_DATA`
names, and nothing is ever written.

    tables.listed()                         what there is, with a description of each table
    tables.read("segments", "members")      one table, checked against its schema
    tables.record("journeys", "journeys")   one JSON file of a stage
    tables.events(until="2025-07-01")       events, by day and by column
    tables.names()                          persona_id -> name
    tables.with_persona(frame)              frame with each customer's persona_id and persona
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core import tables as _tables
from pipeline.core.errors import SchemaError, near_match
from pipeline.core.tables import Table
from pipeline.desk.reference import STAGES, tables_of
from pipeline.ingest.schema import EVENTS, EVENTS_FOLDER
from pipeline.journeys.groups import UNASSIGNED, with_personas

__all__ = ["UNASSIGNED", "events", "folder", "listed", "names", "read", "record", "with_persona"]


def folder() -> Path:
    """The data folder that is read: of the project above the working directory, or `PERSONAS_DATA`."""
    given = os.environ.get("PERSONAS_DATA")
    if given:
        return Path(given)
    here = Path.cwd()
    project = next((p for p in (here, *here.parents) if (p / "dvc.yaml").is_file()), None)
    if project is None:
        raise SchemaError(f"{here}: no project here or above. Start in the project's folder, or set PERSONAS_DATA.")
    return project / "data"


def listed() -> pd.DataFrame:
    """One row per table that a run may have: stage, table, whether it is there, what it holds."""
    rows = [
        {"stage": t.stage, "table": t.name, "there": _path(t).exists(), "holds": t.description}
        for stage in STAGES
        for t in tables_of(stage)
    ]
    return pd.DataFrame(rows).set_index(["stage", "table"])


def read(stage: str, name: str) -> pd.DataFrame:
    """The table `name` of a stage, checked; raises `SchemaError` where there is none of that name, or no run yet."""
    table = _named(stage, name)
    return events() if table is EVENTS else _tables.read(folder() / stage, table)


def record(stage: str, name: str) -> dict[str, Any]:
    """The JSON file `name` of a stage: `record("personas", "personas")`."""
    return _tables.read_json(folder() / stage / f"{name}.json", stage)


def events(columns: Sequence[str] | None = None, until: str | None = None) -> pd.DataFrame:
    """Events as a frame: all columns or those named, all days or those before `until` (a day, UTC).

    A log of many millions is better asked in the engine: the parts lie in `folder() / "ingest" / "events"`.
    """
    parts = folder() / EVENTS.stage / EVENTS_FOLDER
    if not any(parts.glob("*.parquet")):
        return EVENTS.empty()[list(columns or EVENTS.columns)]
    days = [("ts", "<", pd.Timestamp(until, tz="UTC"))] if until else None
    return pd.read_parquet(parts, columns=list(columns or EVENTS.columns), filters=days)


def names() -> dict[str, str]:
    """persona_id -> name, the largest persona first."""
    return {p["persona_id"]: p["name"] for p in record("personas", "personas")["personas"]}


def with_persona(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with the columns `persona_id` and `persona` (its name) of each `customer_id`; others are unassigned."""
    ids = {p["segment"]: p["persona_id"] for p in record("personas", "personas")["personas"]}
    found = with_personas(frame, read("segments", "members"), ids)
    return found.assign(persona=found["persona_id"].map({**names(), UNASSIGNED: UNASSIGNED}))


def _named(stage: str, name: str) -> Table:
    if stage not in STAGES:
        raise SchemaError(f"no stage `{stage}`.{near_match(stage, STAGES)} Stages: {', '.join(STAGES)}.")
    known = {t.name: t for t in tables_of(stage)}
    if name not in known:
        raise SchemaError(f"stage {stage} has no table `{name}`.{near_match(name, known)} It has: {', '.join(known)}.")
    return known[name]


def _path(table: Table) -> Path:
    return folder() / table.stage / (EVENTS_FOLDER if table is EVENTS else table.file)
