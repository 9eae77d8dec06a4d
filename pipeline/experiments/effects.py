"""Effect of each variant on a yes/no outcome: difference of shares, its interval, a test, corrected for how many."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.experiments.schema import EFFECTS
from pipeline.personas.schema import ALL


def cells(customers: pd.DataFrame, groups: Sequence[str], variants: Sequence[str], min_cell: int) -> pd.DataFrame:
    """group, variant, n, happened (counts), for `all` and each persona; arms without a customer have n = 0.

    `customers`: one row per customer with persona_id, variant, happened. Groups of fewer than `min_cell` of them are
    not in `all`, unless all are such: all less the personas would tell of them.
    """
    sizes = customers["persona_id"].value_counts()
    few = sizes.index[sizes < min_cell] if (sizes >= min_cell).any() else []
    whole = customers[~customers["persona_id"].isin(few)].assign(persona_id=ALL)
    counted = (
        pd.concat([whole, customers])
        .groupby(["persona_id", "variant"])["happened"]
        .agg(n="size", happened="sum")
        .astype("int64")
    )
    index = pd.MultiIndex.from_product([[ALL, *groups], variants], names=["group", "variant"])
    return counted.rename_axis(index=["group", "variant"]).reindex(index, fill_value=0).reset_index()


def effects(counted: pd.DataFrame, experiment: str, control: str, outcome: str) -> pd.DataFrame:
    """The table `EFFECTS` of one experiment, from `cells`: `contrasts` corrected for their number.

    Holm 1979 over variants for `all` customers, and over personas x variants for the others.
    """
    frame = contrasts(counted, control).assign(experiment=experiment, outcome=outcome)
    of_all = frame["group"] == ALL
    adjusted = pd.concat([holm(frame.loc[of_all, "p_value"]), holm(frame.loc[~of_all, "p_value"])])
    return frame.assign(p_adjusted=adjusted)[list(EFFECTS.columns)]


def contrasts(counted: pd.DataFrame, control: str) -> pd.DataFrame:
    """Each variant against `control` within each group: shares, difference, interval, p-value; see `EFFECTS`.

    Interval: Newcombe 1998, method 10. Test: pooled two-sided z. Missing where an arm is empty.
    """
    baseline = counted[counted["variant"] == control].set_index("group")
    variants = counted[counted["variant"] != control]
    return pd.DataFrame([_against(baseline.loc[cell["group"]], cell) for cell in variants.to_dict("records")])


def _against(base: Mapping[str, Any], cell: Mapping[str, Any]) -> dict[str, Any]:
    contrast = _contrast(int(cell["happened"]), int(cell["n"]), int(base["happened"]), int(base["n"]))
    return {"group": cell["group"], "variant": cell["variant"], **contrast}


def holm(p_values: pd.Series) -> pd.Series:
    """Holm's step-down adjustment (statsmodels); missing p-values stay missing and do not count as comparisons."""
    from statsmodels.stats.multitest import multipletests

    known = p_values.dropna()
    adjusted = p_values.astype("float64")
    if len(known) > 0:
        adjusted[known.index] = multipletests(known, method="holm")[1]
    return adjusted


def _contrast(happened: int, n: int, base_happened: int, base_n: int) -> dict[str, float]:
    """Shares of variant and control, their difference, interval and p-value."""
    row: dict[str, float] = {
        "n_control": base_n,
        "n_variant": n,
        "share_control": base_happened / base_n if base_n else np.nan,
        "share_variant": happened / n if n else np.nan,
    }
    if not n or not base_n:
        return {**row, "effect": np.nan, "lower": np.nan, "upper": np.nan, "p_value": np.nan}
    from statsmodels.stats.proportion import confint_proportions_2indep

    lower, upper = confint_proportions_2indep(happened, n, base_happened, base_n, method="newcomb", compare="diff")
    return {
        **row,
        "effect": row["share_variant"] - row["share_control"],
        "lower": float(lower),
        "upper": float(upper),
        "p_value": _z_test(happened, n, base_happened, base_n),
    }


def _z_test(happened: int, n: int, base_happened: int, base_n: int) -> float:
    from statsmodels.stats.proportion import proportions_ztest

    if happened + base_happened in (0, n + base_n):
        return 1.0  # nobody or everybody in both arms: the shares are equal and have no spread to test with
    return float(proportions_ztest([happened, base_happened], [n, base_n])[1])
