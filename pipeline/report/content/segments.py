"""How the segments were found and how far to trust them: rows for `figures.segments` and for their page.

From tables in which small cells are held back.
"""

from collections.abc import Mapping, Sequence
from string import ascii_lowercase
from typing import Any

import pandas as pd

from pipeline.core.rounding import plain
from pipeline.report.content.evidence import guarded
from pipeline.report.content.groups import Group, persona_group, unassigned_group
from pipeline.report.content.labels import Dictionary, entry_of, trait_label
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import count_cell, counted_share, known, share_cell

MOST_TRAITS = 12
CAME_BACK = 0.6
"""Jaccard index from which a segment is shown (Hennig 2007)."""
APART, RELATIVELY, LEAST = 0.25, 0.5, 0.05
"""A share marks a segment where it is .25 from all customers', or half of theirs and .05 (Dolnicar et al. 2018)."""


def segmentation(
    inputs: Inputs, dictionary: Dictionary, groups: Sequence[Group], min_cell: int, outsiders: bool
) -> dict[str, Any]:
    """All that the page of the segments shows; `groups`: the personas. Outsiders see no quantile of customers."""
    carriers = [str(c) for c in inputs.segments.get("carriers") or []]
    silhouette = inputs.silhouette.iloc[:0] if outsiders else inputs.silhouette
    return {
        "sizes": sized(inputs.personas, min_cell),
        "tried": tried(inputs.candidates),
        "consensus": met(inputs.consensus, inputs.personas),
        "silhouettes": widths(silhouette, inputs.personas),
        "profiles": profiled(inputs.profile, dictionary, carriers, groups, min_cell) if groups else [],
        "parts": parts(inputs.subsegments, inputs.personas, dictionary, min_cell),
        "carriers": [entry_of(dictionary, c).label for c in carriers][:MOST_TRAITS],
    }


def parts(
    subsegments: pd.DataFrame, personas: Mapping[str, Any], dictionary: Dictionary, min_cell: int
) -> list[dict[str, Any]]:
    """The second level: each part of a persona, with what tells the parts of it apart."""
    groups = {int(p["segment"]): persona_group(p) for p in personas["personas"]}
    found = []
    for row in subsegments.to_dict("records"):
        if int(row["segment"]) in groups:
            group, size = groups[int(row["segment"])], int(row["size"])
            share = counted_share(share_cell(row["share"]), size, round(size / row["share"]), min_cell)
            told = [entry_of(dictionary, c.strip()).label for c in str(row["told_by"]).split(",") if c.strip()]
            mark = f"{group['mark']}{ascii_lowercase[int(row['subsegment']) % len(ascii_lowercase)]}"
            shown = {"group": group, "mark": mark, "customers": count_cell(size, min_cell), "share": share}
            found.append({**shown, "jaccard": plain(row["jaccard"], 2), "verdict": row["verdict"], "told_by": told})
    return found


def sized(personas: Mapping[str, Any], min_cell: int) -> list[dict[str, Any]]:
    """Rows of `size_and_stability`: personas, then the unassigned where there are any; `personas`: personas.json."""
    found = [
        {**persona_group(p), "share": _share(p, min_cell), "jaccard": known(p.get("stability"))}
        for p in personas["personas"]
    ]
    rest = personas["unassigned"]
    return [*found, {**unassigned_group(), "share": _share(rest, min_cell), "jaccard": None}] if found else []


def _share(part: Mapping[str, Any], min_cell: int) -> float | None:
    return float(part["share"]) if part["customers"] == 0 or part["customers"] >= min_cell else None


def tried(candidates: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of `sweep`."""
    return [
        {
            "family": row["family"],
            "segments": int(row["segments"]),
            "score": known(row["score"]),
            "passed": (known(row["stability"]) or 0.0) >= CAME_BACK,
            "chosen": bool(row["chosen"]),
        }
        for row in candidates.to_dict("records")
    ]


def met(consensus: pd.DataFrame, personas: Mapping[str, Any]) -> dict[str, Any]:
    """Groups and cells of `consensus`: segments that are personas, in their order; no groups where nothing is known."""
    shown = [(int(p["segment"]), persona_group(p)) for p in personas["personas"]]
    share = {(int(r["segment"]), int(r["other"])): float(r["together"]) for r in consensus.to_dict("records")}
    cells = [
        {"one": i, "other": j, "together": share[a, b]}
        for i, (a, _) in enumerate(shown)
        for j, (b, _) in enumerate(shown)
        if (a, b) in share
    ]
    return {"groups": [group for _, group in shown] if cells else [], "cells": cells}


def widths(silhouette: pd.DataFrame, personas: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of `silhouettes`."""
    found = []
    for persona in personas["personas"]:
        own = silhouette[silhouette["segment"] == persona["segment"]].sort_values("share")
        quantiles = {"shares": own["share"].tolist(), "values": own["silhouette"].tolist()}
        found.append({**persona_group(persona), **quantiles})
    return found


def profiled(
    profile: pd.DataFrame, dictionary: Dictionary, carriers: Sequence[str], groups: Sequence[Group], min_cell: int
) -> list[dict[str, Any]]:
    """Rows of `profiles`: of each feature told in shares the level that is most unlike, those that tell most first.

    Features that carry the segments come before others; those held back in every persona are left out.
    """
    shares = profile[profile["group_by"].isin(["persona", "all"]) & (profile["statistic"] == "share")]
    rows = []
    for column, part in shares.groupby("column", sort=False):
        entry = entry_of(dictionary, str(column))
        levels = [
            (_spread(own), str(level), own)
            for level, own in part.groupby("level", sort=False)
            if entry.positive in (None, level)
        ]
        if levels:
            spread, level, own = max(levels, key=lambda found: (found[0], found[1]))
            by_group = {r["group"]: guarded(r, entry, min_cell)["value"] for r in own.to_dict("records")}
            everyone = by_group.get("all")
            cells = {g["id"]: _marked(by_group.get(g["id"]), everyone) for g in groups}
            shown = {"label": trait_label(entry, level), "everyone": everyone, "cells": cells}
            if any(cell["value"] is not None for cell in cells.values()):
                rows.append((str(column) not in carriers, -spread, shown))
    return [row for _, _, row in sorted(rows, key=lambda found: (found[0], found[1], found[2]["label"]))[:MOST_TRAITS]]


def _spread(rows: pd.DataFrame) -> float:
    """How far apart the personas' shares of one level are."""
    values = rows.loc[rows["group_by"] == "persona", "value"]
    return float(values.max() - values.min()) if len(values) > 1 else 0.0


def _marked(value: float | None, everyone: float | None) -> dict[str, Any]:
    if value is None or everyone is None:
        return {"value": value, "marker": False}
    apart = abs(value - everyone)
    return {"value": value, "marker": apart >= APART or (apart >= RELATIVELY * everyone and apart >= LEAST)}
