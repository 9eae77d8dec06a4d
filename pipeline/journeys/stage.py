"""Stage `journeys`: events become spells; spells become curves, transitions and funnels per persona.

reads   data/raw/<dataset>/sources.yaml
        data/ingest/{events/,feedback.parquet,responses.parquet,ingest.json}    ingest.schema
        data/segments/{members,resampled_members}.parquet    segments.schema
        data/personas/personas.json
writes  data/journeys/{spells,transitions,curves,funnel,reached,pooled,comparisons,markov,membership,resampled}.parquet
        data/journeys/{stage_profile,rhythm,channels,moments,opportunities}.parquet: the journey map
        data/journeys/journeys.json, reports/metrics/journeys.json, reports/plots/journeys/{curves,funnel}.csv
params  journeys
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.errors import SettingsError
from pipeline.core.settings import Settings
from pipeline.core.sources import DatasetSettings, Observation, SourceSettings, StageSettings, read_sources
from pipeline.core.stage import Paths, Summary, run, warn
from pipeline.ingest import schema as ingest
from pipeline.journeys.describe import Spans, describe
from pipeline.journeys.few import counts_without, groups_of_few, told_curve, told_shares, told_steps, without
from pipeline.journeys.groups import ALL, PERSONA, with_personas
from pipeline.journeys.journey_map import MapLimits, journey_map, nothing
from pipeline.journeys.resampled import resampled_funnel
from pipeline.journeys.schema import (
    COMPARISONS,
    CURVES,
    FUNNEL,
    MAP,
    MARKOV,
    MEMBERSHIP,
    POOLED,
    REACHED,
    RESAMPLED,
    SPELLS,
    SUMMARY_FILE,
    TRANSITIONS,
)
from pipeline.journeys.spells import Journeys, build_spells, told_moves, told_watch, watched_days
from pipeline.journeys.stage_profile import Told
from pipeline.journeys.visits import conversion_stage, visits
from pipeline.journeys.watch import bounded, watch_of
from pipeline.personas.schema import PERSONAS_FILE
from pipeline.segments.schema import MEMBERS
from pipeline.segments.schema import RESAMPLED as DRAWS

NO_EVENTS = "no event log supplied"
NO_STAGES = "no stages declared"
DESCRIBED = (TRANSITIONS, CURVES, FUNNEL, REACHED, POOLED, COMPARISONS, MARKOV, MEMBERSHIP, RESAMPLED)
ALL_TABLES = (*DESCRIBED, *MAP)


class Params(Settings):
    """The `journeys` block of params.yaml."""

    horizon_days: float = Field(gt=0)
    window_days: float = Field(gt=0)
    curve_points: int = Field(ge=2)
    equivalence_margin: float = Field(gt=0, lt=1)
    memory_limit_gib: float = Field(gt=0)
    journey_map: bool
    min_cell: int = Field(ge=1)
    touchpoints: int = Field(ge=1)
    least_conversions: int = Field(ge=1)
    moment_stays: int = Field(ge=1)
    rise: float = Field(gt=0)
    edge_days: float = Field(ge=0)
    map_seed: int = Field(ge=0)
    map_resamples: int = Field(ge=2)


@dataclass(frozen=True)
class Output:
    """The stage's tables by name (without the spells), JSON summary and metrics."""

    tables: Mapping[str, pd.DataFrame]
    summary: Mapping[str, Any]
    metrics: Mapping[str, Any]


def read_journeys(
    events: Path,
    stages: StageSettings,
    observation: Observation,
    sources: Mapping[str, SourceSettings] | None = None,
    memory_limit_gib: float | None = None,
) -> Journeys:
    """Spells from the event log in the folder `events`; all work per event is done by the engine.

    `sources` say from and until when they were recorded.
    """
    from pipeline.core.engine import chosen, keep_as_they_stand, read_parquet_folder
    from pipeline.journeys.stages import entering_sources, journey_events, journey_rows, stage_rows, with_masks
    from pipeline.journeys.telling import in_order, picked_journeys, picked_with_masks, telling_events

    connection = chosen(params.load_general(), memory_limit_gib)
    log = read_parquet_folder(connection, events)
    inside, watched_from = journey_events(log, stages, observation), None
    if sources and bounded(sources):
        watch = watch_of(observation, sources, entering_sources(with_masks(inside, stages), bounded(sources)))
        observation, watched_from = watch.observation(observation), watch.begin
        inside = journey_events(log, stages, observation)

    def telling(part: Any, number: int) -> Any:
        return telling_events(journey_events(part, stages, observation), stages, number)

    picked = None if stages.case else keep_as_they_stand(connection, "telling", events, telling)
    if picked is not None and in_order(picked):
        watched, found = picked_with_masks(picked, stages), picked_journeys(picked, inside, stages.breakdowns)
    else:
        watched, found = with_masks(inside, stages), journey_rows(inside, stages.breakdowns)
    inactivity_days = stages.dropoff.inactivity_days if stages.dropoff else None
    rows, journeys = (table.to_pyarrow().to_pandas() for table in (stage_rows(watched, inactivity_days), found))
    return build_spells(rows, journeys, stages, observation, watched_from)


