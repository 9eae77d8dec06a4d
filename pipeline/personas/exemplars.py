"""Real customers nearest the middle of their persona, told by traits that many others share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.personas.groups import NO_GROUP, WITH_LEVELS, level_codes, level_names
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
    used = [c for c in columns if c in features]
    scales = {c: _scale(features[c], dictionary, c) for c in used}
    wanted = dict.fromkeys(c for listed in told.values() for c in listed if c in features)
    words = {c: _words(features[c], dictionary, c) for c in wanted}
    parts = []
    for persona in ids:
        inside = np.flatnonzero((personas == persona).to_numpy())
        if len(inside) < min_cell or not used:
            continue
        members = features.iloc[inside]
        away = _distances(_points(members, dictionary, scales))
        middle = float(np.median(away))
        relative = away / middle if middle > 0 else np.zeros(len(away))
        own = {c: words[c] for c in told.get(persona, []) if c in words}
        for rank, at in enumerate(_nearest(members, relative, most), 1):
            parts += _told(persona, rank, inside[at], relative[at], features, dictionary, own, min_cell)
    return pd.DataFrame(parts, columns=list(EXEMPLARS.columns)) if parts else EXEMPLARS.empty()


def medoid_distance(found: pd.DataFrame, persona: str) -> float | None:
    """Distance of the medoid to the middle, relative to the median member's; None where there is no exemplar."""
    own = found[(found["persona_id"] == persona) & (found["rank"] == 1)]
    return None if own.empty else float(own["distance"].iloc[0])


def _scale(values: pd.Series, dictionary: pd.DataFrame, column: str) -> float:
    """Standard deviation over all customers, 0 where a feature is nominal or does not vary."""
    if str(dictionary.set_index("column").at[column, "kind"]) == "nominal":
        return 0.0
    known = np.sort(values.dropna().to_numpy(dtype=np.float64))
    return float(known.std()) if len(known) else 0.0


def _points(members: pd.DataFrame, dictionary: pd.DataFrame, scales: Mapping[str, float]) -> Numbers:
    fields = dictionary.set_index("column")
    made: list[Numbers] = []
    for column, spread in scales.items():
        kind = str(fields.at[column, "kind"])
        if kind == "nominal":
            levels = level_names(members[column], kind, str(fields.at[column, "levels"]))
            codes = level_codes(members[column], kind, levels)
            flags = (codes[:, None] == np.arange(len(levels))[None, :]).astype(np.float64)
            made.append(np.where(codes[:, None] >= 0, flags, np.nan))
        else:
            values = members[column].to_numpy(dtype=np.float64)
            made.append((values / spread if spread > 0 else values * 0)[:, None])
    return np.hstack(made)


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


@dataclass(frozen=True)
class _Words:
    """What may be told of a feature: the place in `texts` of each customer's words, `NO_GROUP` where not known."""

    codes: NDArray[np.int64]
    texts: Sequence[str]


def _words(values: pd.Series, dictionary: pd.DataFrame, column: str) -> _Words:
    field = dictionary.set_index("column").loc[column]
    kind = str(field["kind"])
    if kind in WITH_LEVELS:
        levels = level_names(values, kind, str(field["levels"]))
        return _Words(level_codes(values, kind, levels), levels)
    numbers = values.to_numpy(dtype=np.float64)
    known = np.unique(numbers[~np.isnan(numbers)])
    if len(known) < len(THIRDS):
        return _Words(np.full(len(numbers), NO_GROUP), THIRDS)
    cuts = np.quantile(np.sort(numbers[~np.isnan(numbers)]), [1 / 3, 2 / 3])
    return _Words(np.where(np.isnan(numbers), NO_GROUP, np.searchsorted(cuts, numbers, side="left")), THIRDS)


def _told(
    persona: str,
    rank: int,
    row: int,
    away: float,
    features: pd.DataFrame,
    dictionary: pd.DataFrame,
    words: Mapping[str, _Words],
    min_cell: int,
) -> list[dict[str, object]]:
    labels = dict(zip(dictionary["column"], dictionary["label"], strict=True))
    alike = np.ones(len(features), dtype=bool)
    rows: list[dict[str, object]] = []
    for column, told in words.items():
        own = told.codes[row]
        if own == NO_GROUP:
            continue
        together = alike & (told.codes == own)
        if together.sum() < min_cell:
            continue
        alike = together
        about = {"persona_id": persona, "rank": rank, "customer_id": features["customer_id"].iloc[row]}
        trait = {"column": column, "label": labels[column], "told": told.texts[own], "shared_by": int(alike.sum())}
        rows.append({**about, "distance": away, **trait})
    return rows
