"""Few columns and few customers: groups that hang together within themselves are more than one gradient."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from pipeline.segments.segmentation import Segmentation, segment
from pipeline.segments.settings import Params
from tests.segments.worlds import describe

PARAMS = Params(
    seed=1,
    fit_customers=1500,
    max_segments=5,
    min_segment_share=0.04,
    starts=5,
    umap_seeds=0,
    umap_neighbors=30,
    resamples=6,
    null_resamples=19,
    min_probability=0.5,
    min_stability=0.6,
)


def segmented(columns: np.ndarray) -> Segmentation:
    names = [f"column {j}" for j in range(columns.shape[1])]
    features = pd.DataFrame(columns, columns=names).assign(customer_id=[f"{i:016x}" for i in range(len(columns))])
    return segment(features, describe(features, dict.fromkeys(names, "numeric"), {}), PARAMS, with_cut=False)


def members(found: Segmentation) -> np.ndarray:
    return found.members.sort_values("customer_id")["segment"].to_numpy()


def test_of_fishers_irises_the_species_that_stands_apart_is_a_segment_the_two_that_overlap_are_another():
    measures, species = load_iris(return_X_y=True)
    found = segmented(measures)
    assert found.summary["verdict"] == "natural"
    assert found.summary["segments"] == 2
    setosa = members(found)[species == 0]
    others = members(found)[species > 0]
    assert (setosa == setosa[0]).all()
    assert (others != setosa[0]).mean() > 0.95


def test_long_and_short_waits_are_two_segments_in_two_columns():
    """As of a geyser: a long eruption, a long wait; within each kind, the two hang together only a little."""
    rng = np.random.default_rng(5)
    long = rng.permutation(np.repeat([0, 1], [97, 175]))
    own = rng.multivariate_normal([0, 0], [[1, 0.35], [0.35, 1]], len(long))
    found = segmented(np.array([[2.0, 55.0], [4.3, 80.0]])[long] + own * np.array([0.35, 6.0]))
    assert found.summary["segments"] == 2
    assert (members(found) == (1 - long)).mean() > 0.95


@pytest.mark.parametrize("shape", ["straight", "bent"])
def test_one_gradient_in_few_columns_is_a_continuum(shape: str):
    rng = np.random.default_rng(6)
    trait, own = rng.standard_normal(200), rng.standard_normal((200, 3))
    lifted = trait[:, None] * [1.0, 1.5, 2.0] if shape == "straight" else np.exp(trait[:, None] * [0.5, 0.7, 0.9])
    assert segmented(lifted + 0.7 * own).summary["verdict"] == "none"
