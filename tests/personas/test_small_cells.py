"""Small cells: an attacker who knows all totals and everything that is shown cannot tell what is hidden."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from pipeline.personas.groups import Grouping, everyone
from pipeline.personas.profile import profile
from pipeline.personas.satisfaction import Score
from pipeline.personas.small_cells import safe_profile, scores_without_few, without_few
from pipeline.personas.suppression import hidden_table
from tests.personas.tables_for_tests import dictionary_of, entry, features_of

MIN_CELL = 10


def bounds(counts: np.ndarray, hide: np.ndarray) -> list[tuple[float, float]]:
    """Least and most that each hidden cell can be, given the row and column totals and what is shown."""
    cells = np.argwhere(hide)
    equations, known = [], []
    for axis in (0, 1):
        for line in range(counts.shape[axis]):
            inside = cells[:, axis] == line
            if inside.any():
                equations.append(inside.astype(float))
                known.append(float(np.where(hide, counts, 0).sum(axis=1 - axis)[line]))
    found = []
    for at in range(len(cells)):
        target = np.zeros(len(cells))
        target[at] = 1
        ends = [linprog(sign * target, A_eq=equations, b_eq=known, bounds=(0, None)).fun * sign for sign in (1, -1)]
        found.append((ends[0], ends[1]))
    return found


def attack(counts: np.ndarray, hide: np.ndarray) -> list[str]:
    """Small cells that the totals pin down."""
    told = []
    for (row, column), (low, high) in zip(np.argwhere(hide), bounds(counts, hide), strict=True):
        if 0 < counts[row, column] < MIN_CELL and high - low < 1:
            told.append(f"cell {row},{column} = {counts[row, column]}: between {low:.1f} and {high:.1f}")
    return told


@pytest.mark.parametrize("seed", range(12))
def test_totals_do_not_give_small_cells_away(seed):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rng.choice([4, 15, 60], size=(5, 1)) * rng.dirichlet(np.ones(4)) * 4)
    hide = hidden_table(counts, MIN_CELL)
    assert hide[counts < MIN_CELL].all()
    assert attack(counts, hide) == []


def test_the_attack_works_where_only_small_cells_are_hidden():
    counts = np.array([[40, 3, 25], [50, 60, 41], [30, 30, 30]])
    assert attack(counts, counts < MIN_CELL) == ["cell 0,1 = 3: between 3.0 and 3.0"]
    assert attack(counts, hidden_table(counts, MIN_CELL)) == []


@pytest.fixture(scope="module")
def company():
    """60 + 45 + 6 customers; the six are the unassigned, and few of the second group are from the east."""
    codes = np.repeat([0, 1, 2], [60, 45, 6])
    rng = np.random.default_rng(4)
    place = np.where(codes == 1, rng.choice(3, 111, p=[0.55, 0.38, 0.07]), rng.choice(3, 111))
    columns = {"place": np.array(["north", "south", "east"])[place], "size": rng.normal(10, 2, 111)}
    dictionary = dictionary_of(entry("place", "nominal", levels=["north", "south", "east"]), entry("size", "numeric"))
    return features_of(columns), dictionary, Grouping("persona", ("persona-1", "persona-2", "unassigned"), codes)


def test_a_profile_shows_no_small_cell_and_none_by_subtraction(company):
    features, dictionary, grouping = company
    before = features.copy()
    masked = without_few(features, list(dictionary["column"]), grouping, MIN_CELL)
    pd.testing.assert_frame_equal(features, before)
    table = safe_profile(profile(masked, dictionary, [everyone(111), grouping]), MIN_CELL)
    assert "unassigned" not in set(table["group"])
    assert set(table["n"]) <= {105, 60, 45}, "everybody is told of without the six"
    shares = table[table["statistic"] == "share"]
    assert ((shares["value"] * shares["n"]).round() >= MIN_CELL).all()
    true = profile(masked, dictionary, [grouping]).query("column == 'place'")
    counts = true.assign(k=(true["value"] * true["n"]).round()).pivot(index="group", columns="level", values="k")
    shown = shares.query("group_by == 'persona'").pivot(index="group", columns="level", values="value")
    hide = shown.reindex(index=counts.index, columns=counts.columns).isna().to_numpy()
    assert hide.any()
    assert attack(counts.to_numpy().astype(int), hide) == []


def test_scores_of_few_are_in_no_base(company):
    features, _, grouping = company
    values = pd.Series(np.arange(111.0), index=features["customer_id"])
    (kept,) = scores_without_few([Score("nps", "NPS", "", "mean", values)], features["customer_id"], grouping, MIN_CELL)
    assert len(kept.values) == 105
    assert len(values) == 111
