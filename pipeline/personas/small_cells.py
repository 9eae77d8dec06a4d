"""Small cells of the profile and of key figures: nobody is told of by a figure, nor by what totals leave over."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.core.suppression import hidden_table
from pipeline.personas.bounds import bounded, ends
from pipeline.personas.groups import NO_GROUP, Grouping
from pipeline.personas.satisfaction import Score
from pipeline.personas.schema import PROFILE


def without_few(features: pd.DataFrame, columns: Sequence[str], personas: Grouping, min_cell: int) -> pd.DataFrame:
    """`features` where a value is "not known" if fewer than `min_cell` customers of its persona have one.

    They are then in no base, so that everybody less the personas that are shown leaves nobody over.
    """
    changed = {}
    for column in columns:
        few = _few(features[column].notna().to_numpy(), personas, min_cell)
        if few.any():
            changed[column] = features[column].where(~few)
    return features.assign(**changed) if changed else features


def scores_without_few(scores: Sequence[Score], customers: pd.Series, personas: Grouping, min_cell: int) -> list[Score]:
    """The same for the values of key figures."""
    kept = []
    for score in scores:
        few = _few(customers.map(score.values).notna().to_numpy(), personas, min_cell)
        left = score.values[~score.values.index.isin(customers[few])] if few.any() else score.values
        if left.notna().any():
            kept.append(replace(score, values=left))
    return kept


def _few(known: np.ndarray, personas: Grouping, min_cell: int) -> np.ndarray:
    """Whether each customer's persona has values, but of fewer than `min_cell` customers."""
    inside = known & (personas.codes != NO_GROUP)
    n = np.bincount(personas.codes[inside], minlength=len(personas.labels))
    small = (n > 0) & (n < min_cell)
    return np.asarray(inside & small[np.maximum(personas.codes, 0)])


def told_profile(profile: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """`profile` as far as it may be told, with the column `bound`: empty where the figures are exact.

    Rows are left out that rest on fewer than `min_cell` customers or would give them away (`shown_rows`); a persona's
    share that is left out so is told as a bound (`bounds.bounded`), unless its own cell is small. A figure of the rest
    that rests on few is missing.
    """
    shown = shown_rows(profile, min_cell)
    whole = profile.assign(total=(profile["value"] * profile["n"]).round(), n_all=profile["n"])
    whole = whole.loc[whole["group_by"] == "all", ["column", "level", "total", "n_all"]]
    rows = profile.merge(whole, on=["column", "level"], how="left").join(shown)
    share, count = rows["statistic"] == "share", (rows["value"] * rows["n"]).round()
    rest_n, rest_count = rows["n_all"] - rows["n"], rows["total"] - count
    few = (rest_n < min_cell) | (share & ((rest_count < min_cell) | (rest_n - rest_count < min_cell)))
    rows.loc[few & (rows["group_by"] != "all"), ["rest_value", "lift", "difference"]] = np.nan
    candidate = rows["low"].notna() & (rows["group_by"] == "persona") & (count >= min_cell) & (rest_n >= min_cell)
    told = bounded(rows[~rows["keep"] & candidate & (rows["n"] >= min_cell)])
    parts = [part for part in (rows[rows["keep"]].assign(bound=""), told) if len(part)]
    if not parts:
        return profile.head(0).assign(bound="")
    return pd.concat(parts).sort_index()[[*PROFILE.columns, "bound"]].reset_index(drop=True)


def exact_rows(told: pd.DataFrame) -> pd.DataFrame:
    """The rows of `told_profile` that are no bound: the table that is written."""
    return told.loc[told["bound"] == "", list(PROFILE.columns)].reset_index(drop=True)


def shown_rows(profile: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Of each row of the profile, whether it neither rests on fewer than `min_cell` customers nor gives them away
    (`keep`), and for shares of levels whose total is shown the `ends` of the count behind them (`low`, `high`).

    Shares of levels: the table of groups by levels of each feature is suppressed for known totals of both
    (`suppression.hidden_table`), everybody's shares for their total; a level whose total is hidden is hidden in all
    groups. Of an ordinal the mean tells one more thing about its levels: three of them are hidden, or it is.
    """
    keep = (profile["n"] >= min_cell).to_numpy().copy()
    low, high = np.full(len(profile), np.nan), np.full(len(profile), np.nan)
    own = profile.assign(count=(profile["value"] * profile["n"]).round(), at=np.arange(len(profile)))
    share = own["statistic"] == "share"
    means = own[~share].set_index(["group_by", "column", "group"])["at"].to_dict()
    gone: set[tuple[str, str]] = set()
    # Everybody first: what is hidden of all is hidden of the groups.
    for (by, column), rows in sorted(own[share].groupby(["group_by", "column"], sort=False), key=_of_all_first):
        table = rows.pivot(index="group", columns="level", values="count").fillna(0).astype(np.int64)
        has_mean = (by, column, table.index[0]) in means
        flags = hidden_table(table.to_numpy(), min_cell, 3 if has_mean else 2)
        if by == "all":
            gone |= {(column, level) for level, flag in zip(table.columns, flags[0], strict=True) if flag}
        without = np.array([(column, level) in gone for level in table.columns])
        flags = flags | without[None, :]
        place = (table.index.get_indexer(rows["group"]), table.columns.get_indexer(rows["level"]))
        at = rows["at"].to_numpy()
        keep[at[flags[place]]] = False
        for end, found in zip((low, high), ends(table.to_numpy(), flags, ~without, min_cell), strict=True):
            end[at] = np.where(without[None, :], np.nan, found)[place]
        if has_mean and flags.shape[1] < 3:
            keep[[means[by, column, g] for g, row in zip(table.index, flags, strict=True) if row.any()]] = False
    return pd.DataFrame({"keep": keep, "low": low, "high": high})


def _of_all_first(part: tuple[tuple[str, str], pd.DataFrame]) -> bool:
    return part[0][0] != "all"


def safe_kpis(kpis: pd.DataFrame, shares: Sequence[str], min_cell: int) -> pd.DataFrame:
    """`kpis` to be written: without scores of fewer than `min_cell` customers.

    `shares`: key figures that are shares of the group's customers; they are left out where fewer than `min_cell` make
    up the share, and with them the smallest others until subtraction tells nothing.
    """
    sizes = kpis["kpi"].isin(["customers", "share of customers"])
    keep = sizes | (kpis["n"] >= min_cell)
    for kpi in shares:
        rows = kpis[(kpis["kpi"] == kpi) & (kpis["persona_id"] != "all")]
        count = (rows["value"] * rows["n"]).round().to_numpy().astype(np.int64)
        flags = hidden_table(np.column_stack([count, rows["n"].to_numpy() - count]), min_cell).any(axis=1)
        keep.loc[rows.index[flags]] = False
        everybody = kpis[(kpis["kpi"] == kpi) & (kpis["persona_id"] == "all")]
        few = (everybody["value"] * everybody["n"]).round() < min_cell
        keep.loc[everybody.index[few]] = False
    return kpis[keep].reset_index(drop=True)
