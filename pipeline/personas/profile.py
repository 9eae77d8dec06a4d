"""Every feature by group: shares of levels and means of numbers, each against all other customers.

Sums of floats run over sorted values, so that neither the order of the rows nor the pseudonym key changes a digit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.personas.groups import NO_GROUP, WITH_LEVELS, Grouping, level_codes, level_names
from pipeline.personas.intervals import Numbers, cohen_d, cohen_h, mean_interval, share_interval
from pipeline.personas.schema import PROFILE

WITH_MEAN = ("numeric", "count", "share", "ordinal")
BOUNDS = {"share": (0.0, 1.0), "count": (0.0, np.inf), "ordinal": (0.0, np.inf), "numeric": (-np.inf, np.inf)}


@dataclass(frozen=True)
class GroupMoments:
    """Size, mean and variance (n - 1) of a number per group, and the same among all customers outside the group."""

    n: Numbers
    mean: Numbers
    variance: Numbers
    rest_n: Numbers
    rest_mean: Numbers
    rest_variance: Numbers


def profile(features: pd.DataFrame, dictionary: pd.DataFrame, groupings: Sequence[Grouping]) -> pd.DataFrame:
    """The table `PROFILE`: features of role `exclude` and groups without any value have no row.

    `features` has one row per customer, in the order of the codes of `groupings`; a breakdown field is not profiled by
    itself. Shares: Wilson interval, lift, Cohen's h. Means: t interval, Cohen's d.
    """
    described = dictionary[dictionary["role"] != "exclude"]
    parts: list[pd.DataFrame] = []
    for field in described.to_dict("records"):
        values = features[field["column"]]
        groups = [grouping for grouping in groupings if grouping.by != field["column"]]
        if field["kind"] in WITH_MEAN:
            parts += [_means(values.to_numpy(dtype=np.float64), field["kind"], g, field["column"]) for g in groups]
        if field["kind"] in WITH_LEVELS:
            levels = level_names(values, field["kind"], field["levels"])
            codes = level_codes(values, field["kind"], levels)
            parts += [_shares(codes, levels, g, field["column"]) for g in groups]
    if not parts:
        return PROFILE.empty()
    return _in_order(pd.concat(parts, ignore_index=True), groupings, list(described["column"]))


def group_moments(values: Numbers, grouping: Grouping) -> GroupMoments:
    """Moments of the values that are known, per group and among the rest; missing where there are too few."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    ordered, groups = values[order], grouping.codes[order]
    centre = float(ordered.mean()) if len(ordered) else 0.0
    gap = ordered - centre
    inside, size = groups != NO_GROUP, len(grouping.labels)
    inner, here = gap[inside], groups[inside]
    n = np.bincount(here, minlength=size).astype(np.float64)
    gaps = np.bincount(here, weights=inner, minlength=size).astype(np.float64)
    squares = np.bincount(here, weights=inner**2, minlength=size).astype(np.float64)
    rest = _moments(len(gap) - n, gap.sum() - gaps, (gap**2).sum() - squares, centre)
    return GroupMoments(*_moments(n, gaps, squares, centre), *rest)


def _moments(n: Numbers, gaps: Numbers, squares: Numbers, centre: float) -> tuple[Numbers, Numbers, Numbers]:
    """Size, mean and variance from sums of distances to `centre`."""
    size = np.where(n > 0, n, np.nan)
    freedom = np.where(n > 1, n - 1, np.nan)
    left = squares - gaps**2 / size
    # What is left of a group without spread is rounding, not variance.
    spread = np.where(left > 1e-12 * np.maximum(squares, 1e-300), left, 0.0)
    return n, centre + gaps / size, np.where(np.isnan(freedom), np.nan, spread / freedom)


def _means(values: Numbers, kind: str, grouping: Grouping, column: str) -> pd.DataFrame:
    m = group_moments(values, grouping)
    lower, upper = mean_interval(m.mean, np.sqrt(m.variance), m.n)
    low, high = BOUNDS[kind]
    # Means come from distances to a centre: rounding must not push one off what the values can be.
    mean, rest_mean = np.clip(m.mean, low, high) + 0.0, np.clip(m.rest_mean, low, high) + 0.0
    frame = pd.DataFrame(
        {
            "group_by": grouping.by,
            "group": list(grouping.labels),
            "column": column,
            "level": "",
            "statistic": "mean",
            "value": mean,
            "lower": np.maximum(lower, low),
            "upper": np.minimum(upper, high),
            "n": m.n,
            "rest_value": rest_mean,
            "lift": np.nan,
            "difference": cohen_d(m.mean, m.variance, m.n, m.rest_mean, m.rest_variance, m.rest_n),
            "position": -1,
        }
    )
    return frame[frame["n"] > 0]


def _shares(codes: NDArray[np.int64], levels: list[str], grouping: Grouping, column: str) -> pd.DataFrame:
    groups, width = len(grouping.labels), len(levels)
    known = codes >= 0
    inside = known & (grouping.codes != NO_GROUP)
    cells = np.bincount(grouping.codes[inside] * width + codes[inside], minlength=groups * width)
    table = cells.reshape(groups, width).astype(np.float64)
    total = np.bincount(codes[known], minlength=width).astype(np.float64)
    n = np.repeat(table.sum(axis=1), width)
    rest_n = total.sum() - n
    count, rest_count = table.ravel(), (total - table).ravel()
    value, rest = _ratio(count, n), _ratio(rest_count, rest_n)
    lower, upper = share_interval(count, n)
    frame = pd.DataFrame(
        {
            "group_by": grouping.by,
            "group": np.repeat(np.asarray(grouping.labels, dtype=object), width),
            "column": column,
            "level": levels * groups,
            "statistic": "share",
            "value": value,
            "lower": lower,
            "upper": upper,
            "n": n,
            "rest_value": rest,
            "lift": _ratio(value, rest),
            "difference": cohen_h(value, rest),
            "position": np.tile(np.arange(width), groups),
        }
    )
    return frame[frame["n"] > 0]


def _ratio(part: Numbers, whole: Numbers) -> Numbers:
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _in_order(frame: pd.DataFrame, groupings: Iterable[Grouping], columns: list[str]) -> pd.DataFrame:
    """Groupings as given, groups in their order, features in the dictionary's order, the mean before the levels."""
    order = {(g.by, label): rank for rank, (g, label) in enumerate((g, label) for g in groupings for label in g.labels)}
    keys = pd.MultiIndex.from_frame(frame[["group_by", "group"]])
    ranks = pd.DataFrame(
        {
            "group": pd.MultiIndex.from_tuples(list(order)).get_indexer(keys),
            "column": pd.Index(columns).get_indexer(frame["column"]),
            "position": frame["position"],
        }
    )
    ranked = ranks.sort_values(["group", "column", "position"], kind="stable").index
    return frame.loc[ranked, list(PROFILE.columns)].reset_index(drop=True)
