"""Which columns are clustered on: those with the role `segment`, less those that cannot help, each with a reason."""

import numpy as np
import pandas as pd

LEAST_KNOWN = 0.05
"""Share of customers with a value below which a column says too little."""
DUPLICATE = 0.97
"""Absolute Spearman correlation (or normalised mutual information of nominals) from which two columns are one."""
COMPOSITION = 0.999
"""Shares of one theme whose sum is at least this for nearly everybody are parts of one whole."""


def choose_columns(features: pd.DataFrame, dictionary: pd.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """(column -> kind of those to cluster on, in order of name; column -> why it was dropped)."""
    rows = dictionary[dictionary["role"] == "segment"].set_index("column").sort_index()
    dropped: dict[str, str] = {}
    kept: list[str] = []
    for name in rows.index:
        reason = _says_nothing(features[name])
        if reason:
            dropped[name] = reason
        else:
            kept.append(name)
    dropped |= _parts_of_a_whole(features, rows.loc[kept])
    kept = [name for name in kept if name not in dropped]
    dropped |= _duplicates(features, rows.loc[kept, "kind"])
    return {name: str(rows.loc[name, "kind"]) for name in kept if name not in dropped}, dropped


def _says_nothing(values: pd.Series) -> str | None:
    known = values.notna().mean() if len(values) else 0.0
    if known < LEAST_KNOWN:
        return f"known for {known:.1%} of the customers only"
    counts = values.value_counts(normalize=True)
    if len(counts) < 2:
        return "the same for all customers"
    if counts.iloc[0] > 1 - 1 / max(len(values), 1) ** 0.5 / 2:
        return f"the same for {counts.iloc[0]:.1%} of the customers"
    return None


def _parts_of_a_whole(features: pd.DataFrame, rows: pd.DataFrame) -> dict[str, str]:
    """Of shares that sum to 1 one is told by the others: the one that follows them most closely is left out."""
    dropped = {}
    for theme, part in rows[rows["kind"] == "share"].groupby("theme"):
        names = list(part.index)
        for prefix in sorted({name.split("_")[0] for name in names}):
            group = [name for name in names if name.split("_")[0] == prefix]
            whole = features[group].sum(axis=1, skipna=False).dropna()
            if len(group) > 1 and len(whole) and ((whole - 1).abs() < 1 - COMPOSITION).mean() > 0.9:
                explained = features[group].rank().corr().abs().sum() if len(group) > 2 else features[group].mean()
                dropped[str(explained.idxmax())] = f"told by the other shares of {theme}: they sum to 1"
    return dropped


def _duplicates(features: pd.DataFrame, kinds: pd.Series) -> dict[str, str]:
    """The later (by name) of two columns that say the same."""
    numbers = [name for name, kind in kinds.items() if kind != "nominal"]
    likeness = features[numbers].rank().corr(min_periods=10).abs() if len(numbers) > 1 else pd.DataFrame()
    texts = [name for name, kind in kinds.items() if kind == "nominal"]
    dropped: dict[str, str] = {}
    for names, measure in (
        (numbers, lambda a, b: likeness.loc[a, b]),
        (texts, lambda a, b: _same(features[a], features[b])),
    ):
        for i, later in enumerate(names):
            twin = next((e for e in names[:i] if e not in dropped and measure(e, later) > DUPLICATE), None)
            if twin:
                dropped[later] = f"says the same as `{twin}`"
    return dropped


def _same(a: pd.Series, b: pd.Series) -> float:
    """Normalised mutual information of two nominals, over customers with both."""
    table = pd.crosstab(a, b).to_numpy(dtype=float)
    total = table.sum()
    if not total:
        return 0.0
    p = table / total
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    expected = np.outer(rows, columns)
    some = p > 0
    information = (p[some] * np.log(p[some] / expected[some])).sum()
    entropies = [-(s[s > 0] * np.log(s[s > 0])).sum() for s in (rows, columns)]
    return float(information / max(*entropies, 1e-12))
