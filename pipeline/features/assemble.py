"""Feature sets become one table and its dictionary; roles are settled here."""

import json
from collections.abc import Mapping, Sequence

import pandas as pd

from pipeline.core.errors import SettingsError, gather, near_match
from pipeline.core.sources import DatasetSettings
from pipeline.features.feature import Feature, FeatureSet
from pipeline.features.schema import DICTIONARY


def assemble(
    sets: Sequence[FeatureSet], customers: pd.Index, settings: DatasetSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(features, dictionary): one row per customer, ordered by customer_id; one row per feature.

    Raises `SettingsError` where two features have one name or `roles` or `breakdowns` name one that does not exist.
    """
    features = [feature for one in sets for feature in one.features]
    gather(
        SettingsError,
        [*_clashes(features), *_unknown(features, settings)],
        "sources.yaml: features that cannot be settled",
    )
    index = pd.Index(sorted(customers), name="customer_id")
    values = pd.concat([pd.DataFrame(index=index), *(one.values.reindex(index) for one in sets)], axis=1)
    settled = [_settle(feature, values[feature.column], settings.roles) for feature in features]
    return values.reset_index(), _dictionary(settled, values)


def _clashes(features: Sequence[Feature]) -> list[str]:
    seen: dict[str, str] = {"customer_id": "the customer's key"}
    mistakes = []
    for feature in features:
        if feature.column in seen:
            mistakes.append(
                f"`{feature.column}` comes from {seen[feature.column]} and from {feature.source}: rename one."
            )
        seen[feature.column] = feature.source
    return mistakes


def _unknown(features: Sequence[Feature], settings: DatasetSettings) -> list[str]:
    known = [feature.column for feature in features]
    asked = [*(("roles", name) for name in settings.roles), *(("breakdowns", name) for name in settings.breakdowns)]
    return [
        f"`{key}`: there is no feature `{name}`.{near_match(name, known)}" for key, name in asked if name not in known
    ]


def _settle(feature: Feature, values: pd.Series, roles: Mapping[str, str]) -> Feature:
    """The feature in its final role; what says nothing is excluded, and says so."""
    chosen = feature.with_role(roles.get(feature.column, feature.role))
    distinct = values.nunique()
    if distinct > 1:
        return chosen
    why = "Excluded: no customer has a value." if distinct == 0 else "Excluded: every known value is the same."
    return Feature(**{**chosen.__dict__, "role": "exclude", "description": f"{feature.description} {why}"})


def _dictionary(features: Sequence[Feature], values: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            **feature.__dict__,
            "levels": json.dumps(list(feature.levels), ensure_ascii=False),
            "missing_share": float(values[feature.column].isna().mean()) if len(values) else 1.0,
        }
        for feature in features
    ]
    return pd.DataFrame(rows) if rows else DICTIONARY.empty()
