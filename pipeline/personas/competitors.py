"""Share of mention of competitors, by group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.suppression import hidden_table, of_few
from pipeline.personas.intervals import share_interval
from pipeline.personas.schema import ALL, COMPETITORS, UNASSIGNED


def competitors(mentions: pd.DataFrame, personas: pd.Series, ids: Sequence[str], min_cell: int) -> pd.DataFrame:
    """The table `COMPETITORS` from ingest's `mentions`; `personas`: persona by customer_id.

    Of those who name any competitor; who names two counts for both. Groups of few speakers have no row and are in
    nobody's base, not in that of all either; small cells, and what would give them away, are missing.
    """
    if mentions.empty:
        return COMPETITORS.empty()
    labels = [*ids, UNASSIGNED]
    who = mentions["customer_id"].astype("object")
    unknown = who.isna()
    who = who.where(~unknown, "unlinked " + mentions.index.astype("str"))
    group = mentions["customer_id"].map(personas).astype("object").fillna(UNASSIGNED)
    named = pd.DataFrame({"who": who, "group": group, "competitor": mentions["competitor"]}).drop_duplicates()
    sizes = named.drop_duplicates("who")["group"].value_counts().reindex(labels, fill_value=0)
    counts = pd.crosstab(named["group"], named["competitor"]).reindex(labels, fill_value=0)
    return _rows(counts, sizes.to_numpy(dtype=np.int64), min_cell)


def _rows(counts: pd.DataFrame, sizes: np.ndarray, min_cell: int) -> pd.DataFrame:
    absent = (sizes == 0) | of_few(sizes, min_cell)
    if absent.all():
        return COMPETITORS.empty()
    table = np.where(absent[:, None], 0, counts.to_numpy(dtype=np.int64))
    whole, people = table.sum(axis=0), int(sizes[~absent].sum())
    small = hidden_table(table, min_cell)
    rows = [_frame(ALL, counts.columns, whole, people, whole < min_cell, None)]
    for at, label in enumerate(counts.index):
        if not absent[at]:
            others = (whole - table[at], people - int(sizes[at]))
            rows.append(_frame(label, counts.columns, table[at], int(sizes[at]), small[at], others, min_cell))
    return pd.concat(rows, ignore_index=True)[list(COMPETITORS.columns)]


def _frame(
    label: str,
    names: pd.Index,
    count: np.ndarray,
    n: int,
    small: np.ndarray,
    others: tuple[np.ndarray, int] | None,
    min_cell: int = 0,
) -> pd.DataFrame:
    lower, upper = share_interval(count.astype(np.float64), np.full(len(count), float(n)))
    rest = np.full(len(count), np.nan)
    if others is not None and others[1] > 0:
        rest = np.where(small | (others[0] < min_cell), np.nan, others[0] / others[1])
    shown = {"value": count / n, "lower": lower, "upper": upper}
    frame = pd.DataFrame({"persona_id": label, "competitor": list(names), "n": n, "rest_value": rest})
    return frame.assign(**{name: np.where(small, np.nan, v) for name, v in shown.items()})
