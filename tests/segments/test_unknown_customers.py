"""Customers of whom nothing is known neither make nor break segments."""

import numpy as np
import pandas as pd
import pytest

from pipeline.segments.schema import MEMBERS
from pipeline.segments.segmentation import segment
from pipeline.segments.unknown import known_rows, with_unknown
from tests.segments.test_degenerate_tables import PARAMS
from tests.segments.worlds import describe, planted


def test_they_are_unassigned_and_change_nobody_else() -> None:
    world = planted(seed=4, n=500, segments=3, relevant=10, irrelevant=2)
    nobody = pd.DataFrame({"customer_id": [f"f{i:015x}" for i in range(2000)]})
    alone = segment(world.features, world.dictionary, PARAMS)
    joined = segment(pd.concat([nobody, world.features], ignore_index=True), world.dictionary, PARAMS)
    assert alone.summary["segments"] == 3
    members = MEMBERS.check(joined.members)
    strangers = members["customer_id"].isin(nobody["customer_id"])
    assert (members.loc[strangers, "segment"] == -1).all()
    assert (members.loc[strangers, "assigned_by"] == "unassigned").all()
    pd.testing.assert_frame_equal(members[~strangers].reset_index(drop=True), alone.members)
    np.testing.assert_allclose(members.filter(like="p_").sum(axis=1), 1.0)
    assert joined.summary["sentence"].endswith("Of 2,000 more nothing is known to segment by: they are unassigned.")
    assert joined.summary["unassigned_share"] > 0.8


def test_only_columns_to_segment_by_count() -> None:
    features = pd.DataFrame({"customer_id": ["a", "b"], "x": [1.0, None], "y": [None, 2.0]})
    rows = describe(features, {"x": "numeric", "y": "numeric"}, {}).assign(role=["segment", "describe"])
    assert known_rows(features, rows).tolist() == [True, False]
    assert known_rows(features, rows.assign(role="describe")).tolist() == [True, True]


@pytest.mark.parametrize("soft", [{}, {"p_0": [0.25], "p_1": [0.75]}])
def test_without_segments_there_is_nothing_to_share(soft: dict[str, list[float]]) -> None:
    one = pd.DataFrame({"customer_id": ["b"], "segment": [-1], "probability": [0.0], "assigned_by": ["unassigned"]})
    table = with_unknown(one.assign(**soft), pd.Series(["a"]))
    assert table["customer_id"].tolist() == ["a", "b"]
    assert table["probability"].tolist() == [0.75 if soft else 0.0, 0.0]
