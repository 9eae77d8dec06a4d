"""What the first rows say of declared fields: numbers that are none, answers that are not among the levels."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.core.errors import near_match
from pipeline.core.sources import FieldSettings, SourceSettings
from pipeline.ingest.cells import GROUPED, in_levels, numbers, redacted, without_missing
from pipeline.ingest.checks import Found
from pipeline.ingest.column_kinds import are_addresses
from pipeline.ingest.currencies import mark_of
from pipeline.ingest.dates import is_slashed
from pipeline.ingest.draft_stages import FEWEST_ROWS
from pipeline.ingest.export import read_rows
from pipeline.ingest.rows import number_texts
from pipeline.ingest.times import TIME

_PEEK_ROWS = 1000
_MUCH = 0.1
"""Share of a field's values that may be no numbers, told by the run alone, before the check tells it."""
_MOST = 0.9
"""Share of these that must be written in one way before it is named."""
_NUMERIC = ("numeric", "count", "share")
_SHOWN = 3


def field_advice(dataset: Path, found: Sequence[Found]) -> list[str]:
    """One line per field of which much would be missing, with how it is written and what to declare."""
    told = []
    for f in [f for f in found if f.settings.fields]:
        rows = read_rows(f.paths[:1], f.headers[:1], dataset, limit=_PEEK_ROWS).rows
        for name, field in f.settings.fields.items():
            if field.column in rows:
                texts, _ = without_missing(rows[field.column], f.settings.missing)
                told += [f"{f.name}: fields.{name}: {line}" for line in _told(texts.dropna(), field, f.settings)]
    return told


def _told(texts: pd.Series, field: FieldSettings, source: SourceSettings) -> list[str]:
    if are_addresses(texts):
        return [f"`{field.column}` holds e-mail addresses. Remove it; under `ids` it may link records."]
    if field.kind in _NUMERIC:
        _, wrong = numbers(number_texts(texts, source))
        return [_no_numbers(texts, wrong, field, source)] if wrong.sum() > _MUCH * len(texts) else []
    if field.levels:
        _, wrong = in_levels(texts, field.levels)
        return [_no_levels(texts, wrong, field)] if wrong.any() else []
    if field.kind == "ordinal" and numbers(texts)[1].any():
        often = [str(v) for v, n in texts.value_counts().items() if n >= FEWEST_ROWS][:_SHOWN]
        shown = f" ({', '.join(often)} …)" if often else ""
        return [f"kind ordinal, but their order is not told: list `levels`, lowest first{shown}."]
    return []


def _no_numbers(texts: pd.Series, wrong: pd.Series, field: FieldSettings, source: SourceSettings) -> str:
    odd = texts[wrong]
    told = f"kind {field.kind}, but {len(odd):,} of the first {len(texts):,} values of `{field.column}` are no numbers"
    return f"{told}: written is `{redacted(odd.iloc[0], 20)}` (9 for digits, x for letters). {_meant(odd, source)}"


def _meant(odd: pd.Series, source: SourceSettings) -> str:
    mark = mark_of(odd)
    if mark and mark != source.currency_mark:
        return f"Declare `currency_mark: {mark}`."
    if (is_slashed(odd) | odd.str.match(TIME).fillna(False)).mean() > _MOST:
        return "A date is no number: list it under `stage_dates`, or leave it out."
    fits = [d for d in ("comma", "point") if d != source.decimal and odd.str.match(GROUPED[d]).mean() > _MOST]
    if fits:
        return f"Declare {' or '.join(f'`decimal: {d}`' for d in fits)}."
    return "Declare `kind: nominal`, or list the texts that mean unknown under `missing`."


def _no_levels(texts: pd.Series, wrong: pd.Series, field: FieldSettings) -> str:
    counts = texts[wrong].value_counts()
    often = [f"`{v}`{near_match(str(v), field.levels or [])}" for v, n in counts.items() if n >= FEWEST_ROWS]
    shown = f": {', '.join(often[:_SHOWN])}" if often else ""
    return f"{int(wrong.sum()):,} of the first {len(texts):,} values of `{field.column}` are not among `levels`{shown}."
