"""The map of customers: nobody lies on another, and every badge is on its own and can be read."""

from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.report.content.places import side_by_side
from pipeline.report.figures.canvas import WIDTH
from pipeline.report.figures.people import BADGE, MAP_HEIGHT, badge_places

ALIKE = pd.DataFrame({"x": [0.0] * 400 + [8.0] * 100 + [4.0], "y": [0.0] * 400 + [8.0] * 100 + [2.0]})


def test_customers_who_are_alike_lie_side_by_side_in_a_disc_as_large_as_they_are_many():
    shown, spread = side_by_side(ALIKE, 380, 300)
    assert spread
    assert len(shown[["x", "y"]].round(6).drop_duplicates()) == len(ALIKE)
    assert shown.iloc[-1].tolist() == [4.0, 2.0], "who is alone stays"
    many, few = shown.iloc[:400], shown.iloc[400:500]
    for disc, middle in ((many, 0.0), (few, 8.0)):
        np.testing.assert_allclose(disc.mean(), middle, atol=0.05)
    assert 1.8 < np.ptp(many["x"]) / np.ptp(few["x"]) < 2.2, "four times as many have four times the area"
    across, high = np.ptp(many["x"]) * 380, np.ptp(many["y"]) * 300
    assert abs(across / high - 1) < 0.05, "a disc in the picture is round"


def test_a_map_on_which_customers_differ_is_left_as_it_is():
    points = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 2)), columns=["x", "y"])
    shown, spread = side_by_side(points, 380, 300)
    pd.testing.assert_frame_equal(shown, points)
    assert not spread
    assert side_by_side(points.iloc[:0], 380, 300)[1] is False


def test_badges_stand_on_a_customer_of_their_own_and_on_no_other_badge():
    rng = np.random.default_rng(2)
    middles = [(0.0, 0.0), (0.1, 0.1), (0.0, 0.05), (6.0, 4.0)]
    parts = [{"x": rng.normal(x, 1, 300).tolist(), "y": rng.normal(y, 1, 300).tolist()} for x, y in middles]
    places = badge_places(parts)
    for part, place in zip(parts, places, strict=True):
        assert place in set(zip(part["x"], part["y"], strict=True))
    every = np.vstack([np.column_stack([part["x"], part["y"]]) for part in parts])
    scaled = np.array(places) / np.ptp(every, axis=0) * [WIDTH, MAP_HEIGHT]
    assert min(np.linalg.norm(one - other) for one, other in combinations(scaled, 2)) >= BADGE
    assert badge_places([{"x": [1.0], "y": [1.0]}, {"x": [1.0], "y": [1.0]}]) == [(1.0, 1.0)] * 2, "no other place"
