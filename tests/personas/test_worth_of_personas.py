"""Worth per persona: shares add up, planted differences are found, small groups borrow from others and stay hidden."""

import numpy as np
import pandas as pd
import pytest

from pipeline.personas.schema import WORTH
from pipeline.personas.worth_fit import Fit
from pipeline.personas.worth_future import Outlook
from pipeline.personas.worth_personas import OF_OTHERS, OWN, Worth, persona_worth, with_worth, worth_kpis
from pipeline.personas.worth_pooled import pooled
from tests.personas.buyers_for_tests import orders_of

END = np.datetime64("2024-12-29")
VIEW = Outlook(365.0, 7.0, 0.1)


@pytest.fixture(scope="module")
def world():
    """700 buyers: persona-1 spends ten times as much as persona-2; five buyers and 50 others are unassigned."""
    table = orders_of(700, seed=12).rename(columns={"id": "customer"})
    table["day"] = table["day"].to_numpy().astype("datetime64[D]")
    number = table["customer"].astype("int64")
    table["amount"] = table["amount"] * np.where(number < 250, 10.0, 1.0)
    ids = [f"{at:05d}" for at in range(750)]
    personas = pd.Series("persona-2", index=ids)
    personas.iloc[:250], personas.iloc[695:] = "persona-1", "unassigned"
    return table, personas


def run(table, personas, labels=("persona-1", "persona-2", "unassigned"), min_cell=10) -> Worth:
    found = persona_worth(table, personas, list(labels), END, VIEW, min_cell)
    return Worth(WORTH.check(found.table).set_index("persona_id", drop=False), found.status)


@pytest.fixture(scope="module")
def unhidden(world) -> Worth:
    return run(*world, min_cell=1)


@pytest.fixture(scope="module")
def as_written(world) -> Worth:
    return run(*world)


def test_shares_add_up_and_the_planted_difference_is_found(world, unhidden):
    table, worth = world[0], unhidden.table
    parts = worth.drop(index="all")
    assert worth.at["all", "revenue"] == pytest.approx(table["amount"].sum())
    for name in ("share_of_customers", "share_of_revenue"):
        assert parts[name].sum() == pytest.approx(1)
    assert parts["share_of_future_value"].sum() == pytest.approx(1)
    assert 7 < worth.at["persona-1", "future_value"] / worth.at["persona-2", "future_value"] < 14
    assert worth.at["persona-1", "lower"] > worth.at["persona-2", "upper"]
    assert worth.loc[["persona-1", "persona-2"], "models"].tolist() == [OWN, OWN]
    assert worth.at["unassigned", "models"] == OF_OTHERS, "five buyers have no models of their own"


def test_few_buyers_hide_their_own_figures_alone_and_no_subtraction_tells_them(as_written, unhidden):
    worth, whole = as_written.table, unhidden.table
    own = [name for name in worth if name not in ("persona_id", "customers", "share_of_customers", "models")]
    assert worth.loc["unassigned", own].isna().all()
    shown = worth.loc[["persona-1", "persona-2"]]
    pd.testing.assert_frame_equal(
        shown[["buyers", "revenue", "monetary", "future_value", "lower", "upper"]],
        whole.loc[shown.index, ["buyers", "revenue", "monetary", "future_value", "lower", "upper"]],
    )
    for name in ("buyers", "revenue"):
        assert worth.at["all", name] == pytest.approx(shown[name].sum()), "everybody less the others leaves nobody over"
        assert worth.at["all", name] < whole.at["all", name]
    total = (shown["future_value"] * shown["buyers"]).sum()
    assert worth.at["all", "future_value"] * worth.at["all", "buyers"] == pytest.approx(total)
    for name in ("share_of_revenue", "share_of_future_value"):
        assert shown[name].sum() == pytest.approx(1)


def test_nobody_but_few_leaves_no_figure(world):
    table, personas = world
    few = table[table["customer"].isin(personas.index[personas == "unassigned"])]
    assert run(few, personas).table[["buyers", "revenue", "future_value"]].isna().all().all()


def test_ids_and_order_of_rows_change_no_figure(world, as_written):
    table, personas = world
    names = {name: f"{-at % 9973:05d}" for at, name in enumerate(personas.index)}
    other = table.assign(customer=table["customer"].map(names)).sample(frac=1, random_state=2)
    renamed = pd.Series(personas.to_numpy(), index=personas.index.map(names)).sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(as_written.table, run(other, renamed).table, rtol=1e-6)


def test_without_orders_or_returning_buyers_the_status_says_so(world):
    table, personas = world
    assert run(table.head(0), personas).status == "not supplied"
    assert run(table.assign(amount=0.0), personas).status == "not supplied"
    once = run(table.drop_duplicates("customer"), personas)
    assert "bought on more than one day" in once.status
    assert once.table.empty and worth_kpis(once, "EUR", 365.0) == []


def test_key_figures_and_personas_json_say_the_same(unhidden):
    worth = unhidden
    kpis = pd.concat(worth_kpis(worth, "EUR", 365.0)).set_index(["kpi", "persona_id"])
    content = with_worth({"personas": [{"persona_id": "persona-1"}, {"persona_id": "persona-9"}]}, worth, 365.0, 0.1)
    first = content["personas"][0]["worth"]
    assert first["future_value"] == kpis.at[("future value per buyer", "persona-1"), "value"]
    assert first["share_of_revenue"] == kpis.at[("share of revenue", "persona-1"), "value"]
    assert content["personas"][1]["worth"] is None
    assert content["worth"] == {"status": "supplied", "horizon_days": 365.0, "discount": 0.1}


def fit(log: float, error: float) -> Fit:
    return Fit(("p",), np.array([np.exp(log)]), 0.0, np.array([[error**2]]), np.array([[error**-2]]), ())


def test_pooling_draws_by_what_each_group_tells():
    fits = {"sure": fit(1.0, 0.05), "also": fit(2.0, 0.05), "unsure": fit(6.0, 2.0)}
    found = {name: float(np.log(one["p"])) for name, one in pooled(fits, np.eye(1))[0].items()}
    assert found["sure"] == pytest.approx(1.0, abs=0.05)
    assert 1.0 < found["unsure"] < 4.0
    alone, nothing = pooled({"one": fit(1.0, 0.1)}, np.eye(1))
    assert nothing is None
    assert alone["one"]["p"] == pytest.approx(np.e)


def test_pooled_intervals_cover_the_true_parameters():
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(40):
        true, errors = rng.normal(1.0, 0.3, 8), rng.uniform(0.1, 0.6, 8)
        given = {str(at): fit(t + rng.normal() * e, e) for at, (t, e) in enumerate(zip(true, errors, strict=True))}
        ends = [one.interval("p") for one in pooled(given, np.eye(1))[0].values()]
        covered += [low < np.exp(t) < high for (low, high), t in zip(ends, true, strict=True)]
    assert 0.88 < np.mean(covered) < 0.98
