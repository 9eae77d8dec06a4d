"""A continuum that bends is none the less a continuum; groups along a line are none the less groups."""

import numpy as np
import pytest

from pipeline.segments import answers, curve
from pipeline.segments.categories import Categories
from pipeline.segments.mixture import fit
from pipeline.segments.sweep import sweep

LEVELS, COLUMNS = 5, 12


def table(latent: np.ndarray) -> Categories:
    """Columns of five categories with one customer in five each."""
    codes = (latent.argsort(axis=0).argsort(axis=0) * LEVELS // len(latent)).astype(np.int16)
    names = tuple(f"c{j:02d}" for j in range(latent.shape[1]))
    flags = np.ones(len(names), dtype=bool)
    return Categories(names, codes, np.full(len(names), LEVELS), flags, ~flags)


def bent(customers: int, seed: int) -> np.ndarray:
    """Every column is highest at its own place along one trait (unfolding), with noise."""
    rng = np.random.default_rng(seed)
    trait = np.clip(rng.standard_normal(customers), -2.2, 2.2)[:, None]
    height = -((trait - np.linspace(-1.6, 1.6, COLUMNS)) ** 2)
    height = (height - height.mean(axis=0)) / height.std(axis=0)
    return 0.75 * height + 0.66 * rng.standard_normal((customers, COLUMNS))


def grouped(customers: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Three crowds, roughly in a row."""
    rng = np.random.default_rng(seed)
    group = rng.integers(3, size=customers)
    slopes = rng.choice([-1.1, 1.1], size=COLUMNS)
    places = np.array([-1, 0, 1])[:, None] * slopes + 0.3 * rng.standard_normal((3, COLUMNS))
    return places[group] + rng.standard_normal((customers, COLUMNS)), group


def test_a_row_of_classes_tells_less_than_the_curve_it_was_cut_from() -> None:
    found = sweep(table(bent(700, 5)), most=5, starts=4, seed=1)
    classes = max(f.bic for k, f in found.fits.items() if k > 1)
    assert found.fits[1].bic < classes < found.bent
    assert found.gain(classes) < 0


@pytest.mark.parametrize("seed", [6, 7])
def test_groups_in_a_row_tell_more_than_a_curve_through_them(seed: int) -> None:
    latent, group = grouped(700, seed)
    scores = answers.scores(table(latent))
    assert fit(scores, np.eye(3)[group], (), 20).bic > curve.gain(scores) + 20


def test_columns_that_know_nothing_of_each_other_lie_on_no_curve() -> None:
    noise = np.random.default_rng(8).standard_normal((600, COLUMNS))
    assert curve.gain(answers.scores(table(noise))) == pytest.approx(0, abs=12)


def test_columns_beside_the_curve_add_nothing() -> None:
    latent = bent(600, 11)
    beside = np.column_stack([latent, np.random.default_rng(12).standard_normal((600, 6))])
    alone = curve.gain(answers.scores(table(latent)))
    assert curve.gain(answers.scores(table(beside))) == pytest.approx(alone, abs=15)


def test_neither_a_mirrored_trait_nor_missing_cells_decide() -> None:
    latent = bent(500, 9)
    straight = curve.gain(answers.scores(table(latent)))
    assert curve.gain(answers.scores(table(-latent))) == pytest.approx(straight, rel=0.02)
    holes = table(latent)
    holes.codes[np.random.default_rng(10).random(holes.codes.shape) < 0.1] = -1
    assert 0.6 * straight < curve.gain(answers.scores(holes)) < straight


@pytest.mark.parametrize("latent", [np.zeros((0, 3)), np.zeros((1, 3)), np.zeros((40, 1)), np.zeros((5, 2))])
def test_too_little_for_a_curve(latent: np.ndarray) -> None:
    assert curve.gain(answers.scores(table(latent))) <= 12
