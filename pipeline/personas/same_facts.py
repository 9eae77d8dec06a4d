"""Levels of different features that the same customers have: “No internet service” for six services is one fact."""

import hashlib

import pandas as pd

from pipeline.personas.groups import WITH_LEVELS, level_codes, level_names

Level = tuple[str, str]
"""Feature and level."""


def same_facts(features: pd.DataFrame, dictionary: pd.DataFrame) -> dict[Level, Level]:
    """Level -> the first level, in the dictionary's order, that exactly the same customers have; only where there is
    an earlier one.
    """
    first: dict[bytes, Level] = {}
    found: dict[Level, Level] = {}
    described = dictionary[(dictionary["role"] != "exclude") & dictionary["kind"].isin(WITH_LEVELS)]
    for field in described.to_dict("records"):
        values = features[field["column"]]
        levels = level_names(values, field["kind"], field["levels"])
        codes = level_codes(values, field["kind"], levels)
        for at, level in enumerate(levels):
            who = hashlib.blake2b((codes == at).tobytes(), digest_size=16).digest()
            earlier = first.setdefault(who, (field["column"], level))
            if earlier != (field["column"], level):
                found[field["column"], level] = earlier
    return found
