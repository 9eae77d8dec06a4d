"""Features of your own: write a function here, list it in `OWN`, run `dvc repro`.

Each function takes what stage ingest gives (`Given`) and returns a feature and its values, one per customer_id (the
index); a customer without a value is missing, which is not zero. Notebook 3 develops one, and `dvc repro` does the
rest: by its `role` it is clustered on or described with, and it is profiled and told in the report like any other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.features.feature import Feature, FeatureSet


@dataclass(frozen=True)
class Given:
    """Tables of ingest.schema. `events` has only what happened before the cut-off, so that no outcome can leak in.

    It is empty where the dataset has no events, and is read into memory, one row per event, where `OWN` lists anything.
    """

    customers: pd.DataFrame
    responses: pd.DataFrame
    events: pd.DataFrame


Own = Callable[[Given], tuple[Feature, pd.Series]]

OWN: tuple[Own, ...] = ()
"""Your functions, in the order in which their features stand in the table."""


def own_features(given: Given, customers: pd.Index, functions: Sequence[Own]) -> FeatureSet:
    """The set of the features that `functions` make, aligned to `customers`."""
    return FeatureSet.of([make(given) for make in functions], customers)
