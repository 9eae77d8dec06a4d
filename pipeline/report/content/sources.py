"""The data page: do the rows add up, what was rejected, which features there are, what else was tried."""

import re
from typing import Any

import pandas as pd

from pipeline.core.rounding import percent, plain
from pipeline.ingest.schema import REJECTS_PER_REASON
from pipeline.personas.schema import PROFILE
from pipeline.report.content.evidence import guarded
from pipeline.report.content.labels import Dictionary, Entry, entry_of, theme_title, trait_label
from pipeline.report.content.register import refer
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import NOT_KNOWN, count, known, written_day

TOP_REASONS = 15
PERSONA_GROUPS = ("persona", "all")


def reconciliation(inputs: Inputs) -> list[dict[str, Any]]:
    """Rows of each source, and whether read = kept + merged + rejected."""
    found = []
    for row in inputs.reconciliation.to_dict("records"):
        told = inputs.ingest.get("sources", {}).get(row["source"], {})
        numbers = {name: int(row[name]) for name in ("read", "kept", "merged", "rejected", "files")}
        found.append(
            {
                "source": row["source"],
                "format": row["format"],
                "numbers": numbers,
                "texts": {name: count(n) for name, n in numbers.items()},
                "balanced": numbers["read"] == numbers["kept"] + numbers["merged"] + numbers["rejected"],
                "unused": [str(c) for c in told.get("unknown_columns", [])],
                "warnings": [as_read(str(w)) for w in told.get("warnings", [])],
            }
        )
    return found


def reasons(rejects: pd.DataFrame, reconciliation: pd.DataFrame) -> dict[str, Any]:
    """The commonest reasons for rejecting a row. The table `rejects` lists a limited number of rows per reason."""
    columns = ["source", "reason", "column"]
    counted = rejects.assign(column=rejects["column"].fillna("")).groupby(columns, as_index=False).size()
    counted = counted.sort_values(["size", *columns], ascending=[False, True, True, True])
    rows = [_reason(row) for row in counted.head(TOP_REASONS).to_dict("records")]
    more = len(counted) - len(rows)
    limit = count(REJECTS_PER_REASON) if any(r["capped"] for r in rows) else ""
    return {"rows": rows, "further": more, "all": count(reconciliation["rejected"].sum()), "limit": limit}


def _reason(row: dict[str, Any]) -> dict[str, Any]:
    capped = row["size"] >= REJECTS_PER_REASON
    text = f"{count(row['size'])} or more" if capped else count(row["size"])
    return {**{name: row[name] for name in ("source", "reason", "column")}, "count": text, "capped": capped}


def features(dictionary: Dictionary) -> list[dict[str, Any]]:
    """The dictionary in words."""
    roles = {"segment": "finds segments", "describe": "describes only", "exclude": "not used"}
    return [
        {
            "label": e.label + (f" ({e.unit})" if e.unit else ""),
            "block": e.block,
            "theme": theme_title(e.theme),
            "kind": e.kind,
            "role": roles[e.role],
            "missing": percent(e.missing_share, 1 if 0 < e.missing_share < 0.1 else 0),
            "missing_share": round(e.missing_share, 6),
            "source": e.source,
            "description": e.description,
        }
        for e in dictionary.values()
    ]


