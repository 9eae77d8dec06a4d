"""Stage `features`: one row per customer, from what was known before the cut-off.

reads   data/raw/<dataset>/sources.yaml
        data/ingest: customers, responses, events/, ingest.json      ingest.schema
writes  data/features: features, dictionary                          features.schema
        reports/metrics/features.json
params  features
"""

import sys
from pathlib import Path

import pandas as pd
from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.settings import Settings
from pipeline.core.sources import DatasetSettings, read_sources
from pipeline.core.stage import Paths, run, warn
from pipeline.features import own
from pipeline.features.assemble import assemble
from pipeline.features.attitudinal import attitudinal
from pipeline.features.demographic import demographic
from pipeline.features.feature import FeatureSet
from pipeline.features.schema import BLOCKS, DICTIONARY, FEATURES, ROLES
from pipeline.ingest import schema as ingest


class Params(Settings):
    """The `features` block of params.yaml."""

    min_events: int = Field(ge=1)
    top_channels: int = Field(ge=0)
    top_events: int = Field(ge=0)


def main(paths: Paths) -> dict[str, object]:
    """Read, make the features, write; returns the facts of the summary line."""
    p = params.load("features", Params)
    settings = read_sources(paths.dataset)
    customers = tables.read(paths.ingest, ingest.CUSTOMERS)
    responses = tables.read(paths.ingest, ingest.RESPONSES)
    has_events = bool(tables.read_json(paths.ingest / ingest.SUMMARY_FILE, ingest.STAGE)["has"]["events"])
    index = pd.Index(customers["customer_id"])
    said, alphas = attitudinal(responses, index, settings)
    did = _from_events(paths.ingest / ingest.EVENTS_FOLDER, index, settings, p) if has_events else []
    mine = _own(paths.ingest / ingest.EVENTS_FOLDER, customers, responses, settings) if own.OWN else []
    features, dictionary = assemble([demographic(customers, settings), *did, said, *mine], index, settings)
    with tables.replacing(paths.out) as scratch:
        tables.write(features, scratch, FEATURES)
        tables.write(dictionary, scratch, DICTIONARY)
        tables.write_json(_metrics(features, dictionary, alphas), paths.metrics)
    segmenting = int((dictionary["role"] == "segment").sum())
    if not segmenting:
        warn("no feature has the role `segment`, so there is nothing to find segments by: see `role` and `roles`")
    return {"customers": len(features), "features": len(dictionary), "to segment by": segmenting}


def _from_events(folder: Path, customers: pd.Index, settings: DatasetSettings, p: Params) -> list[FeatureSet]:
    """Behaviour and technology; none where there is no event file."""
    if settings.observation is None or not any(folder.glob("*.parquet")):
        return []
    from pipeline.core import engine
    from pipeline.features.activity import count_activity, outcome_events
    from pipeline.features.behavioural import behavioural
    from pipeline.features.leaks import refuse_leaks
    from pipeline.features.technographic import technographic

    outcomes = sorted(outcome_events(settings))
    events = engine.read_parquet_folder(engine.chosen(params.load_general()), folder)
    activity = count_activity(events, settings.observation, outcomes)
    behaviour = behavioural(
        activity,
        customers,
        min_events=p.min_events,
        top_channels=p.top_channels,
        top_events=p.top_events,
        currency=settings.currency,
        order_role="describe" if activity.orders_are_outcomes else "segment",
    )
    refuse_leaks(settings, outcomes, behaviour.features, activity.orders_are_outcomes)
    return [behaviour, technographic(activity, customers, min_events=p.min_events)]


def _own(folder: Path, customers: pd.DataFrame, responses: pd.DataFrame, settings: DatasetSettings) -> list[FeatureSet]:
    """Features that the analyst wrote, see `own`."""
    from pipeline.core import engine

    events = ingest.EVENTS.empty()
    if settings.observation is not None and any(folder.glob("*.parquet")):
        log = engine.read_parquet_folder(engine.chosen(params.load_general()), folder)
        cut_off = pd.Timestamp(settings.observation.features_until, tz="UTC")
        before = log.filter(log.ts < cut_off.to_pydatetime()).order_by(["customer_id", "ts", "sequence", "event_id"])
        events = before.to_pyarrow().to_pandas()
    given = own.Given(customers, responses, events)
    return [own.own_features(given, pd.Index(customers["customer_id"]), own.OWN)]


def _metrics(features: pd.DataFrame, dictionary: pd.DataFrame, alphas: dict[str, float]) -> dict[str, object]:
    return {
        "customers": len(features),
        "features": len(dictionary),
        "blocks": {block: int((dictionary["block"] == block).sum()) for block in BLOCKS},
        "roles": {role: int((dictionary["role"] == role).sum()) for role in ROLES},
        "missing_share": _round(dictionary["missing_share"].mean()) if len(dictionary) else 0.0,
        "cronbach_alpha": {name: _round(alpha) for name, alpha in alphas.items()},
    }


def _round(value: float) -> float:
    return float(f"{value:.6g}")


if __name__ == "__main__":
    helps = {
        "dataset": "folder with sources.yaml",
        "ingest": "outputs of stage ingest",
        "out": "folder for the tables",
        "metrics": "metrics file (JSON)",
    }
    sys.exit(run("features", __doc__, helps, main))
