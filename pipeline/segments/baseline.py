"""A frozen solution that later runs are compared with: who the personas are, in shares, without any customer.

Shares that stand for fewer than `MIN_CELL` customers are spread over several answers, so that the file may be in git.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from pipeline.segments.typing_fields import UNKNOWN, Bin, Field, fields_of

FILE = "baseline.json"
MEMBERS_FILE = "members.parquet"
MIN_CELL = 10
UNASSIGNED = "unassigned"


def snapshot(
    features: pd.DataFrame,
    dictionary: pd.DataFrame,
    members: pd.DataFrame,
    persona_ids: Mapping[int, str],
    made_by: Mapping[str, Any],
    next_number: int,
) -> dict[str, Any]:
    """The content of baseline.json for a solution.

    persona_ids  segment -> persona_id, of the segments that are personas
    made_by      `params` of the stage, hash of its `data`
    next_number  the lowest number that no persona has had
    """
    persona = persona_of(features["customer_id"], members, persona_ids)
    sizes = persona.value_counts()
    fields = fields_of(features, dictionary, {})
    inside = {name: (persona == name).to_numpy() for name in persona_ids.values()}
    confidence = members["probability"].groupby(members["segment"]).mean()
    return {
        "version": 1,
        "customers": len(features),
        "unassigned": int(sizes.get(UNASSIGNED, 0)),
        "personas": {
            name: {"customers": int(sizes.get(name, 0)), "confidence": rounded(confidence.get(segment, 0.0))}
            for segment, name in sorted(persona_ids.items())
        },
        "next_number": max([next_number, *(number_of(name) + 1 for name in persona_ids.values())]),
        "profile": {f.column: _profile(f, features[f.column], inside) for f in fields},
        **made_by,
    }


def persona_of(customers: pd.Series, members: pd.DataFrame, persona_ids: Mapping[int, str]) -> pd.Series:
    """persona_id or `UNASSIGNED` of each of `customers`."""
    named = members.set_index("customer_id")["segment"].map(persona_ids)
    return customers.map(named).astype("object").fillna(UNASSIGNED)


def _profile(field: Field, values: pd.Series, inside: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """How the field is cut, and shares of its answers (the last: not known) among all and `inside` each persona."""
    codes = field.codes(values)
    return {
        "reads": field.reads,
        "below": [b.below for b in field.bins],
        "texts": [list(b.texts) for b in field.bins],
        "all": _shares(codes, len(field.bins)),
        "personas": {name: _shares(codes[own], len(field.bins)) for name, own in inside.items()},
    }


def _shares(codes: np.ndarray, bins: int) -> list[float]:
    """Shares of the answers, those of fewer than `MIN_CELL` customers (with one more if need be) spread evenly."""
    counts = _counts(codes, bins).astype(float)
    small = (counts > 0) & (counts < MIN_CELL)
    if small.sum() == 1:
        others = np.where(small | (counts == 0), np.inf, counts)
        small[others.argmin()] = True
    if small.any():
        counts[small] = counts[small].mean()
    return [rounded(n / max(len(codes), 1)) for n in counts]


def _counts(codes: np.ndarray, bins: int) -> np.ndarray:
    return np.bincount(np.where(codes == UNKNOWN, bins, codes), minlength=bins + 1)


def shares_by(profile: Mapping[str, Any], column: str, values: pd.Series) -> list[float]:
    """Shares of `values` in the answers that the baseline's `profile` of `column` has."""
    bins = tuple(Bin("", below, tuple(texts)) for below, texts in zip(profile["below"], profile["texts"], strict=True))
    field = Field(column, "", "", "", 0.0, str(profile["reads"]), (), bins)
    counts = _counts(field.codes(values), len(bins))
    return [float(n) / max(len(values), 1) for n in counts]


def content_hash(features: pd.DataFrame) -> str:
    """Of the customers' features whatever their order and their ids."""
    columns = sorted(name for name in features.columns if name != "customer_id")
    rows = np.sort(pd.util.hash_pandas_object(features[columns], index=False).to_numpy())
    return sha256(" ".join(columns).encode() + rows.tobytes()).hexdigest()


def number_of(persona_id: str) -> int:
    """The number in `persona-<number>`; 0 where there is none.

    >>> number_of("persona-12")
    12
    """
    found = re.search(r"(\d+)$", persona_id)
    return int(found.group(1)) if found else 0


def rounded(value: float) -> float:
    """Three decimals."""
    return round(float(value), 3)
