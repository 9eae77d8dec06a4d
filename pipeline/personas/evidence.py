"""What stands beside profile and claims: examples, reach, respondents, checks, forecasts, and the team's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.settings import Settings
from pipeline.core.tables import Table
from pipeline.personas import predictions as forecasts
from pipeline.personas.competitors import competitors
from pipeline.personas.describe import Inputs, Personas
from pipeline.personas.evaluation import evaluation, totals
from pipeline.personas.exemplars import exemplars, medoid_distance
from pipeline.personas.gate import sample_gate
from pipeline.personas.groups import Grouping, everyone
from pipeline.personas.perception import perception
from pipeline.personas.reach import ANY, best_channel, reach
from pipeline.personas.react import Evidence, ReactRules, card, react
from pipeline.personas.respondents import nonresponse, satisfaction, weights
from pipeline.personas.rhythm import told as day_and_week
from pipeline.personas.satisfaction import Score
from pipeline.personas.schema import (
    ANNOTATIONS,
    COMPETITORS,
    EVALUATION,
    EXEMPLARS,
    NONRESPONSE,
    PERCEPTION,
    PREDICTION_SCORES,
    PREDICTIONS,
    REACH,
    REACT,
    REFINEMENTS,
    REVIEWS,
    RHYTHM,
    SATISFACTION,
    TOUCHPOINTS,
)
from pipeline.personas.small_cells import scores_without_few
from pipeline.personas.team import Team, annotations, refinements, reviews
from pipeline.personas.touchpoints import touchpoints

NOT_SUPPLIED = "not supplied"


class EvaluationRules(Settings):
    """Criterion -> weight, by axis; negative where less is better. The block `personas.evaluation` of params.yaml."""

    attractiveness: dict[str, float]
    competitiveness: dict[str, float]


@dataclass(frozen=True)
class Rules:
    """Parameters of this part of the stage."""

    min_cell: int
    exemplars: int
    react: ReactRules
    evaluation: EvaluationRules


@dataclass(frozen=True)
class Sources:
    """What is read beside the tables of features and segments; tables without rows where nothing is supplied.

    `registered`: content of the baseline's predictions, or None. `answers`: the filled perception form. `answered`:
    customer_id of everybody who answered a survey. `continuity`: content of continuity.json.
    """

    rhythm: pd.DataFrame
    feedback: pd.DataFrame
    mentions: pd.DataFrame
    answered: pd.Series
    survey_scores: Sequence[Score]
    team: Team
    answers: pd.DataFrame
    registered: Mapping[str, Any] | None
    continuity: Mapping[str, Any]


@dataclass(frozen=True)
class Beside:
    """Tables to write, and personas.json with what they tell."""

    tables: list[tuple[Table, pd.DataFrame]]
    content: dict[str, Any]


def beside(
    inputs: Inputs,
    found: Personas,
    content: Mapping[str, Any],
    kpis: pd.DataFrame,
    personas: Grouping,
    of_customer: pd.Series,
    sources: Sources,
    rules: Rules,
) -> Beside:
    """All tables of `schema_evidence`, and `content` (personas.json) with what they tell of each persona.

    `personas`: the grouping of all customers, `of_customer`: the same by customer_id.
    """
    features, dictionary, cell = inputs.features, inputs.dictionary, rules.min_cell
    listed = [persona["persona_id"] for persona in content["personas"]]
    sizes = {persona["persona_id"]: int(persona["customers"]) for persona in content["personas"]}
    groupings = [everyone(len(features)), personas]
    named = of_customer.reset_index(drop=True)
    examples = exemplars(
        features, dictionary, named, listed, inputs.segments["columns"], _to_tell(found.claims, dictionary, listed),
        most=rules.exemplars, min_cell=cell,
    )  # fmt: skip
    channels = reach(features, dictionary, groupings, cell)
    told = scores_without_few(sources.survey_scores, features["customer_id"], personas, cell)
    answered = features["customer_id"].isin(sources.answered).to_numpy()
    weight = weights(features, dictionary, personas, answered, cell)
    expected = forecasts.predictions(found.claims, found.profile, sizes, len(features))
    scored, status = _scored(sources.registered, found.profile, sizes, features)
    reading = perception(sources.answers)
    judged = evaluation(listed, rules.evaluation.model_dump(), _measured(kpis, channels, content), sources.team.ratings)
    gate = sample_gate(
        len(features), len(inputs.segments["columns"]), rules.react.customers_per_variable, content["customers_are"]
    )
    facts = _Facts(content, examples, channels, expected, forecasts.summary(scored, status), reading, gate, inputs)
    checks = react({one: facts.of(one, found.claims) for one in listed}, rules.react)
    tables: list[tuple[Table, pd.DataFrame]] = [
        (EXEMPLARS, examples),
        (RHYTHM, sources.rhythm),
        (REACH, channels),
        (COMPETITORS, competitors(sources.mentions, of_customer, listed, cell)),
        (TOUCHPOINTS, touchpoints(sources.feedback, of_customer, listed, cell)),
        (SATISFACTION, satisfaction(features["customer_id"], groupings, told, weight, cell)),
        (NONRESPONSE, nonresponse(features, dictionary, answered, weight, cell)),
        (EVALUATION, judged),
        (PREDICTIONS, expected),
        (PREDICTION_SCORES, scored),
        (REACT, checks),
        (ANNOTATIONS, annotations(sources.team.annotations, found.profile, listed)),
        (REVIEWS, reviews(sources.team.claims, found.claims["claim_id"].tolist())),
        (REFINEMENTS, refinements(sources.team.refinements, _found_changes(sources.continuity))),
        (PERCEPTION, reading),
    ]
    return Beside(tables, _with_all(content, dict((t.name, rows) for t, rows in tables), facts, checks))


@dataclass(frozen=True)
class _Facts:
    content: Mapping[str, Any]
    examples: pd.DataFrame
    channels: pd.DataFrame
    expected: pd.DataFrame
    forecast: Mapping[str, Any]
    reading: pd.DataFrame
    gate: Mapping[str, Any]
    inputs: Inputs

    def of(self, persona: str, claims: pd.DataFrame) -> Evidence:
        """What the card of a persona rests on."""
        own = next(one for one in self.content["personas"] if one["persona_id"] == persona)
        members = self.inputs.members
        belonging = members.loc[members["segment"] == own["segment"], "probability"]
        clarity = self.reading[(self.reading["persona_id"] == persona) & (self.reading["construct"] == "clarity")]
        worth = own.get("worth")
        return Evidence(
            covered=1 - self.content["unassigned"]["share"],
            medoid=medoid_distance(self.examples, persona),
            stability=own["stability"],
            probability=float(np.sort(belonging.to_numpy()).mean()) if len(belonging) else None,
            differences=claims.loc[claims["persona_id"] == persona, "difference"].tolist(),
            per_variable=self.gate["per_variable"],
            share=own["share"],
            channel=best_channel(self.channels, persona),
            worth=worth["future_value"] if worth else None,
            narrative=[sentence["text"] for sentence in own["narrative"]],
            predictions=int((self.expected["persona_id"] == persona).sum()),
            coverage=self.forecast["coverage"],
            clarity=float(clarity["value"].iloc[0]) if len(clarity) else None,
        )


def _to_tell(claims: pd.DataFrame, dictionary: pd.DataFrame, ids: Sequence[str]) -> dict[str, list[str]]:
    """Features to tell of an example: what sets the persona apart, then who they are."""
    who = dictionary[(dictionary["block"] == "demographic") & (dictionary["role"] != "exclude")]["column"].tolist()
    return {one: list(dict.fromkeys([*claims.loc[claims["persona_id"] == one, "column"], *who])) for one in ids}


def _scored(
    registered: Mapping[str, Any] | None, profile: pd.DataFrame, sizes: Mapping[str, int], features: pd.DataFrame
) -> tuple[pd.DataFrame, str]:
    if registered is None:
        return PREDICTION_SCORES.empty(), "none registered: `personas promote` registers them"
    if registered["data"] == forecasts.fingerprint(features):
        return PREDICTION_SCORES.empty(), "registered on these very data: to be scored at the next drop"
    return forecasts.score(registered, profile, sizes, len(features)), "scored"


def _measured(kpis: pd.DataFrame, channels: pd.DataFrame, content: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Criterion -> persona -> figure: all key figures, reach, and stability."""
    found: dict[str, dict[str, float]] = {
        str(kpi): dict(zip(rows["persona_id"], rows["value"], strict=True)) for kpi, rows in kpis.groupby("kpi")
    }
    seen = channels[channels["column"] == ANY]
    found["reach"] = dict(zip(seen["persona_id"], seen["value"], strict=True))
    found["stability"] = {
        one["persona_id"]: one["stability"] for one in content["personas"] if one["stability"] is not None
    }
    return found