def candidates(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Every solution tried."""
    return [
        {
            "name": _solution(row["family"], row["segments"], row["classes"]),
            "segments": count(row["segments"]),
            "unassigned": percent(row["unassigned_share"]),
            "stability": _two(row["stability"]),
            "agreement": _two(row["agreement"]),
            "score": _two(row["score"]),
            "chosen": bool(row["chosen"]),
            "reason": row["reason"],
        }
        for row in frame.to_dict("records")
    ]


def _solution(family: str, segments: int, classes: int) -> str:
    """What a solution is: its family, and how many classes were joined into its segments.

    >>> _solution("latent class", 5, 9), _solution("k-prototypes", 8, 8)
    ('latent class, 9 classes joined', 'k-prototypes')
    """
    return f"{family}, {classes} classes joined" if classes > segments else family


_COUNTED = re.compile(r"\b([0-9,]+) (\w+)\(s\)( are| hold)?")
_OF_ONE = {" are": " is", " hold": " holds"}


def as_read(warning: str) -> str:
    """A warning of stage `ingest` as a sentence of the report.

    >>> as_read("`Age`: 1 cell(s) are no number, now missing"), as_read("6,000 row(s): a bot")
    ('“Age”: 1 cell is no number, now missing', '6,000 rows: a bot')
    """

    def counted(match: re.Match[str]) -> str:
        number, thing, verb = match[1], match[2], match[3] or ""
        return f"{number} {thing}{_OF_ONE.get(verb, '')}" if number == "1" else f"{number} {thing}s{verb}"

    return re.sub(r"`([^`]*)`", "“\\1”", _COUNTED.sub(counted, warning))


def _two(value: Any) -> str:
    return "–" if known(value) is None else plain(value, 2)


def breakdowns(profile: pd.DataFrame, dictionary: Dictionary, min_cell: int) -> list[dict[str, Any]]:
    """Per declared breakdown: every yes/no and nominal feature by the breakdown's levels."""
    found = []
    for name, rows in profile[~profile["group_by"].isin(PERSONA_GROUPS)].groupby("group_by", sort=False):
        column = str(name)
        entry = entry_of(dictionary, column)
        present = set(rows["group"])
        levels = [level for level in entry.levels if level in present] + sorted(present - set(entry.levels))
        everyone = profile[(profile["group_by"] == "all") & (profile["column"] != column)]
        own = pd.concat([rows[rows["column"] != column], everyone])
        parts = [_broken_down(part, dictionary, levels, min_cell) for _, part in own.groupby("column", sort=False)]
        parts = sorted((p for p in parts if p), key=lambda p: (p[0]["kind"] != "binary", -max(r["spread"] for r in p)))
        table = [row for part in parts for row in part]
        found.append({"title": entry.label, "levels": levels, "rows": table})
    return found


def _broken_down(rows: pd.DataFrame, dictionary: Dictionary, levels: list[str], min_cell: int) -> list[dict[str, Any]]:
    entry = entry_of(dictionary, rows["column"].iloc[0])
    if entry.kind not in ("binary", "nominal", "ordinal") or entry.role == "exclude":
        return []
    found = []
    for level, part in rows.groupby("level", sort=False):
        if level == "" or entry.positive and level != entry.positive:
            continue
        by_group = {row["group"]: row for row in part.to_dict("records")}
        cells = [_cell(by_group.get(g), entry, min_cell) for g in [*levels, "all"]]
        values = [c["value"] for c in cells if c and c["value"] is not None]
        spread = max(values) - min(values) if values else 0.0
        found.append(
            {"label": trait_label(entry, str(level)), "kind": entry.kind, "spread": round(spread, 6), "cells": cells}
        )
    return found


def _cell(row: dict[str, Any] | None, entry: Entry, min_cell: int) -> dict[str, Any] | None:
    return None if row is None else {**refer(guarded(row, entry, min_cell), PROFILE, row)}


def period(inputs: Inputs) -> dict[str, str]:
    """First and last event, in words."""
    events = inputs.ingest.get("events") or {}
    first, last = events.get("first"), events.get("last")
    return {"first": written_day(first) if first else NOT_KNOWN, "last": written_day(last) if last else NOT_KNOWN}


def identity(inputs: Inputs) -> str:
    """What joining identifiers into customers met, in one sentence; empty where nothing is known of it."""
    told = inputs.ingest.get("identity") or {}
    words = {
        "conflicts": "identifiers that led to two customers",
        "oversized_groups": "groups of identifiers too large to be one customer",
        "ignored_identifiers": "identifiers set aside",
        "shared_devices": "devices of several people",
    }
    if all(told.get(key) is None for key in words):
        return ""
    parts = [f"{count(told[key])} {text}" for key, text in words.items() if told.get(key)]
    return f"Joining identifiers into customers met {', '.join(parts) if parts else 'no conflict'}."


def conflicts(inputs: Inputs) -> list[dict[str, str]]:
    """Each kind of conflict between identifiers that was met: how often, in which space, and how it was resolved."""
    table = (inputs.ingest.get("identity") or {}).get("conflict_table") or []
    return [
        {
            "conflict": str(row["conflict"]),
            "space": str(row["space"]),
            "count": count(row["count"]),
            "joined": count(row["joined_at_most"]),
            "rule": str(row["rule"]),
        }
        for row in table
    ]
