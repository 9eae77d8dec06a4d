"""Who answers surveys and who does not: comparison, weights, and scores under weights."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from pipeline.core.suppression import hidden, hidden_shares, of_few
from pipeline.personas.groups import NO_GROUP, Grouping, everyone, level_codes, level_names
from pipeline.personas.intervals import LEVEL, Numbers, mean_interval, share_interval
from pipeline.personas.profile import group_moments, profile
from pipeline.personas.satisfaction import Score
from pipeline.personas.schema import ALL, NONRESPONSE, SATISFACTION
from pipeline.personas.small_cells import shown_rows

MOST_MARGINS = 4
ROUNDS = 100
HEAVIEST = 5.0
"""Weights are trimmed at this many times the mean one."""


def weights(
    features: pd.DataFrame, dictionary: pd.DataFrame, personas: Grouping, answered: NDArray[np.bool_], min_cell: int
) -> Numbers:
    """Weight of each customer who answered, mean 1; missing for the others. All missing where nobody answered.

    Raking (Deming and Stephan 1940): the weighted shares of personas, and of the levels of up to four demographic
    fields, come to equal those of all customers. Levels with fewer than `min_cell` respondents are taken together.
    Cells are summed in a fixed order, so that the order of rows changes no digit.
    """
    found = np.full(len(answered), np.nan)
    if not answered.any():
        return found
    margins = [_merged(codes, answered, min_cell) for codes in _margins(features, dictionary, personas)]
    cells, cell_of = np.unique(np.column_stack(margins), axis=0, return_inverse=True)
    cell_of = cell_of.ravel()
    sizes = np.bincount(cell_of[answered], minlength=len(cells)).astype(np.float64)
    raked = np.ones(len(cells))
    for _ in range(ROUNDS):
        before = raked.copy()
        for at in range(len(margins)):
            wanted = np.bincount(margins[at]).astype(np.float64)
            have = np.bincount(cells[:, at], weights=raked * sizes, minlength=len(wanted))
            raked = raked * np.divide(wanted, have, out=np.ones(len(wanted)), where=have > 0)[cells[:, at]]
        if np.allclose(raked, before, rtol=1e-9):
            break
    mean = (raked * sizes).sum() / sizes.sum()
    found[answered] = np.minimum(raked / mean, HEAVIEST)[cell_of[answered]]
    return found


def _margins(features: pd.DataFrame, dictionary: pd.DataFrame, personas: Grouping) -> list[NDArray[np.int64]]:
    found = [personas.codes - personas.codes.min()]
    rows = dictionary[(dictionary["block"] == "demographic") & (dictionary["role"] != "exclude")]
    for field in rows[rows["kind"].isin(["nominal", "ordinal", "binary"])].head(MOST_MARGINS).to_dict("records"):
        values = features[field["column"]]
        levels = level_names(values, field["kind"], field["levels"])
        found.append(level_codes(values, field["kind"], levels) - NO_GROUP)
    return found


def _merged(codes: NDArray[np.int64], answered: NDArray[np.bool_], min_cell: int) -> NDArray[np.int64]:
    """Codes of a margin from 0 up, those with few respondents as one."""
    n = np.bincount(codes[answered], minlength=int(codes.max()) + 1)
    order = np.argsort(-n, kind="stable")
    place = np.empty(len(n), dtype=np.int64)
    place[order] = np.arange(len(n))
    enough = int((n >= min_cell).sum())
    return np.minimum(
        place, max(enough, 1) if enough < len(n) and n[n < min_cell].sum() >= min_cell else enough - 1
    ).clip(0)[codes]


def nonresponse(
    features: pd.DataFrame, dictionary: pd.DataFrame, answered: NDArray[np.bool_], weight: Numbers, min_cell: int
) -> pd.DataFrame:
    """The table `NONRESPONSE`: respondents against all customers on what no survey told; empty where all or none did.

    Rows that rest on fewer than `min_cell` respondents or others, or give such away, are left out.
    """
    known = dictionary[dictionary["block"] != "attitudinal"]
    if not answered.any() or answered.all() or known.empty:
        return NONRESPONSE.empty()
    codes = np.where(answered, 0, 1).astype(np.int64)
    rows = profile(features, known, [everyone(len(codes)), Grouping("response", ("answered", "silent"), codes)])
    whole = rows[rows["group_by"] == ALL].set_index(["column", "level"])["value"].rename("all_value")
    own = rows[rows["group"] == "answered"].join(whole, on=["column", "level"])
    silent = rows[rows["group"] == "silent"].set_index(["column", "level"])["n"].rename("n_silent")
    own = own.join(silent, on=["column", "level"]).join(shown_rows(rows, min_cell)["keep"])
    own = own[own["keep"] & (own["n_silent"].fillna(0) >= min_cell)]
    asked, heavy = features[answered], weight[answered]
    fields = known.set_index("column")
    weighted = pd.concat(
        [_weighted_of(asked[c], fields.loc[c], rows["level"], heavy) for c, rows in own.groupby("column", sort=False)]
        or [pd.Series(dtype="float64")]
    )
    return own.assign(weighted=weighted)[list(NONRESPONSE.columns)].reset_index(drop=True)


def _weighted_of(values: pd.Series, field: pd.Series, wanted: pd.Series, weight: Numbers) -> pd.Series:
    """Weighted mean of a number where a wanted level is empty, else weighted share of the level; index of `wanted`."""
    kind = str(field["kind"])
    levels = level_names(values, kind, str(field["levels"])) if (wanted != "").any() else []
    codes = level_codes(values, kind, levels) if levels else np.full(len(values), NO_GROUP)
    found = []
    for level in wanted:
        if level == "":
            numbers = values.to_numpy(dtype=np.float64)
        else:
            numbers = np.where(codes >= 0, (codes == levels.index(level)) * 1.0, np.nan)
        told = ~np.isnan(numbers) & ~np.isnan(weight)
        # Sums in order of size, so that the order of rows changes no digit.
        found.append(float(np.sort(numbers[told] * weight[told]).sum() / np.sort(weight[told]).sum()))
    return pd.Series(found, index=wanted.index)


def satisfaction(
    customers: pd.Series, groupings: Sequence[Grouping], scores: Sequence[Score], weight: Numbers, min_cell: int
) -> pd.DataFrame:
    """The table `SATISFACTION`; figures of groups with fewer than `min_cell` answers are missing.

    So are shares that fewer than `min_cell` make up, or do not, and others that would give them away.

    Weighted means: variance Σ w² (y - mean)² / (Σ w)² n / (n - 1), Student's t with n_effective - 1 degrees of freedom,
    n_effective = (Σ w)² / Σ w² (Kish 1965). With equal weights both are the plain ones.
    """
    parts = []
    for score in scores:
        values = customers.map(score.values).to_numpy(dtype=np.float64)
        for grouping in groupings:
            parts.append(_score(score, values, grouping, weight, min_cell))
    return pd.concat(parts, ignore_index=True)[list(SATISFACTION.columns)] if parts else SATISFACTION.empty()


def _score(score: Score, values: Numbers, grouping: Grouping, weight: Numbers, min_cell: int) -> pd.DataFrame:
    m = group_moments(values, grouping)
    if score.kind == "share":
        lower, upper = share_interval(np.round(m.mean * m.n), m.n)
    else:
        lower, upper = mean_interval(m.mean, np.sqrt(m.variance), m.n)
    under = [_weighted(values, weight, grouping.codes == at) for at in range(len(grouping.labels))]
    plain = pd.DataFrame({"value": m.mean, "lower": lower, "upper": upper})
    names = ["weighted", "weighted_lower", "weighted_upper", "n_effective"]
    frame = plain.join(pd.DataFrame(under, columns=names))
    n = m.n.astype(np.int64)
    small = n < min_cell
    if of_few(n, min_cell).any() and len(n) > 1:
        small = small | hidden(n, min_cell)
    if score.kind == "share":
        count = np.round(np.nan_to_num(m.mean) * m.n).astype(np.int64)
        small = small | hidden_shares(count, n, min_cell)
    frame[small] = np.nan
    about = {"persona_id": list(grouping.labels), "kpi": score.kpi, "label": score.label, "unit": score.unit}
    return frame.assign(**about, n=np.where(small, 0, n))


def _weighted(values: Numbers, weight: Numbers, inside: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    known = inside & ~np.isnan(values) & ~np.isnan(weight)
    order = np.lexsort((weight[known], values[known]))
    y, w = values[known][order], weight[known][order]
    if len(y) < 2:
        return np.nan, np.nan, np.nan, np.nan
    mean = float((w * y).sum() / w.sum())
    effective = float(w.sum() ** 2 / (w**2).sum())
    error = float(np.sqrt((w**2 * (y - mean) ** 2).sum() * len(y) / (len(y) - 1)) / w.sum())
    half = float(stdtrit(max(effective - 1, 1), 0.5 + LEVEL / 2)) * error
    return mean, mean - half, mean + half, effective