def read_map(
    ingested: Path, found: Journeys, spells: pd.DataFrame, personas: list[str], settings: DatasetSettings, p: Params
) -> Mapping[str, pd.DataFrame]:
    """The journey map's tables from ingest's events, feedback and responses, and the spells with `persona_id`."""
    from pipeline.core.engine import chosen, keep, read_parquet_folder
    from pipeline.journeys.stages import watched_events
    from pipeline.journeys.touches import staged, stay_rows

    assert settings.stages is not None  # noqa: S101  looked at by the caller
    assert settings.observation is not None  # noqa: S101
    if not p.journey_map or not len(spells):
        return nothing()
    stays = visits(spells, found.origins)
    connection = chosen(params.load_general(), p.memory_limit_gib)
    log = read_parquet_folder(connection, ingested / ingest.EVENTS_FOLDER)
    watched = watched_events(log, settings.stages, settings.observation)
    questions = {name: q for source in settings.sources.values() for name, q in source.questions.items()}
    has = tables.read_json(ingested / ingest.SUMMARY_FILE, ingest.STAGE)["has"]
    feedback, responses = (
        tables.read(ingested, table) if has.get(table.name) else table.empty()
        for table in (ingest.FEEDBACK, ingest.RESPONSES)
    )
    told = Told(feedback, responses, questions)
    touches = keep(connection, "touches", staged(watched, stay_rows(stays)))
    limits = MapLimits(
        min_cell=p.min_cell,
        touchpoints=p.touchpoints,
        least_conversions=p.least_conversions,
        moment_stays=p.moment_stays,
        rise=p.rise,
        seed=p.map_seed,
        resamples=p.map_resamples,
        edge_days=p.edge_days,
        horizon_days=p.horizon_days,
        window_days=p.window_days,
        end=int(stays["ended"].max()),
    )
    return journey_map(log, touches, stays, told, personas, settings.stages, settings.observation, limits)


def unseen_events(events: Path, stages: StageSettings) -> list[str]:
    """Events named under `enter` that the log does not have at all, in alphabetical order."""
    from pipeline.core.engine import chosen, read_parquet_folder

    log = read_parquet_folder(chosen(params.load_general()), events)
    seen = set(log.select("event").distinct().to_pyarrow().column("event").to_pylist())
    return sorted({entry.event for entries in stages.enter.values() for entry in entries} - seen)


def _summary(
    found: Journeys, counted: Mapping[str, int], few: list[str], stages: StageSettings, p: Params
) -> dict[str, Any]:
    return {
        "has_events": True,
        "note": "",
        "ladder": list(stages.ladder),
        "dropoff": stages.dropoff.stage if stages.dropoff else None,
        "inactivity_days": stages.dropoff.inactivity_days if stages.dropoff else None,
        "horizon_days": p.horizon_days,
        "window_days": p.window_days,
        **watched_days(found.spells),
        "illegal_moves": found.illegal.to_dict("records"),
        "tied_moves": found.ties.to_dict("records"),
        "tied_share": found.tied_share,
        **{name: n for name, n in counted.items() if name != "spells"},
        "left_out_of_all": few,
        "conversion_stage": conversion_stage(stages),
    }


