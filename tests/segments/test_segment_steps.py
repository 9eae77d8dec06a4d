"""Each step of the segmentation by itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.segments import answers, latent_class, mixture
from pipeline.segments.candidates import yardstick
from pipeline.segments.categories import MISSING, Categories, categorise
from pipeline.segments.columns import choose_columns
from pipeline.segments.density import consensus
from pipeline.segments.encode import encode
from pipeline.segments.evidence import Evidence, candidate_table, summary
from pipeline.segments.null_test import NullTest, null_tests, shuffled
from pipeline.segments.select import Candidate, few_customers, size_gate, stability_gate, verdict, winner
from pipeline.segments.stability import Stability, best_jaccard, resampled
from pipeline.segments.valley import shallowest_valley
from tests.segments.worlds import describe


def two_groups(n: int = 400, columns: int = 8, flip: float = 0.15, seed: int = 0) -> tuple[Categories, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = (np.arange(n) < 0.4 * n).astype(int)
    codes = np.where(rng.random((n, columns)) < flip, 1 - truth[:, None], truth[:, None])
    noise = rng.integers(3, size=(n, 2))
    names = tuple(f"c{i}" for i in range(columns + 2))
    levels = np.array([2] * columns + [3, 3])
    ordered = np.array([True] * columns + [False, False])
    return Categories(names, np.column_stack([codes, noise]), levels, ordered, np.zeros(columns + 2, dtype=bool)), truth


def test_zero_is_a_category_of_its_own_and_the_rest_is_cut_by_quantiles():
    values = pd.Series([0.0] * 50 + list(range(1, 51)))
    codes = categorise(values.to_frame("orders"), {"orders": "count"}, 5).codes[:, 0]
    assert (codes[:50] == 0).all()
    assert (codes[50:] > 0).all()
    assert 3 <= codes.max() <= 4


def test_categories_ignore_monotone_transforms_and_keep_missing():
    values = pd.Series(np.random.default_rng(1).normal(size=300)).mask(lambda v: v > 1.5)
    plain, bent = (categorise(v.to_frame("v"), {"v": "numeric"}, 5) for v in (values, np.exp(3 * values)))
    np.testing.assert_array_equal(plain.codes, bent.codes)
    assert (plain.codes[values.isna().to_numpy(), 0] == MISSING).all()
    assert np.bincount(plain.codes[plain.codes != MISSING]).min() > 50


def test_the_likelihood_of_latent_classes_is_that_of_the_formula():
    categories, _ = two_groups(60, 3)
    codes = categories.codes.copy()
    codes[::7, 1] = MISSING
    table = replace(categories, codes=codes)
    d = latent_class.design(table)
    fit = latent_class.fit(d, 2, 4, np.random.default_rng(0))
    shares, sizes = np.exp(fit.log_shares), np.exp(fit.log_sizes)
    rows = []
    for row in codes:
        per_class = sizes.copy()
        for j, code in enumerate(row):
            if code != MISSING:
                per_class = per_class * shares[d.starts[j] + code]
        rows.append(per_class)
    by_hand = np.array(rows)
    assert fit.log_likelihood == pytest.approx(np.log(by_hand.sum(axis=1)).sum(), rel=1e-5)
    np.testing.assert_allclose(fit.posterior, by_hand / by_hand.sum(axis=1, keepdims=True), atol=1e-4)


def test_a_column_carries_the_partition_only_where_it_depends_on_it():
    categories, truth = two_groups()
    gains = mixture.fit(answers.scores(categories), np.eye(2)[truth], (), 0).gains
    assert (gains[:8] > 0).all()
    assert (gains[8:] < 0).all()


def test_the_yardstick_prefers_the_truth_to_a_coarser_a_finer_and_a_random_partition():
    categories, truth = two_groups()
    s = answers.scores(categories)
    rng = np.random.default_rng(2)
    partitions = truth, truth * 2 + rng.integers(2, size=400), rng.permutation(truth)
    best, finer, chance = (yardstick(s, labels).bic for labels in partitions)
    nobody = yardstick(s, np.zeros(400, dtype=int)).bic
    assert best > finer > nobody > chance


def test_null_data_keep_every_column_and_its_gaps():
    categories, _ = two_groups(100)
    codes = categories.codes.copy()
    codes[::5, 0] = MISSING
    table = replace(categories, codes=codes)
    null = shuffled(table, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(null.codes, axis=0), np.sort(codes, axis=0))
    np.testing.assert_array_equal(null.codes == MISSING, codes == MISSING)
    assert not np.array_equal(null.codes, codes)


def test_null_tests_tell_dependence_from_groups():
    rng = np.random.default_rng(4)
    factor = rng.normal(size=(600, 1))
    gradient = pd.DataFrame(factor + rng.normal(size=(600, 6))).add_prefix("c")
    groups = pd.DataFrame(np.eye(6)[rng.integers(3, size=600)] * 3 + rng.normal(size=(600, 6))).add_prefix("c")
    kinds = dict.fromkeys(gradient, "numeric")
    slope = null_tests(categorise(gradient, kinds, 4), 3, 19, 1)
    apart = null_tests(categorise(groups, kinds, 4), 3, 19, 1)
    assert slope["independent"].p == pytest.approx(0.05)
    assert slope["continuum"].p > 0.05
    assert apart["continuum"].p == pytest.approx(0.05)
    assert apart["continuum"].beyond > 0.1


def test_two_crowds_have_a_valley_and_one_crowd_cut_in_two_has_none():
    rng = np.random.default_rng(0)

    def memberships(axis: np.ndarray) -> np.ndarray:
        first = 1 / (1 + np.exp(-4 * axis))
        return np.column_stack([first, 1 - first])

    assert shallowest_valley(memberships(np.r_[rng.normal(-3, 1, 300), rng.normal(3, 1, 300)])) < 0.3
    assert shallowest_valley(memberships(rng.normal(0, 1.5, 600))) > 0.9
    assert shallowest_valley(np.zeros((0, 2))) == 1.0


def test_stability_is_one_for_a_method_that_never_wavers_and_low_for_a_coin():
    labels = np.repeat([0, 1], 100)
    steady = resampled(labels, 2, lambda rows, rng: labels, 5, 1)
    coin = resampled(labels, 2, lambda rows, rng: rng.integers(2, size=200), 5, 1)
    assert steady.jaccard.tolist() == [1, 1]
    np.testing.assert_allclose(steady.together, np.eye(2))
    np.testing.assert_allclose(coin.together, 0.5, atol=0.05)
    assert steady.agreement == 1
    assert coin.least < 0.5
    assert best_jaccard(labels, np.full(200, -1), 2).tolist() == [0, 0]


def test_consensus_keeps_what_most_layouts_agree_on():
    runs = np.array([[0, 1, 0]] * 10 + [[1, 0, 1]] * 10 + [[-1, -1, 0]] * 3 + [[0, 1, 1]] * 6)
    labels = consensus(runs, 5)
    assert labels[:10].tolist() == [0] * 10
    assert len(set(labels[10:20])) == 1
    assert labels[10] not in (-1, 0)
    assert (labels[20:23] == -1).all()
    assert (labels[23:] == 0).all()


def test_columns_that_cannot_help_are_dropped_with_the_reason():
    rng = np.random.default_rng(0)
    a = rng.gamma(1.0, size=(200, 3))
    shares = a / a.sum(axis=1, keepdims=True)
    table = pd.DataFrame(shares, columns=["hours_a", "hours_b", "hours_c"])
    table["age"] = rng.normal(size=200)
    table["birth_year"] = -2 * table["age"]
    table["flat"] = 1.0
    table["rare"] = pd.Series(rng.normal(size=200)).where(np.arange(200) < 5)
    table["town"] = pd.Series(rng.choice(["x", "y"], 200), dtype="str")
    table["town_code"] = table["town"].map({"x": "1", "y": "2"}).astype("str")
    kinds = {n: "share" if n.startswith("hours") else "nominal" if n.startswith("town") else "numeric" for n in table}
    kept, dropped = choose_columns(table, describe(table, kinds, {}))
    assert dropped["birth_year"] == "says the same as `age`"
    assert dropped["town_code"] == "says the same as `town`"
    assert dropped["flat"] == "the same for all customers"
    assert dropped["rare"] == "known for 2.5% of the customers only"
    assert sum(name.startswith("hours") for name in dropped) == 1
    assert set(kept) | set(dropped) == set(table)


def test_encoding_never_lets_missing_look_like_a_value_and_keeps_two_dimensions_of_noise():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.normal(size=100), "b": rng.normal(size=100)})
    table["n"] = pd.Series(rng.choice(["x", "y", None], 100), dtype="str")
    points = encode(table, {"a": "numeric", "b": "count", "n": "nominal"}, dict.fromkeys("abn", "behavioural"), 1)
    assert points.shape[0] == 100
    assert points.shape[1] >= 2
    nothing_known = pd.DataFrame({"a": table["a"].where(np.arange(100) > 0), "b": table["b"].where(np.arange(100) > 0)})
    centre = encode(nothing_known, {"a": "numeric", "b": "numeric"}, dict.fromkeys("ab", "behavioural"), 1)[0]
    np.testing.assert_allclose(centre, 0, atol=0.02)


BEATEN = dict.fromkeys(("independent", "continuum"), NullTest(0.01, 0.5))


def make_candidate(name: str, score: float, least: float | None, segments: int = 2) -> Candidate:
    stable = None if least is None else Stability(np.full(segments, least), 1.0, np.eye(segments))
    return Candidate(name, "latent class", segments, np.arange(100) % segments, score, stability=stable)


def test_readers_are_told_of_solutions_in_words_and_of_shares_that_differ():
    small = replace(make_candidate("latent-class-9", 2.0, None, 2), labels=np.repeat([0, 1], [963, 37]), classes=9)
    best = make_candidate("latent-class-4", 1.0, 0.9)
    refusals = {small.name: size_gate(small, 0.04) or ""}
    said = str(summary(Evidence([small], None, refusals, {}, 1.0))["sentence"])
    assert said.startswith(
        "No segment structure: the best grouping found (latent class with 9 classes joined into 2 segments) was "
        "refused: its smallest segment has 3.7% of the customers, less than 4%."
    )
    assert candidate_table(Evidence([small, best], best, {}, BEATEN, 1.0))["reason"].tolist() == [
        "tells less per customer than the one chosen",
        "highest score of those that are stable and large enough",
    ]


def test_the_rule():
    good, near, shaky = make_candidate("a", 1.0, 0.9, 3), make_candidate("b", 0.95, 0.8), make_candidate("c", 2.0, 0.5)
    assert winner([good, near]) is near, "of two near-equal ones the one with fewer segments"
    assert winner([]) is None
    assert "0.50 only" in (stability_gate(shaky, 0.6) or "")
    assert stability_gate(good, 0.6) is None
    assert (size_gate(good, 0.4) or "").endswith("of the customers, less than 40%")
    assert size_gate(make_candidate("d", -1.0, 0.9), 0.1) == "tells no more about the customers than no segments at all"
    beaten, cloud = NullTest(0.05, 0.5), NullTest(0.6, 0.0)
    assert verdict(good, {"independent": beaten, "continuum": beaten}, 1.0) == "natural"
    assert verdict(make_candidate("e", 1.0, 0.7), {"independent": beaten, "continuum": beaten}, 1.0) == "reproducible"
    assert verdict(good, {"independent": beaten, "continuum": cloud}, 1.0) == "none"
    assert verdict(good, {"independent": beaten, "continuum": cloud}, 0.2) == "natural"
    assert verdict(good, {"independent": cloud, "continuum": beaten}, 0.2) == "none"
    assert verdict(None, {}, 1.0) == "none"


def test_few_customers_behind_many_columns_are_told():
    assert "rest on 137 customers and 11 columns" in few_customers(137, 11)
    assert few_customers(659, 11) != ""
    assert few_customers(660, 11) == ""
    assert few_customers(30, 0) == "", "no segments, nothing to say"
