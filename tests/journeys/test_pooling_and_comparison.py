"""Pooled figures lie nearer the truth than raw ones; differences are claimed only where they are there."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma, poisson

from pipeline.core.sources import EntrySettings, StageSettings
from pipeline.journeys.comparison import ALIKE, COLUMNS, DIFFER, OPEN, compare
from pipeline.journeys.markov import in_stage_at, markov_check
from pipeline.journeys.multistate import aalen_johansen
from pipeline.journeys.pooling import pooled_rates, pooled_rows, pooled_shares
from pipeline.journeys.rates import mean_sojourn, next_state, total_stay, transition_probabilities
from pipeline.journeys.small_personas import pooled_table

# The fit of the msm manual (heart transplants), as printed there.
MSM = np.array(
    [[0, 0.12787, 0, 0.04250], [0.22512, 0, 0.34261, 0.04021], [0, 0.13062, 0, 0.30648], [0, 0, 0, 0]]
)  # fmt: skip


def test_constant_rates_give_the_figures_of_msm():
    expected = [
        [0.30940656, 0.09750021, 0.08787255, 0.5052207],
        [0.17165, 0.06553, 0.07794, 0.68488],
        [0.05898, 0.02972, 0.04665, 0.86465],
    ]
    np.testing.assert_allclose(transition_probabilities(MSM, 10)[:3], expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(mean_sojourn(MSM), [5.869552, 1.644897, 2.287819, np.inf], rtol=1e-4)
    np.testing.assert_allclose(total_stay(MSM)[0], [8.815917, 2.229817, 1.747804, np.inf], rtol=1e-4)
    following = next_state(MSM)
    np.testing.assert_allclose(following[[0, 1, 1, 2], [1, 0, 2, 1]], [0.75054, 0.37030, 0.56356, 0.29884], atol=1e-5)
    np.testing.assert_allclose(following.sum(axis=1), [1, 1, 1, 0])


def test_pooled_rates_beat_raw_ones_and_their_intervals_cover():
    rng = np.random.default_rng(1)
    raw_error = pooled_error = inside = count = 0
    for _ in range(20):
        truth, exposure = rng.gamma(8, 1 / 80, 9), rng.uniform(100, 600, 9)
        found = pooled_rates(rng.poisson(truth * exposure), exposure)
        raw_error += ((found.raw - truth) ** 2).sum()
        pooled_error += ((found.pooled - truth) ** 2).sum()
        inside += ((found.lower <= truth) & (truth <= found.upper)).sum()
        count += len(truth)
        assert (np.abs(found.pooled - found.pooled.mean()) <= np.abs(found.raw - found.pooled.mean()) + 0.02).all()
    assert pooled_error < 0.85 * raw_error
    assert 0.88 < inside / count < 0.99


def test_pooled_shares_of_personas_of_thirty_beat_raw_ones():
    rng = np.random.default_rng(2)
    raw_error = pooled_error = 0.0
    for _ in range(20):
        truth = rng.beta(12, 28, 6)
        found = pooled_shares(rng.binomial(30, truth), np.full(6, 30))
        raw_error += ((found.raw - truth) ** 2).sum()
        pooled_error += ((found.pooled - truth) ** 2).sum()
    assert pooled_error < 0.8 * raw_error


def test_alike_personas_share_a_figure_and_different_ones_keep_theirs():
    alike = pooled_shares([30, 30, 30], [100, 100, 100])
    np.testing.assert_allclose(alike.pooled, 0.3, atol=0.01)
    assert (alike.weight < 0.1).all()
    apart = pooled_shares([50, 500, 950], [1000, 1000, 1000])
    np.testing.assert_allclose(apart.pooled, apart.raw, atol=0.01)
    assert (apart.weight > 0.95).all()
    np.testing.assert_allclose(apart.pooled, apart.weight * apart.raw + (1 - apart.weight) * 0.5, atol=0.01)


def test_the_prior_is_the_most_likely_one():
    """Second implementation: the marginal likelihood by numerical integration over a grid of the prior."""
    n, exposure = np.array([3, 9, 1, 14]), np.array([50.0, 60.0, 40.0, 80.0])
    found = pooled_rates(n, exposure)
    grid = np.linspace(1e-4, 0.8, 4000)

    def likelihood(a, b):
        prior = gamma.pdf(grid, a, scale=1 / b)
        return np.prod([np.trapezoid(poisson.pmf(k, grid * t) * prior, grid) for k, t in zip(n, exposure, strict=True)])

    b = exposure[0] * (1 - found.weight[0]) / found.weight[0]
    a = found.pooled[0] * (b + exposure[0]) - n[0]
    best = likelihood(a, b)
    assert all(likelihood(a * u, b * v) <= best * (1 + 1e-6) for u in (0.8, 1, 1.25) for v in (0.8, 1, 1.25))


def test_rows_of_next_stages_are_drawn_together():
    raw, pooled, weight = pooled_rows([[30, 10, 0], [2, 2, 0], [0, 0, 0]])
    assert np.isnan(raw[2]).all()
    np.testing.assert_allclose(pooled.sum(axis=1), 1)
    np.testing.assert_allclose(pooled[2], [32 / 44, 12 / 44, 0])
    assert raw[1, 0] < pooled[1, 0] < pooled[2, 0] + 1e-12
    assert weight[0] > weight[1] > weight[2] == 0


def test_nothing_and_nobody():
    assert np.isnan(pooled_rates([0, 0], [0, 0]).pooled).all()
    assert np.isnan(pooled_shares([0], [0]).pooled).all()
    never = pooled_shares([0, 0], [50, 80])
    assert ((never.pooled >= 0) & (never.pooled < 0.05)).all()
    unseen = pooled_rates([5, 0], [100, 0])
    assert (np.isnan(unseen.raw[1]), unseen.weight[1]) == (True, 0)
    assert unseen.pooled[1] == pytest.approx(0.05, rel=0.3)


def funnel_of(*figures):
    rows = [("p", 0, "aware", 1.0, 0.0)]
    rows += [(name, 1, "buy", p, se) for name, p, se in figures]
    return pd.DataFrame(rows, columns=["group", "step", "stage", "probability", "std_error"])


def test_differences_equalities_and_neither_are_told_apart():
    table = compare(funnel_of(("p", 0.5, 0.01), ("q", 0.4, 0.01), ("r", 0.51, 0.01), ("s", 0.45, 0.2)), 0.05)
    assert list(table) == COLUMNS
    finding = table.set_index(["persona", "other"])["finding"]
    assert finding[("p", "q")] == DIFFER
    assert finding[("p", "r")] == ALIKE
    assert finding[("p", "s")] == OPEN
    assert (table["p_value"] <= table["p_bh"] + 1e-15).all()
    assert (table["p_bh"] <= table["p_holm"] + 1e-15).all()


def test_pairs_without_figures_have_no_finding():
    table = compare(funnel_of(("p", np.nan, np.nan), ("q", 0.4, 0.1)), 0.05)
    assert table["finding"].tolist() == [OPEN]
    assert table["p_holm"].isna().all()
    assert compare(funnel_of(), 0.05).empty


def walks(hazard, n=1500, seed=3):
    """a -> b at a random day, then b -> c with a hazard that may depend on when b was entered; censored at day 60."""
    rng = np.random.default_rng(seed)
    entered = rng.exponential(15, n) + 0.01
    left = entered + rng.exponential(1 / hazard(entered))
    rows = pd.DataFrame({"customer_id": np.arange(n), "a": entered, "b": left})
    first = rows.assign(**{"from": "a", "to": np.where(rows["a"] < 60, "b", None), "start": 0.0, "entered": 0.0})
    first["stop"] = np.minimum(rows["a"], 60)
    second = rows.assign(**{"from": "b", "to": np.where(rows["b"] < 60, "c", None), "start": rows["a"]})
    second = second.assign(stop=np.minimum(rows["b"], 60), entered=rows["a"])[rows["a"] < 60]
    return pd.concat([first, second], ignore_index=True)


def test_a_process_with_a_memory_is_found_and_one_without_is_not():
    memoryless = markov_check(walks(lambda entered: np.full(len(entered), 0.05))).set_index(["from", "to"])
    assert memoryless.loc[("b", "c"), "p_holm"] > 0.05
    assert ("a", "b") not in memoryless.index, "all enter the first stage at once: there is nothing to compare"
    remembers = markov_check(walks(lambda entered: np.where(entered < 10, 0.1, 0.02))).set_index(["from", "to"])
    assert remembers.loc[("b", "c"), "p_holm"] < 1e-4
    assert remembers.loc[("b", "c"), "z"] > 0


def test_the_landmark_estimate_holds_without_the_markov_property():
    spells = walks(lambda entered: np.where(entered < 10, 0.1, 0.02), n=8000)
    there = spells[(spells["from"] == "b") & (spells["start"] <= 10) & (spells["stop"] > 10)]
    truth = (there["stop"].le(25) & there["to"].eq("c")).mean()
    plain = aalen_johansen(spells, [25], start="b", since=10.0).set_index("state").loc["c", "probability"]
    chosen = in_stage_at(spells, "b", 10.0)
    landmark = aalen_johansen(chosen, [25], start="b", since=10.0, states=["a", "b", "c"]).set_index("state")
    assert landmark.loc["c", "probability"] == pytest.approx(truth, abs=1e-9)
    assert abs(plain - truth) > 0.1


def test_an_error_that_is_float_dust_makes_a_share_worth_no_more_than_its_journeys() -> None:
    funnel = pd.DataFrame(
        {
            "group": ["1", "2", "3"],
            "stage": "buy",
            "step": 1,
            "entered": [120, 80, 90],
            "not_followed_up": 0.0,
            "probability": [0.6, 0.7, 1 - 1e-12],
            "std_error": [0.045, 0.052, 1.5e-15],
        }
    )
    spells = pd.DataFrame(columns=["persona_id", "from", "to", "start", "stop"])
    stages = StageSettings(ladder=["see", "buy"], enter={"see": [EntrySettings(event="a")]}, moves={"see": ["buy"]})
    found = pooled_table(spells, funnel, ["1", "2", "3"], stages).set_index("persona")
    assert found.loc["3", "base"] == 90
    assert found["pooled"].notna().all()
    assert found["pooled"].is_monotonic_increasing
