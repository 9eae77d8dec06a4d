"""Which descriptors tell a persona from everybody else by more than chance, corrected for how many were looked at.

Only features that the segments were not found by: on those, groups differ because they were made to, and a p-value
would say nothing (Gao, Bien and Witten 2022).
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from pipeline.personas.schema import DIFFERENCES

Numbers = NDArray[np.float64]


def differences(
    profile: pd.DataFrame, dictionary: pd.DataFrame, clustered_on: Iterable[str], min_cell: int
) -> pd.DataFrame:
    """The table `DIFFERENCES` from the tables `PROFILE` and `DICTIONARY`, all personas and descriptors as one family.

    Shares: two-sided z-test with the pooled share; means: Student's t from the standardised difference. Benjamini and
    Hochberg 1995, because claims are chosen among them. Rows with fewer than `min_cell` on either side are not tested.
    """
    from statsmodels.stats.multitest import multipletests

    used = set(clustered_on)
    fields = [c for c, role in zip(dictionary["column"], dictionary["role"], strict=True) if role != "segment"]
    whole = profile.loc[profile["group_by"] == "all", ["column", "level", "n"]].rename(columns={"n": "n_all"})
    rows = profile[(profile["group_by"] == "persona") & profile["column"].isin([f for f in fields if f not in used])]
    rows = rows.merge(whole, on=["column", "level"], how="left")
    rows = rows.assign(n_rest=rows["n_all"] - rows["n"]).rename(columns={"group": "persona_id"})
    rows = rows[(rows["n"] >= min_cell) & (rows["n_rest"] >= min_cell)]
    share = (rows["statistic"] == "share").to_numpy()
    rows = rows.assign(p_value=np.where(share, _of_shares(rows), _of_means(rows)))
    rows = rows[rows["p_value"].notna()]
    if rows.empty:
        return DIFFERENCES.empty()
    corrected = multipletests(rows["p_value"], method="fdr_bh")[1]
    found = rows.assign(p_adjusted=corrected)[list(DIFFERENCES.columns)]
    return found.reset_index(drop=True)


def _of_shares(rows: pd.DataFrame) -> Numbers:
    n, rest_n = rows["n"].to_numpy(dtype=np.float64), rows["n_rest"].to_numpy(dtype=np.float64)
    value, rest = rows["value"].to_numpy(), rows["rest_value"].to_numpy()
    whole = (n * value + rest_n * rest) / (n + rest_n)
    error = np.sqrt(np.maximum(whole * (1 - whole), 0.0) * (1 / n + 1 / rest_n))
    z = np.divide(value - rest, error, out=np.full(len(n), np.nan), where=error > 0)
    return np.asarray(2 * ndtr(-np.abs(z)), dtype=np.float64)


def _of_means(rows: pd.DataFrame) -> Numbers:
    """The difference in pooled standard deviations is Student's t but for the sizes of the groups."""
    n, rest_n = rows["n"].to_numpy(dtype=np.float64), rows["n_rest"].to_numpy(dtype=np.float64)
    t = rows["difference"].to_numpy(dtype=np.float64) * np.sqrt(n * rest_n / (n + rest_n))
    return np.asarray(2 * stdtr(n + rest_n - 2, -np.abs(t)), dtype=np.float64)
