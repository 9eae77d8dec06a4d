"""From segments to personas: profile, claims, key figures, names and narratives in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.core.sources import DatasetSettings
from pipeline.core.words import spoken_of
from pipeline.personas.claims import Rules, claims
from pipeline.personas.groups import (
    Shown,
    breakdown_groupings,
    everyone,
    persona_grouping,
    persona_of,
    shown_personas,
)
from pipeline.personas.kpis import kpis
from pipeline.personas.naming import names
from pipeline.personas.narrative import narrative, story
from pipeline.personas.profile import profile
from pipeline.personas.same_facts import same_facts
from pipeline.personas.satisfaction import Score
from pipeline.personas.schema import UNASSIGNED
from pipeline.personas.sentences import Claim, Field, known_of_most
from pipeline.personas.small_cells import safe_kpis, scores_without_few, told_profile, without_few


@dataclass(frozen=True)
class Inputs:
    """What the stage reads: tables of features and segments, segments.json, and values of key figures."""

    features: pd.DataFrame
    dictionary: pd.DataFrame
    members: pd.DataFrame
    stability: pd.DataFrame
    segments: dict[str, Any]
    scores: Sequence[Score]


@dataclass(frozen=True)
class Personas:
    """What the stage writes; `profile` is what may be told (`small_cells.told_profile`), `personas` the content of
    personas.json.
    """

    profile: pd.DataFrame
    claims: pd.DataFrame
    kpis: pd.DataFrame
    personas: dict[str, Any]


def describe(inputs: Inputs, settings: DatasetSettings, rules: Rules) -> Personas:
    """Every persona described; without segments the profile still has all customers and the breakdowns."""
    ids = inputs.segments.get("persona_ids")
    shown = shown_personas(inputs.members, inputs.stability, str(inputs.segments["verdict"]), ids)
    customers = inputs.features["customer_id"]
    persona = persona_of(customers, inputs.members, shown)
    groupings = [everyone(len(customers)), persona_grouping(persona, shown)]
    features = without_few(inputs.features, inputs.dictionary["column"], groupings[1], rules.min_cell)
    table = profile(
        features,
        inputs.dictionary,
        [*groupings, *breakdown_groupings(features, inputs.dictionary, settings.breakdowns)],
    )
    told_of = told_profile(table, rules.min_cell)
    sizes = {one.persona_id: one.customers for one in shown}
    made = claims(
        told_of, inputs.dictionary, sizes, inputs.segments["columns"], rules, same_facts(features, inputs.dictionary)
    )
    told = scores_without_few(inputs.scores, customers, groupings[1], rules.min_cell)
    figures = safe_kpis(kpis(customers, groupings, told), [s.kpi for s in told if s.kind == "share"], rules.min_cell)
    fields = inputs.dictionary.set_index("column", drop=False).to_dict("index")
    content = _content(inputs, settings, shown, _by_persona(made, list(sizes)), fields, len(persona))
    content["unassigned"] = _part(int((persona == UNASSIGNED).sum()), len(persona))
    return Personas(told_of, made, figures, content)


def _by_persona(made: pd.DataFrame, ids: Sequence[str]) -> dict[str, list[Claim]]:
    return {persona: made[made["persona_id"] == persona].to_dict("records") for persona in ids}


def _content(
    inputs: Inputs,
    settings: DatasetSettings,
    shown: Sequence[Shown],
    made: dict[str, list[Claim]],
    fields: dict[str, Field],
    total: int,
) -> dict[str, Any]:
    foremost = {one.persona_id: _known_first(made[one.persona_id], one.customers) for one in shown}
    called = names(foremost, fields, settings.customers_are)
    listed = [
        {
            "persona_id": one.persona_id,
            "segment": one.segment,
            "name": called[one.persona_id],
            **_part(one.customers, total),
            "stability": one.stability,
            "stability_verdict": one.stability_verdict,
            "story": story(foremost[one.persona_id], fields, settings.customers_are),
            "narrative": narrative(foremost[one.persona_id], fields, one.customers),
            "traits": [claim["claim_id"] for claim in made[one.persona_id]],
        }
        for one in shown
    ]
    return {
        "dataset": settings.title,
        "customers_are": settings.customers_are,
        "verdict": spoken_of(inputs.segments["sentence"], settings.customers_are),
        "personas": listed,
    }


def _known_first(made: Sequence[Claim], customers: int) -> list[Claim]:
    """What is known of most of a persona before what is known of few: it is not called by what few were asked."""
    return sorted(made, key=lambda claim: not known_of_most(claim, customers))


def _part(customers: int, total: int) -> dict[str, Any]:
    return {"customers": customers, "share": customers / total if total else 0.0}
