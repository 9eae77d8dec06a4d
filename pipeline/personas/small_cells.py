"""Small cells of the profile and of key figures: nobody is told of by a figure, nor by what totals leave over."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.personas.groups import NO_GROUP, Grouping
from pipeline.personas.satisfaction import Score
from pipeline.personas.suppression import hidden_table

KEYS = ["group_by", "group", "column", "level"]


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


def safe_profile(profile: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """`profile` to be written: without rows that rest on fewer than `min_cell` customers or would give them away.

    Shares of levels: the table of groups by levels of each feature is suppressed for known totals of both
    (`suppression.hidden_table`); everybody's share of a level of few is left out with all groups'. A share of the rest
    that rests on few is missing.
    """
    keep = (profile["n"] >= min_cell).to_numpy()
    share = profile["statistic"] == "share"
    count = (profile["value"] * profile["n"]).round()
    whole = profile[profile["group_by"] == "all"].assign(total=count, whole_n=profile["n"])
    joined = profile[["column", "level"]].merge(
        whole[["column", "level", "total", "whole_n"]], on=["column", "level"], how="left"
    )
    drop = np.zeros(len(profile), dtype=bool)
    own = profile.assign(count=count, at=np.arange(len(profile)))
    for (by, _), rows in own[share].groupby(["group_by", "column"], sort=False):
        table = rows.pivot(index="group", columns="level", values="count").fillna(0)
        flags = table.to_numpy() < min_cell
        flags = flags if by == "all" else hidden_table(table.to_numpy().astype(np.int64), min_cell)
        place = rows["group"].map({g: i for i, g in enumerate(table.index)}).to_numpy()
        level = rows["level"].map({v: i for i, v in enumerate(table.columns)}).to_numpy()
        drop[rows["at"].to_numpy()] = flags[place, level]
    drop |= (share & (joined["total"].to_numpy() < min_cell)).to_numpy()
    others = joined["whole_n"].to_numpy() - profile["n"].to_numpy()
    few_others = (others < min_cell) | (share.to_numpy() & (joined["total"].to_numpy() - count.to_numpy() < min_cell))
    blank = few_others & (profile["group_by"] != "all").to_numpy()
    safe = profile.copy()
    safe.loc[blank, ["rest_value", "lift", "difference"]] = np.nan
    return safe[keep & ~drop].reset_index(drop=True)


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
