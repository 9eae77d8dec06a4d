"""Pictures of the segmentation: what is told is drawn, small cells are gaps."""

import numpy as np
import pandas as pd
import pytest

from pipeline.report.content import segments as content
from pipeline.report.content.groups import persona_group
from pipeline.report.content.labels import read_dictionary
from pipeline.report.figures import segments as figures
from tests.report.world_for_tests import World, dictionary_of, labels_of, people_of, profile_of

SHARES = (0.5, 0.3, 0.15)


def personas_json(count: int) -> dict:
    rows = [
        {"persona_id": f"persona-{i + 1}", "segment": i, "name": f"Kind {i + 1}", "customers": int(1000 * SHARES[i]),
         "share": SHARES[i], "stability": 0.95 - 0.1 * i}
        for i in range(count)
    ]  # fmt: skip
    return {"personas": rows, "unassigned": {"customers": 5, "share": 0.005}}


def test_sizes_with_stability_hold_small_cells_back():
    rows = content.sized(personas_json(3), 10)
    assert [r["share"] for r in rows] == [0.5, 0.3, 0.15, None]
    drawn = figures.size_and_stability(rows)
    assert drawn is not None
    assert drawn.description == (
        "Kind 1 50%, Jaccard 0.95; Kind 2 30%, Jaccard 0.85; Kind 3 15%, Jaccard 0.75; Unassigned too few to show"
    )
    assert ">too few<" in drawn.inline
    assert ">0.5%<" not in drawn.inline
    assert figures.size_and_stability(content.sized(personas_json(0), 10)) is None


def test_the_sweep_marks_the_chosen_one_and_its_plateau():
    frame = pd.DataFrame(
        [
            ("latent-class-2", "latent class", 2, 0.5, np.nan, False),
            ("latent-class-3", "latent class", 3, 0.98, np.nan, False),
            ("latent-class-4", "latent class", 4, 1.0, 0.9, True),
            ("latent-class-5", "latent class", 5, 0.7, 0.4, False),
            ("hdbscan", "HDBSCAN", 2, -0.3, np.nan, False),
        ],
        columns=["candidate", "family", "segments", "score", "stability", "chosen"],
    )
    rows = content.tried(frame)
    assert [r["passed"] for r in rows] == [False, False, True, False, False]
    assert figures._plateau(rows) == (3, 4)
    drawn = figures.sweep(rows)
    assert drawn is not None
    assert "HDBSCAN, 2: -0.30" in drawn.description.replace("−", "-")
    assert ">chosen<" in drawn.inline
    assert ">as good<" in drawn.inline
    nothing = figures.sweep(content.tried(frame.assign(chosen=False)))
    assert nothing is not None
    assert ">as good<" not in nothing.inline
    assert figures.sweep([]) is None


def test_the_consensus_matrix_shows_how_often_pairs_meet():
    frame = pd.DataFrame({"segment": [0, 0, 1, 1], "other": [0, 1, 0, 1], "together": [0.97, 0.08, 0.08, 0.81]})
    found = content.met(frame, personas_json(2))
    drawn = figures.consensus(found["cells"], found["groups"])
    assert drawn is not None
    assert drawn.description == "Pairs of members of one segment that meet again: Kind 1 97%; Kind 2 81%."
    assert drawn.inline.count(">8%<") == 2
    nothing = content.met(frame.head(0), personas_json(2))
    assert figures.consensus(nothing["cells"], nothing["groups"]) is None


def test_silhouettes_leave_out_a_segment_of_too_few():
    frame = pd.DataFrame(
        {"segment": [0] * 3 + [1], "share": [0.25, 0.5, 0.75, 0.5], "silhouette": [-0.1, 0.2, 0.4, 0.3]}
    )
    drawn = figures.silhouettes(content.widths(frame, personas_json(2)))
    assert drawn is not None
    assert drawn.description == "Middle values: Kind 1 0.20."
    assert figures.silhouettes(content.widths(frame.head(0), personas_json(2))) is None


@pytest.mark.parametrize("count", [3, 8])
def test_profiles_show_what_tells_a_segment_from_all(count):
    world = World(personas=count)
    rng = np.random.default_rng(1)
    labels = labels_of(rng, world)
    dictionary = dictionary_of(world)
    profile = profile_of(people_of(rng, world, labels), labels, dictionary)
    groups = [persona_group({"persona_id": f"persona-{i + 1}", "name": f"Kind {i + 1}"}) for i in range(count)]
    rows = content.profiled(profile, read_dictionary(dictionary), ["plan"], groups, 10)
    assert 3 <= len(rows) <= content.MOST_TRAITS
    assert all(row["cells"].keys() == {g["id"] for g in groups} for row in rows)
    drawn = figures.profiles(rows, groups)
    assert [p.name for p in drawn] == [f"profiles-{i + 1}" for i in range(-(-count // 6))]
    few = content.profiled(profile, read_dictionary(dictionary), [], groups, 10**6)
    assert all(cell["value"] is None for row in few for cell in row["cells"].values())
    assert figures.profiles([], groups) == []
    assert content._marked(0.6, 0.3) == {"value": 0.6, "marker": True}
    assert content._marked(0.04, 0.02) == {"value": 0.04, "marker": False}
