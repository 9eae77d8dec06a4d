"""Features from the declared fields of the customer exports, whatever block each belongs to."""

from collections.abc import Sequence

import pandas as pd

from pipeline.core.errors import InputError, SchemaError, gather
from pipeline.core.sources import DatasetSettings, FieldSettings
from pipeline.features.feature import Feature, FeatureSet

_NUMBERS = ("numeric", "count", "share")
_NO = {"no", "n", "false", "f", "0"}
_YES = {"yes", "y", "true", "t", "1"}


def demographic(customers: pd.DataFrame, settings: DatasetSettings) -> FeatureSet:
    """One feature per declared field of `customers` (ingest's table).

    Numbers stay numbers; an ordinal becomes the position in its levels; a binary becomes 0 or 1; a nominal stays text.
    Raises `SchemaError` where ingest left a declared field out, `InputError` where a value is none of the levels.
    """
    table = customers.set_index("customer_id")
    declared = [
        (source, name, declaration)
        for source, s in settings.sources.items()
        if s.kind == "customers"
        for name, declaration in s.fields.items()
    ]
    gather(
        SchemaError,
        [f"`{name}`" for _, name, _ in declared if name not in table],
        "table ingest.customers lacks declared fields; run stage `ingest` again",
    )
    levels = {name: field_levels(table[name], declaration) for _, name, declaration in declared}
    gather(
        InputError,
        [mistake for _, name, f in declared for mistake in _unknown_levels(table[name], name, f, levels[name])],
        "sources.yaml: levels that do not fit the data",
    )
    columns = [
        (_feature(source, name, f, levels[name]), _encode(table[name], f.kind, levels[name]))
        for source, name, f in declared
    ]
    return FeatureSet.of(columns, table.index)


def field_levels(values: pd.Series, declaration: FieldSettings) -> tuple[str, ...]:
    """Levels of an ordinal, binary or nominal field: as declared, else found (a number-like ordinal by number)."""
    if declaration.kind in _NUMBERS:
        return ()
    if declaration.levels:
        return tuple(declaration.levels)
    found = sorted(values.dropna().astype(str).unique())
    if declaration.kind == "binary":
        return _no_then_yes(found)
    if declaration.kind == "ordinal" and _are_numbers(found):
        return tuple(sorted(found, key=float))
    return tuple(found)


def _no_then_yes(found: list[str]) -> tuple[str, ...]:
    """The two words of a binary with the "no" first; a lone word gets its opposite."""
    words = {word.strip().lower() for word in found}
    if len(found) == 2 and words & _YES and words & _NO:
        return tuple(sorted(found, key=lambda word: word.strip().lower() in _YES))
    if len(found) == 1:
        return ("no", found[0]) if not words & _NO else (found[0], "yes")
    return tuple(found)


def _unknown_levels(values: pd.Series, name: str, declaration: FieldSettings, levels: tuple[str, ...]) -> list[str]:
    if declaration.kind in _NUMBERS:
        return []
    if declaration.kind == "binary" and len(levels) > 2:
        return [f"`{name}` is declared binary and has {len(levels)} levels ({', '.join(levels[:5])}): make it nominal."]
    if declaration.kind == "ordinal" and not declaration.levels and not _are_numbers(levels):
        return [f"`{name}` is ordinal: list its `levels`, lowest first. Found: {', '.join(levels[:8])}."]
    unknown = sorted(set(values.dropna().astype(str)) - set(levels))
    if unknown and declaration.kind != "nominal":
        return [
            f"`{name}` has values that are none of its levels: {', '.join(unknown[:5])}. Levels: {', '.join(levels)}."
        ]
    return []


def _are_numbers(levels: Sequence[str]) -> bool:
    return bool(pd.to_numeric(pd.Series(levels, dtype="str"), errors="coerce").notna().all())


def _encode(values: pd.Series, kind: str, levels: tuple[str, ...]) -> pd.Series:
    if kind in _NUMBERS:
        return pd.to_numeric(values).astype("float64")
    text = values.astype("str")
    if kind == "nominal":
        return text
    return text.map({level: float(position) for position, level in enumerate(levels)}).astype("float64")


def _feature(source: str, name: str, declaration: FieldSettings, levels: tuple[str, ...]) -> Feature:
    meaning = {"ordinal": "Position in its levels. ", "binary": f"1 = {levels[-1] if levels else 'yes'}. "}
    return Feature(
        column=name,
        label=declaration.label,
        block=declaration.block,
        kind=declaration.kind,
        role=declaration.role,
        theme=declaration.block if declaration.theme == "other" else declaration.theme,
        source=f"{source}: {declaration.column}",
        description=f"{meaning.get(declaration.kind, '')}As in the export; missing = not in the export.",
        unit=declaration.unit,
        levels=levels,
    )
