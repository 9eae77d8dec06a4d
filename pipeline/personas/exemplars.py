"""Real customers nearest the middle of their persona, told by traits that many others share."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.personas.groups import WITH_LEVELS, level_codes, level_names
from pipeline.personas.schema import EXEMPLARS

Numbers = NDArray[np.float64]
THIRDS = ("lowest third", "middle third", "highest third")


def exemplars(
    features: pd.DataFrame,
    dictionary: pd.DataFrame,
    personas: pd.Series,
    ids: Sequence[str],
    columns: Sequence[str],
    told: dict[str, list[str]],
    *,
    most: int,
    min_cell: int,
) -> pd.DataFrame:
    """The table `EXEMPLARS`: of each persona in `ids` the `most` members nearest its middle, the medoid first.

    `personas`: persona of each row of `features`. `columns`: features that the segments were found by; numbers and
    positions in units of their standard deviation, levels as 0 and 1; of a value that is not known the persona's own
    variance stands in. The member nearest the mean is the one with the least squared distance to all members. `told`:
    persona -> features to tell of, foremost first; one is left out where fewer than `min_cell` customers would share
    the combination so far (k-anonymity).
    """
    points = _points(features, dictionary, [c for c in columns if c in features])
    parts = []
    for persona in ids:
        inside = np.flatnonzero((personas == persona).to_numpy())
        if len(inside) < min_cell or points.shape[1] == 0:
            continue
        away = _distances(points[inside])
        middle = float(np.median(away))
        relative = away / middle if middle > 0 else np.zeros(len(away))
        nearest = _nearest(features.iloc[inside], relative, most)
        words = {c: _words(features[c], dictionary, c) for c in told.get(persona, []) if c in features}
        for rank, at in enumerate(nearest, 1):
            parts += _told(persona, rank, inside[at], relative[at], features, dictionary, words, min_cell)
    return pd.DataFrame(parts, columns=list(EXEMPLARS.columns)) if parts else EXEMPLARS.empty()


def medoid_distance(found: pd.DataFrame, persona: str) -> float | None:
    """Distance of the medoid to the middle, relative to the median member's; None where there is no exemplar."""
    own = found[(found["persona_id"] == persona) & (found["rank"] == 1)]
    return None if own.empty else float(own["distance"].iloc[0])


def _points(features: pd.DataFrame, dictionary: pd.DataFrame, columns: Sequence[str]) -> Numbers:
    fields = dictionary.set_index("column")
    made: list[Numbers] = []
    for column in columns:
        kind = str(fields.at[column, "kind"])
        if kind == "nominal":
            levels = level_names(features[column], kind, str(fields.at[column, "levels"]))
            codes = level_codes(features[column], kind, levels)
            flags = (codes[:, None] == np.arange(len(levels))[None, :]).astype(np.float64)
            made.append(np.where(codes[:, None] >= 0, flags, np.nan))
        else:
            values = features[column].to_numpy(dtype=np.float64)
            known = np.sort(values[~np.isnan(values)])
            spread = float(known.std()) if len(known) else 0.0
            made.append((values / spread if spread > 0 else values * 0)[:, None])
    return np.hstack(made) if made else np.zeros((len(features), 0))


def _distances(points: Numbers) -> Numbers:
    """Root mean squared distance of each row to the mean of the rows, over the columns."""
    ordered = np.sort(points, axis=0)
    known = (~np.isnan(ordered)).sum(axis=0)
    middle = np.divide(np.nansum(ordered, axis=0), known, out=np.zeros(points.shape[1]), where=known > 0)
    squares = (points - middle) ** 2
    variance = np.divide(
        np.nansum(np.sort(squares, axis=0), axis=0), known, out=np.zeros(points.shape[1]), where=known > 0
    )
    filled = np.where(np.isnan(squares), variance, squares)
    return np.asarray(np.sqrt(filled.mean(axis=1)).round(9))


def _nearest(members: pd.DataFrame, away: Numbers, most: int) -> list[int]:
    """Positions of the nearest members; equal ones by what is known of them, so that ids decide nothing."""
    close = np.flatnonzero(away <= np.sort(away)[min(most, len(away)) - 1])
    rows = members.iloc[close].drop(columns="customer_id").reset_index(drop=True)
    rows.insert(0, "away", away[close])
    ordered = rows.sort_values(list(rows.columns), kind="stable", na_position="last").index[:most]
    return [int(close[at]) for at in ordered]


def _words(values: pd.Series, dictionary: pd.DataFrame, column: str) -> pd.Series:
    """What is told of each customer about a feature, missing where it is not known."""
    field = dictionary.set_index("column").loc[column]
    kind = str(field["kind"])
    if kind in WITH_LEVELS:
        levels = level_names(values, kind, str(field["levels"]))
        codes = level_codes(values, kind, levels)
        return pd.Series([levels[c] if c >= 0 else None for c in codes], index=values.index, dtype="object")
    known = values.dropna()
    if known.nunique() < len(THIRDS):
        return pd.Series(None, index=values.index, dtype="object")
    cuts = np.quantile(known.to_numpy(), [1 / 3, 2 / 3])
    thirds = np.searchsorted(cuts, values.to_numpy(dtype=np.float64), side="left")
    return pd.Series([THIRDS[i] for i in thirds], index=values.index, dtype="object").where(values.notna(), None)


def _told(
    persona: str,
    rank: int,
    row: int,
    away: float,
    features: pd.DataFrame,
    dictionary: pd.DataFrame,
    words: dict[str, pd.Series],
    min_cell: int,
) -> list[dict[str, object]]:
    labels = dict(zip(dictionary["column"], dictionary["label"], strict=True))
    alike = np.ones(len(features), dtype=bool)
    rows: list[dict[str, object]] = []
    for column, told in words.items():
        own = told.iloc[row]
        if own is None:
            continue
        together = alike & (told == own).to_numpy()
        if together.sum() < min_cell:
            continue
        alike = together
        about = {"persona_id": persona, "rank": rank, "customer_id": features["customer_id"].iloc[row]}
        trait = {"column": column, "label": labels[column], "told": own, "shared_by": int(alike.sum())}
        rows.append({**about, "distance": away, **trait})
    return rows
