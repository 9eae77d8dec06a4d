"""Nothing that is published of journeys lets a reader work out a count of 1 to the floor less 1."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.core.suppression import hidden_counts, hidden_parts
from pipeline.report.content.build import build
from pipeline.report.content.held import with_held
from pipeline.report.content.journey import moves, steps
from pipeline.report.stage import read
from tests.report.derivable import of_content
from tests.report.reports_for_tests import MIN_CELL, TITLE, paths_of
from tests.report.tables_for_tests import build as build_tables
from tests.report.world_for_tests import World

LADDER = ["seen", "tried", "bought"]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    build_tables(folder, World())
    return read(paths_of(folder, folder))


def company(rng, sizes):
    """Furthest stage of each journey, whether it is open, its group and level: what a funnel counts."""
    group = np.repeat(list(sizes), list(sizes.values()))
    n = len(group)
    chance = {g: rng.dirichlet([1.0, 1.0, rng.choice([0.05, 1.0])]) for g in sizes}
    furthest = np.array([rng.choice(3, p=chance[g]) for g in group])
    unfollowed = (rng.random(n) < 0.2) & (furthest < 2)
    level = rng.choice(["Type A", "Type B", "Type C"], n, p=[0.7, 0.27, 0.03])
    gone = ~unfollowed & (rng.random(n) < 0.5)
    return pd.DataFrame({"group": group, "furthest": furthest, "open": unfollowed, "gone": gone, "level": level})


def funnel_of(people, by, group):
    n = len(people)
    rows = []
    for step, stage in enumerate(LADDER):
        reached = int((people["furthest"] >= step).sum())
        left = int((people["open"] & (people["furthest"] < step)).sum())
        before = int((people["furthest"] >= max(step - 1, 0)).sum())
        share = reached / n if n else None
        told = dict.fromkeys(("probability", "lower", "upper", "observed_share"), share)
        told |= {"observed_lower": share, "observed_upper": share, "std_error": 0.0, "median_days": 3.0}
        rows.append(
            {"group_by": by, "group": group, "step": step, "stage": stage, "window_days": 120.0, "entered": n,
             "reached": reached, "of_previous": reached / before if before else None,
             "not_followed_up": left / n if n else None, **told}
        )  # fmt: skip
    return pd.DataFrame(rows)


def moves_of(people, by, group):
    rows = []
    for step, stage in enumerate(LADDER[:-1]):
        there = people[people["furthest"] >= step]
        n, on, stayed = len(there), int((there["furthest"] > step).sum()), there[there["furthest"] == step]
        left = int(stayed["open"].sum())
        for to, k in ((LADDER[step + 1], on), ("gone", int(stayed["gone"].sum()))):
            share = k / n if n else None
            told = dict.fromkeys(("probability", "lower", "upper"), share)
            rows.append(
                {"group_by": by, "group": group, "from": stage, "to": to, "horizon_days": 90.0, "at_risk": n,
                 "moved": k, "censored": left, "std_error": 0.0, **told}
            )  # fmt: skip
    return pd.DataFrame(rows)


def world(inputs, seed, few):
    """`inputs` with counts of a made-up company; `few`: how many are unassigned, and whether they are in all."""
    rng = np.random.default_rng([seed, 7])
    sizes = {f"persona-{i + 1}": int(n) for i, n in enumerate(rng.integers(25, 160, size=5))}
    people = company(rng, {**sizes, "unassigned": few})
    outside = ["unassigned"] if few < MIN_CELL else []
    told = people[~people["group"].isin(outside)]
    groups = [("all", "all", told), *(("persona", g, people[people["group"] == g]) for g in [*sizes, "unassigned"])]
    levels = [("campaign_type", level, part) for level, part in told.groupby("level")]
    summary = {**inputs.journeys, "journeys": len(told), "left_out_of_all": outside, "ladder": LADDER}
    return replace(
        inputs,
        journeys=summary,
        funnel=pd.concat([funnel_of(part, by, g) for by, g, part in [*groups, *levels]], ignore_index=True),
        transitions=pd.concat([moves_of(part, by, g) for by, g, part in groups], ignore_index=True),
        curves=inputs.curves.iloc[:0],
        reached=inputs.reached.iloc[:0],
        comparisons=inputs.comparisons.iloc[:0],
        effects=inputs.effects.iloc[:0],
        next_tests=inputs.next_tests.iloc[:0],
        map={name: table.iloc[:0] for name, table in inputs.map.items()},
    )


@pytest.mark.parametrize("few", [4, 14])
@pytest.mark.parametrize("seed", range(4))
def test_no_difference_of_what_is_told_of_journeys_tells_of_few(inputs, seed, few):
    content = build(world(inputs, seed, few), TITLE, MIN_CELL, 400)
    assert list(of_content(content, MIN_CELL)) == []
    assert ("leaves out those of unassigned" in content["journeys"]["left_out"]) == (few < MIN_CELL)
    stages = [s for page in content["pages"].values() for s in page["journey"]["funnel"]]
    assert sum(s["probability"]["value"] is not None for s in stages) > len(stages) / 2, "little is held back"


def test_outsiders_learn_no_more(inputs):
    content = build(world(inputs, 3, 14), TITLE, 30, 400, "external")
    assert list(of_content(content, 30)) == []


def test_the_attack_finds_what_totals_tell_where_only_small_cells_are_hidden(inputs, monkeypatch):
    few = world(inputs, 0, 4)
    everybody = funnel_of(company_of(few), "all", "all")
    told = replace(
        few,
        funnel=pd.concat([everybody, few.funnel[few.funnel["group_by"] != "all"]], ignore_index=True),
        journeys={**few.journeys, "left_out_of_all": []},
    )
    nothing_held = with_held(told, 1)
    monkeypatch.setattr("pipeline.report.content.held.with_held", lambda found, _: nothing_held)
    found = list(of_content(build(told, TITLE, MIN_CELL, 400), MIN_CELL))
    assert "funnel: unassigned by subtraction: began = 4" in found


def company_of(few):
    """People who make up the same counts as the groups of `few` together."""
    of_groups = few.funnel[few.funnel["group_by"] == "persona"]
    reached = of_groups.groupby("step")["reached"].sum()
    furthest = np.repeat([0, 1, 2], [reached[0] - reached[1], reached[1] - reached[2], reached[2]])
    return pd.DataFrame({"furthest": furthest, "open": False})


def test_an_intermediate_stage_gives_way_where_few_stopped_there(inputs):
    """60 of 70 who tried, bought: the ten can be told; of 66 the six cannot, and trying is held back, not buying."""
    rows = pd.concat([person(a, b) for a, b in ((70, 60), (66, 60))], ignore_index=True)
    own = with_held(replace(inputs, funnel=rows, transitions=inputs.transitions.iloc[:0]), MIN_CELL).funnel
    one, other = (steps(own[own["group"] == g], MIN_CELL) for g in ("persona-70", "persona-66"))
    assert [s["reached"]["text"] for s in one] == ["100", "70", "60"]
    assert [s["reached"]["text"] for s in other] == ["100", "held back", "60"]
    assert other[2]["of_previous"]["value"] is None
    assert other[2]["of_previous"]["n"] is None


def person(tried, bought):
    furthest = np.repeat([0, 1, 2], [100 - tried, tried - bought, bought])
    return funnel_of(pd.DataFrame({"furthest": furthest, "open": False}), "persona", f"persona-{tried}")


def test_who_stays_gives_way_before_who_moves_on(inputs):
    """Of 60 stays 40 moved on, 14 are still there: the six others would be told by subtraction."""
    row = {"group_by": "persona", "group": "persona-1", "from": "seen", "to": "tried", "horizon_days": 90.0}
    share = dict.fromkeys(("probability", "lower", "upper"), 40 / 60)
    told = pd.DataFrame([{**row, **share, "at_risk": 60, "moved": 40, "censored": 14, "std_error": 0.1}])
    found = with_held(replace(inputs, funnel=inputs.funnel.iloc[:0], transitions=told), MIN_CELL).transitions
    (move,) = moves(found, MIN_CELL)
    assert [move[name]["text"] for name in ("at_risk", "moved", "censored")] == ["60", "40", "held back"]


@pytest.mark.parametrize("seed", range(20))
def test_parts_of_a_whole_leave_nobody_or_enough(seed):
    rng = np.random.default_rng(seed)
    parts = rng.poisson(rng.choice([2, 12, 40], size=5))
    hide = hidden_parts(parts, int(parts.sum()), MIN_CELL)
    assert not ((parts[~hide] > 0) & (parts[~hide] < MIN_CELL)).any()
    assert parts[hide].sum() == 0 or parts[hide].sum() >= MIN_CELL or not parts[~hide].any()


def test_counts_that_are_hidden_already_stay_so_and_nothing_is_changed():
    counts, known = np.array([[100, 60], [80, 40]]), np.array([[False, True], [False, False]])
    before = known.copy()
    flags = hidden_counts(counts, np.eye(2, dtype=np.int64), np.ones((2, 2)), MIN_CELL, known=known)
    assert flags.tolist() == before.tolist() == known.tolist()


def trial_of(groups):
    """Rows of `effects`: group -> customers of whom some bought, in the control arm and in the other."""
    rows = [
        {"experiment": "mail", "group": group, "variant": "news", "outcome": "bought", "n_control": n, "n_variant": m,
         "share_control": k / n, "share_variant": j / m, "effect": j / m - k / n, "lower": -0.1, "upper": 0.3,
         "p_value": 0.2, "p_adjusted": 0.4}
        for group, ((k, n), (j, m)) in groups.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("few", "everybody", "held"),
    [(3, ((43, 151), (90, 161)), True), (20, ((60, 151), (90, 161)), False)],
)
def test_an_outcome_of_few_takes_the_shares_of_everybody_with_it(inputs, few, everybody, held):
    parts = {"persona-1": ((40, 101), (60, 100)), "persona-2": ((few, 50), (30, 61))}
    rows = trial_of({"all": everybody, **parts, "unassigned": ((1, 3), (1, 4))})
    content = build(replace(world(inputs, 0, 4), effects=rows), TITLE, MIN_CELL, 400)
    assert list(of_content(content, MIN_CELL)) == []
    whole = content["experiments"][0]["rows"][0]
    assert [whole[arm]["text"] == "held back" for arm in ("control", "treated")] == [held, held]
    assert whole["effect"]["value"] == (pytest.approx(rows["effect"].iloc[0], abs=0.005 if held else 1e-12))
