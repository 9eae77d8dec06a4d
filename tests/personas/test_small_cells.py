"""Small cells: an attacker who knows all totals and everything that is shown cannot tell what is hidden."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from pipeline.core.suppression import hidden_table
from pipeline.personas.claims import Rules, claims
from pipeline.personas.groups import Grouping, everyone
from pipeline.personas.profile import profile
from pipeline.personas.satisfaction import Score
from pipeline.personas.small_cells import exact_rows, scores_without_few, told_profile, without_few
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
    table = exact_rows(told_profile(profile(masked, dictionary, [everyone(111), grouping]), MIN_CELL))
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


Known = list[tuple[dict[tuple[str, str], float], float]]


def facts(table: pd.DataFrame, told: pd.DataFrame, n: pd.Series) -> Known:
    """Equations over the counts of groups by levels: what is shown (`told`), the groups' sizes, means of positions."""
    groups, levels = list(table.index), list(table.columns)
    found: Known = [({(g, v): 1.0 for v in levels}, float(n[g])) for g in groups]
    for row in told.to_dict("records"):
        who = [row["group"]] if row["group"] in groups else groups
        weights = {v: float(i) for i, v in enumerate(levels)} if row["statistic"] == "mean" else {row["level"]: 1.0}
        found.append(({(g, v): w for g in who for v, w in weights.items()}, row["value"] * row["n"]))
    return found


def narrowed(table: pd.DataFrame, told: pd.DataFrame, made: pd.DataFrame, n: pd.Series) -> dict[tuple[str, str], float]:
    """Group and level -> how far apart the least and the most of the count can be for whoever knows the `facts` and the
    claims (`made`), bounds among them.
    """
    at = {cell: i for i, cell in enumerate((g, v) for g in table.index for v in table.columns)}

    def row_of(cells: dict[tuple[str, str], float]) -> np.ndarray:
        row = np.zeros(len(at))
        row[[at[cell] for cell in cells]] = list(cells.values())
        return row

    signs = {"at least": -1.0, "at most": 1.0}
    said = made[made["level"] != ""].to_dict("records")
    equal = facts(table, told, n)
    equal += [({(c["persona_id"], c["level"]): 1.0}, c["value"] * c["n"]) for c in said if not c["bound"]]
    less = [
        ({(c["persona_id"], c["level"]): signs[c["bound"]]}, signs[c["bound"]] * c["value"] * c["n"] + 1e-9)
        for c in said
        if c["bound"]
    ]
    limits = {"A_eq": [row_of(cells) for cells, _ in equal], "b_eq": [value for _, value in equal], "bounds": (0, None)}
    limits |= {"A_ub": [row_of(cells) for cells, _ in less], "b_ub": [value for _, value in less]} if less else {}
    widths = {}
    for cell in at:
        target = row_of({cell: 1.0})
        widths[cell] = float(-linprog(-target, **limits).fun - linprog(target, **limits).fun)
    return widths


@pytest.mark.parametrize("kind", ["ordinal", "nominal", "binary"])
@pytest.mark.parametrize("seed", range(6))
def test_profile_claims_and_means_together_give_no_small_cell_away(kind, seed):
    rng = np.random.default_rng([seed, len(kind)])
    levels = ["no", "yes"] if kind == "binary" else ["a", "b", "c", "d"][: 2 + seed % 3]
    sizes = rng.integers(12, 90, size=4)
    codes = np.repeat(np.arange(4), sizes)
    shares = rng.dirichlet(np.full(len(levels), 0.5), size=4)
    values = np.array([rng.choice(len(levels), p=shares[g]) for g in codes])
    column = np.array(levels)[values] if kind == "nominal" else values.astype(float)
    features = features_of({"x": column})
    fields = dictionary_of(entry("x", kind, levels=levels))
    names = ("persona-1", "persona-2", "persona-3", "unassigned")
    grouping = Grouping("persona", names, codes)
    whole = profile(features, fields, [everyone(len(codes)), grouping])
    told = told_profile(whole, MIN_CELL)
    personas = dict(zip(names[:3], sizes[:3].tolist(), strict=True))
    made = claims(told, fields, personas, [], Rules(MIN_CELL, 0.2, 12), {})
    own = whole[(whole["statistic"] == "share") & (whole["group_by"] == "persona")]
    counts = own.assign(k=(own["value"] * own["n"]).round()).pivot(index="group", columns="level", values="k").fillna(0)
    counts = counts.reindex(columns=levels, fill_value=0)
    widths = narrowed(counts, exact_rows(told), made, pd.Series(sizes, index=names))
    few = {cell: k for cell, k in counts.stack().items() if 0 < k < MIN_CELL}
    assert {cell: width for cell, width in widths.items() if cell in few and width < 0.999} == {}
    shown = exact_rows(told).query("group_by == 'persona' and statistic == 'share'")
    assert not set(few) & set(zip(shown["group"], shown["level"], strict=True))


def test_scores_of_few_are_in_no_base(company):
    features, _, grouping = company
    values = pd.Series(np.arange(111.0), index=features["customer_id"])
    (kept,) = scores_without_few([Score("nps", "NPS", "", "mean", values)], features["customer_id"], grouping, MIN_CELL)
    assert len(kept.values) == 105
    assert len(values) == 111
