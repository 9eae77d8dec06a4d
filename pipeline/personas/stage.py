"""Stage `personas`: profile each segment and say who it is, from measured claims.

reads   data/raw/<dataset>/sources.yaml; data/ingest: responses, texts, feedback, mentions, events/; data/features:
        features, dictionary; data/segments: members, stability, segments.json, continuity.json; review/<dataset>;
        baseline/predictions.json
writes  data/personas: the tables of schema.py, personas.json; metrics
params  personas
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.settings import Settings
from pipeline.core.sources import DatasetSettings, read_sources
from pipeline.core.stage import Paths, run
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.ingest.schema import EVENTS_FOLDER, FEEDBACK, MENTIONS, RESPONSES, TEXTS
from pipeline.personas.claims import Rules
from pipeline.personas.describe import Inputs, describe
from pipeline.personas.differences import differences
from pipeline.personas.document import checked
from pipeline.personas.evidence import EvaluationRules, Sources, beside
from pipeline.personas.evidence import Rules as EvidenceRules
from pipeline.personas.groups import Grouping, persona_grouping, persona_of, shown_personas
from pipeline.personas.kpis import purchase_scores
from pipeline.personas.perception import read_answers
from pipeline.personas.predictions import fingerprint, register
from pipeline.personas.react import ReactRules
from pipeline.personas.rhythm import SLOTS, count_slots, rhythm
from pipeline.personas.satisfaction import Score, scores
from pipeline.personas.schema import (
    CLAIMS,
    DIFFERENCES,
    KPIS,
    PERCEPTION_FILE,
    PERSONAS_FILE,
    PREDICTIONS,
    PREDICTIONS_FILE,
    PROFILE,
    QUOTES,
    RHYTHM,
    SATURATION,
    THEMES,
    UNASSIGNED,
    WORTH,
)
from pipeline.personas.small_cells import exact_rows
from pipeline.personas.team import Team, read_team, with_approval
from pipeline.personas.themes import ThemeRules
from pipeline.personas.value import order_rows, purchases
from pipeline.personas.voices import Voices, voices, with_voices
from pipeline.personas.worth_future import Outlook
from pipeline.personas.worth_orders import DAYS
from pipeline.personas.worth_personas import Worth, persona_worth, with_worth, worth_kpis
from pipeline.segments.schema import CONTINUITY_FILE, MEMBERS, STABILITY, SUMMARY_FILE


class Params(Settings):
    """The block `personas` of params.yaml."""

    min_cell: int = Field(ge=1)
    min_difference: float = Field(ge=0)
    claims_per_persona: int = Field(ge=1)
    theme_seed: int = Field(ge=0)
    least_texts: int = Field(ge=10)
    most_themes: int = Field(ge=2)
    theme_texts: int = Field(ge=100)
    theme_resamples: int = Field(ge=2)
    min_theme_stability: float = Field(gt=0, le=1)
    quotes_per_theme: int = Field(ge=1)
    worth_horizon_days: float = Field(gt=0)
    worth_discount: float = Field(ge=0)
    exemplars: int = Field(ge=1)
    react: ReactRules
    evaluation: EvaluationRules

    @property
    def theme_rules(self) -> ThemeRules:
        """How themes are sought."""
        return ThemeRules(
            self.least_texts, self.most_themes, self.theme_resamples, self.min_theme_stability, self.theme_texts,
            self.theme_seed,
        )  # fmt: skip


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
    inputs = read_inputs(paths, settings)
    found = describe(inputs, settings, rules)
    groups, of_customer = personas_of(inputs)
    ids = [label for label in groups.labels if label != UNASSIGNED]
    team = read_team(paths.review / paths.dataset.name)
    said = what_they_say(tables.read(paths.ingest, TEXTS), ids, of_customer, settings, p)
    worth = what_they_are_worth(paths.ingest / EVENTS_FOLDER, ids, of_customer, settings, p)
    kpis = pd.concat([found.kpis, *worth_kpis(worth, settings.currency, p.worth_horizon_days)], ignore_index=True)
    content = with_worth(with_voices(found.personas, said), worth, p.worth_horizon_days, p.worth_discount)
    sources = read_beside(paths, settings, groups, inputs.features["customer_id"], team, p.min_cell)
    further = EvidenceRules(p.min_cell, p.exemplars, p.react, p.evaluation)
    more = beside(inputs, found, content, kpis, groups, of_customer, sources, further)
    exact = exact_rows(found.profile)
    written = [
        (PROFILE, exact),
        (CLAIMS, found.claims),
        (
            DIFFERENCES,
            differences(exact, inputs.dictionary, inputs.segments["columns"], p.min_cell),
        ),
        (KPIS, kpis),
        (WORTH, worth.table),
        (THEMES, said.themes),
        (QUOTES, with_approval(said.quotes, team.quotes)),
        (SATURATION, said.saturation),
        *more.tables,
    ]
    with tables.replacing(paths.out) as scratch:
        for table, rows in written:
            tables.write(rows, scratch, table)
        tables.write_json(checked(more.content), scratch / PERSONAS_FILE)
        tables.write_json(to_register(more.tables, inputs.features), scratch / PREDICTIONS_FILE)
    listed, unassigned = found.personas["personas"], found.personas["unassigned"]
    tables.write_json(metrics_of(listed, unassigned, found.claims), paths.metrics)
    return {
        "personas": len(listed),
        settings.customers_are: sum(persona["customers"] for persona in listed),
        "unassigned": unassigned["customers"],
        "claims": len(found.claims),
        "themes": int(said.themes["theme_id"].nunique()),
    }


def personas_of(inputs: Inputs) -> tuple[Grouping, pd.Series]:
    """The customers by persona (those that are shown), and the persona of each customer by customer_id."""
    settled = inputs.segments.get("persona_ids")
    shown = shown_personas(inputs.members, inputs.stability, str(inputs.segments["verdict"]), settled)
    customers = inputs.features["customer_id"]
    personas = persona_of(customers, inputs.members, shown)
    return persona_grouping(personas, shown), pd.Series(personas.to_numpy(), index=customers.to_numpy())


def read_beside(
    paths: Paths, settings: DatasetSettings, groups: Grouping, customers: pd.Series, team: Team, min_cell: int
) -> Sources:
    """What `beside` needs; tables without rows where nothing is supplied."""
    responses = tables.read(paths.ingest, RESPONSES)
    registered = paths.baseline / PREDICTIONS_FILE
    continuity = paths.segments / CONTINUITY_FILE
    return Sources(
        rhythm=_rhythm(paths.ingest / EVENTS_FOLDER, settings, groups, customers, min_cell),
        feedback=_if_there(paths.ingest, FEEDBACK),
        mentions=_if_there(paths.ingest, MENTIONS),
        answered=responses["customer_id"].dropna(),
        survey_scores=scores(responses, settings),
        team=team,
        answers=read_answers(paths.review / paths.dataset.name / PERCEPTION_FILE),
        registered=tables.read_json(registered, "segments") if registered.is_file() else None,
        continuity=tables.read_json(continuity, "segments") if continuity.is_file() else {},
    )


def to_register(written: Sequence[tuple[tables.Table, pd.DataFrame]], features: pd.DataFrame) -> dict[str, Any]:
    """The content of predictions.json."""
    rows = next(rows for table, rows in written if table is PREDICTIONS)
    return register(rows, fingerprint(features))


def _if_there(folder: Path, table: tables.Table) -> pd.DataFrame:
    """A table of `ingest` that older runs of it did not write."""
    return tables.read(folder, table) if (folder / table.file).is_file() else table.empty()


def _rhythm(
    folder: Path, settings: DatasetSettings, groups: Grouping, customers: pd.Series, min_cell: int
) -> pd.DataFrame:
    if settings.observation is None or not any(folder.glob("*.parquet")):
        return RHYTHM.empty()
    from pipeline.core.engine import chosen, read_parquet_folder

    events = read_parquet_folder(chosen(params.load_general()), folder)
    of = pd.DataFrame({"customer_id": customers.to_numpy(), "group": groups.codes})
    parts = []
    for part in SLOTS:
        sums = count_slots(events, of, part, len(groups.labels), settings.observation)
        parts.append(rhythm(sums, groups.labels, part, min_cell))
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else RHYTHM.empty()


def what_they_say(
    texts: pd.DataFrame, ids: Sequence[str], of_customer: pd.Series, settings: DatasetSettings, p: Params
) -> Voices:
    """Themes and quotes of the personas that are shown."""
    sizes = {"min_cell": p.min_cell, "quotes_per_theme": p.quotes_per_theme}
    return voices(texts, of_customer.to_dict(), ids, settings.language, p.theme_rules, **sizes)


def what_they_are_worth(
    folder: Path, ids: Sequence[str], of_customer: pd.Series, settings: DatasetSettings, p: Params
) -> Worth:
    """Worth of the personas that are shown, from all orders observed."""
    if settings.observation is None or not any(folder.glob("*.parquet")):
        return Worth(WORTH.empty(), "not supplied")
    from pipeline.core.engine import chosen, read_parquet_folder

    orders = order_rows(read_parquet_folder(chosen(params.load_general()), folder), settings.observation.end)
    labels = [*ids, *([UNASSIGNED] if (of_customer == UNASSIGNED).any() else [])]
    view = Outlook(p.worth_horizon_days, DAYS["weeks"], p.worth_discount)
    last = np.datetime64(settings.observation.end) - np.timedelta64(1, "D")
    return persona_worth(orders, of_customer, labels, last, view, p.min_cell)


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
                "baseline": "folder of the baseline, for registered predictions",
                "review": "folder of the team's words, one folder a dataset",
                "out": "output folder",
                "metrics": "metrics JSON to write",
            },
            main,
        )
    )
