"""Stage `personas`: profile each segment and say who it is, from measured claims.

reads   data/raw/<dataset>/sources.yaml; data/ingest: responses, events/; data/features: features, dictionary;
        data/segments: members, stability, segments.json
writes  data/personas: profile, claims, kpis, personas.json; metrics
params  personas
"""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.settings import Settings
from pipeline.core.sources import DatasetSettings, read_sources
from pipeline.core.stage import Paths, run
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.ingest.schema import EVENTS_FOLDER, RESPONSES
from pipeline.personas.claims import Rules
from pipeline.personas.describe import Inputs, describe
from pipeline.personas.kpis import purchase_scores
from pipeline.personas.satisfaction import Score, scores
from pipeline.personas.schema import CLAIMS, KPIS, PERSONAS_FILE, PROFILE
from pipeline.personas.value import purchases
from pipeline.segments.schema import MEMBERS, STABILITY, SUMMARY_FILE


class Params(Settings):
    """The block `personas` of params.yaml."""

    min_cell: int = Field(ge=1)
    min_difference: float = Field(ge=0)
    claims_per_persona: int = Field(ge=1)


def read_inputs(paths: Paths, settings: DatasetSettings) -> Inputs:
    """The tables of the earlier stages, and the key figures' values by customer."""
    return Inputs(
        features=tables.read(paths.features, FEATURES),
        dictionary=tables.read(paths.features, DICTIONARY),
        members=tables.read(paths.segments, MEMBERS),
        stability=tables.read(paths.segments, STABILITY),
        segments=tables.read_json(paths.segments / SUMMARY_FILE, "segments"),
        scores=[*_purchase_scores(paths.ingest / EVENTS_FOLDER, settings), *_answer_scores(paths.ingest, settings)],
    )


def metrics_of(persona_list: list[dict[str, Any]], unassigned: dict[str, Any], claims: pd.DataFrame) -> dict[str, Any]:
    """Figures to follow from run to run."""
    return {
        "personas": len(persona_list),
        "unassigned_share": float(f"{unassigned['share']:.6g}"),
        "claims": len(claims),
        "share": {persona["persona_id"]: float(f"{persona['share']:.6g}") for persona in persona_list},
    }


def main(paths: Paths) -> dict[str, object]:
    """Read, describe, write; returns the facts of the summary line."""
    p = params.load("personas", Params)
    settings = read_sources(paths.dataset)
    rules = Rules(p.min_cell, p.min_difference, p.claims_per_persona)
    found = describe(read_inputs(paths, settings), settings, rules)
    with tables.replacing(paths.out) as scratch:
        tables.write(found.profile, scratch, PROFILE)
        tables.write(found.claims, scratch, CLAIMS)
        tables.write(found.kpis, scratch, KPIS)
        tables.write_json(found.personas, scratch / PERSONAS_FILE)
    listed, unassigned = found.personas["personas"], found.personas["unassigned"]
    tables.write_json(metrics_of(listed, unassigned, found.claims), paths.metrics)
    return {
        "personas": len(listed),
        settings.customers_are: sum(persona["customers"] for persona in listed),
        "unassigned": unassigned["customers"],
        "claims": len(found.claims),
    }


def _purchase_scores(folder: Path, settings: DatasetSettings) -> list[Score]:
    if settings.observation is None or not any(folder.glob("*.parquet")):
        return []
    from pipeline.core.engine import chosen, read_parquet_folder

    events = read_parquet_folder(chosen(params.load_general()), folder)
    return purchase_scores(purchases(events, settings.observation.features_until), settings.currency)


def _answer_scores(folder: Path, settings: DatasetSettings) -> list[Score]:
    return scores(tables.read(folder, RESPONSES), settings)


if __name__ == "__main__":
    sys.exit(
        run(
            "personas",
            __doc__,
            {
                "dataset": "folder of the raw exports, for sources.yaml",
                "ingest": "output folder of stage ingest",
                "features": "output folder of stage features",
                "segments": "output folder of stage segments",
                "out": "output folder",
                "metrics": "metrics JSON to write",
            },
            main,
        )
    )
