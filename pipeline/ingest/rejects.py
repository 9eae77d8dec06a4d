"""Rows that were not kept, and the account of every source: read = kept + merged + rejected."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from pipeline.ingest.cells import redacted
from pipeline.ingest.schema import RECONCILIATION, REJECTS, REJECTS_PER_REASON

MUCH = 0.5
"""Share of a source's rows from which a warning says first that they were rejected: most often a wrong setting."""


@dataclass(frozen=True)
class Account:
    """What became of the rows of one source. `rejects` lists rows up to the limit; `rejected` counts all of them."""

    source: str
    format: str
    files: int
    read: int
    kept: int
    merged: int
    rejected: int
    rejects: pd.DataFrame
    warnings: list[str] = field(default_factory=list)


def told_of(account: Account) -> list[str]:
    """The warnings of a source, before them whether much of it was rejected."""
    if account.rejected < MUCH * account.read:
        return account.warnings
    most = account.rejects["reason"].value_counts().index[0]
    return [
        f"{account.rejected:,} of {account.read:,} rows rejected, first of all: {most}. See table `rejects`.",
        *account.warnings,
    ]


def reject_rows(
    source: str, index: pd.MultiIndex, reason: str, column: str | None = None, values: Iterable[str] | None = None
) -> pd.DataFrame:
    """Rows of `rejects` for the rows at `index` of one source; values are redacted."""
    shown = [redacted(v) for v in values] if values is not None else [None] * len(index)
    return pd.DataFrame(
        {
            "source": source,
            "file": index.get_level_values("file"),
            "row": index.get_level_values("row"),
            "column": column,
            "reason": reason,
            "value": shown,
        },
        index=range(len(index)),
    )


def rejected_by(source: str, reason: pd.Series) -> list[pd.DataFrame]:
    """Rejects of the rows that have a reason (indexed by file and row), in order of reason."""
    return [reject_rows(source, reason.index[reason == r], str(r)) for r in sorted(reason.dropna().unique())]


def ragged_rejects(source: str, ragged: list[tuple[str, int, int, int]]) -> pd.DataFrame:
    """Rows of `rejects` for rows whose number of cells does not fit the header."""
    rows: dict[str, list[tuple[str, int]]] = {}
    for file, row, found, expected in ragged:
        rows.setdefault(unfit(found, expected), []).append((file, row))
    names = ["file", "row"]
    return stacked(reject_rows(source, pd.MultiIndex.from_tuples(at, names=names), why) for why, at in rows.items())


def unfit(found: int, expected: int) -> str:
    """Why a row that has other cells than the header is not kept; a line whose quotes are broken has none."""
    if found:
        return f"the row has {found} cells, the header has {expected}"
    return "the line is broken: it is no JSON object, or lacks a quote"


def stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Rejects of several steps as one table."""
    filled = [f.astype("object") for f in frames if len(f)]
    return REJECTS.check(pd.concat(filled, ignore_index=True)) if filled else REJECTS.empty()


def rejects_table(accounts: Iterable[Account]) -> pd.DataFrame:
    """All listed rejects, at most `REJECTS_PER_REASON` per source and reason, in order of source, file and row."""
    rejects = stacked(a.rejects for a in accounts)
    ordered = rejects.sort_values(["source", "file", "row", "column", "reason"], kind="stable", ignore_index=True)
    listed = ordered.groupby(["source", "reason"], sort=False).cumcount() < REJECTS_PER_REASON
    return ordered[listed].reset_index(drop=True)


def reconciliation(accounts: Iterable[Account]) -> pd.DataFrame:
    """One row per source. An account that does not add up is a bug of ours, not of the input."""
    columns = list(RECONCILIATION.columns)
    rows = [{c: getattr(a, c) for c in columns} for a in accounts]
    for row in rows:
        if row["read"] != row["kept"] + row["merged"] + row["rejected"]:
            raise AssertionError(f"rows do not add up: {row}")
    return pd.DataFrame(rows, columns=columns)
