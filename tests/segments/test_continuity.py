"""A persona keeps its id from one drop of data to the next, and what became of the others is told."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core import tables
from pipeline.personas.groups import shown_personas
from pipeline.segments.baseline import content_hash, number_of, persona_of, snapshot
from pipeline.segments.continuity import shown_segments
from pipeline.segments.continuity_report import stability_index
from pipeline.segments.identify import Baseline, Identified, identify
from pipeline.segments.schema import MEMBERS, SNAPSHOT_FILE, SUMMARY_FILE
from pipeline.segments.stage import read_baseline
from tests.segments.worlds import World, planted

MADE_BY = {"params": {"seed": 1, "starts": 10}, "data": "d"}


@pytest.fixture(scope="module")
def world() -> World:
    """900 customers in segments 0 … 3, 0 the largest."""
    found = planted(seed=9, n=900, segments=4, relevant=10, irrelevant=4, separation=2.0)
    order = np.argsort(-np.bincount(found.truth), kind="stable")
    return World(found.features, found.dictionary, np.argsort(order)[found.truth])


def members_of(features: pd.DataFrame, labels: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": features["customer_id"], "segment": labels, "probability": 0.9})


def run(
    world: World,
    labels: np.ndarray,
    rows: np.ndarray | None = None,
    baseline: Baseline | None = None,
    **made_by: object,
) -> Identified:
    """The ids that the segments `labels` of the customers `rows` get."""
    rows = np.ones(len(labels), dtype=bool) if rows is None else rows
    features = world.features[rows]
    members = members_of(features, labels[rows])
    sizes = members.loc[members["segment"] >= 0, "segment"].value_counts()
    segments = [int(s) for s, _ in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))]
    return identify(features, world.dictionary, members, segments, MADE_BY | made_by, "code", baseline)


def frozen(world: World, labels: np.ndarray, rows: np.ndarray, with_members: bool = True) -> Baseline:
    """What promote keeps of a first run."""
    found = run(world, labels, rows)
    features = world.features[rows]
    members = members_of(features, labels[rows])
    named = members[["customer_id"]].assign(persona_id=persona_of(features["customer_id"], members, found.persona_ids))
    content = json.loads(json.dumps(found.snapshot | {"code": "code"}))
    return Baseline(content, named if with_members else named.head(0))


def some(world: World, share: float = 0.6) -> np.ndarray:
    return np.random.default_rng(1).random(len(world.truth)) < share


def test_the_first_run_names_by_size(world):
    found = run(world, world.truth)
    assert found.persona_ids == {0: "persona-1", 1: "persona-2", 2: "persona-3", 3: "persona-4"}
    assert found.continuity["baseline"] is False
    assert found.snapshot["next_number"] == 5


@pytest.mark.parametrize("with_members", [True, False])
def test_a_grown_company_keeps_its_personas_whatever_segments_are_called(world, with_members):
    baseline = frozen(world, world.truth, some(world), with_members)
    again = run(world, 3 - world.truth, baseline=baseline)
    assert again.persona_ids == {3: "persona-1", 2: "persona-2", 1: "persona-3", 0: "persona-4"}
    told = again.continuity
    assert (told["births"], told["deaths"], told["splits"], told["merges"]) == ([], [], {}, {})
    assert {one["by"] for one in told["kept"].values()} == {"customers" if with_members else "profiles"}
    assert told["changed"] == {"data": False, "code": False, "params": {}}
    assert max(told["drift"]["features"].values()) < 0.1
    if with_members:
        assert told["migration"]["new"].keys() == {"persona-1", "persona-2", "persona-3", "persona-4"}


def test_other_customers_of_the_same_company_are_matched_by_profile(world):
    first = some(world)
    again = run(world, 3 - world.truth, ~first, frozen(world, world.truth, first))
    assert again.persona_ids == {3: "persona-1", 2: "persona-2", 1: "persona-3", 0: "persona-4"}
    assert {one["by"] for one in again.continuity["kept"].values()} == {"profiles"}


@pytest.mark.parametrize("with_members", [True, False])
def test_a_persona_that_left_is_dead_and_its_number_is_not_given_again(world, with_members):
    baseline = frozen(world, world.truth, some(world), with_members)
    left = run(world, world.truth, world.truth != 1, baseline)
    assert left.persona_ids == {0: "persona-1", 2: "persona-3", 3: "persona-4"}
    assert left.continuity["deaths"] == ["persona-2"]
    assert "persona-2 is no more." in left.continuity["sentences"]
    back = run(world, world.truth, baseline=Baseline(left.snapshot | {"code": "code"}, baseline.members.head(0)))
    assert back.persona_ids[1] == "persona-5"
    assert back.continuity["births"] == ["persona-5"]


def test_a_split_names_its_parts_and_the_larger_keeps_the_id(world):
    halves = np.where((world.truth == 0) & (np.arange(len(world.truth)) % 5 < 2), 4, world.truth)
    told = run(world, halves, baseline=frozen(world, world.truth, some(world)))
    assert told.persona_ids[0] == "persona-1"
    assert told.persona_ids[4] == "persona-5"
    assert told.continuity["splits"] == {"persona-1": ["persona-1", "persona-5"]}


def test_a_merge_names_what_it_was_made_of(world):
    merged = np.where(world.truth == 3, 0, world.truth)
    told = run(world, merged, baseline=frozen(world, world.truth, some(world)))
    assert told.continuity["merges"] == {"persona-1": ["persona-1", "persona-4"]}
    assert told.continuity["deaths"] == ["persona-4"]


def test_params_and_shifts_are_told(world):
    baseline = frozen(world, world.truth, some(world))
    moved = next(c for c in world.features.columns if c.endswith("_lognormal"))
    changed = World(world.features.assign(**{moved: world.features[moved] * 5}), world.dictionary, world.truth)
    told = run(changed, world.truth, baseline=baseline, params={"seed": 2, "starts": 10}, data="other").continuity
    assert told["changed"] == {"data": True, "code": False, "params": {"seed": [1, 2]}}
    assert next(iter(told["drift"]["features"])) == moved
    assert f"Large shifts (stability index 0.25 or more): {moved}." in told["sentences"]
    assert told["sentences"][0] == "Since the baseline data and params changed."


def test_without_segments_all_are_dead_and_nobody_crashes(world):
    told = run(world, np.full(len(world.truth), -1), baseline=frozen(world, world.truth, some(world)))
    assert told.persona_ids == {}
    assert len(told.continuity["deaths"]) == 4


def test_order_and_ids_do_not_change_what_is_frozen(world):
    found = run(world, world.truth).snapshot
    mixed = world.features.sample(frac=1, random_state=2).assign(customer_id=lambda t: [f"x{i}" for i in range(len(t))])
    again = snapshot(
        mixed,
        world.dictionary,
        members_of(mixed, world.truth[mixed.index]),
        {0: "persona-1", 1: "persona-2", 2: "persona-3", 3: "persona-4"},
        MADE_BY,
        1,
    )
    assert again == found
    assert content_hash(mixed) == content_hash(world.features)
    assert content_hash(mixed.assign(r00_numeric=1.0)) != content_hash(world.features)


def test_what_is_frozen_holds_no_customer_and_tells_no_small_cell(world):
    found = run(world, world.truth).snapshot
    text = json.dumps(found)
    assert not any(customer in text for customer in world.features["customer_id"])
    sizes = {name: one["customers"] for name, one in found["personas"].items()}
    for profile in found["profile"].values():
        for name, shares in profile["personas"].items():
            told = [share * sizes[name] for share in shares if 0 < share * sizes[name] < 9.5]
            assert len(told) != 1, "one small cell follows from the others"
            assert max(told, default=0) - min(told, default=0) < 0.01, "small cells are spread evenly"


def test_a_segment_that_is_not_shown_is_no_persona():
    members = pd.DataFrame({"segment": [0, 0, 0, 1, 1, -1]})
    stability = pd.DataFrame({"segment": [0, 1], "verdict": ["not shown", "valid"]})
    assert shown_segments(members, stability, "reproducible") == [1]
    assert shown_segments(members, stability, "none") == []


def test_the_personas_are_called_as_the_segments_stage_settled():
    members = pd.DataFrame({"segment": [0, 0, 1]})
    stability = pd.DataFrame({"segment": [0, 1], "verdict": ["valid", "valid"], "jaccard": [0.8, 0.8]})
    shown = shown_personas(members, stability, "natural", {"0": "persona-7", "1": "persona-2"})
    assert [one.persona_id for one in shown] == ["persona-7", "persona-2"]
    assert [one.persona_id for one in shown_personas(members, stability, "natural")] == ["persona-1", "persona-2"]


@pytest.mark.parametrize(("before", "now"), [([1.0, 0.0], [0.0, 1.0]), ([0.0, 0.0], [0.5, 0.5])])
def test_the_stability_index_bears_empty_cells(before, now):
    assert np.isfinite(stability_index(before, now))


def test_numbers_of_ids():
    assert [number_of(name) for name in ("persona-7", "nobody")] == [7, 0]


def test_promote_freezes_what_the_stage_wrote(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run(world, world.truth)
    folder = Path("data/segments")
    members = members_of(world.features, world.truth).assign(assigned_by="fit")
    tables.write(members, folder, MEMBERS)
    tables.write_json(found.snapshot, folder / SNAPSHOT_FILE)
    tables.write_json({"persona_ids": {str(k): v for k, v in found.persona_ids.items()}}, folder / SUMMARY_FILE)
    done = CliRunner().invoke(app, ["promote"])
    assert done.exit_code == 0, done.output
    assert "persona-1 (" in done.output
    kept = pd.read_parquet("baseline/members.parquet")
    assert kept["persona_id"].value_counts()["persona-1"] == (world.truth == 0).sum()
    again = run(world, 3 - world.truth, baseline=read_baseline(Path("baseline")))
    assert again.persona_ids[3] == "persona-1"
    assert {one["by"] for one in again.continuity["kept"].values()} == {"customers"}
    Path("baseline/members.parquet").unlink()
    elsewhere = run(world, 3 - world.truth, baseline=read_baseline(Path("baseline")))
    assert elsewhere.persona_ids == again.persona_ids
    assert {one["by"] for one in elsewhere.continuity["kept"].values()} == {"profiles"}
    assert read_baseline(Path("nowhere")) is None


def test_promote_without_personas_or_a_run_says_so(world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["promote"])
    assert done.exit_code == 1
    assert "Run stage `segments` first" in done.output
    empty = run(world, np.full(len(world.truth), -1))
    tables.write_json(empty.snapshot, Path("data/segments") / SNAPSHOT_FILE)
    done = CliRunner().invoke(app, ["promote"])
    assert done.exit_code == 1
    assert "no personas to freeze" in done.output
