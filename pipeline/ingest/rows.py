"""Rows of sources with one row per person or answer: look-ups joined, rows outside `where` taken out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.core.sources import JoinSettings, SourceSettings
from pipeline.ingest.cells import plainly
from pipeline.ingest.currencies import without_mark
from pipeline.ingest.export import Export
from pipeline.ingest.identity import EVERY_ROW, identifiers
from pipeline.ingest.rejects import ragged_rejects, reject_rows, stacked

_NUMBERS = ("score", "cost", "rating", "amount", "duration")
"""Standard columns that are numbers."""


@dataclass(frozen=True)
class Rows:
    """Rows of one source that fit its header and `where`, all text, with one column per identity space in `ids`."""

    source: str
    settings: SourceSettings
    rows: pd.DataFrame
    ids: pd.DataFrame
    columns: Mapping[str, str]
    labels: Mapping[str, str]
    zone: str | None
    files: int
    read: int
    rejects: pd.DataFrame
    pairs: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Identity space -> two identifiers of it (`one`, `other`) that a row joins, of refused rows too."""


def prepare(
    source: str,
    settings: SourceSettings,
    export: Export,
    lookups: Mapping[str, pd.DataFrame],
    standard: Mapping[str, str],
    labels: Mapping[str, str],
    zone: str | None,
    files: int,
    refused: pd.Series | None = None,
) -> Rows:
    """Rows ready for the tables. `lookups` are the joined tables by their `files` pattern.

    `refused` says why the format refuses a row; it is missing for the others.
    """
    rejects = [ragged_rejects(source, export.ragged)]
    rows = export.rows
    own = {space: c for space, c in settings.ids.items() if c == EVERY_ROW or c in rows.columns}
    ids = identifiers(rows, own)
    for join in settings.join:
        rows = joined(rows, join, lookups[join.files])
    ids = ids.join(identifiers(rows, {s: c for s, c in settings.ids.items() if s not in own}))[list(settings.ids)]
    if refused is not None:
        rejects += [reject_rows(source, rows.index[refused == why], str(why)) for why in refused.dropna().unique()]
        rows = rows[refused.isna()]
    for column, wanted in settings.where.items():
        out = rows[column].str.strip() != wanted
        rejects.append(reject_rows(source, rows.index[out], f"`{column}` is not `{wanted}`", column))
        rows = rows[~out]
    rows = rows.assign(**{c: number_texts(rows[c], settings) for c in number_columns(settings, standard) if c in rows})
    return Rows(
        source,
        settings,
        rows,
        ids.loc[rows.index],
        {**standard, **settings.columns},
        labels,
        zone,
        files,
        len(export.rows) + len(export.ragged),
        stacked(rejects),
    )


def number_texts(texts: pd.Series, settings: SourceSettings) -> pd.Series:
    """Numbers plainly, as the source is declared to write them."""
    bare = without_mark(texts, settings.currency_mark) if settings.currency_mark else texts
    return plainly(bare, settings.decimal) if settings.decimal else bare


def number_columns(settings: SourceSettings, standard: Mapping[str, str]) -> list[str]:
    """Columns whose cells are declared to be numbers."""
    named = {**standard, **settings.columns}
    fields = [f.column for f in settings.fields.values() if f.kind in ("numeric", "count", "share")]
    asked = [q.column for q in settings.questions.values() if q.kind in ("numeric", "nps")]
    return list(dict.fromkeys([*fields, *asked, *(named[c] for c in _NUMBERS if c in named)]))


def joined(rows: pd.DataFrame, join: JoinSettings, lookup: pd.DataFrame) -> pd.DataFrame:
    """`rows` with the look-up's columns; blank where the look-up has no such key."""
    keyed = lookup_by_key(join, lookup)
    keys = rows[join.on]
    if join.separator:
        keys = keys.str.split(join.separator, regex=False).str[0]
    keys = keys.str.strip()
    return rows.assign(**{c: keys.map(keyed[c]).fillna("").astype("str") for c in join.named.values()})


def lookup_by_key(join: JoinSettings, lookup: pd.DataFrame) -> pd.DataFrame:
    """The declared columns of a look-up by its key; raises `InputError` where a key has two different rows."""
    key = join.key_column
    for column, wanted in join.where.items():
        lookup = lookup[lookup[column].str.strip().str.lower() == wanted.strip().lower()]
    table = lookup[[key, *join.columns]].assign(**{key: lookup[key].str.strip()}).drop_duplicates()
    repeated = table.loc[table[key].duplicated(), key]
    if len(repeated):
        raise InputError(
            f"{join.files}: `{key}` is not unique, {len(repeated)} key(s) have rows that differ. "
            "A look-up joins many rows to one: leave one row per key, or say by `where` which counts."
        )
    return table.set_index(key).rename(columns=join.named)
