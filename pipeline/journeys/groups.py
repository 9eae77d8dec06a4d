"""The groups by which journeys are shown: all, each persona, each level of a breakdown property."""

from collections.abc import Collection, Iterator, Sequence

import pandas as pd

ALL = "all"
PERSONA = "persona"
UNASSIGNED = "unassigned"
NOT_KNOWN = "not known"
"""Level of journeys without a value of a breakdown."""


def with_personas(spells: pd.DataFrame, members: pd.DataFrame, persona_of: dict[int, str]) -> pd.DataFrame:
    """Spells with `persona_id`; customers without a segment, or whose segment is no persona, are `unassigned`."""
    persona = members.set_index("customer_id")["segment"].map(persona_of)
    codes, customers = pd.factorize(spells["customer_id"])
    found = persona.reindex(customers).astype(object)
    return spells.assign(persona_id=found.where(found.notna(), UNASSIGNED).to_numpy()[codes])


def groups(
    spells: pd.DataFrame, personas: Sequence[str], breakdowns: Sequence[str], few: Collection[str]
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield (group_by, group, its spells): all, every persona even without journeys, unassigned, breakdown levels.

    Those of the groups `few` are neither in all nor in a level.
    """
    told = spells[~spells["persona_id"].isin(few)] if few else spells
    yield ALL, ALL, told
    for persona in [*personas, UNASSIGNED]:
        part = spells[spells["persona_id"] == persona]
        if persona != UNASSIGNED or len(part):
            yield PERSONA, persona, part
    for name in breakdowns:
        levels = told[name].fillna(NOT_KNOWN)
        for level in sorted(levels.unique()):
            yield name, str(level), told[levels == level]
