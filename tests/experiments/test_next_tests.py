"""Sample sizes of a next test: the textbook's, per persona and stage, and none where there is none."""

import pandas as pd
import pytest

from pipeline.experiments.next_tests import next_tests
from pipeline.experiments.schema import NEXT_TESTS


def funnel(*rows):
    names = ("group_by", "group", "step", "stage", "entered", "probability", "lower", "upper")
    return pd.DataFrame([dict(zip(names, r, strict=True)) for r in rows])


def test_needed_is_the_textbooks_number_and_tells_whether_the_data_have_it():
    """R: power.prop.test(p1 = .5, p2 = .55, power = .8) asks for n = 1564.672 per arm, p2 = .52 for 9806.3."""
    rows = funnel(
        ("all", "all", 0, "visit", 4000, 1.0, 1.0, 1.0),
        ("all", "all", 1, "order", 4000, 0.5, 0.48, 0.52),
        ("persona", "persona-1", 1, "order", 900, 0.5, 0.47, 0.53),
        ("plan", "free", 1, "order", 900, 0.5, 0.47, 0.53),
    )
    found = NEXT_TESTS.check(next_tests(rows, (0.05, 0.02), power=0.8, alpha=0.05)).set_index(["group", "effect"])
    assert found.loc[("all", 0.05), "needed_per_arm"] == 1565
    assert found.loc[("all", 0.02), "needed_per_arm"] == pytest.approx(9807, abs=1)
    assert found["powered"].to_dict() == {
        ("all", 0.05): True, ("all", 0.02): False, ("persona-1", 0.05): False, ("persona-1", 0.02): False,
    }  # fmt: skip
    assert 0.05 < found.loc[("persona-1", 0.05), "detectable"] < 0.12


def test_what_cannot_be_is_missing_and_no_funnel_gives_no_row():
    rows = funnel(
        ("all", "all", 1, "order", 10, 0.97, 0.9, 1.0), ("persona", "persona-1", 1, "order", 0, None, None, None)
    )
    found = next_tests(rows, (0.05,), power=0.8, alpha=0.05)
    assert found["needed_per_arm"].isna().all() and not found["powered"].any()
    assert len(next_tests(funnel(("all", "all", 0, "visit", 5, 1.0, 1.0, 1.0)), (0.05,), power=0.8, alpha=0.05)) == 0
