"""Cells of a source's standard columns: as text, as known values, as times."""

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.ingest.cells import without_missing
from pipeline.ingest.dates import Order, in_iso
from pipeline.ingest.rows import Rows
from pipeline.ingest.times import is_naive, parse_times


def known(rows: Rows, standard: str) -> pd.Series:
    """Trimmed cells, missing where they mean it or where the export has no such column."""
    if standard not in rows.columns:
        return pd.Series(None, index=rows.rows.index, dtype="str")
    return without_missing(rows.rows[rows.columns[standard]], rows.settings.missing)[0]


def written(rows: Rows, standard: str, habit: Order | None = None) -> pd.Series:
    """Times or dates as ISO 8601 where they are written otherwise, blank where missing; `habit` is the format's.

    Raises `InputError` where day and month cannot be told apart.
    """
    where = f"source `{rows.source}`: `{rows.columns.get(standard, standard)}`"
    return in_iso(known(rows, standard).fillna(""), where, rows.settings.dates, habit, rows.settings.epoch)


def times(rows: Rows, standard: str) -> pd.Series:
    """Times in UTC; raises `InputError` where some have no zone and none is declared."""
    return in_utc(rows, standard, written(rows, standard))


def in_utc(rows: Rows, standard: str, texts: pd.Series) -> pd.Series:
    """What `written` gives, in UTC; raises `InputError` where some have no zone and none is declared."""
    if rows.zone is None and bool(is_naive(texts).any()):
        raise InputError(
            f"source `{rows.source}`: `{rows.columns[standard]}` holds times without a time zone. Declare `timezone`."
        )
    return parse_times(texts, rows.zone)