def _metrics(
    funnels: pd.DataFrame, found: Journeys, counted: Mapping[str, int], stages: StageSettings, min_cell: int
) -> dict[str, Any]:
    """Counts, and per persona the chance to reach the last stage; None where it cannot be estimated."""
    return {
        **counted,
        "illegal_moves": int(found.illegal["count"].sum()),
        "tied_share": _rounded(found.tied_share),
        "reach_last_stage": {
            group: _rounded(share) for group, share in told_shares(funnels, stages.ladder[-1], min_cell).items()
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(f"{value:.6g}")


def _nothing(note: str, has_events: bool, settings: DatasetSettings, p: Params) -> Output:
    """Empty tables, and why."""
    summary = {
        "has_events": has_events,
        "note": note,
        "ladder": list(settings.stages.ladder) if settings.stages else [],
        "dropoff": None,
        "inactivity_days": None,
        "horizon_days": p.horizon_days,
        "window_days": p.window_days,
        **watched_days(SPELLS.empty()),
        "illegal_moves": [],
        "tied_moves": [],
        "tied_share": None,
        "journeys": 0,
        "returns": 0,
        "began_later": 0,
        "entered_late": 0,
        "left_out_of_all": [],
        "unseen_events": [],
        "conversion_stage": conversion_stage(settings.stages) if settings.stages else None,
    }
    metrics = {"journeys": 0, "spells": 0, "note": note}
    return Output({table.name: table.empty() for table in ALL_TABLES}, summary, metrics)


def _write(spells: pd.DataFrame, output: Output, paths: Paths, min_cell: int) -> None:
    with tables.replacing(paths.out) as folder:
        tables.write(spells, folder, SPELLS)
        for table in ALL_TABLES:
            tables.write(output.tables[table.name], folder, table)
        tables.write_json(output.summary, folder / SUMMARY_FILE)
    with tables.replacing(paths.plots) as folder:
        curve, steps = (t[t["group_by"] == ALL] for t in (output.tables["curves"], output.tables["funnel"]))
        plotted = {"curves": told_curve(curve, steps, min_cell), "funnel": told_steps(steps, min_cell)}
        for name, overall in plotted.items():
            overall.to_csv(folder / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")
    tables.write_json(output.metrics, paths.metrics)


def main(paths: Paths) -> Summary:
    """Read, describe, write; returns the facts of the summary line."""
    p = params.load("journeys", Params)
    settings = read_sources(paths.dataset)
    has_events = bool(tables.read_json(paths.ingest / ingest.SUMMARY_FILE, ingest.STAGE)["has"]["events"])
    if not has_events or settings.stages is None:
        note = NO_STAGES if has_events else NO_EVENTS
        _write(SPELLS.empty(), _nothing(note, has_events, settings, p), paths, p.min_cell)
        return {"note": note}
    if settings.observation is None:
        raise SettingsError(f"{paths.dataset}: `observation` is missing; journeys need its `features_until` and `end`.")
    members = tables.read(paths.segments, MEMBERS)
    listed = tables.read_json(paths.personas / PERSONAS_FILE, "personas")["personas"]
    persona_of = {int(persona["segment"]): str(persona["persona_id"]) for persona in listed}
    events = paths.ingest / ingest.EVENTS_FOLDER
    unseen = unseen_events(events, settings.stages)
    if unseen:
        warn(f"no event of the log is called {', '.join(unseen)}: compare `stages.enter` in sources.yaml with the log.")
    found = read_journeys(events, settings.stages, settings.observation, settings.sources, p.memory_limit_gib)
    for line in [*told_moves(found), *told_watch(found.spells, {"window_days": p.window_days})]:
        warn(line.strip())
    spells = with_personas(found.spells, members, persona_of)
    personas = list(persona_of.values())
    few = groups_of_few(spells, p.min_cell)
    spans = Spans(p.horizon_days, p.window_days, p.curve_points, p.equivalence_margin)
    made = describe(spells, members, personas, settings.stages, spans, few)
    own = made[FUNNEL.name][made[FUNNEL.name]["group_by"] == PERSONA]
    drawn = tables.read(paths.segments, DRAWS).merge(
        members[["customer_id", "segment"]], on="customer_id", how="left", validate="one_to_one"
    )
    segment_of = {persona: segment for segment, persona in persona_of.items()}
    made[RESAMPLED.name] = resampled_funnel(spells, own, drawn, segment_of, settings.stages, p.window_days)
    mapped = read_map(paths.ingest, found, without(spells, few), personas, settings, p)
    dropoff = settings.stages.dropoff.stage if settings.stages.dropoff else None
    counted = counts_without(found, spells, few, settings.stages.ladder, dropoff)
    summary = {**_summary(found, counted, few, settings.stages, p), "unseen_events": unseen}
    metrics = _metrics(made[FUNNEL.name], found, counted, settings.stages, p.min_cell)
    _write(spells, Output({**made, **mapped}, summary, metrics), paths, p.min_cell)
    return {"journeys": found.journeys, "spells": len(spells), "returns": found.returns}


if __name__ == "__main__":
    options = {
        "dataset": "folder with sources.yaml",
        "ingest": "data folder of stage ingest",
        "segments": "data folder of stage segments",
        "personas": "data folder of stage personas",
        "out": "folder for the tables",
        "metrics": "JSON file for the metrics",
        "plots": "folder for the CSV files of `dvc plots`",
    }
    sys.exit(run("journeys", __doc__, options, main))
