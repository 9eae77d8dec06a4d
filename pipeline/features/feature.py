"""One feature and a set of features: the form in which every feature file hands its work to `assemble`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

import pandas as pd


@dataclass(frozen=True)
class Feature:
    """What one column is; see `schema.DICTIONARY` for the meaning of each word."""

    column: str
    label: str
    block: str
    kind: str
    role: str
    theme: str
    source: str
    description: str
    unit: str = ""
    levels: tuple[str, ...] = ()

    def with_role(self, role: str) -> Self:
        """The same feature in another role."""
        return replace(self, role=role)


@dataclass(frozen=True)
class FeatureSet:
    """Values, one row per customer_id (the index, in any order), one column per feature in the order of `features`."""

    values: pd.DataFrame
    features: tuple[Feature, ...] = field(default=())

    @classmethod
    def of(cls, columns: Iterable[tuple[Feature, pd.Series]], customers: pd.Index) -> Self:
        """A set from (feature, values) pairs; values are aligned to `customers`."""
        pairs = list(columns)
        values = {feature.column: series.reindex(customers) for feature, series in pairs}
        return cls(pd.DataFrame(values, index=customers), tuple(feature for feature, _ in pairs))


def slug(text: str) -> str:
    """`text` as part of a column name.

    >>> slug("Organic Search (Google)")
    'organic_search_google'
    """
    return re.sub(r"\W+", "_", text.strip().lower()).strip("_") or "blank"


def unique_slugs(texts: Iterable[str]) -> dict[str, str]:
    """Text -> slug, with a number appended where two texts have one slug.

    >>> unique_slugs(["A b", "a-b"])
    {'A b': 'a_b', 'a-b': 'a_b_2'}
    """
    taken: set[str] = set()
    names: dict[str, str] = {}
    for text in dict.fromkeys(texts):
        name, number = slug(text), 2
        while name in taken:
            name, number = f"{slug(text)}_{number}", number + 1
        taken.add(name)
        names[text] = name
    return names
