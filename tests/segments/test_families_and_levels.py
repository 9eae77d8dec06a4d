"""Other families compete on the same yardstick; a segment's natural parts are found and lie within it."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from pipeline.core.settings import read_yaml
from pipeline.segments import prototypes
from pipeline.segments.categories import categorise
from pipeline.segments.command import DEFAULTS
from pipeline.segments.pictured import silhouette_table
from pipeline.segments.schema import SILHOUETTE, SUBSEGMENTS
from pipeline.segments.settings import StageParams
from pipeline.segments.subsegments import subsegments
from tests.segments.worlds import describe

QUICK = {"umap_seeds": 0, "resamples": 5, "starts": 3}
PARAMS = StageParams(**read_yaml(DEFAULTS)["segments"] | QUICK)


@pytest.fixture(scope="module")
def nested() -> tuple[pd.DataFrame, dict[str, str], np.ndarray]:
    """Two segments told by six columns; the first has two parts told by six others that the second does not know."""
    rng = np.random.default_rng(3)
    top = np.repeat([0, 1], [420, 280])
    part = np.where(top == 0, np.arange(700) % 2, -1)
    outer = 1.6 * (2 * top[:, None] - 1) + rng.normal(size=(700, 6))
    inner = np.where(part >= 0, 3.2 * part - 1.6, 0.0)[:, None] + rng.normal(size=(700, 6))
    table = pd.DataFrame(np.column_stack([outer, inner])).add_prefix("c")
    table["town"] = pd.Series(np.where(rng.random(700) < 0.8, top, 1 - top)).map({0: "x", 1: "y"}).astype("str")
    return table, dict.fromkeys(table, "numeric") | {"town": "nominal"}, part


def test_the_natural_parts_of_a_segment_are_found_within_it_and_none_elsewhere(nested):
    table, kinds, part = nested
    ids = np.array([f"{i:016x}" for i in range(700)])
    members = pd.DataFrame({"customer_id": ids, "segment": np.where(np.arange(700) < 420, 0, 1)})
    found, parts = subsegments(table.assign(customer_id=ids), describe(table, kinds, {}), members, PARAMS)
    SUBSEGMENTS.check(parts)
    assert parts["segment"].tolist() == [0, 0]
    assert parts["size"].sum() == (found["subsegment"] >= 0).sum()
    inside = found["subsegment"] >= 0
    assert set(found.loc[inside, "segment"]) == {0}, "a part lies within one segment"
    assert inside.sum() > 380
    assert adjusted_rand_score(part[inside], found.loc[inside, "subsegment"]) > 0.9
    assert {name.strip() for name in parts["told_by"][0].split(",")} <= {f"c{j}" for j in range(6, 12)}
    pd.testing.assert_frame_equal(found[["customer_id", "segment"]], members)


def test_no_second_level_is_sought_where_it_is_not_wanted_or_cannot_fit(nested):
    table, kinds, _ = nested
    ids = np.array([f"{i:016x}" for i in range(700)])
    features, rows = table.assign(customer_id=ids), describe(table, kinds, {})
    members = pd.DataFrame({"customer_id": ids, "segment": np.where(np.arange(700) < 420, 0, 1)})
    for change in ({"most_subsegments": 1}, {"min_segment_share": 0.35}):
        found, parts = subsegments(features, rows, members, PARAMS.model_copy(update=change))
        assert parts.empty
        assert (found["subsegment"] == -1).all()


def test_k_prototypes_find_groups_of_numbers_and_nominals_with_gaps(nested):
    table, kinds, _ = nested
    blanked = table.mask(np.random.default_rng(0).random(table.shape) < 0.1)
    categories = categorise(blanked.astype({"town": "str"}), kinds, 8)
    some = categories.take(np.array([0, 1, 2, 3, 4, 5, 12]))
    found = prototypes.fit(some, 2, 3, np.random.default_rng(0))
    soft = found.memberships(some)
    np.testing.assert_allclose(soft.sum(axis=1), 1)
    assert adjusted_rand_score(np.arange(700) < 420, soft.argmax(axis=1)) > 0.9
    assert set(found.modes.argmax(axis=1)) == {0, 1}, "each group has the town of its own"
    alone = some.take(np.array([6]))
    apart = prototypes.fit(alone, 2, 3, np.random.default_rng(0)).memberships(alone)
    assert np.isfinite(apart).all()


def test_silhouettes_are_quantiles_of_ten_customers_and_more_each():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2, -1], [300, 45, 8, 20])
    points = np.eye(4)[labels] * 9 + rng.normal(size=(len(labels), 4))
    table = SILHOUETTE.check(silhouette_table(points, labels))
    assert table.groupby("segment").size().to_dict() == {0: 19, 1: 3}, "eight customers have no quantile"
    assert (table["silhouette"] > 0.3).all()
    assert silhouette_table(points, np.full(len(labels), -1)).empty
