"""Columns that say again what another says: a number in bands, an outcome in other words, one fact many times."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np
import pandas as pd

from pipeline.segments.categories import categorise

LEAST_DIFFERENT = 20
"""Values that a number needs for its bands to be told from itself."""
LEAST_PER_LEVEL = 5
LEAST_SHARE = 0.02
MOST_TOLD = 5
MOST_BINS, MOST_LEVELS = 8, 20
TELLS = 0.9


def bands(values: pd.DataFrame, kinds: Mapping[str, str]) -> dict[str, str]:
    """Column -> why it is another column cut into bands: the number's ranges within its levels do not overlap."""
    measured = [name for name, kind in kinds.items() if kind in ("numeric", "count", "share")]
    numbers = [name for name in measured if values[name].nunique() > LEAST_DIFFERENT]
    leveled = [name for name, kind in kinds.items() if kind in ("ordinal", "nominal")]
    found = {}
    for name in leveled:
        number = next((n for n in numbers if _cuts(values[n], values[name])), None)
        if number:
            found[name] = f"`{number}` in bands"
    return found


def _cuts(number: pd.Series, level: pd.Series) -> bool:
    ranges = number.groupby(level).agg(["min", "max", "size"]).dropna().sort_values(["min", "max"])
    bounds = ranges[["min", "max"]].to_numpy()
    several = len(bounds) > 2 and ranges["size"].sum() > LEAST_PER_LEVEL * len(bounds)
    return bool(several and (bounds[:-1, 1] <= bounds[1:, 0]).all())


def leaks(values: pd.DataFrame, kinds: Mapping[str, str], outcomes: Sequence[str]) -> dict[str, str]:
    """Column -> which of `outcomes` it tells: known, it leaves at most a tenth of what is not known of the outcome.

    By the entropy of the outcome within the column's categories (uncertainty coefficient, Theil 1970), over customers
    with both; a category must hold `LEAST_PER_LEVEL` customers on average.
    """
    found = {}
    levels = {o: pd.factorize(values[o])[0] for o in outcomes if 2 <= values[o].nunique() <= MOST_LEVELS}
    for name in [name for name in kinds if levels and name not in outcomes]:
        codes = categorise(values[[name]], {name: kinds[name]}, MOST_BINS).codes[:, 0]
        told = next((o for o, level in levels.items() if _tells(codes, level) > TELLS), None)
        if told:
            found[name] = f"tells `{told}`, which is named like an outcome: {name} is known with it, not before"
    return found


def _tells(codes: np.ndarray, outcome: np.ndarray) -> float:
    """Share of the outcome's entropy that the categories explain."""
    both = (codes >= 0) & (outcome >= 0)
    if not both.any():
        return 0.0
    counts = np.zeros((int(codes.max()) + 1, int(outcome.max()) + 1))
    np.add.at(counts, (codes[both], outcome[both]), 1)
    if counts.sum() < LEAST_PER_LEVEL * (counts.sum(axis=1) > 0).sum():
        return 0.0
    joint, alone = counts / counts.sum(), counts.sum(axis=0) / counts.sum()
    inside = joint.sum(axis=1, keepdims=True)
    left = -(joint * np.log(np.where(joint > 0, joint / np.maximum(inside, 1e-300), 1.0))).sum()
    whole = -(alone[alone > 0] * np.log(alone[alone > 0])).sum()
    return float(1 - left / whole) if whole > 1e-9 else 0.0


def same_fact(texts: pd.DataFrame) -> list[str]:
    """Warnings of levels that the same customers have in several columns: the fact counts once for each of them.

    The facts that hold for most customers, at most `MOST_TOLD`; then how many more there are.
    """
    groups: dict[bytes, list[tuple[str, str, int]]] = {}
    for name in texts.columns:
        counts = texts[name].value_counts()
        for level in counts[(counts >= LEAST_SHARE * len(texts)) & (counts < len(texts) / 2)].index[:30]:
            same = (texts[name] == level).fillna(False).to_numpy(dtype=bool)
            groups.setdefault(blake2b(np.packbits(same).tobytes()).digest(), []).append(
                (str(name), str(level), int(same.sum()))
            )
    several = [members for members in groups.values() if len({name for name, _, _ in members}) > 1]
    several.sort(key=lambda members: -members[0][2])
    told = [_told(members) for members in several[:MOST_TOLD]]
    more = len(several) - MOST_TOLD
    return told + ([f"{more:,} more facts count several times, for fewer customers each."] if more > 0 else [])


def _told(members: list[tuple[str, str, int]]) -> str:
    shown = ", ".join(f"{name} = {level}" for name, level, _ in members[:4])
    more = f" and {len(members) - 4} more" if len(members) > 4 else ""
    return (
        f"{shown}{more} hold for the same {members[0][2]:,} customers: this one fact counts {len(members)} times, and "
        "segments will follow it. Exclude some of these columns to give the others a say."
    )
