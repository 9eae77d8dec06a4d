"""Effects from a table of an experiment: closed forms, published figures, false alarms, groups, corrections, power."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from pipeline.experiments.contrasts import contrast
from pipeline.experiments.correction import adjusted
from pipeline.experiments.heterogeneity import interaction, pooled_effects
from pipeline.experiments.moments import moments
from pipeline.experiments.power import (
    detectable,
    needed_for_means,
    needed_for_shares,
    power_of_means,
    power_of_shares,
)
from pipeline.experiments.trial import ANY, Rules, Trial, judge

RULES = Rules(alpha=0.05, power=0.8, correction="holm", matters=None)
NOBODY = np.full(1, -1)


def trial(arm, y, group=None, x=None, kind=None, variants=("no", "yes")) -> Trial:
    group = np.full(len(arm), -1) if group is None else np.asarray(group)
    kinds = {"y": kind or ("share" if np.isin(y, (0, 1)).all() else "mean")}
    labels = tuple(f"g{at}" for at in range(group.max() + 1))
    return Trial(variants, labels, np.asarray(arm), group, {"y": np.asarray(y, float)}, kinds, x)


def draws(seed: int, n: int = 400):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, n), rng


def test_shares_are_compared_as_statsmodels_does():
    arm, y = np.repeat([0, 1], [200, 150]), np.concatenate([np.arange(200) < 30, np.arange(150) < 36]).astype(float)
    row = judge(trial(arm, y), RULES).effects.iloc[0]
    low, high = confint_proportions_2indep(36, 150, 30, 200, method="newcomb", compare="diff")
    assert (row["lower"], row["upper"]) == pytest.approx((low, high))
    assert row["p_value"] == pytest.approx(proportions_ztest([36, 30], [150, 200])[1])
    assert row["std_error"] == pytest.approx(np.sqrt(0.24 * 0.76 / 150 + 0.15 * 0.85 / 200))
    assert row["effect"] == pytest.approx(0.09)


def test_means_are_compared_as_scipy_does():
    arm, rng = draws(1)
    y = rng.gamma(2, 10, 400) + 3 * arm
    row = judge(trial(arm, y), RULES).effects.iloc[0]
    found = ttest_ind(y[arm == 1], y[arm == 0], equal_var=False)
    assert row["p_value"] == pytest.approx(found.pvalue)
    interval = found.confidence_interval()
    assert (row["lower"], row["upper"]) == pytest.approx((interval.low, interval.high))


def test_a_covariate_narrows_the_interval_and_moves_no_truth():
    arm, rng = draws(2, 4000)
    before = rng.normal(size=4000)
    y = 3 * before + rng.normal(size=4000) + 0.2 * arm
    plain = judge(trial(arm, y), RULES).effects.iloc[0]
    cuped = judge(trial(arm, y, x=before), RULES).effects.iloc[0]
    assert cuped["std_error"] < 0.35 * plain["std_error"]
    assert cuped["lower"] < 0.2 < cuped["upper"]
    # By hand: Welch on y - theta x with theta from both arms together.
    left = y - np.cov(y, before)[0, 1] / before.var(ddof=1) * before
    found = ttest_ind(left[arm == 1], left[arm == 0], equal_var=False)
    assert cuped["p_value"] == pytest.approx(found.pvalue)
    assert cuped["effect"] == pytest.approx(left[arm == 1].mean() - left[arm == 0].mean())


def test_a_covariate_of_one_value_changes_nothing():
    arm, rng = draws(3)
    y = rng.normal(size=400)
    plain, flat = (judge(trial(arm, y, x=x), RULES).effects for x in (None, np.full(400, 7.0)))
    pd.testing.assert_frame_equal(plain, flat)


def test_rows_without_an_outcome_do_not_count():
    arm, rng = draws(4)
    y = rng.normal(size=400)
    holes = np.where(np.arange(400) % 5 == 0, np.nan, y)
    some = judge(trial(arm, holes, kind="mean"), RULES).effects
    rest = judge(trial(arm[~np.isnan(holes)], y[~np.isnan(holes)]), RULES).effects
    pd.testing.assert_frame_equal(some, rest)


@pytest.mark.parametrize("kind", ["share", "mean"])
def test_a_constant_outcome_has_no_effect_and_no_power(kind):
    arm = np.repeat([0, 1], 50)
    row = judge(trial(arm, np.zeros(100), kind=kind), RULES).effects.iloc[0]
    assert (row["effect"], row["std_error"], row["p_value"]) == (0, 0, 1)
    assert row["lower"] <= 0 <= row["upper"]
    assert not (kind == "share" and row["powered"])


def test_arms_without_spread_that_differ_cannot_be_judged():
    row = judge(trial([0, 0, 1, 1], [5.0, 5, 9, 9]), RULES).effects.iloc[0]
    assert row["effect"] == 4
    assert np.isnan(row["p_value"])


def test_an_empty_arm_of_a_group_is_missing_not_zero():
    rows = judge(trial([0, 0, 1, 1, 0, 0], [0, 1, 1, 0, 1, 0], group=[0, 0, 0, 0, 1, 1]), RULES).effects.set_index("by")
    assert rows.at["g1", "n"] == 0
    assert np.isnan(rows.at["g1", "effect"]) and not rows.at["g1", "powered"]


def test_customers_in_another_order_give_the_same_table():
    arm, rng = draws(5, 900)
    y, group = rng.integers(0, 40, 900).astype(float), rng.integers(0, 3, 900)
    other = rng.permutation(900)
    first = judge(trial(arm, y, group), RULES)
    second = judge(trial(arm[other], y[other], group[other]), RULES)
    pd.testing.assert_frame_equal(first.effects, second.effects, rtol=1e-12)
    pd.testing.assert_frame_equal(first.interactions, second.interactions, rtol=1e-10)


def test_a_planted_interaction_is_found_and_no_other():
    rng = np.random.default_rng(6)
    n = 12_000
    arm, group = rng.integers(0, 3, n), rng.integers(0, 4, n)
    lift = np.where((arm == 2) & (group == 1), 0.15, 0) + 0.05 * (arm > 0)
    y = (rng.random(n) < 0.2 + lift).astype(float)
    found = judge(trial(arm, y, group, variants=("no", "plain", "targeted")), RULES).interactions.set_index("variant")
    assert found.loc[[ANY, "targeted"], "p_adjusted"].max() < 1e-4
    assert found.at["plain", "p_adjusted"] > 0.05


def test_interaction_of_two_groups_is_the_squared_z_of_their_difference():
    arm, rng = draws(7, 2000)
    group, y = rng.integers(0, 2, 2000), rng.normal(size=2000)
    result = judge(trial(arm, y, group), RULES)
    one, two = (result.effects.set_index("by").loc[f"g{at}"] for at in (0, 1))
    z = (one["effect"] - two["effect"]) / np.hypot(one["std_error"], two["std_error"])
    assert result.interactions["statistic"].iloc[0] == pytest.approx(z**2)


def test_interaction_false_alarms_are_as_rare_as_promised():
    alarms = 0
    for seed in range(300):
        arm, rng = draws(seed, 600)
        m = moments(rng.integers(0, 3, 600), 3, arm, 2, rng.gamma(2, 1, 600), rng.normal(size=600))
        alarms += interaction(m, 0, [1], "mean", adjusted=seed % 2 == 0).p_value < 0.05
    assert 4 <= alarms <= 27  # 300 x 5 %, three standard deviations


def test_small_groups_are_left_out_of_the_comparison_by_name():
    arm, rng = draws(8, 900)
    group = np.where(np.arange(900) < 12, 2, np.arange(900) % 2)
    found = judge(trial(arm, (rng.random(900) < 0.3).astype(float), group), RULES).interactions
    assert found["left_out"].iloc[0] == (3,)


def test_pooling_draws_small_groups_most_and_keeps_large_ones():
    effect = np.array([0.30, 0.05, 0.06, 0.10, 0.01, 0.05, np.nan])
    error = np.array([0.20, *np.full(5, 0.01), np.nan])
    middle, low, high = pooled_effects(effect, error)
    own = (middle - 0.055)[:5] / (effect - 0.055)[:5]
    assert 0 < own[0] < 0.5, "hardly anything of its own is known"
    assert (own[[3, 4]] > 0.85).all()
    assert np.isnan(middle[6]) and np.isnan(low[6])
    assert high[0] - low[0] < 0.8 * 2 * 1.96 * 0.20


def test_three_groups_are_too_few_to_pool():
    effect, error = np.array([0.3, 0.05, 0.06]), np.full(3, 0.1)
    middle, low, _ = pooled_effects(effect, error)
    assert (middle == effect).all()
    assert low == pytest.approx(effect - 0.196, abs=1e-3)


def test_pooled_intervals_cover_the_true_effects():
    rng = np.random.default_rng(9)
    covered = []
    for _ in range(300):
        true, error = rng.normal(0.05, 0.05, 8), rng.uniform(0.02, 0.08, 8)
        _, low, high = pooled_effects(true + rng.normal(size=8) * error, error)
        covered += [(low < true) & (true < high)]
    assert 0.90 < np.mean(covered) < 0.97


def test_benjamini_and_hochberg_1995():
    """Their example: 15 p-values, Bonferroni rejects 3, the false discovery rate 4."""
    small = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p = pd.Series([*small, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1])
    assert (adjusted(p, "bh") <= 0.05).sum() == 4
    assert (p * 15 <= 0.05).sum() == 3 == (adjusted(p, "holm") <= 0.05).sum()
    assert adjusted(p, "none").equals(p)
    assert adjusted(pd.Series([np.nan, 0.01]), "bh").iloc[1] == 0.01


def test_power_as_r_has_it():
    """R: power.prop.test(p1=.5, p2=.75, power=.9), power.t.test(n=20, delta=1), power.t.test(power=.9, delta=1)."""
    assert needed_for_shares(0.5, 0.25, 0.9, 0.05) == pytest.approx(76.7, abs=0.05)
    assert power_of_shares(0.5, 0.25, 76.7, 0.05) == pytest.approx(0.9, abs=1e-3)
    assert power_of_means(1, 1, 20, 0.05) == pytest.approx(0.8689528, abs=1e-6)
    assert needed_for_means(1, 1, 0.9, 0.05) == pytest.approx(22.02110, abs=1e-4)
    assert needed_for_shares(0.5, 0, 0.9, 0.05) == needed_for_means(1, 0, 0.9, 0.05) == np.inf
    assert power_of_means(1, 50, 9, 0.05) == 1.0


def test_the_detectable_difference_is_found_as_often_as_said():
    rng = np.random.default_rng(10)
    n, m = 300, moments(NOBODY, 0, NOBODY + 1, 1, np.zeros(1))
    reach = detectable(np.ones(1), np.full(1, n), np.full(1, n), 0.05, 0.8)[0]
    assert m.n.shape == (1, 1)
    y = rng.normal(size=(2, 1000, n))
    gap = (y[1] + reach).mean(axis=1) - y[0].mean(axis=1)
    z = gap / np.sqrt((y[0].var(axis=1, ddof=1) + y[1].var(axis=1, ddof=1)) / n)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.04)


def test_powered_follows_what_matters():
    arm, rng = draws(11, 400)
    y = rng.normal(size=400)
    for matters, powered in ((0.2, False), (0.4, True)):
        assert judge(trial(arm, y), Rules(0.05, 0.8, "holm", matters)).effects["powered"].tolist() == [powered]


def test_a_rare_outcome_is_not_powered_whatever_its_spread_says():
    arm = np.repeat([0, 1], 2000)
    y = np.isin(np.arange(4000), (5, 2500)).astype(float)
    assert not judge(trial(arm, y), Rules(0.05, 0.8, "holm", 0.5)).effects["powered"].iloc[0]


@pytest.mark.realdata
def test_a_split_that_did_nothing_raises_few_alarms(real_data):
    """200 A/A splits of Hillstrom's control arm: visits, spending, and spending adjusted by what was spent before.

    Uncorrected, 5 % are to be expected (10, give or take 3); corrected over the three outcomes at most 5 % of the
    splits may alarm at all.
    """
    raw = pd.read_csv(real_data / "hillstrom" / "hillstrom.csv.gz").query("segment == 'No E-Mail'")
    outcomes = [raw[name].to_numpy(dtype=float) for name in ("visit", "conversion", "spend")]
    kinds = ("share", "share", "mean")
    everybody = np.full(len(raw), -1)
    alarms, any_corrected = np.zeros(3), 0
    for seed in range(200):
        arm = np.random.default_rng(seed).integers(0, 2, len(raw))
        found = [moments(everybody, 0, arm, 2, y) for y in outcomes]
        p = pd.Series([contrast(m, 0, 1, kind, False).p_value[0] for m, kind in zip(found, kinds, strict=True)])
        alarms += (p < 0.05).to_numpy()
        any_corrected += bool((adjusted(p, "holm") < 0.05).any())
    assert (alarms <= 10 + 3 * 3.1).all(), f"false alarms of 200: {alarms}"
    assert any_corrected <= 10
