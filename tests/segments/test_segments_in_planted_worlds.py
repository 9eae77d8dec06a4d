"""Planted segments are found, absent ones are denied, and nothing but content decides."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from pipeline.segments.schema import CANDIDATES, MAP, MEMBERS, STABILITY
from pipeline.segments.segmentation import Segmentation, segment
from pipeline.segments.settings import Params
from tests.segments.worlds import World, planted, structureless

PARAMS = Params(
    seed=1,
    fit_customers=4000,
    max_segments=6,
    min_segment_share=0.04,
    starts=6,
    umap_seeds=0,
    umap_neighbors=30,
    resamples=6,
    null_resamples=19,
    min_probability=0.7,
    min_stability=0.6,
)


def labels_of(result: Segmentation, world: World) -> np.ndarray:
    return result.members.set_index("customer_id").loc[world.features["customer_id"], "segment"].to_numpy()


@pytest.fixture(scope="module")
def world() -> World:
    return planted(seed=4, n=900, segments=4, relevant=12, irrelevant=8)


@pytest.fixture(scope="module")
def found(world) -> Segmentation:
    before = world.features.copy(deep=True)
    result = segment(world.features, world.dictionary, PARAMS)
    pd.testing.assert_frame_equal(world.features, before)
    return result


def test_finds_the_planted_segments_and_leaves_out_what_knows_nothing(world, found):
    truth, labels = world.truth, labels_of(found, world)
    assert found.summary["verdict"] == "natural"
    assert found.summary["segments"] == 4
    assert adjusted_rand_score(truth[labels >= 0], labels[labels >= 0]) > 0.9
    assert found.summary["unassigned_share"] < 0.1
    carriers = found.summary["carriers"]
    assert sum(name.startswith("x") for name in carriers) <= 1
    assert sum(name.startswith(("r", "hours")) for name in carriers) >= 10


def test_beats_k_means_that_is_told_the_number_of_segments(world, found):
    numbers = world.features.select_dtypes("number")
    filled = numbers.fillna(numbers.median())
    scaled = (filled - filled.mean()) / filled.std()
    naive = KMeans(4, n_init=5, random_state=0).fit_predict(scaled)
    ours = adjusted_rand_score(world.truth, labels_of(found, world))
    assert ours > adjusted_rand_score(world.truth, naive)


def test_tables_keep_their_contracts(world, found):
    members = MEMBERS.check(found.members)
    assert members["customer_id"].is_monotonic_increasing
    sizes = members.loc[members["segment"] >= 0, "segment"].value_counts().sort_index()
    assert sizes.is_monotonic_decreasing, "segment 0 must be the largest"
    soft = members[[f"p_{k}" for k in range(4)]]
    np.testing.assert_allclose(soft.sum(axis=1), 1.0)
    np.testing.assert_allclose(soft.max(axis=1), members["probability"])
    unsure = members["probability"] < PARAMS.min_probability
    assert (members.loc[unsure, "segment"] == -1).all()
    assert ((members["assigned_by"] == "unassigned") == (members["segment"] == -1)).all()
    stability = STABILITY.check(found.stability)
    assert stability["size"].tolist() == sizes.tolist()
    candidates = CANDIDATES.check(found.candidates)
    assert candidates["chosen"].sum() == 1
    assert (candidates["reason"] != "").all()
    assert len(MAP.check(found.map)) == len(members)


def test_neither_row_order_nor_column_order_nor_pseudonyms_decide(world, found):
    rng = np.random.default_rng(8)
    rows = rng.permutation(len(world.features))
    columns = ["customer_id", *rng.permutation(world.features.columns[1:])]
    shuffled = world.features.iloc[rows][columns].reset_index(drop=True)
    other_key = {old: f"{v:016x}" for old, v in zip(shuffled["customer_id"], rng.permutation(10_000), strict=False)}
    renamed = shuffled.assign(customer_id=shuffled["customer_id"].map(other_key)).sort_values("customer_id")
    again = segment(renamed.reset_index(drop=True), world.dictionary.sample(frac=1, random_state=2), PARAMS)
    back = {new: old for old, new in other_key.items()}
    theirs = again.members.assign(customer_id=again.members["customer_id"].map(back)).sort_values("customer_id")
    pd.testing.assert_frame_equal(theirs.reset_index(drop=True), found.members)
    pd.testing.assert_frame_equal(again.candidates, found.candidates)
    assert again.summary == found.summary


def test_another_seed_changes_nothing_material(world, found):
    other = segment(world.features, world.dictionary, PARAMS.model_copy(update={"seed": 99}))
    assert adjusted_rand_score(labels_of(found, world), labels_of(other, world)) > 0.98


def test_a_monotone_transform_of_numbers_counts_and_ordinals_changes_nothing(world, found):
    numbers = world.dictionary.loc[world.dictionary["kind"].isin(["numeric", "count", "ordinal"]), "column"]
    assert len(numbers) > 10
    bent = world.features.assign(**{name: world.features[name] ** 3 + 7 for name in numbers})
    again = segment(bent, world.dictionary, PARAMS)
    pd.testing.assert_frame_equal(again.members, found.members)


def test_twins_share_a_segment_and_customers_beyond_the_fit_are_assigned(world):
    twins = world.features.assign(customer_id=[f"f{i:015x}" for i in range(len(world.features))])
    doubled = pd.concat([world.features, twins], ignore_index=True)
    result = segment(doubled, world.dictionary, PARAMS.model_copy(update={"fit_customers": 600}))
    members = result.members.set_index("customer_id")
    first, second = members.loc[world.features["customer_id"]], members.loc[twins["customer_id"]]
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))
    assert {"fit", "nearest"} <= set(members["assigned_by"])
    labels = first["segment"].to_numpy()
    assert adjusted_rand_score(world.truth[labels >= 0], labels[labels >= 0]) > 0.85


def test_every_customer_twice_gives_the_same_segments(world, found):
    twins = world.features.assign(customer_id=[f"f{i:015x}" for i in range(len(world.features))])
    doubled = segment(pd.concat([world.features, twins], ignore_index=True), world.dictionary, PARAMS)
    assert doubled.summary["segments"] == found.summary["segments"]
    assert adjusted_rand_score(labels_of(found, world), labels_of(doubled, world)) >= 0.98


@pytest.mark.parametrize("kind", ["independent", "gradient"])
def test_where_nothing_was_planted_nothing_is_found(kind):
    world = structureless(3, kind, n=800, columns=12)
    result = segment(world.features, world.dictionary, PARAMS)
    assert result.summary["verdict"] == "none"
    assert result.summary["sentence"].startswith("No segment structure")
    assert (MEMBERS.check(result.members)["segment"] == -1).all()
    assert not CANDIDATES.check(result.candidates)["chosen"].any()
    assert STABILITY.check(result.stability).empty
