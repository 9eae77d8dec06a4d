"""The first page: what it is based on, the personas side by side, sizes, key figures, what separates them, the map."""

from datetime import timedelta
from typing import Any

import pandas as pd

from pipeline.core.rounding import plain
from pipeline.core.words import spoken_of
from pipeline.personas.schema import PROFILE, UNASSIGNED
from pipeline.report.content.evidence import TONES, bases, claim, guarded, kpi_cell, tone, trait
from pipeline.report.content.groups import Group, find, persona_group
from pipeline.report.content.labels import Dictionary, Entry, entry_of, sentence_case, trait_label
from pipeline.report.content.places import side_by_side
from pipeline.report.content.register import SIZES, refer
from pipeline.report.content.worth import worth
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import HELD_BACK, NOT_KNOWN, Cell, count, count_cell, days, share_cell, written_day

CARD_TRAITS = 3
SEPARATORS = 9
MAP_SIZE = (380.0, 300.0)
"""Width and height of the map of customers in points."""
OWN_KPIS = {
    "customers",
    "share of customers",
    "revenue per customer",
    "orders per customer",
    "share with an order",
}
"""Key figures whose labels are the product's own and speak of customers."""
VALUES = ("revenue per customer", "mean order value")
"""Key figures that stand for value where no model of the future could be fitted."""


def basis(inputs: Inputs) -> list[dict[str, str]]:
    """What the report rests on, as label and text."""
    kinds = inputs.settings.sources
    surveys = [s for s in inputs.reconciliation["source"] if s in kinds and kinds[s].kind == "responses"]
    responses = int(inputs.reconciliation.loc[inputs.reconciliation["source"].isin(surveys), "kept"].sum())
    found = [
        {"label": inputs.personas["customers_are"].capitalize(), "text": count(len(inputs.members))},
        {"label": "Events", "text": count(inputs.events) if inputs.events else "No event log supplied"},
        {"label": "Survey responses", "text": count(responses) if surveys else "No survey supplied"},
    ]
    window = inputs.settings.observation
    if window is None:
        return found
    last = window.end - timedelta(days=1)
    return [
        *found,
        {"label": "Observed", "text": f"{written_day(window.start)} to {written_day(last)}"},
        {"label": "Described by what was known before", "text": written_day(window.features_until)},
    ]


def cards(inputs: Inputs, dictionary: Dictionary, min_cell: int) -> list[dict[str, Any]]:
    """One card per persona: group, size, story, first traits, stability."""
    claims = {row["claim_id"]: row for row in inputs.claims.to_dict("records")}
    base = bases(inputs.profile)
    found = []
    for persona in inputs.personas["personas"]:
        rows = [claims[c] for c in persona["traits"] if c in claims]
        traits = [claim(row, dictionary, base, min_cell) for row in _one_per_feature(rows)[:CARD_TRAITS]]
        found.append(
            {
                **persona_group(persona),
                **size(persona, min_cell),
                **value_of(persona["persona_id"], inputs, min_cell),
                "story": sentence_case(persona["story"]),
                "stability": stability(persona),
                "traits": traits,
            }
        )
    return found


def value_of(persona_id: str, inputs: Inputs, min_cell: int) -> dict[str, Any]:
    """The one figure that says what a customer of the persona is worth: expected value, else revenue, else nothing."""
    future = worth(persona_id, inputs, min_cell)["value"]
    if future is not None:
        horizon = days((inputs.personas.get("worth") or {}).get("horizon_days"))
        return {"value": future, "value_label": f"expected of a buyer in the next {horizon}"}
    rows = inputs.kpis[(inputs.kpis["persona_id"] == persona_id) & inputs.kpis["kpi"].isin(VALUES)]
    row = next(iter(rows.to_dict("records")), None)
    if row is None:
        return {"value": None, "value_label": ""}
    label = told_kpi(row["kpi"], row["label"], inputs.personas["customers_are"])
    return {"value": kpi_cell(row, min_cell), "value_label": label[:1].lower() + label[1:]}


def size(part: dict[str, Any], min_cell: int) -> dict[str, Any]:
    """How many customers and which share of all."""
    row = {"persona_id": part.get("persona_id", UNASSIGNED)}
    return {
        "customers": refer(count_cell(part["customers"], min_cell), SIZES, row, "customers"),
        "share": refer(_small_share(part, min_cell), SIZES, row, "share"),
    }


def _small_share(part: dict[str, Any], min_cell: int) -> Cell:
    """The share; of a few only as it reads, without the number, which would tell how many they are."""
    cell = share_cell(part["share"])
    return {**cell, "value": None} if 0 < part["customers"] < min_cell else cell


def stability(persona: dict[str, Any]) -> dict[str, Any]:
    """Whether the persona reappears when the data are redrawn."""
    value = persona.get("stability")
    text = NOT_KNOWN if value is None else plain(value, 2)
    return {"value": value, "text": text, "verdict": persona["stability_verdict"]}


