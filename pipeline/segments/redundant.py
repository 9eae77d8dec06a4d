"""Columns that say again what another column says: a number in bands, one fact told by many columns."""

from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import pandas as pd

LEAST_DIFFERENT = 20
"""Values that a number needs for its bands to be told from itself."""
LEAST_PER_LEVEL = 5
LEAST_SHARE = 0.02


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


def same_fact(texts: pd.DataFrame) -> list[str]:
    """Warnings of levels that the same customers have in several columns: the fact counts once for each of them."""
    groups: dict[bytes, list[tuple[str, str, int]]] = {}
    for name in texts.columns:
        counts = texts[name].value_counts()
        for level in counts[(counts >= LEAST_SHARE * len(texts)) & (counts < len(texts) / 2)].index[:30]:
            same = (texts[name] == level).fillna(False).to_numpy(dtype=bool)
            groups.setdefault(blake2b(np.packbits(same).tobytes()).digest(), []).append(
                (str(name), str(level), int(same.sum()))
            )
    return [_told(members) for members in groups.values() if len({name for name, _, _ in members}) > 1]


def _told(members: list[tuple[str, str, int]]) -> str:
    shown = ", ".join(f"{name} = {level}" for name, level, _ in members[:4])
    more = f" and {len(members) - 4} more" if len(members) > 4 else ""
    return (
        f"{shown}{more} hold for the same {members[0][2]:,} customers: this one fact counts {len(members)} times, and "
        "segments will follow it. Exclude some of these columns to give the others a say."
    )
