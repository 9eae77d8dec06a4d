"""Classes that shade into one another are one segment; cuts through a continuum are none."""

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import adjusted_rand_score

from pipeline.segments.joined import CLEAR, SHADES, join, left_alone
from pipeline.segments.valley import shading


def memberships(points: np.ndarray, centres: np.ndarray, spread: float = 2.0) -> np.ndarray:
    """As if every class were a round cloud around its centre."""
    return softmax(-((points[:, None, :] - centres) ** 2).sum(axis=2) / (2 * spread**2), axis=1)


@pytest.fixture(scope="module")
def crowds() -> tuple[np.ndarray, np.ndarray]:
    """Three long crowds, and which one each customer is in."""
    rng = np.random.default_rng(3)
    crowd = np.repeat([0, 1, 2], [1500, 900, 600])
    return np.column_stack([rng.uniform(-5, 5, 3000), rng.normal(7.0 * crowd, 1.0)]), crowd


def test_a_crowd_that_took_three_classes_is_one_segment_and_the_other_crowds_two_more(
    crowds: tuple[np.ndarray, np.ndarray],
) -> None:
    points, crowd = crowds
    classes = memberships(points, np.array([[-3.0, 0.0], [0.0, 0.0], [3.0, 0.0], [0.0, 7.0], [0.0, 14.0]]))
    found = join(classes)
    assert found.segments == 3
    assert found.shading <= CLEAR
    assert adjusted_rand_score(crowd, found.memberships(classes).argmax(axis=1)) > 0.98
    np.testing.assert_allclose(found.memberships(classes).sum(axis=1), 1)


def test_classes_that_are_apart_are_left_alone(crowds: tuple[np.ndarray, np.ndarray]) -> None:
    classes = memberships(crowds[0], np.array([[0.0, 0.0], [0.0, 7.0], [0.0, 14.0]]))
    found = join(classes)
    assert found.segment_of.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(found.memberships(classes), classes)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_cuts_through_one_crowd_stay_cuts_and_are_told(classes: int) -> None:
    points = np.random.default_rng(4).normal(size=(3000, 2)) * [3.0, 1.0]
    centres = np.column_stack([np.linspace(-4, 4, classes), np.zeros(classes)])
    found = join(memberships(points, centres))
    assert found.segments == classes
    assert found.shading > SHADES


def test_as_many_as_are_asked_for(crowds: tuple[np.ndarray, np.ndarray]) -> None:
    centres = np.array([[-3.0, 0.0], [0.0, 0.0], [3.0, 0.0], [-2.5, 7.0], [2.5, 7.0]])
    assert [join(memberships(crowds[0], centres), n).segments for n in (1, 2, 4, 5, 9)] == [1, 2, 4, 5, 5]


def test_large_and_small_segments_count_alike_and_the_order_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    points = np.concatenate([rng.normal(0, 1, (2900, 2)), rng.normal(5, 1, (100, 2))])
    centres = np.array([[0.0, 0.0], [5.0, 5.0]])
    apart = shading(memberships(points, centres))
    assert apart[0, 1] == apart[1, 0] < CLEAR
    np.testing.assert_allclose(shading(memberships(points, centres[::-1])), apart[::-1, ::-1])
    assert apart[0, 0] == 0


def test_left_alone_they_are_a_continuum_only_where_every_one_shades_into_another(
    crowds: tuple[np.ndarray, np.ndarray],
) -> None:
    halves = np.array([[-2.5, 0.0], [2.5, 0.0]])
    one_apart = memberships(crowds[0][crowds[1] < 2], np.concatenate([halves, [[0.0, 7.0]]]))
    assert left_alone(one_apart).segments == 3
    assert left_alone(one_apart).shading <= CLEAR
    assert left_alone(memberships(crowds[0][crowds[1] == 0], halves)).shading > SHADES


@pytest.mark.parametrize("classes", [np.zeros((0, 3)), np.ones((5, 1)), np.full((6, 2), 0.5)])
def test_too_little_to_tell_apart(classes: np.ndarray) -> None:
    assert join(classes).segment_of.tolist() == list(range(classes.shape[1]))
    assert left_alone(classes).segment_of.tolist() == list(range(classes.shape[1]))
