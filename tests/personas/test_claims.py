"""Claims: large, sure and safe differences only, spread over themes, one per feature."""

import numpy as np
import pytest

from pipeline.personas.claims import Rules, claims
from pipeline.personas.groups import Grouping, everyone
from pipeline.personas.profile import profile
from pipeline.personas.same_facts import same_facts
from pipeline.personas.schema import CLAIMS
from pipeline.personas.small_cells import told_profile
from tests.personas.tables_for_tests import dictionary_of, entry, features_of

RULES = Rules(min_cell=10, min_difference=0.2, claims_per_persona=12)
PERSONAS = ["persona-1", "persona-2"]


def claimed(columns, *entries, split=100, rules=RULES, clustered_on=()):
    """Claims where the first `split` customers are persona-1 and the others persona-2."""
    features, fields = features_of(columns), dictionary_of(*entries)
    count = len(features)
    codes = (np.arange(count) >= split).astype(np.int64)
    table = profile(features, fields, [everyone(count), Grouping("persona", tuple(PERSONAS), codes)])
    sizes = {"persona-1": split, "persona-2": count - split}
    made = CLAIMS.check(
        claims(told_profile(table, rules.min_cell), fields, sizes, clustered_on, rules, same_facts(features, fields))
    )
    return made, table


def shares(first: float, second: float, size: int = 100) -> np.ndarray:
    """1 for the given share of the first and of the second `size` customers, else 0."""
    return np.concatenate([np.arange(size) < first * size, np.arange(size) < second * size]).astype(float)


def test_a_claim_carries_the_evidence_of_its_row():
    made, table = claimed(
        {"likes": shares(0.8, 0.3)}, entry("likes", "binary", levels=["no", "yes"]), clustered_on=["likes"]
    )
    assert made["claim_id"].tolist() == ["persona-1-likes-yes", "persona-2-likes-yes"]
    row = made.iloc[0]
    evidence = table[(table["group"] == "persona-1") & (table["level"] == "yes")].iloc[0]
    for name in ("value", "lower", "upper", "n", "rest_value", "lift", "difference"):
        assert row[name] == evidence[name]
    assert row["sentence"] == "“Likes” applies to 80%, against 30% of the others."
    assert (row["source"], row["theme"], row["clustered_on"]) == ("contacts: likes", "behavioural", True)


@pytest.mark.parametrize(
    ("first", "second", "size", "why"),
    [
        (0.55, 0.45, 1_000, "a sure and small difference"),
        (0.62, 0.50, 50, "a large difference, and the interval holds the rest's value"),
        (0.09, 0.90, 100, "fewer than ten customers have it"),
    ],
)
def test_what_is_small_unsure_or_a_small_cell_is_not_claimed(first, second, size, why):
    rules = Rules(min_cell=10, min_difference=0.21, claims_per_persona=12)
    columns = {"likes": shares(first, second, size)}
    made, _ = claimed(columns, entry("likes", "binary", levels=["no", "yes"]), split=size, rules=rules)
    assert "persona-1" not in set(made["persona_id"]), why


def test_a_small_group_of_answers_makes_no_claim_about_anybody():
    values = shares(1.0, 0.0)
    values[9:100] = np.nan
    made, _ = claimed({"likes": values}, entry("likes", "binary", levels=["no", "yes"]))
    assert made.empty


def test_a_small_cell_among_the_others_is_told_as_a_bound():
    """85 in all like it; 9 of the others might, the others' 5 are told by no figure."""
    made, _ = claimed({"likes": shares(0.8, 0.05)}, entry("likes", "binary", levels=["no", "yes"]))
    assert made["sentence"].tolist() == ["“Likes” applies to at least 76%, against at most 9% of the others."]
    row = made.iloc[0]
    assert (row["bound"], row["value"], row["rest_value"]) == ("at least", 0.76, 0.09)
    told = {row[name] for name in ("value", "rest_value", "lift", "difference")}
    few_more, _ = claimed({"likes": shares(0.77, 0.08)}, entry("likes", "binary", levels=["no", "yes"]))
    assert {few_more.iloc[0][name] for name in ("value", "rest_value", "lift", "difference")} == told, "5 or 7?"


def test_few_without_a_trait_are_told_as_a_bound():
    """All but three have it, and all but 31 of the others: a figure of all but three would tell of three."""
    made, _ = claimed({"likes": shares(0.97, 0.69)}, entry("likes", "binary", levels=["no", "yes"]))
    assert made["sentence"].tolist()[0] == "“Likes” applies to at least 91%, against at most 75% of the others."
    assert made["lower"][0] <= 0.91 <= 0.97 <= made["upper"][0]


def test_a_difference_that_few_could_make_is_not_claimed():
    made, _ = claimed({"likes": shares(0.3, 0.12, 50)}, entry("likes", "binary", levels=["no", "yes"]), split=50)
    assert made.empty, "15 of 50 against 6; the 6 may not be told, and 12 against 9 is too little"


