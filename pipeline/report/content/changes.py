"""What changed since the baseline: which personas stayed, came, went, grew or shrank, and why."""

from typing import Any

from pipeline.core.rounding import plain
from pipeline.report.content.groups import Group
from pipeline.report.content.labels import Dictionary, entry_of, sentence_case
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import Cell, count, known, points, share_cell

SHIFTS = 10
HOW = {"customers": "by the customers of both runs", "profiles": "by its profile"}


def changes(inputs: Inputs, groups: list[Group], dictionary: Dictionary) -> dict[str, Any]:
    """Sentences, shares then and now, features that shifted most; `note` where there is no baseline."""
    told = inputs.continuity
    names = {g["id"]: f"{g['mark']} {g['name']}" for g in groups if g["page"]}
    if not told.get("baseline"):
        note = "There is no baseline yet. `personas promote` freezes the personas of a run; later runs are compared."
        return {"note": note.replace("`", "“", 1).replace("`", "”", 1), "sentences": [], "shares": [], "shifts": []}
    drift = told.get("drift") or {}
    shifts = [
        {
            "label": entry_of(dictionary, column).label,
            "index": plain(shift, 2),
            "value": shift,
            "reading": _shift(shift),
        }
        for column, shift in list((drift.get("features") or {}).items())[:SHIFTS]
    ]
    return {
        "note": "",
        "sentences": [sentence_case(_named(text, names)) for text in told["sentences"]],
        "customers": [count(n) for n in drift.get("customers") or []],
        "shared": count(told.get("shared_customers")),
        "shares": [_share(i, pair, told, names) for i, pair in (drift.get("share") or {}).items()],
        "shifts": shifts,
    }


def _share(persona_id: str, pair: list[float], told: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    before, now = pair
    found = (told.get("kept") or {}).get(persona_id) or {}
    cells: list[Cell] = [share_cell(before), share_cell(now), points(now - before)]
    how = HOW.get(str(found.get("by")), str(found.get("by") or ""))
    similarity = known(found.get("similarity"))
    alike = "" if similarity is None else plain(similarity, 2)
    return {"name": names.get(persona_id, persona_id), "cells": cells, "how": how, "similarity": alike}


def _shift(index: float) -> str:
    return "large" if index >= 0.25 else "worth a look" if index >= 0.1 else "small"


def _named(text: str, names: dict[str, str]) -> str:
    """`persona-3` in a sentence as readers know it."""
    for persona_id in sorted(names, key=len, reverse=True):
        text = text.replace(persona_id, f"persona {names[persona_id]}")
    return text
