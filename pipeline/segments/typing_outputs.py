"""What the typing tool is handed over as: JSON, SQL by dialect, one page to print; and the facts for the summary."""

import json
from dataclasses import replace
from typing import Any

from pipeline.segments.schema import TYPING_FILE
from pipeline.segments.typing_fields import Bin, Field
from pipeline.segments.typing_page import page
from pipeline.segments.typing_sql import DIALECTS, header, sql
from pipeline.segments.typing_tool import Tool, as_json

NEARLY_ALL = {1: 0.9, 2: 0.95, 3: 0.99}
"""By number of fields the accuracy from which segments are the values of these fields under another name."""
NO_TOOL = "There are no two segments, large enough, to be told apart: no typing tool."


def files(tool: Tool | None, name: str = TYPING_FILE, key: str = "customer_id") -> dict[str, str]:
    """File name -> content; `name` is that of the JSON, the others are named after it. DuckDB's SQL is `<name>.sql`.

    `key`: the column with the customers' ids in the table that the SQL reads.
    """
    content = as_json(tool) if tool else {"version": 1, "segments": 0, "why": NO_TOOL}
    found = {name: json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"}
    stem = name.removesuffix(".json")
    if tool:
        found[f"{stem}.html"] = page(tool)
        for dialect in DIALECTS:
            ending = "sql" if dialect == "duckdb" else f"{dialect}.sql"
            found[f"{stem}.{ending}"] = header(tool, dialect) + sql(tool, dialect, key=key)
    return found


def facts(tool: Tool | None) -> dict[str, Any]:
    """The key `typing` of segments.json: which fields, and out-of-fold how good."""
    if tool is None:
        return {"fields": [], "why": NO_TOOL}
    told = ("customers", "accuracy", "balanced_accuracy", "calibration_error", "answered_share", "answered_accuracy")
    return {"fields": [f.column for f in tool.fields], **{name: tool.measures[name] for name in told}}


def few_facts(tool: Tool | None) -> str:
    """What to say where the segments are hardly more than one to three fields; else nothing."""
    if tool is None or tool.measures["accuracy"] < NEARLY_ALL.get(len(tool.fields), 2.0):
        return ""
    names = [field.label for field in tool.fields]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"The segments are hardly more than the values of {listed}: groups by these facts, not kinds of customers."


def reading_words(tool: Tool) -> Tool:
    """The tool for a table that holds the levels' names rather than their positions."""
    return replace(tool, fields=tuple(_in_words(f) if f.levels else f for f in tool.fields))


def _in_words(field: Field) -> Field:
    """Bins of positions as bins of texts."""
    bins: list[Bin] = []
    low = float("-inf")
    for one in field.bins:
        high = float("inf") if one.below is None else one.below
        texts = tuple(level for i, level in enumerate(field.levels) if low <= i < high)
        bins.append(replace(one, below=None, texts=texts))
        low = high
    return replace(field, reads="text", levels=(), bins=tuple(bins))
