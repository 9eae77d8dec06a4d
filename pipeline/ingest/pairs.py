"""Rows that say that two identifiers of one space are one person's: merged records, tables of links."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from pipeline.ingest.checks import Found
from pipeline.ingest.identity import identifiers
from pipeline.ingest.rejects import Account, reject_rows, stacked
from pipeline.ingest.rows import Rows

JOINS_NOTHING = "joins nothing: fewer than two identifiers"


def pairs_in(
    rows: pd.DataFrame, found: Found, merged_into: Callable[[Sequence[str]], Mapping[str, str]]
) -> dict[str, pd.DataFrame]:
    """Identity space -> distinct pairs (`one`, `other`), by `columns.previous` or the format's own column of merges."""
    ids = found.settings.ids
    other_of = dict(merged_into(list(rows.columns)))
    if "previous" in found.columns and ids:
        other_of[next(iter(ids.values()))] = found.columns["previous"]
    spaces = {space: (column, other_of[column]) for space, column in ids.items() if column in other_of}
    return {space: _pairs(rows, space, *columns) for space, columns in spaces.items()}


def _pairs(rows: pd.DataFrame, space: str, one: str, other: str) -> pd.DataFrame:
    found = pd.DataFrame(
        {"one": identifiers(rows, {space: one})[space], "other": identifiers(rows, {space: other})[space]}, dtype="str"
    ).dropna()
    return found[found["one"] != found["other"]].drop_duplicates().reset_index(drop=True)


def read_links(rows: Rows) -> Account:
    """What became of the rows of a table of links; the links themselves are among the sightings."""
    ids = rows.ids
    if "previous" in rows.columns:
        ids = ids.assign(**{"@previous": identifiers(rows.rows, {"@previous": rows.columns["previous"]})["@previous"]})
    joins = ids.notna().sum(axis=1) >= 2
    kept = int((~ids[joins].duplicated()).sum())
    rejects = stacked([rows.rejects, reject_rows(rows.source, rows.rows.index[~joins], JOINS_NOTHING)])
    return Account(
        rows.source, rows.settings.format, rows.files, rows.read, kept, int(joins.sum()) - kept, len(rejects), rejects
    )
