"""Which segment is which persona of the baseline, so that a persona_id outlives a new drop of data.

First by customers that both runs know: Hungarian assignment on the Jaccard index (Kuhn 1955), a pair counts where the
index is at least `SAME`. Then, for segments with too few shared customers, by profiles: Hungarian assignment on the
mean Hellinger distance over the features; a pair counts where it is closer than half the way to the nearest other
persona of the baseline. What finds no match is born with a number that no persona has had; who is not found has died.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from pipeline.segments.baseline import UNASSIGNED, number_of, shares_by

SAME = 1 / 3
"""Two sets of equal size have this Jaccard index where they share half of their members."""
LEAST_SHARED = 20
PART, MOST = 0.2, 0.5
"""A split gives at least 20 % of a persona to each of several segments that are mostly of it; a merge the reverse."""


@dataclass(frozen=True)
class Match:
    """`ids`: segment -> persona_id; `how`: segment -> (customers or profiles, similarity) of those that were kept."""

    ids: dict[int, str]
    how: dict[int, tuple[str, float]] = field(default_factory=dict)


def shown_segments(members: pd.DataFrame, stability: pd.DataFrame, verdict: str) -> list[int]:
    """Segments that are personas, the largest first."""
    if verdict == "none":
        return []
    hidden = set(stability.loc[stability["verdict"] == "not shown", "segment"])
    sizes = members.loc[members["segment"] >= 0, "segment"].value_counts()
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return [int(segment) for segment, _ in ordered if segment not in hidden]


def first_ids(segments: Sequence[int]) -> Match:
    """Names where there is no baseline: persona-1 is the largest."""
    return Match({segment: f"persona-{i + 1}" for i, segment in enumerate(segments)})


def match(
    features: pd.DataFrame,
    members: pd.DataFrame,
    segments: Sequence[int],
    baseline: Mapping[str, Any],
    before: pd.DataFrame,
) -> Match:
    """The personas of `baseline` among `segments`; `before`: customer_id and persona_id of the baseline, or no rows."""
    old = sorted(baseline["personas"], key=number_of)
    flows = migration(members, before)
    how = _by_customers(flows, old, list(segments))
    left = [a for a in old if a not in {old_id for old_id, _ in how.values()}]
    free = [b for b in segments if b not in how]
    how |= _by_profiles(features, members, baseline, _thin(left, flows, 0), _thin(free, flows, 1))
    ids = {segment: persona for segment, (persona, _) in how.items()}
    number = int(baseline["next_number"])
    for segment in segments:
        if segment not in ids:
            ids[segment] = f"persona-{number}"
            number += 1
    return Match(ids, {segment: evidence for segment, (_, evidence) in how.items()})


def migration(members: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Shared customers by persona before (rows) and segment now (columns, -1 = unassigned)."""
    both = before.merge(members[["customer_id", "segment"]], on="customer_id", how="inner")
    return pd.crosstab(both["persona_id"], both["segment"])


Found = dict[int, tuple[str, tuple[str, float]]]


def _by_customers(flows: pd.DataFrame, old: list[str], new: list[int]) -> Found:
    table = flows.reindex(index=old, columns=new, fill_value=0).to_numpy(dtype=float)
    before = flows.reindex(index=old, fill_value=0).sum(axis=1).to_numpy(dtype=float)
    now = flows.reindex(columns=new, fill_value=0).sum(axis=0).to_numpy(dtype=float)
    jaccard = table / np.maximum(before[:, None] + now[None, :] - table, 1)
    jaccard[before < LEAST_SHARED] = 0
    jaccard[:, now < LEAST_SHARED] = 0
    pairs = zip(*linear_sum_assignment(-jaccard), strict=True)
    return {new[b]: (old[a], ("customers", round(float(jaccard[a, b]), 3))) for a, b in pairs if jaccard[a, b] >= SAME}


def _thin(names: list, flows: pd.DataFrame, axis: int) -> list:
    """Those of whom too few customers are shared for customers to say who they are."""
    totals = flows.sum(axis=1 - axis)
    return [name for name in names if totals.get(name, 0) < LEAST_SHARED]


def _by_profiles(
    features: pd.DataFrame, members: pd.DataFrame, baseline: Mapping[str, Any], old: list[str], new: list[int]
) -> Found:
    columns = [column for column in baseline["profile"] if column in features]
    if not old or not new or not columns:
        return {}
    segment = features["customer_id"].map(members.set_index("customer_id")["segment"]).to_numpy()
    before = {
        a: _Profile([baseline["profile"][c]["personas"].get(a, []) for c in columns], int(one["customers"]))
        for a, one in baseline["personas"].items()
    }
    away = np.zeros((len(old), len(new)))
    for j, b in enumerate(new):
        rows = features[segment == b]
        now = _Profile([shares_by(baseline["profile"][c], c, rows[c]) for c in columns], len(rows))
        away[:, j] = [_distance(before[a], now) for a in old]
    pairs = zip(*linear_sum_assignment(away), strict=True)
    near = {a: min((_distance(before[a], before[c]) for c in before if c != a), default=1.0) for a in old}
    return {
        new[b]: (old[a], ("profiles", round(1 - float(away[a, b]), 3)))
        for a, b in pairs
        if away[a, b] < near[old[a]] / 2
    }


@dataclass(frozen=True)
class _Profile:
    """Shares of answers by feature, of so many customers."""

    shares: list[list[float]]
    customers: int


def _distance(a: _Profile, b: _Profile) -> float:
    """Root of the mean squared Hellinger distance over the features, less what chance alone puts between two samples.

    Of a feature with B answers that is (B - 1) / 8 (1 / n_a + 1 / n_b), the leading term of its expectation.
    """
    chance = (1 / max(a.customers, 1) + 1 / max(b.customers, 1)) / 8
    apart = [
        1 - float(np.sqrt(_whole(p) * _whole(q)).sum()) - (len(p) - 1) * chance
        for p, q in zip(a.shares, b.shares, strict=True)
    ]
    return float(np.sqrt(max(0.0, float(np.mean(apart)))))


def _whole(shares: Sequence[float]) -> np.ndarray:
    """Shares that sum to 1 again after rounding."""
    values = np.asarray(shares, dtype=float)
    return values / values.sum() if values.sum() > 0 else values


def births(found: Match, baseline: Mapping[str, Any]) -> list[str]:
    """Personas that the baseline does not have."""
    return [name for name in found.ids.values() if name not in baseline["personas"]]


def deaths(found: Match, baseline: Mapping[str, Any]) -> list[str]:
    """Personas of the baseline that are no more."""
    return [name for name in baseline["personas"] if name not in found.ids.values()]


def splits(flows: pd.DataFrame) -> dict[str, list[str]]:
    """Persona -> what it split into; `flows`: customers by persona before (rows) and now (columns)."""
    return _parted(flows)


def merges(flows: pd.DataFrame) -> dict[str, list[str]]:
    """Persona -> what it was merged of."""
    return _parted(flows.T)


def _parted(flows: pd.DataFrame) -> dict[str, list[str]]:
    assigned = flows.drop(index=UNASSIGNED, columns=UNASSIGNED, errors="ignore")
    whole, taken = assigned.sum(axis=1), assigned.sum(axis=0)
    result = {}
    for name in assigned.index:
        row = assigned.loc[name]
        enough = (row >= max(PART * whole[name], LEAST_SHARED / 2)) & (row >= MOST * taken)
        parts = [str(c) for c in assigned.columns[enough]]
        if len(parts) > 1:
            result[str(name)] = parts
    return result
