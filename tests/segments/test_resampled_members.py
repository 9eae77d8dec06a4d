"""Customers drawn anew and clustered anew: segments that stand apart come back, those that do not are shaken."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core.settings import read_yaml
from pipeline.segments.command import DEFAULTS
from pipeline.segments.resampled_members import matched, resampled_members
from pipeline.segments.schema import RESAMPLED
from pipeline.segments.settings import StageParams

PARAMS = StageParams(**read_yaml(DEFAULTS)["segments"]).model_copy(update={"bootstrap_runs": 3})
COLUMNS = [f"answer_{number}" for number in range(6)]


def company(apart, customers=240, seed=4):
    """Two segments whose answers differ with probability `apart`; (features, dictionary, members)."""
    rng = np.random.default_rng(seed)
    segment = np.arange(customers) % 2
    ids = [f"{number:04d}" for number in range(customers)]
    own = rng.random((customers, len(COLUMNS))) < apart
    answers = np.where(own, segment[:, None], rng.integers(0, 2, own.shape))
    features = pd.DataFrame({"customer_id": ids, **dict(zip(COLUMNS, answers.T.astype(float), strict=True))})
    dictionary = pd.DataFrame({"column": COLUMNS, "block": "attitudinal", "kind": "binary", "role": "segment"})
    return features, dictionary, pd.DataFrame({"customer_id": ids, "segment": segment})


def test_segments_that_stand_apart_come_back():
    features, dictionary, members = company(0.95)
    table = resampled_members(features, dictionary, members, COLUMNS, PARAMS)
    RESAMPLED.check(table)
    for run in range(3):
        assert table[f"copies_{run}"].sum() == len(members)
        assert (table[f"segment_{run}"] == members["segment"]).mean() > 0.97
    assert not table["copies_0"].equals(table["copies_1"]), "each run draws other customers"


def test_the_order_of_rows_does_not_matter_and_the_seed_does():
    features, dictionary, members = company(0.7)
    table = resampled_members(features, dictionary, members, COLUMNS, PARAMS)
    shuffled = resampled_members(features.sample(frac=1, random_state=1), dictionary, members[::-1], COLUMNS, PARAMS)
    pd.testing.assert_frame_equal(shuffled, table)
    other = resampled_members(features, dictionary, members, COLUMNS, PARAMS.model_copy(update={"seed": 2}))
    assert not other.equals(table)


def test_doubtful_segments_are_shaken():
    features, dictionary, members = company(0.35)
    table = resampled_members(features, dictionary, members, COLUMNS, PARAMS)
    same = np.mean([(table[f"segment_{run}"] == members["segment"]).mean() for run in range(3)])
    assert 0.3 < same < 0.9


@pytest.mark.parametrize("carriers", [[], COLUMNS])
def test_without_segments_nobody_is_drawn(carriers):
    features, dictionary, members = company(0.9)
    nobody = members.assign(segment=-1) if carriers else members
    assert list(resampled_members(features, dictionary, nobody, carriers, PARAMS)) == ["customer_id"]


def test_labels_are_matched_by_the_customers_they_share_counted_by_their_copies():
    labels, again = np.array([0, 0, 0, 1, 1, -1]), np.array([1, 1, -1, 0, 2, 2])
    ones = np.ones(6, dtype=int)
    assert matched(labels, again, ones, 2).tolist() == [1, 0, -1, -1]
    # The customer who was in class 0 was not drawn, the one in class 2 thrice.
    assert matched(labels, again, np.array([1, 1, 1, 0, 3, 1]), 2).tolist() == [-1, 0, 1, -1]
    assert matched(labels, np.full(6, -1), ones, 2).tolist() == [-1]
