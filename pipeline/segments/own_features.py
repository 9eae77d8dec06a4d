"""A table of texts becomes features and their dictionary: kinds inferred or declared, what cannot help excluded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.core.errors import SettingsError, gather
from pipeline.core.outcome_names import is_outcome_name
from pipeline.features.schema import DICTIONARY
from pipeline.segments.kinds import NOT_KNOWN, Inferred, infer, snake, told_missing, yes_last
from pipeline.segments.number_texts import read_numbers
from pipeline.segments.redundant import bands, leaks, same_fact
from pipeline.segments.roles import Declared
from pipeline.segments.ticks import answered_ticks

BLOCK_OF = {"numeric": "behavioural", "count": "behavioural", "share": "behavioural", "ordinal": "attitudinal"}
"""Blocks are balanced against each other; a table tells nothing of them, so kinds stand in for them."""
OUTCOME = "named like an outcome, a treatment or an earlier segmentation"


@dataclass(frozen=True)
class OwnFeatures:
    """`features` and `dictionary` (features.schema); what an analyst should know of a column, and of several."""

    features: pd.DataFrame
    dictionary: pd.DataFrame
    notes: dict[str, str]
    warnings: list[str]


def own_features(table: pd.DataFrame, declared: Mapping[str, Declared]) -> OwnFeatures:
    """Every column of `table` (texts; `customer_id` first) as a feature.

    Raises `SettingsError` where a column cannot be what it is declared to be.
    """
    columns = [name for name in table.columns if name != "customer_id"]
    mistakes: list[str] = []
    said = {name: declared.get(name, Declared()) for name in columns}
    filled, ticked = answered_ticks(table[[name for name in columns if said[name].blank is None]])
    found = {name: _read(name, filled.get(name, table[name]), said[name], mistakes) for name in columns}
    gather(SettingsError, mistakes, f"roles.yaml: {len(mistakes)} column(s) are not what they are declared to be")
    roles = {name: _role(name, f, said[name]) for name, f in found.items()}
    values = pd.DataFrame({"customer_id": table["customer_id"], **{name: found[name].values for name in columns}})
    for name, why in bands(values, {name: f.kind for name, f in found.items() if f.kind}).items():
        if said[name].role is None:
            roles[name] = ("describe", why)
    outcomes = [name for name in columns if roles[name] == ("describe", OUTCOME)]
    for name, why in leaks(values, {name: f.kind for name, f in found.items() if f.kind}, outcomes).items():
        if said[name].role is None and roles[name][0] == "segment":
            roles[name] = ("describe", why)
    rows = [_entry(name, found[name], roles[name][0], said[name]) for name in columns]
    dictionary = pd.DataFrame(rows, columns=list(DICTIONARY.columns))
    told = {name: [roles[name][1], ticked.get(name, ""), *found[name].notes] for name in columns}
    notes = {name: "; ".join(filter(None, parts)) for name, parts in told.items()}
    used = [name for name in columns if roles[name][0] == "segment"]
    return OwnFeatures(values, dictionary, notes, same_fact(table[used]))


def _read(name: str, texts: pd.Series, said: Declared, mistakes: list[str]) -> Inferred:
    """The column as declared where anything is, else as inferred."""
    filled = texts if said.blank is None else texts.fillna(said.blank)
    missing = NOT_KNOWN if said.missing is None else {text.lower() for text in said.missing}
    found = infer(name, filled, missing)
    known = filled.mask(filled.str.lower().isin(list(missing)))
    if said.levels:
        return _in_levels(name, known, said.levels, said.kind or "ordinal", mistakes)
    if said.kind is None or said.kind == found.kind:
        return found
    return _as_declared(name, known, said.kind, mistakes)


def _in_levels(name: str, texts: pd.Series, levels: tuple[str, ...], kind: str, mistakes: list[str]) -> Inferred:
    others = [repr(text) for text in texts.dropna().unique() if text not in levels]
    if others:
        mistakes.append(f"`{name}`: {', '.join(others[:5])} not among the declared levels {', '.join(levels)}.")
    if kind == "nominal":
        return Inferred(kind, texts)
    return Inferred(kind, texts.map({level: float(i) for i, level in enumerate(levels)}).astype("float64"), levels)


def _as_declared(name: str, texts: pd.Series, kind: str, mistakes: list[str]) -> Inferred:
    if kind == "nominal":
        return Inferred(kind, texts)
    counts = {str(text): int(n) for text, n in texts.value_counts().items()}
    if kind == "binary" and len(counts) == 2:
        return _in_levels(name, texts, yes_last(list(counts)), kind, mistakes)
    numbers = read_numbers(counts).values
    unread = {text: n for text, n in counts.items() if text not in numbers}
    if kind == "binary" or not numbers or (kind == "ordinal" and unread):
        shown = ", ".join(repr(text[:30]) for text in list(unread or counts)[:5])
        needed = {"binary": "two values", "ordinal": "numbers, or `levels` in their order"}.get(kind, "numbers")
        mistakes.append(f"`{name}`: {kind} needs {needed}; found {len(counts):,} values such as {shown}.")
    notes = (told_missing(unread),) if unread else ()
    return Inferred(kind, texts.map(numbers).astype("float64"), notes=notes)


def _role(name: str, found: Inferred, said: Declared) -> tuple[str, str]:
    """(role, why)."""
    if not found.kind:
        return "exclude", found.why
    if said.role is not None:
        return said.role, "as declared"
    if is_outcome_name(snake(name)):
        return "describe", OUTCOME
    return "segment", ""


def _entry(name: str, found: Inferred, role: str, said: Declared) -> dict[str, object]:
    kind = found.kind or "nominal"
    return {
        "column": name,
        "label": name,
        "block": said.block or BLOCK_OF.get(kind, "demographic"),
        "kind": kind,
        "role": role,
        "theme": "table",
        "source": f"table: {name}",
        "unit": "",
        "levels": json.dumps(list(found.levels), ensure_ascii=False),
        "missing_share": float(found.values.isna().mean()),
        "description": "as in the table",
    }
