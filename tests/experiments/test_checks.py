"""Checks of experiments, each with a reading in words."""

import numpy as np
import pandas as pd
import pytest

from pipeline.experiments.checks import follow_up, heterogeneity, interaction, sample_ratio
from pipeline.experiments.effects import contrasts


def counts(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["group", "variant", "n", "happened"])


def test_sizes_that_chance_gives_pass():
    check = sample_ratio(pd.Series({"mail": 5_050, "none": 4_950}), alpha=0.001)
    assert check.statistic == pytest.approx(1.0)
    assert check.passed
    assert check.reading == "The arms have the sizes that chance would give (mail 5,050, none 4,950)."


def test_sizes_that_chance_does_not_give_fail():
    check = sample_ratio(pd.Series({"mail": 5_500, "none": 4_500}), alpha=0.001)
    assert not check.passed
    assert "differ in size more than chance" in check.reading


def test_follow_up_tells_how_many_are_left_out_and_whether_alike():
    exposed = pd.Series({"mail": 1000, "none": 1000})
    assert follow_up(exposed, exposed, 14, 0.001).reading == "All 2,000 exposed were watched for the whole 14 days."
    alike = follow_up(exposed, pd.Series({"mail": 810, "none": 800}), 14, 0.001)
    assert (alike.statistic, alike.passed) == (0.805, True)
    assert "390 of 2,000 exposed" in alike.reading
    unlike = follow_up(exposed, pd.Series({"mail": 900, "none": 700}), 14, 0.001)
    assert not unlike.passed
    nobody = follow_up(exposed, exposed * 0, 14, 0.001)
    assert (nobody.passed, nobody.statistic) == (False, 0.0)


def test_with_one_variant_heterogeneity_is_cochrans_q():
    differences, variances = np.array([0.1, 0.3, 0.2]), np.array([0.01, 0.02, 0.04])
    weights = 1 / variances
    pooled = (weights * differences).sum() / weights.sum()
    estimates = [(np.array([e]), np.array([[v]])) for e, v in zip(differences, variances, strict=True)]
    q, freedom = heterogeneity(estimates)
    assert q == pytest.approx((weights * (differences - pooled) ** 2).sum())
    assert freedom == 2


def test_another_effect_in_one_persona_is_found_and_the_same_effect_is_not():
    alike = [("persona-1", "none", 900, 90), ("persona-1", "mail", 900, 180)]
    same = interaction(
        counts(*alike, ("persona-2", "none", 900, 270), ("persona-2", "mail", 900, 360)),
        "none",
        ["persona-1", "persona-2"],
        0.05,
    )
    other = interaction(
        counts(*alike, ("persona-2", "none", 900, 270), ("persona-2", "mail", 900, 270)),
        "none",
        ["persona-1", "persona-2"],
        0.05,
    )
    assert same.p_value == pytest.approx(1.0)
    assert "No sign" in same.reading
    assert other.p_value < 0.01
    assert "differs between personas" in other.reading


def test_small_cells_are_left_out_by_name_and_too_few_personas_are_said():
    table = counts(
        ("persona-1", "none", 900, 90),
        ("persona-1", "mail", 900, 180),
        ("persona-2", "none", 20, 1),
        ("persona-2", "mail", 20, 1),
    )
    check = interaction(table, "none", ["persona-1", "persona-2"], 0.05)
    assert np.isnan(check.p_value)
    assert not check.passed
    assert check.reading.endswith("Left out for too few customers with or without the outcome: persona-2.")
    assert interaction(table, "none", ["persona-1"], 0.05).reading.startswith("There are no two personas")


def test_an_a_a_split_alarms_no_more_often_than_chance():
    """200 seeds, three arms, four personas with own base rates; at most 5 % + 3 standard errors."""
    alarms = {"interaction": 0, "sample ratio": 0, "effects": 0}
    personas = [f"persona-{i}" for i in range(1, 5)]
    for seed in range(200):
        rng = np.random.default_rng(seed)
        sizes = rng.multinomial(4_000, [1 / 12] * 12).reshape(4, 3)
        happened = rng.binomial(sizes, np.array([[0.05], [0.1], [0.3], [0.6]]))
        table = pd.DataFrame(
            {
                "group": np.repeat(personas, 3),
                "variant": ["a", "b", "c"] * 4,
                "n": sizes.ravel(),
                "happened": happened.ravel(),
            }
        )
        alarms["interaction"] += interaction(table, "a", personas, 0.05).p_value < 0.05
        alarms["sample ratio"] += not sample_ratio(table.groupby("variant")["n"].sum(), 0.05).passed
        found = contrasts(table, "a")["p_value"]
        alarms["effects"] += found.min() * len(found) < 0.05  # Holm rejects something exactly where Bonferroni does
    assert max(alarms.values()) <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95), alarms
