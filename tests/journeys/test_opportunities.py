"""What a raised transition would be worth: by hand on a chain, planted, covered by its interval, ranked."""

import numpy as np
import pandas as pd
import pytest

from pipeline.journeys.fitted_chain import before_target, reach
from pipeline.journeys.opportunities import Aims, opportunities
from pipeline.journeys.rates import transition_probabilities
from pipeline.journeys.spent import converted_journeys, spent_after, values
from tests.journeys.logs_for_tests import shop
from tests.journeys.map_for_tests import mapped, one

LADDER = ["aware", "consider", "buy", "loyal"]
AIMS = Aims("buy", horizon_days=30.0, window_days=60.0, rise=0.5, min_cell=5, seed=3, resamples=60)
NO_VALUES = pd.DataFrame({"case_id": pd.Series(dtype="str"), "value": pd.Series(dtype=float)})
DAY = 86_400_000_000


def lives(rng, size, rates, persona, seen=200.0):
    """Stays of customers who pass aware -> consider -> buy at these rates per day."""
    rows = []
    for n in range(size):
        name, at = f"{persona}-{n:03d}", 0.0
        for stage, to, rate in zip(LADDER, LADDER[1:3], rates, strict=False):
            stop = min(at + rng.exponential(1 / rate), seen)
            rows.append((name, persona, stage, to if stop < seen else None, stop - at, at))
            at = stop
            if stop == seen:
                break
        else:
            rows.append((name, persona, "buy", None, seen - at, at))
    table = pd.DataFrame(rows, columns=["case_id", "persona", "stage", "to", "days", "began"])
    return table.assign(customer_id=table["case_id"], began=(table["began"] * DAY).astype("int64"))


def test_the_chain_is_that_of_two_exponential_steps():
    rates = np.array([[0, 0.1, 0], [0, 0, 0.05], [0, 0, 0.0]])
    by_hand = 1 - (0.1 * np.exp(-0.05 * 20) - 0.05 * np.exp(-0.1 * 20)) / 0.05
    assert reach(rates, np.array([1.0, 0, 0]), 20.0) == pytest.approx(by_hand, abs=1e-12)
    many = np.random.default_rng(1).gamma(0.3, 2.0, (20, 5, 5))
    mix = np.array([0.5, 0.5, 0, 0, 0])
    closed = many.copy()
    closed[:, -1] = 0.0
    one_by_one = [mix @ transition_probabilities(rates, 90.0)[:, -1] for rates in closed]
    assert reach(many, mix, 90.0) == pytest.approx(np.array(one_by_one), abs=1e-11)


def expected(first, second, days=60.0):
    return 1 - (first * np.exp(-second * days) - second * np.exp(-first * days)) / (first - second)


def test_planted_gains_come_back_and_are_covered():
    rng = np.random.default_rng(11)
    slow, quick = (0.02, 0.05), (0.06, 0.05)
    covered = 0
    for _ in range(12):
        stays = pd.concat([lives(rng, 150, slow, "persona-1"), lives(rng, 150, quick, "persona-2")], ignore_index=True)
        table = opportunities(stays, NO_VALUES, ["persona-1", "persona-2"], LADDER, None, AIMS)
        row = one(table, persona="persona-1", **{"from": "aware", "to": "consider"}, scenario="best persona")
        assert (row["like"], row["journeys"]) == ("persona-2", 150)
        gain = expected(*quick) - expected(*slow)
        covered += row["gain_lower"] <= gain <= row["gain_upper"]
        assert row["gain"] == pytest.approx(gain, abs=0.12)
        assert row["conversions"] == pytest.approx(150 * row["gain"])
    assert covered >= 10
    assert table.loc[table["like"] == "persona-1", "persona"].isin(["persona-2"]).all()


def test_a_stated_rise_and_the_rank():
    rng = np.random.default_rng(5)
    stays = lives(rng, 100, (0.01, 0.2), "persona-1")
    table = opportunities(stays, NO_VALUES, ["persona-1"], LADDER, None, AIMS)
    assert set(table["scenario"]) == {"stated rise"}
    assert table["value"].isna().all()
    own = table[table["persona"] == "persona-1"]
    assert own["rank"].tolist() == [1, 2]
    # The slow step is the bottleneck.
    assert own[["from", "to"]].to_numpy().tolist() == [["aware", "consider"], ["consider", "buy"]]
    assert (own["raised_rate"] / own["rate"]).to_numpy() == pytest.approx(1.5)
    assert (own["gain"] > 0).all()
    assert (table.loc[table["persona"] == "all", "gain"].to_numpy() == own["gain"].to_numpy()).all()


