"""Stage `experiments`: effects of the declared experiments, overall and per persona.

reads   data/raw/<dataset>/sources.yaml; data/ingest: exposures, events/; data/segments: members;
        data/personas: personas.json; data/journeys: funnel
writes  data/experiments: effects, checks (empty where nothing was tested), next_tests; metrics
params  experiments
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.errors import InputError, SettingsError, gather, near_match
from pipeline.core.settings import Settings
from pipeline.core.sources import DatasetSettings, read_sources
from pipeline.core.stage import Paths, run, warn
from pipeline.experiments.analyse import analyse
from pipeline.experiments.next_tests import next_tests
from pipeline.experiments.outcomes import outcomes
from pipeline.experiments.schema import CHECKS, EFFECTS, NEXT_TESTS
from pipeline.ingest.schema import EVENTS_FOLDER, EXPOSURES
from pipeline.journeys.schema import FUNNEL
from pipeline.personas.schema import PERSONAS_FILE, UNASSIGNED
from pipeline.segments.schema import MEMBERS


class Params(Settings):
    """The block `experiments` of params.yaml."""

    alpha: float = Field(gt=0, lt=1)
    allocation_alpha: float = Field(gt=0, lt=1)
    next_effects: tuple[Annotated[float, Field(gt=0, lt=1)], ...]
    next_power: float = Field(gt=0, lt=1)
    min_cell: int = Field(ge=1)


def persona_of(members: pd.DataFrame, personas: Mapping[str, Any]) -> pd.Series:
    """persona_id or `unassigned` by customer_id."""
    names = {persona["segment"]: persona["persona_id"] for persona in personas["personas"]}
    return members.set_index("customer_id")["segment"].map(names).astype("object").fillna(UNASSIGNED)


def with_persona(customers: pd.DataFrame, by_customer: pd.Series) -> pd.DataFrame:
    """`customers` with persona_id; who is in no segment's table is unassigned."""
    found = customers["customer_id"].map(by_customer).astype("object")
    return customers.assign(persona_id=found.fillna(UNASSIGNED))


def exposed_customers(paths: Paths, settings: DatasetSettings) -> dict[str, pd.DataFrame]:
    """Experiment -> its exposed customers with variant, followed_up, happened; nothing where there is no exposure.

    Raises `SettingsError` for a declared experiment that no exposure names, `InputError` where there are no events to
    judge it by.
    """
    exposures = tables.read(paths.ingest, EXPOSURES)
    if exposures.empty or not settings.experiments:
        return {}
    found = sorted(exposures["experiment"].unique())
    gather(SettingsError, _not_exposed(settings, found), "sources.yaml, `experiments`")
    folder: Path = paths.ingest / EVENTS_FOLDER
    if settings.observation is None or not any(folder.glob("*.parquet")):
        raise InputError("sources.yaml declares experiments, but no event source tells their outcomes: add one.")
    from pipeline.core.engine import chosen, read_parquet_folder

    connection = chosen(params.load_general())
    seen = connection.read_parquet(str(paths.ingest / EXPOSURES.file))
    events = read_parquet_folder(connection, folder)
    end = settings.observation.end
    return {name: outcomes(seen, events, name, e.outcome, end) for name, e in settings.experiments.items()}


def main(paths: Paths) -> dict[str, object]:
    """Read, analyse, write; returns the facts of the summary line."""
    p = params.load("experiments", Params)
    settings = read_sources(paths.dataset)
    personas = tables.read_json(paths.personas / PERSONAS_FILE, "personas")
    by_customer = persona_of(tables.read(paths.segments, MEMBERS), personas)
    exposed = exposed_customers(paths, settings)
    _tell_undeclared(tables.read(paths.ingest, EXPOSURES), settings)
    groups = [persona["persona_id"] for persona in personas["personas"]]
    analysed = [
        analyse(
            name,
            settings.experiments[name],
            with_persona(customers, by_customer),
            groups,
            alpha=p.alpha,
            allocation_alpha=p.allocation_alpha,
            min_cell=p.min_cell,
        )
        for name, customers in exposed.items()
    ]
    effects = pd.concat([e for e, _ in analysed], ignore_index=True) if analysed else EFFECTS.empty()
    checks = pd.concat([c for _, c in analysed], ignore_index=True) if analysed else CHECKS.empty()
    funnel = tables.read(paths.journeys, FUNNEL)
    planned = next_tests(funnel, p.next_effects, power=p.next_power, alpha=p.alpha)
    with tables.replacing(paths.out) as scratch:
        tables.write(planned, scratch, NEXT_TESTS)
        tables.write(effects, scratch, EFFECTS)
        tables.write(checks, scratch, CHECKS)
    metrics = metrics_of(exposed, effects, checks)
    tables.write_json(metrics, paths.metrics)
    return {"experiments": len(exposed), "exposed": metrics["exposed"], "not followed up": metrics["not_followed_up"]}


def metrics_of(exposed: Mapping[str, pd.DataFrame], effects: pd.DataFrame, checks: pd.DataFrame) -> dict[str, Any]:
    """Figures to follow from run to run."""
    overall = effects[(effects["group"] == "all") & effects["effect"].notna()]
    return {
        "experiments": len(exposed),
        "exposed": sum(len(customers) for customers in exposed.values()),
        "not_followed_up": sum(int((~customers["followed_up"]).sum()) for customers in exposed.values()),
        "checks_failed": int((~checks["passed"]).sum()),
        "effect": {
            f"{row['experiment']}: {row['variant']}": float(f"{row['effect']:.6g}")
            for row in overall.to_dict("records")
        },
    }


def _not_exposed(settings: DatasetSettings, found: list[str]) -> list[str]:
    return [
        f"no exposure names the experiment `{name}`.{near_match(name, found)} Found: {', '.join(found)}."
        for name in settings.experiments
        if name not in found
    ]


def _tell_undeclared(exposures: pd.DataFrame, settings: DatasetSettings) -> None:
    undeclared = exposures.loc[~exposures["experiment"].isin(list(settings.experiments)), "experiment"]
    for name, customers in undeclared.value_counts().sort_index().items():
        warn(f"{customers:,} exposures of `{name}` are left alone: declare it under `experiments` in sources.yaml.")


if __name__ == "__main__":
    sys.exit(
        run(
            "experiments",
            __doc__,
            {
                "dataset": "folder of the raw exports, for sources.yaml",
                "ingest": "output folder of stage ingest",
                "segments": "output folder of stage segments",
                "personas": "output folder of stage personas",
                "journeys": "output folder of stage journeys",
                "out": "output folder",
                "metrics": "metrics JSON to write",
            },
            main,
        )
    )
