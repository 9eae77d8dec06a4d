"""Descriptors that differ by more than chance: closed forms, correction, and what must not be tested."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.proportion import proportions_ztest

from pipeline.personas.differences import differences
from pipeline.personas.groups import Grouping, everyone
from pipeline.personas.profile import profile
from pipeline.personas.schema import DIFFERENCES


def field(column: str, kind: str, role: str = "describe") -> dict:
    return {"column": column, "label": column, "block": "demographic", "kind": kind, "role": role, "levels": "[]"}


def world(n: int = 400, seed: int = 1, lift: float = 0.0) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n)
    table = pd.DataFrame(
        {
            "customer_id": [f"c{at}" for at in range(n)],
            "age": rng.normal(40, 10, n) + lift * group,
            "owner": (rng.random(n) < 0.4).astype(float),
            "used": rng.normal(size=n) + 5 * group,
        }
    )
    fields = pd.DataFrame([field("age", "numeric"), field("owner", "binary"), field("used", "numeric", "segment")])
    return table, fields, group


def run(table, fields, group, min_cell=10):
    groups = Grouping("persona", ("persona-1", "persona-2"), group.astype(np.int64))
    made = profile(table, fields, [everyone(len(table)), groups])
    return DIFFERENCES.check(differences(made, fields, ["used"], min_cell)).set_index(["persona_id", "column", "level"])


def test_p_values_are_those_of_the_textbook_tests():
    table, fields, group = world(lift=3)
    found = run(table, fields, group)
    mine, rest = table[group == 0], table[group == 1]
    assert found.at[("persona-1", "age", ""), "p_value"] == pytest.approx(ttest_ind(mine["age"], rest["age"]).pvalue)
    counts = [mine["owner"].sum(), rest["owner"].sum()]
    expected = proportions_ztest(counts, [len(mine), len(rest)])[1]
    assert found.at[("persona-1", "owner", "yes"), "p_value"] == pytest.approx(expected)


def test_features_that_segments_were_found_by_are_not_tested():
    assert "used" not in set(run(*world()).reset_index()["column"])


def test_a_real_difference_survives_the_correction_and_chance_does_not():
    found = run(*world(lift=5))["p_adjusted"]
    assert found[("persona-1", "age", "")] < 0.02
    alarms = sum(bool((run(*world(seed=seed))["p_adjusted"] < 0.05).any()) for seed in range(60))
    assert alarms <= 9  # 3 to be expected


def test_small_groups_and_constants_are_not_tested():
    table, fields, group = world()
    few = np.where(np.arange(400) < 9, 0, 1)
    assert differences(
        profile(table, fields, [everyone(400), Grouping("persona", ("a", "b"), few)]), fields, [], 10
    ).empty
    assert run(table.assign(owner=1.0, age=30.0), fields, group).empty