def _one_per_feature(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first row of each feature; features that divide the customers in the same way count as one."""
    first: dict[tuple[float, float], dict[str, Any]] = {}
    for row in rows:
        if row["column"] not in {r["column"] for r in first.values()}:
            first.setdefault((row["value"], row["rest_value"]), row)
    return list(first.values())


def told_kpi(kpi: str, label: str, customers_are: str) -> str:
    """The label of a key figure, in the words of the data where it is the product's own; a question's stays."""
    return spoken_of(label, customers_are) if kpi in OWN_KPIS else label


def key_figures(
    kpis: pd.DataFrame, groups: list[Group], min_cell: int, customers_are: str = "customers"
) -> list[dict[str, Any]]:
    """One row per key figure, one cell per group; a group without the figure has None."""
    found = []
    for kpi, rows in kpis.groupby("kpi", sort=False):
        label = told_kpi(str(kpi), str(rows["label"].iloc[0]), customers_are)
        by_group = {row["persona_id"]: row for row in rows.to_dict("records")}
        cells = [kpi_cell(by_group[g["id"]], min_cell) if g["id"] in by_group else None for g in groups]
        found.append({"kpi": str(kpi), "label": label, "cells": cells})
    return found


def separators(inputs: Inputs, dictionary: Dictionary, groups: list[Group], min_cell: int) -> list[dict[str, Any]]:
    """The features that separate the personas most, each with value and tone per group.

    Of features that are alike in every group, as fields that all say "no internet service", only the first is shown.
    """
    profile = inputs.profile[inputs.profile["group_by"].isin(["persona", "all"])]
    known_columns = set(profile["column"])
    base = bases(inputs.profile)
    told = {
        (r["persona_id"], r["column"], r["level"]): trait(r, dictionary, base, min_cell, claimed=True)
        for r in inputs.claims.to_dict("records")
    }
    found: list[dict[str, Any]] = []
    seen: set[tuple[float | None, ...]] = set()
    for column in (c for c in inputs.segments.get("carriers", []) if c in known_columns):
        entry = entry_of(dictionary, column)
        rows = profile[profile["column"] == column]
        level = _telling_level(rows, entry)
        by_group = {row["group"]: row for row in rows[rows["level"] == level].to_dict("records")}
        cells = [
            _told(_toned(by_group.get(g["id"]), entry, min_cell), told.get((g["id"], column, level)), g) for g in groups
        ]
        alike = tuple(None if c is None or c["value"] is None else round(c["value"], 2) for c in cells)
        if alike not in seen:
            found.append({"label": trait_label(entry, level), "cells": cells})
        seen.add(alike)
        if len(found) == SEPARATORS:
            break
    return found


def _telling_level(rows: pd.DataFrame, entry: Entry) -> str:
    """The level that differs most between the personas; a binary is told by its yes."""
    levels = list(dict.fromkeys(rows["level"]))
    if entry.positive in levels:
        return str(entry.positive)
    own = rows[rows["group_by"] == "persona"]
    spread = {level: float(own.loc[own["level"] == level, "difference"].abs().max()) for level in levels}
    return max(levels, key=lambda level: spread[level] if spread[level] == spread[level] else -1.0)


def _toned(row: dict[str, Any] | None, entry: Entry, min_cell: int) -> dict[str, Any] | None:
    if row is None:
        return None
    cell = refer(guarded(row, entry, min_cell), PROFILE, row)
    step = 0 if cell["value"] is None or row["group"] == "all" else tone(row["difference"])
    return {**cell, "tone": step, "reading": TONES[step] if row["group"] != "all" else ""}


def _told(cell: dict[str, Any] | None, claimed: dict[str, Any] | None, group: Group) -> dict[str, Any] | None:
    """The profile's cell; what that hides, as a claim tells it, else said to be held back of a persona."""
    if claimed is None or (cell is not None and cell["value"] is not None):
        return (
            {**share_cell(None), "text": HELD_BACK, "tone": 0, "reading": ""}
            if cell is None and group["page"]
            else cell
        )
    return {**claimed["cell"], "tone": claimed["tone"], "reading": claimed["reading"]}


def map_points(inputs: Inputs, groups: list[Group], most: int) -> dict[str, Any]:
    """At most `most` points of the map by group, in an order that the customers' ids do not decide.

    Customers who are alike in everything lie side by side (`places`).
    """
    segment_of = {p["segment"]: p["persona_id"] for p in inputs.personas["personas"]}
    joined = inputs.points.merge(inputs.members[["customer_id", "segment"]], on="customer_id", validate="1:1")
    group = [segment_of.get(segment, "unassigned") for segment in joined["segment"]]
    joined = joined.assign(group=group).sort_values(["x", "y", "group"])
    every = max(1, -(-len(joined) // most))
    shown, spread = side_by_side(joined.iloc[::every], *MAP_SIZE)
    parts = []
    for group_id, rows in shown.groupby("group", sort=True):
        own = find(groups, str(group_id))
        if own is not None:
            parts.append({"group": own, "x": rows["x"].round(3).tolist(), "y": rows["y"].round(3).tolist()})
    return {"shown": len(shown), "of": len(joined), "spread": spread, "parts": parts}
