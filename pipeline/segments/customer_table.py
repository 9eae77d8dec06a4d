"""One's own table, one row per customer: every cell as text, missing where blank, one id in each row."""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.errors import InputError, gather, near_match
from pipeline.core.table_input import read_table

SHOWN = 5
HEADERS = 3
"""Rows below the header that may be headers too."""


def read_customers(path: Path, id_column: str | None) -> tuple[pd.DataFrame, list[str]]:
    """(the table with its ids in `customer_id` first, notes on what was done); see `by_customer`."""
    texts = {name: values.str.strip() for name, values in read_table(path, []).cells.items()}
    table, notes = _below_headers(pd.DataFrame({name: values.mask(values == "") for name, values in texts.items()}))
    customers, more = by_customer(table, id_column, path.name)
    return customers, [*notes, *more]


def _below_headers(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Without the second and third header row of a Qualtrics export, and a note on it."""
    marked = table.head(HEADERS).apply(lambda values: values.str.startswith('{"ImportId"')).fillna(False).any(axis=1)
    last = int(np.flatnonzero(marked.to_numpy(dtype=bool)).max(initial=-1))
    notes = (
        [f"{last + 1} more header row(s) below the header, as Qualtrics writes them: left out."] if last >= 0 else []
    )
    return table.iloc[last + 1 :], notes


def by_customer(table: pd.DataFrame, id_column: str | None, file: str) -> tuple[pd.DataFrame, list[str]]:
    """(`table` with its ids in `customer_id` first, notes); rows that repeat an earlier one in every cell are left out.

    Without `id_column` customers are numbered by row, 1 = the first below the header. Raises `InputError` that lists
    empty ids and ids of several rows.
    """
    if id_column is None:
        ids = pd.Series([str(i + 1) for i in range(len(table))], dtype="str")
        return _with_ids(table, ids), ["No --id: customers are numbered by row, 1 = the first below the header."]
    if id_column not in table.columns:
        hint = near_match(id_column, table.columns) or f" There are: {', '.join(table.columns)}."
        raise InputError(f"{file}: no column `{id_column}`.{hint} Leave --id out to number customers by row.")
    repeated = table.duplicated() & table[id_column].notna()
    kept = table[~repeated]
    notes = [f"{int(repeated.sum()):,} row(s) repeat an earlier one in every cell: left out."] if repeated.any() else []
    ids = kept[id_column]
    gather(InputError, _wrong_ids(ids, id_column), f"{file}: one row per customer is needed")
    return _with_ids(kept.drop(columns=id_column), ids), notes


def _with_ids(table: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """The key in front; a further column that happens to be called like it keeps its content under another name."""
    rest = table.rename(columns={"customer_id": "customer_id_2"})
    return pd.concat([ids.rename("customer_id").astype("str"), rest], axis=1).reset_index(drop=True)


def _wrong_ids(ids: pd.Series, name: str) -> list[str]:
    mistakes = []
    empty = ids.index[ids.isna()]
    if len(empty):
        second_header = " Is the row below the header a second header? Remove it." if empty[0] == 0 else ""
        mistakes.append(f"`{name}` is empty in {len(empty):,} row(s): {_lines(empty)}.{second_header}")
    counts = ids.value_counts()
    several = counts[counts > 1]
    for value in list(several.index[:SHOWN]):
        mistakes.append(f"`{name}` {value!r} has {several[value]} rows that differ: {_lines(ids.index[ids == value])}.")
    if len(several) > SHOWN:
        mistakes.append(f"… and {len(several) - SHOWN:,} more ids. A table of events or orders? Sum it up by customer.")
    return mistakes


def _lines(rows: pd.Index) -> str:
    shown = ", ".join(f"{int(row) + 1:,}" for row in rows[:SHOWN])
    return f"row {shown}{' …' if len(rows) > SHOWN else ''} below the header"
