"""Where there are no segments, a cut that comes back is told as what it is."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from pipeline.segments.cut import MOST_CUT, cut, range_scaled
from pipeline.segments.stability import HIGHLY_STABLE


def test_every_column_lies_between_zero_and_one_and_missing_in_the_middle() -> None:
    table = pd.DataFrame({"yes": [0.0, 1.0, 1.0, np.nan], "amount": [1.0, 10.0, 1e6, 5.0]})
    table["town"] = pd.Series(["NA", "x", "x", None], dtype="str")
    points = range_scaled(table, {"yes": "binary", "amount": "numeric", "town": "nominal"})
    assert points.min() >= 0
    assert points.max() <= 1
    np.testing.assert_allclose(points[:, 0], [0, 1, 1, 2 / 3])
    np.testing.assert_allclose(points[:, 1], [0, 2 / 3, 1, 1 / 3])
    np.testing.assert_allclose(points[:3, 2:], np.array([[1, 0], [0, 1], [0, 1]]) / np.sqrt(2))


def test_groups_are_ordered_by_size_and_memberships_sum_to_one() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(0, 0.1, (60, 2)), rng.normal(1, 0.1, (140, 2))])
    found = cut(points, 4, 5, 1)
    assert found is not None
    soft = found.memberships(points)
    np.testing.assert_allclose(soft.sum(axis=1), 1)
    sizes = np.bincount(soft.argmax(axis=1))
    assert (np.diff(sizes) <= 0).all()
    assert found.stability.least >= HIGHLY_STABLE


@pytest.mark.parametrize("points", [np.zeros((50, 3)), np.zeros((50, 0)), np.eye(2)])
def test_of_too_little_there_is_no_cut(points: np.ndarray) -> None:
    assert cut(points, 5, 3, 1) is None


@pytest.mark.realdata
def test_mcdonalds_in_four_has_the_published_groups(real_data: Path) -> None:
    """Dolnicar, Grün and Leisch 2018, appendix A: k-means of the eleven perceptions in four (580, 324, 309, 240)."""
    table = pd.read_csv(real_data / "mcdonalds" / "mcdonalds.csv").iloc[:, :11]
    answers = (table == "Yes").astype(float)
    found = cut(range_scaled(answers, dict.fromkeys(answers, "binary")), MOST_CUT, 10, 1, groups=4)
    assert found is not None
    groups = found.memberships(answers.to_numpy()).argmax(axis=1)
    sizes = np.bincount(groups)
    np.testing.assert_allclose(sizes, [580, 324, 309, 240], atol=16)
    means = answers.groupby(groups).mean()
    assert (found.stability.jaccard > HIGHLY_STABLE).all()
    cheap = means.sort_values("cheap")
    assert (cheap["cheap"].iloc[2:] > 0.8).all(), "two groups find it cheap, one of them tasty"
    assert cheap["tasty"].iloc[2:].min() < 0.3 < 0.8 < cheap["tasty"].iloc[2:].max()
    dear = means[means["expensive"] > 0.8]
    assert len(dear) == 2
    assert dear["disgusting"].max() > 0.6


@pytest.mark.realdata
@pytest.mark.parametrize("groups", [4, 6])
def test_the_cut_of_yes_no_answers_hangs_on_no_seed(real_data: Path, groups: int) -> None:
    """They have many optima nearly as good as the best: another seed, or another processor, must not end elsewhere."""
    table = (pd.read_csv(real_data / "mcdonalds" / "mcdonalds.csv").iloc[:, :11] == "Yes").astype(float)
    points = range_scaled(table, dict.fromkeys(table, "binary"))
    cuts = [cut(points, MOST_CUT, 1, seed, groups=groups) for seed in (1, 2, 5)]
    labels = [found.memberships(points).argmax(axis=1) for found in cuts if found]
    assert min(adjusted_rand_score(labels[0], again) for again in labels[1:]) > 0.9
