"""Checks of the times in the first rows of a source: no zone declared, day and month unclear, no times at all."""

from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.core.sources import SourceSettings
from pipeline.ingest.cells import redacted, without_missing
from pipeline.ingest.column_kinds import unit_of
from pipeline.ingest.dates import day_month_order, in_iso, is_slashed, readable
from pipeline.ingest.times import is_naive

PEEK_ROWS = 200
_TIMES = (
    "ts", "exposed_at", "answered_at", "created", "modified", "written_at", "started_at", "given_at", "mentioned_at",
)  # fmt: skip
_TIMES_AND_DAYS = (*_TIMES, "day")
"""A day has no zone."""


def zone_mistakes(
    name: str, file: str, settings: SourceSettings, columns: Mapping[str, str], rows: pd.DataFrame
) -> list[str]:
    """Naive times in the first rows of a source that has no zone."""
    written = {c: rows[c].astype("str") for c in _asked(settings, columns, _TIMES) if c in rows}
    if settings.kind != "events" or settings.dates:
        order = settings.dates or "day first"
        written = {c: in_iso(texts, c, order, epoch=settings.epoch) for c, texts in written.items()}
    naive = [c for c, texts in written.items() if bool(is_naive(texts).any())]
    if not naive:
        return []
    return [
        f"{name}: {', '.join(f'`{c}`' for c in naive)} of {file} hold(s) times without a "
        "time zone. Declare `timezone` of the source, e.g. `timezone: Europe/Berlin`."
    ]


def unit_mistakes(
    name: str, file: str, settings: SourceSettings, columns: Mapping[str, str], rows: pd.DataFrame
) -> list[str]:
    """Times that are numbers since 1970 in another unit than `epoch` says, or where it says none; `epoch` of nothing.

    Of events only a declared column is looked at: formats read their own.
    """
    asked = _asked(settings, settings.columns if settings.kind == "events" else columns, _TIMES_AND_DAYS)
    mistakes = []
    for column in (c for c in asked if c in rows):
        texts = without_missing(rows[column].astype("str"), settings.missing)[0].dropna()
        unit = unit_of(texts)
        if unit and unit != settings.epoch:
            mistakes.append(
                f"{name}: `{column}` of {file} holds numbers such as `{redacted(texts.iloc[0])}` (9 for digits), "
                f"{unit} since 1970. Declare `epoch: {unit}`" + (f", not {settings.epoch}." if settings.epoch else ".")
            )
    if settings.epoch and not asked:
        mistakes.append(f"{name}: `epoch` is the unit of times, and `columns` names none. Name one, or remove it.")
    return mistakes


def _asked(settings: SourceSettings, columns: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """The columns that are read as times, those that stand for one of these standard columns and `stage_dates`."""
    return list(dict.fromkeys([*(columns[t] for t in names if t in columns), *settings.stage_dates.values()]))


def unreadable_times(
    name: str, file: str, settings: SourceSettings, columns: Mapping[str, str], rows: pd.DataFrame
) -> list[str]:
    """Of events whose time is a declared column: dates that need `dates`, or that are times in none of the first rows.

    Nothing is said where at least one row has a readable time: what cannot be read is rejected row by row.
    """
    column = settings.columns.get("ts", "")
    if settings.kind != "events" or settings.epoch or column not in rows:
        return []
    texts = without_missing(rows[column].astype("str"), settings.missing)[0].dropna()
    slashed = is_slashed(texts) & texts.str.contains(r"[/.-].*[/.-]", regex=True)
    if bool(slashed.any()) and settings.dates is None:
        order = day_month_order(texts[slashed])
        declare = f"`dates: {order}`" if order else "`dates: day first` or `dates: month first`"
        return [f"{name}: `{column}` of {file} holds dates such as 31.12.2024 or 12/31/2024. Declare {declare}."]
    if not len(texts) or bool(readable(in_iso(texts, column, settings.dates or "day first")).any()):
        return []
    return [
        f"{name}: `{column}` of {file} holds no time that can be read in its first {len(texts)} rows; written is "
        f"`{redacted(texts.iloc[0])}` (9 for digits, x for letters). Allowed: 2024-12-31 09:14:00, with or without a "
        "zone; with `dates`, 31.12.2024 9:14 or 12/31/2024 9:14 PM; with `epoch`, numbers since 1970."
    ]