def test_an_answer_that_is_only_another_one_is_not_claimed_and_a_shared_level_once():
    ticks = shares(0.6, 0.3)
    column = np.where(ticks == 1, "No service", "Fibre")
    made, _ = claimed(
        {"pain_other": ticks, "role": np.where(ticks == 1, "Other", "Boss"), "tv": column, "films": column},
        entry("pain_other", "binary", label="Pains: Other (please specify)", block="attitudinal", levels=["no", "yes"]),
        entry("role", "nominal", levels=["Boss", "Other"]),
        entry("tv", "nominal", levels=["Fibre", "No service"]),
        entry("films", "nominal", levels=["Fibre", "No service"]),
    )
    mine = made[made["persona_id"] == "persona-1"]
    assert mine[["column", "level"]].to_numpy().tolist() == [["tv", "No service"], ["role", "Boss"]]


def test_one_customer_of_many_makes_no_claim_and_near_shares_none():
    """A single customer of 40 is active at night, none of the 90 others; 25 against 24 % of activity is no trait."""
    rng = np.random.default_rng(3)
    night = np.zeros(130)
    night[0] = 1.0
    half = np.repeat([0.25, 0.24], [40, 90]) + rng.normal(0, 0.001, 130)
    entries = [entry("night", "share", theme="hours"), entry("borda", "share", theme="activity")]
    made, table = claimed({"night": night, "borda": half}, *entries, split=40)
    assert made.empty
    assert table.query("column == 'night'")["rest_value"].min() == 0
    assert not np.signbit(table.query("column == 'night'")["rest_value"].dropna()).any(), "no -0%"


def test_what_few_were_asked_is_said_of_how_many():
    values = shares(0.9, 0.4)
    values[40:100] = np.nan
    made, _ = claimed(
        {"likes": values}, entry("likes", "binary", label="Needs: calm", block="attitudinal", levels=["no", "yes"])
    )
    mine = made.set_index("persona_id")["sentence"]
    assert mine["persona-1"].endswith("of the others (40 answered).")
    assert mine["persona-2"].endswith("of the others.")


def test_themes_take_turns_and_the_number_of_claims_is_kept():
    rng = np.random.default_rng(0)
    gaps = {"hours_a": 3.0, "hours_b": 2.9, "hours_c": 2.8, "device_a": 2.3, "need_a": 1.2}
    columns = {name: rng.normal(size=200) + np.repeat([gap, 0], 100) for name, gap in gaps.items()}
    entries = [entry(name, "numeric", theme=name.split("_")[0]) for name in gaps]
    made, _ = claimed(columns, *entries, rules=Rules(10, 0.2, 3))
    mine = made[made["persona_id"] == "persona-1"]
    assert mine["theme"].tolist() == ["hours", "device", "hours"]
    assert (made.groupby("persona_id").size() == 3).all()


def test_one_claim_per_feature_and_a_frequent_level_before_a_missing_one():
    plan = np.array(["a"] * 90 + ["b"] * 10 + ["a"] * 30 + ["b"] * 35 + ["c"] * 35)
    made, _ = claimed({"plan": plan}, entry("plan", "nominal", label="Plan", levels=["a", "b", "c"]))
    assert made["sentence"].tolist()[0] == "“Plan” is “a” for 90%, against 30% of the others."
    assert made["column"].tolist() == ["plan", "plan"]
    assert made["persona_id"].tolist() == PERSONAS


def test_an_opinion_is_claimed_by_its_mean_where_no_answer_tells_more():
    answers = np.concatenate(
        [np.repeat(range(5), [10, 14, 18, 26, 32]), np.repeat(range(5), [32, 26, 18, 14, 10])]
    ).astype(float)
    levels = ["never", "rarely", "at times", "often", "always"]
    made, _ = claimed({"use": answers}, entry("use", "ordinal", label="I brew", block="attitudinal", levels=levels))
    assert made["level"].tolist() == ["", ""]
    assert made.at[0, "sentence"].endswith("among the others (0 is “never”, 4 is “always”).")


def test_levels_with_one_slug_get_different_ids_and_a_level_may_read_na():
    words = np.array(["a+"] * 90 + ["NA"] * 10 + ["NA"] * 100)
    made, _ = claimed({"word": words}, entry("word", "nominal", levels=["a+", "NA"]))
    assert made["claim_id"].tolist() == ["persona-1-word-a", "persona-2-word-na"]


def test_nothing_in_common_with_nobody_else_gives_an_empty_table():
    made, _ = claimed({"x": np.full(200, 3.0)}, entry("x", "numeric"))
    assert made.empty
    everybody, _ = claimed({"x": np.arange(200.0)}, entry("x", "numeric"), split=200)
    assert everybody.empty


def test_noise_makes_no_claims():
    """Noise in 60 features of two personas of 1,000: |d| = 0.2 is 4.5 standard errors."""
    rng = np.random.default_rng(8)
    columns = {f"n{i}": rng.normal(size=2_000) for i in range(60)}
    made, _ = claimed(columns, *(entry(name, "numeric") for name in columns), split=1_000)
    assert made.empty
