"""Everything the report shows, as one dict of plain data (`content.json`)."""

import re
from typing import Any

from pipeline.core.words import one_of, spoken_of
from pipeline.report.content import (
    changes,
    compare,
    groups,
    held,
    journey,
    methods,
    overview,
    persona,
    register,
    segments,
    sources,
    time_to_stage,
    topics,
    trials,
)
from pipeline.report.content.audience import Audience, for_outsiders
from pipeline.report.content.labels import entry_of, read_dictionary, sentence_case
from pipeline.report.inputs import Inputs


def build(
    inputs: Inputs, title: str, min_cell: int, max_figure_points: int, audience: Audience = "internal"
) -> dict[str, Any]:
    """The content of all pages. Numbers stand beside the texts that show them; no page computes anything."""
    if audience == "external":
        inputs = for_outsiders(inputs)
    inputs = held.with_held(inputs, min_cell)
    dictionary = read_dictionary(inputs.dictionary)
    members = [groups.persona_group(p) for p in inputs.personas["personas"]]
    compared = [*members, groups.unassigned_group(), groups.all_group(inputs.personas["customers_are"])]
    pages = {
        p["persona_id"]: persona.persona_page(p, inputs, dictionary, min_cell) for p in inputs.personas["personas"]
    }
    everyone = [] if members else persona.themes(journey.select(inputs.profile, "all", "all"), dictionary, {}, min_cell)
    key_figures = overview.key_figures(inputs.kpis, compared, min_cell, inputs.personas["customers_are"])
    content = {
        "title": titled(title, inputs.personas["customers_are"], bool(len(inputs.funnel))),
        "dataset": inputs.settings.title,
        "language": inputs.settings.language,
        "customers_are": inputs.personas["customers_are"],
        "customer_is": one_of(inputs.personas["customers_are"]),
        "min_cell": min_cell,
        "audience": audience,
        "verdict": _verdict(inputs),
        "basis": overview.basis(inputs),
        "groups": compared,
        "cards": overview.cards(inputs, dictionary, min_cell),
        "unassigned": {**groups.unassigned_group(), **overview.size(inputs.personas["unassigned"], min_cell)},
        "key_figures": key_figures,
        "separators": overview.separators(inputs, dictionary, compared, min_cell) if members else [],
        "map": overview.map_points(inputs, compared, max_figure_points),
        "segmentation": segments.segmentation(inputs, dictionary, members, min_cell, audience == "external"),
        "journeys": _journeys(inputs, compared, min_cell),
        "experiments": trials.trials(inputs, compared, min_cell),
        "pages": pages,
        "pairs": compare.pairs(inputs, compared, pages, key_figures),
        "reach": journey.reach_table(inputs, compared, min_cell),
        "next_tests": trials.planned(inputs, compared, min_cell),
        "changes": changes.changes(inputs, compared, dictionary),
        "everyone": everyone,
        "everyone_pictured": topics.pictured(everyone),
        "data": _data(inputs, min_cell),
        "glossary": methods.glossary(),
        "absent": absent(inputs),
    }
    content = of_units(content, inputs.personas["customers_are"])
    return {**content, "register": register.register(content, compared, dictionary, min_cell)}


def titled(title: str, customers_are: str, moves: bool) -> str:
    """The title with what customers are called, and with what it has in brackets where journeys are known.

    >>> titled("Who our {customers} are[, and how they move]", "guests", True)
    'Who our guests are, and how they move'
    >>> titled("Who our {customers} are[, and how they move]", "guests", False)
    'Who our guests are'
    """
    told = title.replace("[", "").replace("]", "") if moves else re.sub(r"\[[^\]]*\]", "", title)
    return told.replace("{customers}", customers_are)


def of_units(content: dict[str, Any], customers_are: str) -> dict[str, Any]:
    """`content` whose own texts, which say customers, say what customers are; what the data say stays as it is."""
    data = content["data"]
    own = {name: _said(content[name], customers_are) for name in ("verdict", "glossary", "absent")}
    of_data = {n: _said(data[n], customers_are) for n in ("candidates", "identity", "methods", "limits")}
    conflicts = [{**c, **_said({n: c[n] for n in ("conflict", "rule")}, customers_are)} for c in data["conflicts"]]
    described = [{**f, "description": spoken_of(f["description"], customers_are)} for f in data["features"]]
    pages = {
        name: {**page, "card": {**page["card"], "react": _said(page["card"]["react"], customers_are)}}
        for name, page in content["pages"].items()
    }
    return {
        **content,
        **own,
        "pages": pages,
        "data": {**data, **of_data, "conflicts": conflicts, "features": described},
    }


def _said(part: Any, customers_are: str) -> Any:
    if isinstance(part, str):
        return spoken_of(part, customers_are)
    if isinstance(part, list):
        return [_said(one, customers_are) for one in part]
    return {name: _said(one, customers_are) for name, one in part.items()} if isinstance(part, dict) else part


def absent(inputs: Inputs) -> dict[str, str]:
    """What to say in place of a section without input; empty where there is input."""
    found = {"journeys": "", "survey": "", "experiments": ""}
    if not len(inputs.funnel):
        note = sentence_case(inputs.journeys.get("note") or journey.NONE_FOUND)
        found["journeys"] = f"{note} Journeys need events and a ladder of stages in sources.yaml."
    asked = inputs.ingest["has"]["responses"] or (inputs.dictionary["block"] == "attitudinal").any()
    if not asked:
        found["survey"] = "No survey supplied. What customers want and feel is not known from the other sources."
    if not len(inputs.effects):
        found["experiments"] = "No experiment declared. Effects need exposures and an outcome in sources.yaml."
    return found


def _verdict(inputs: Inputs) -> dict[str, Any]:
    kind = inputs.segments["verdict"]
    return {
        "kind": kind,
        "sentence": sentence_case(inputs.segments["sentence"]),
        "found": bool(inputs.personas["personas"]),
        "sought": len(inputs.candidates) > 0,
    }


def _journeys(inputs: Inputs, compared: list[groups.Group], min_cell: int) -> dict[str, Any]:
    return {
        **journey.summary(inputs.journeys, inputs.funnel, inputs.personas["customers_are"]),
        "all": journey.of_group(inputs, "all", "all", min_cell),
        "time_to_stage": time_to_stage.time_to_stage(inputs, [g for g in compared if g["page"]], min_cell),
        "comparison": journey.comparison(inputs, compared, min_cell),
        "breakdowns": journey.breakdowns(inputs.funnel, min_cell),
    }


def _data(inputs: Inputs, min_cell: int) -> dict[str, Any]:
    dictionary = read_dictionary(inputs.dictionary)
    dropped = inputs.segments.get("dropped_columns") or {}
    return {
        "reconciliation": sources.reconciliation(inputs),
        "reasons": sources.reasons(inputs.rejects, inputs.reconciliation),
        "period": sources.period(inputs),
        "identity": sources.identity(inputs),
        "conflicts": sources.conflicts(inputs),
        "features": sources.features(dictionary),
        "dropped": [{"label": entry_of(dictionary, c).label, "reason": r} for c, r in dropped.items()],
        "candidates": sources.candidates(inputs.candidates),
        "breakdowns": sources.breakdowns(inputs.profile, dictionary, min_cell),
        "methods": methods.methods(inputs, dictionary, min_cell),
        "limits": methods.limits(inputs),
    }