def test_value_is_what_is_spent_after_a_conversion(tmp_path):
    stages = shop(conversion="buy")
    stays, touched = mapped(
        tmp_path,
        ("a", 1, "visit", {"amount": 900}), ("a", 5, "order", {"amount": 2000}), ("a", 9, "extra", {"amount": -500}),
        ("a", 60, "extra", {"amount": 7000}), ("b", 1, "order", {"amount": 0}), ("c", 80, "order", {"amount": 100}),
        stages=stages,
    )  # fmt: skip
    end = 100 * DAY + int(pd.Timestamp("2024-01-01").value // 1000)
    converted = converted_journeys(stays, "buy", stages.ladder, 30.0, end)
    spent = spent_after(touched, converted).to_pyarrow().to_pandas()
    found = values(spent, converted, has_money=True)
    assert found.to_numpy().tolist() == [["a", 15.0], ["b", 0.0]]
    assert values(spent, converted, has_money=False).empty
    few = Aims("buy", 30.0, 60.0, 0.5, min_cell=1, seed=3, resamples=10)
    table = opportunities(stays, found, ["persona-1"], stages.ladder, stages.dropoff.stage, few)
    row = one(table, persona="persona-1", **{"from": "aware", "to": "buy"})
    assert row["value"] == pytest.approx(row["conversions"] * 7.5)


def test_what_comes_after_conversion_is_left_out():
    stays = pd.DataFrame(
        [("a", "aware", "buy", 3.0, 0), ("a", "buy", "consider", 5.0, 3), ("a", "consider", "buy", 1.0, 8),
         ("b", "loyal", None, 9.0, 0)],
        columns=["case_id", "stage", "to", "days", "began"],
    ).assign(customer_id="x", persona="persona-1")  # fmt: skip
    kept = before_target(stays, LADDER, ["aware", "consider", "buy"], 99.0).astype(object)
    kept = kept.where(kept.notna(), None)
    assert kept[["case_id", "stage", "to", "first"]].to_numpy().tolist() == [
        ["a", "aware", "buy", True], ["b", "buy", None, True],
    ]  # fmt: skip


def test_what_comes_after_the_window_is_left_out():
    """Half move at once and nobody later on: the fitted chance is that half, however long the rest is watched."""
    size = 200
    quick = np.arange(size) % 2 == 0
    table = pd.DataFrame(
        {"case_id": [f"{n:03d}" for n in range(size)], "stage": "aware", "to": np.where(quick, "buy", None),
         "days": np.where(quick, 30.0, 900.0), "began": 0, "persona": "persona-1"}
    ).assign(customer_id=lambda t: t["case_id"])  # fmt: skip
    kept = before_target(table, LADDER, ["aware", "consider", "buy"], 60.0)
    assert kept["days"].tolist() == [30.0, 60.0] * (size // 2)
    cut = before_target(table, LADDER, ["aware", "consider", "buy"], 20.0)
    assert cut["days"].eq(20).all()
    assert cut["to"].isna().all()
    row = opportunities(table, NO_VALUES, ["persona-1"], LADDER, None, AIMS).iloc[0]
    assert row["reach"] == pytest.approx(0.5, abs=0.02)


def test_small_personas_have_no_row_and_nobody_gives_an_empty_table():
    rng = np.random.default_rng(5)
    stays = pd.concat([lives(rng, 4, (0.5, 0.5), "persona-2"), lives(rng, 60, (0.1, 0.1), "persona-1")])
    table = opportunities(stays, NO_VALUES, ["persona-1", "persona-2"], LADDER, None, AIMS)
    assert set(table["persona"]) == {"persona-1", "all"}
    assert set(table["like"]) == {""}
    assert opportunities(stays[:0], NO_VALUES, ["persona-1"], LADDER, "drop-off", AIMS).empty
