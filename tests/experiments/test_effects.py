"""Effects of variants on shares: interval, test and correction."""

import numpy as np
import pandas as pd
import pytest

from pipeline.experiments.effects import cells, effects, holm
from pipeline.experiments.schema import EFFECTS


def counts(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "variant", "n", "happened"])


def test_the_interval_is_newcombes_published_one():
    """Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339."""
    table = EFFECTS.check(effects(counts(("all", "none", 80, 48), ("all", "mail", 70, 56)), "e", "none", "visit"))
    row = table.iloc[0]
    assert row["effect"] == pytest.approx(0.2)
    assert (round(row["lower"], 4), round(row["upper"], 4)) == (0.0524, 0.3339)
    assert (row["n_control"], row["n_variant"]) == (80, 70)


def test_the_p_value_is_the_pooled_z_test():
    row = effects(counts(("all", "none", 80, 48), ("all", "mail", 70, 56)), "e", "none", "visit").iloc[0]
    pooled = 104 / 150
    z = 0.2 / np.sqrt(pooled * (1 - pooled) * (1 / 80 + 1 / 70))
    from scipy.stats import norm

    assert row["p_value"] == pytest.approx(2 * norm.sf(z))


def test_all_customers_and_personas_are_corrected_apart():
    rows = [("all", "none", 200, 20), ("all", "mail", 200, 60)]
    for persona, happened in (("persona-1", 31), ("persona-2", 25), ("persona-3", 40)):
        rows += [(persona, "none", 100, 20), (persona, "mail", 100, happened)]
    table = effects(counts(*rows), "e", "none", "visit").set_index("group")
    assert table.at["all", "p_adjusted"] == table.at["all", "p_value"]
    smallest = table.at["persona-3", "p_value"]
    assert table.at["persona-3", "p_adjusted"] == pytest.approx(3 * smallest)
    assert (table["p_adjusted"] >= table["p_value"]).all()


def test_holm_leaves_missing_p_values_out_of_the_count():
    adjusted = holm(pd.Series([0.01, np.nan, 0.04]))
    assert adjusted.tolist() == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert holm(pd.Series([], dtype="float64")).empty


@pytest.mark.parametrize(("happened", "p"), [(0, 1.0), (50, 1.0)])
def test_nobody_or_everybody_in_both_arms_is_no_difference(happened, p):
    row = effects(counts(("all", "none", 50, happened), ("all", "mail", 50, happened)), "e", "none", "v").iloc[0]
    assert (row["effect"], row["p_value"]) == (0, p)
    assert row["lower"] < 0 < row["upper"]


def test_an_empty_arm_has_counts_and_no_effect():
    table = EFFECTS.check(effects(counts(("persona-1", "none", 0, 0), ("persona-1", "mail", 5, 2)), "e", "none", "v"))
    assert table[["effect", "lower", "upper", "p_value", "p_adjusted", "share_control"]].isna().all(axis=None)
    assert table.at[0, "share_variant"] == 0.4


def test_cells_count_every_group_and_arm_and_leave_the_input_alone():
    customers = pd.DataFrame(
        {
            "persona_id": ["persona-1", "persona-1", "unassigned"],
            "variant": ["none", "mail", "mail"],
            "happened": [True, False, True],
        }
    )
    before = customers.copy(deep=True)
    table = cells(customers, ["persona-1", "persona-2", "unassigned"], ["mail", "none"], 1)
    assert table.to_dict("split")["data"] == [
        ["all", "mail", 2, 1],
        ["all", "none", 1, 1],
        ["persona-1", "mail", 1, 0],
        ["persona-1", "none", 1, 1],
        ["persona-2", "mail", 0, 0],
        ["persona-2", "none", 0, 0],
        ["unassigned", "mail", 1, 1],
        ["unassigned", "none", 0, 0],
    ]
    pd.testing.assert_frame_equal(customers, before)
    without = cells(customers, ["persona-1", "unassigned"], ["mail", "none"], 2).set_index(["group", "variant"])
    assert without.loc["all"].to_dict("list") == {"n": [1, 1], "happened": [0, 1]}, "the one is in no figure of all"
    assert without.at[("unassigned", "mail"), "n"] == 1
    alone = cells(customers, ["persona-1", "unassigned"], ["mail", "none"], 9).set_index(["group", "variant"])
    assert alone.at[("all", "mail"), "n"] == 2, "where all are few nothing is told of any"