def _found_changes(continuity: Mapping[str, Any]) -> list[dict[str, str]]:
    """Lines of the refinement log that the run finds by itself: what became of the baseline's personas."""
    if not continuity.get("baseline"):
        return []
    changed = continuity.get("changed") or {}
    why = ", ".join(sorted(k for k, v in changed.items() if v is True)) if isinstance(changed, Mapping) else ""
    reason = f"changed since the baseline: {why}" if why else "compared with the baseline"
    return [{"change": str(sentence), "reason": reason} for sentence in continuity.get("sentences", [])]


def _with_all(
    content: Mapping[str, Any], rows: Mapping[str, pd.DataFrame], facts: _Facts, checks: pd.DataFrame
) -> dict[str, Any]:
    """personas.json with the new keys."""
    personas = []
    for persona in content["personas"]:
        own = persona["persona_id"]
        best = best_channel(facts.channels, own)
        personas.append(
            {
                **persona,
                "day": day_and_week(rows["rhythm"], own),
                "exemplars": _exemplars(rows["exemplars"], own),
                "react": card(checks, own),
                "evaluation": totals(rows["evaluation"], own),
                "reach": None if best is None else {"channel": best[0], "share": best[1]},
            }
        )
    return {
        **content,
        "personas": personas,
        "gate": dict(facts.gate),
        "predictions": dict(facts.forecast),
        "supplied": {name: len(rows[name]) > 0 for name in _SUPPLIED},
    }


_SUPPLIED = (
    "rhythm", "reach", "competitors", "touchpoints", "satisfaction", "nonresponse", "annotations", "perception",
)  # fmt: skip


def _exemplars(rows: pd.DataFrame, persona: str) -> list[dict[str, Any]]:
    """Examples without their ids, which stay in the table."""
    own = rows[rows["persona_id"] == persona]
    return [
        {
            "rank": int(rank),
            "distance": float(part["distance"].iloc[0]),
            "traits": part[["column", "label", "told"]].to_dict("records"),
        }
        for rank, part in own.groupby("rank", sort=True)
    ]
