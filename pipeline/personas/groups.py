"""Which customers a profile speaks of: personas and the unassigned, all customers, levels of a breakdown field."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import SettingsError, gather, near_match
from pipeline.personas.schema import ALL, UNASSIGNED

NO_GROUP = -1
WITH_LEVELS = ("binary", "nominal", "ordinal")
CODES = ["0", "1"]
NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Grouping:
    """A division of the customers: `codes[i]` is the position of row i's group in `labels`, or `NO_GROUP`."""

    by: str
    labels: tuple[str, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True)
class Shown:
    """A segment that is shown as a persona."""

    persona_id: str
    segment: int
    customers: int
    stability: float | None
    stability_verdict: str


def shown_personas(
    members: pd.DataFrame, stability: pd.DataFrame, verdict: str, ids: Mapping[str, str] | None = None
) -> list[Shown]:
    """The segments that earn a profile, largest first; none where the verdict on structure is `none`.

    `ids`: segment -> persona_id as stage `segments` settled it (it outlives a new drop of data); else by size.

    A segment whose stability reads `not shown` is left out: its customers count as unassigned.
    """
    if verdict == "none":
        return []
    tested = stability.set_index("segment")
    sizes = members.loc[members["segment"] >= 0, "segment"].value_counts()
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    shown: list[Shown] = []
    for segment, customers in ordered:
        row = tested.loc[segment] if segment in tested.index else None
        reading = NOT_TESTED if row is None else str(row["verdict"])
        if reading != "not shown":
            jaccard = None if row is None or pd.isna(row["jaccard"]) else float(row["jaccard"])
            name = (ids or {}).get(str(segment), f"persona-{len(shown) + 1}")
            shown.append(Shown(name, int(segment), int(customers), jaccard, reading))
    return shown


def persona_of(customers: pd.Series, members: pd.DataFrame, shown: Iterable[Shown]) -> pd.Series:
    """persona_id or `unassigned` of each customer_id in `customers`, in its order."""
    names = {persona.segment: persona.persona_id for persona in shown}
    by_customer = members.set_index("customer_id")["segment"].map(names).astype("object")
    return customers.map(by_customer).astype("object").fillna(UNASSIGNED).astype("str")


def persona_grouping(personas: pd.Series, shown: Iterable[Shown]) -> Grouping:
    """Customers by persona, the unassigned last and only where there are any."""
    labels = [persona.persona_id for persona in shown]
    if (personas == UNASSIGNED).any():
        labels.append(UNASSIGNED)
    return Grouping("persona", tuple(labels), pd.Index(labels).get_indexer(personas).astype(np.int64))


def everyone(customers: int) -> Grouping:
    """All customers as one group."""
    return Grouping(ALL, (ALL,), np.zeros(customers, dtype=np.int64))


def breakdown_groupings(features: pd.DataFrame, dictionary: pd.DataFrame, fields: Iterable[str]) -> list[Grouping]:
    """One grouping per declared breakdown field; customers without a value are in none of its groups.

    Raises `SettingsError` for a field that is no feature or has no levels.
    """
    kinds = dict(zip(dictionary["column"], dictionary["kind"], strict=True))
    fields = list(fields)
    gather(SettingsError, _wrong_breakdowns(fields, kinds), "sources.yaml, `breakdowns`")
    rows = dictionary.set_index("column")
    groupings = []
    for field in fields:
        levels = level_names(features[field], str(rows.at[field, "kind"]), str(rows.at[field, "levels"]))
        codes = level_codes(features[field], str(rows.at[field, "kind"]), levels)
        groupings.append(Grouping(field, tuple(levels), codes))
    return groupings


def level_names(values: pd.Series, kind: str, declared: str) -> list[str]:
    """Levels of a binary, nominal or ordinal in their order: the declared ones (JSON), then others that occur.

    A binary's codes 0 and 1 read "no" and "yes".
    """
    levels = [str(level) for level in json.loads(declared)]
    if kind == "nominal":
        seen = sorted({str(value) for value in values.dropna().unique()} - set(levels))
        return levels + seen
    highest = 1 if kind == "binary" else int(values.max()) if values.notna().any() else -1
    if kind == "binary" and levels in ([], CODES):
        levels = ["no", "yes"]
    return levels + [str(position) for position in range(len(levels), highest + 1)]


def level_codes(values: pd.Series, kind: str, levels: list[str]) -> NDArray[np.int64]:
    """Position of each customer's level, `NO_GROUP` where it is not known."""
    if kind == "nominal":
        codes, found = pd.factorize(values)
        place = {level: at for at, level in enumerate(levels)}
        # The last one is of what is not known, whose code is -1.
        at = np.array([*(place.get(str(value), NO_GROUP) for value in found), NO_GROUP], dtype=np.int64)
        return np.asarray(at[codes])
    return values.fillna(NO_GROUP).to_numpy(dtype=np.float64).astype(np.int64)


def _wrong_breakdowns(fields: Iterable[str], kinds: Mapping[str, str]) -> list[str]:
    mistakes = []
    for field in fields:
        if field not in kinds:
            mistakes.append(
                f"`{field}` is not a feature.{near_match(field, kinds)} Declare it under `fields` of a source."
            )
        elif kinds[field] not in WITH_LEVELS:
            mistakes.append(f"`{field}` is {kinds[field]}; allowed are {', '.join(WITH_LEVELS)} fields.")
    return mistakes
