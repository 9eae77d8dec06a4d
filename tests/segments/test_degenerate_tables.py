"""A table that cannot be clustered gets a verdict, not a crash."""

import numpy as np
import pandas as pd
import pytest

from pipeline.segments.schema import CANDIDATES, MAP, MEMBERS, STABILITY
from pipeline.segments.segmentation import segment
from pipeline.segments.settings import Params
from tests.segments.worlds import describe

PARAMS = Params(
    seed=1,
    fit_customers=500,
    max_segments=4,
    min_segment_share=0.05,
    starts=3,
    umap_seeds=0,
    umap_neighbors=15,
    resamples=3,
    null_resamples=19,
    min_probability=0.7,
    min_stability=0.6,
)
RNG = np.random.default_rng(0)


def text(values: list | np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="str")


TABLES = {
    "no rows": (pd.DataFrame({"a": pd.Series(dtype=float)}), {"a": "numeric"}),
    "one row": (pd.DataFrame({"a": [1.0]}), {"a": "numeric"}),
    "two rows": (pd.DataFrame({"a": [1.0, 2.0]}), {"a": "numeric"}),
    "no columns": (pd.DataFrame(index=range(60)), {}),
    "one column": (pd.DataFrame({"a": RNG.standard_normal(200)}), {"a": "numeric"}),
    "one nominal": (pd.DataFrame({"a": text(RNG.choice(["NA", "nan"], 200))}), {"a": "nominal"}),
    "all equal": (pd.DataFrame({"a": [1.0] * 80, "b": [2.0] * 80}), {"a": "numeric", "b": "count"}),
    "all missing": (pd.DataFrame({"a": [np.nan] * 80, "b": text([None] * 80)}), {"a": "numeric", "b": "nominal"}),
    "more columns than rows": (
        pd.DataFrame(RNG.standard_normal((40, 90)), columns=[f"c{i}" for i in range(90)]),
        {f"c{i}": "numeric" for i in range(90)},
    ),
    "only nominals": (
        pd.DataFrame({f"n{i}": text(RNG.choice(["x", "y", "z"], 150)) for i in range(4)}),
        {f"n{i}": "nominal" for i in range(4)},
    ),
    "every id its own level": (pd.DataFrame({"a": text([f"id{i}" for i in range(80)])}), {"a": "nominal"}),
    "one giant and one tiny group": (
        pd.DataFrame({f"c{i}": np.r_[RNG.standard_normal(490), RNG.standard_normal(10) + 50] for i in range(4)}),
        {f"c{i}": "numeric" for i in range(4)},
    ),
    "one row apart from copies": (
        pd.DataFrame({"a": [1.0] * 99 + [5.0], "b": [0.0] * 99 + [1.0]}),
        {"a": "numeric", "b": "binary"},
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_gets_a_verdict(name):
    table, kinds = TABLES[name]
    features = table.assign(customer_id=[f"{i:016x}" for i in range(len(table))]).astype({"customer_id": "str"})
    rows = describe(table, kinds, {}) if kinds else pd.DataFrame(columns=["column", "kind", "role", "block", "theme"])
    result = segment(features, rows, PARAMS)
    assert result.summary["verdict"] == "none"
    assert "Every customer is unassigned" in result.summary["sentence"]
    members = MEMBERS.check(result.members)
    assert len(members) == len(table)
    assert (members["segment"] == -1).all()
    assert len(MAP.check(result.map)) == len(table)
    CANDIDATES.check(result.candidates)
    STABILITY.check(result.stability)
    assert sorted([*result.summary["columns"], *result.summary["dropped_columns"]]) == sorted(
        set(kinds) | set(result.summary["columns"])
    ) or set(result.summary["dropped_columns"]) <= set(kinds)


def test_two_clear_groups_of_copies_are_two_segments():
    table = pd.DataFrame({f"c{i}": np.r_[np.zeros(120), np.ones(80)] for i in range(6)})
    noisy = table.mask(RNG.random(table.shape) < 0.1, 1 - table)
    features = noisy.assign(customer_id=[f"{i:016x}" for i in range(200)])
    result = segment(features, describe(noisy, dict.fromkeys(noisy, "binary"), {}), PARAMS)
    assert result.summary["segments"] == 2
    assert result.members["segment"].value_counts()[0] > 110
