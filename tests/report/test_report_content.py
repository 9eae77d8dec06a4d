"""The content holds the tables' numbers, hides small cells and says what is absent."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.core.sources import EntrySettings
from pipeline.experiments.schema import EFFECTS
from pipeline.ingest.schema import RECONCILIATION, REJECTS, REJECTS_PER_REASON
from pipeline.journeys.schema import CURVES, FUNNEL, REACHED, TRANSITIONS
from pipeline.personas.schema import CLAIMS, KPIS
from pipeline.report.content.build import build
from pipeline.report.content.card import week
from pipeline.report.content.evidence import trait
from pipeline.report.content.groups import persona_group
from pipeline.report.content.held import with_held
from pipeline.report.content.journey import moves, steps, summary
from pipeline.report.content.labels import Entry, read_dictionary
from pipeline.report.content.methods import limits
from pipeline.report.content.overview import map_points, separators
from pipeline.report.content.persona import persona_page
from pipeline.report.content.sources import identity
from pipeline.report.content.sources import reasons as reasons_of
from pipeline.report.content.topics import topics
from pipeline.report.content.worth import worth
from pipeline.report.figures.draw import FEW, STILL, stays
from pipeline.report.stage import read
from tests.report.reports_for_tests import MIN_CELL, content_of, paths_of


@pytest.fixture(scope="module")
def made(report):
    """Content of five personas as written, and the folder of its tables."""
    folder = report("five")
    return json.loads((folder / "content.json").read_text(encoding="utf-8")), folder.parent / "data"


def test_the_last_day_told_is_the_last_day_observed(made):
    told = {item["label"]: item["text"] for item in made[0]["basis"]}
    assert told["Observed"] == "1 January 2025 to 31 December 2025"


def test_every_claim_is_told_with_its_own_figures(made):
    content, data = made
    rows = tables.read(data / "personas", CLAIMS).set_index("claim_id")
    shown = {r["anchor"]: r for page in content["pages"].values() for part in page["evidence"] for r in part["rows"]}
    assert set(shown) == set(rows.index)
    for claim_id, row in rows.iterrows():
        cell = shown[claim_id]["cell"]
        assert (cell["value"], cell["lower"], cell["upper"], cell["n"]) == tuple(row[["value", "lower", "upper", "n"]])
        assert shown[claim_id]["others"]["value"] == row["rest_value"]
        assert shown[claim_id]["sentence"] == row["sentence"]


def test_worth_that_is_held_back_is_not_told_as_no_buyers(made):
    inputs = read(paths_of(made[1], made[1]))
    held = inputs.worth.assign(buyers=float("nan")).assign(persona_id="persona-1").head(1)
    told = worth("persona-1", replace(inputs, worth=held), 10)
    assert told["note"].startswith("Held back: fewer than 10 of them ever bought.")
    assert (told["value"], told["shares"], told["figures"]) == (None, [], [])


def test_joining_that_met_nothing_says_so_and_zeros_are_not_listed(made):
    inputs = read(paths_of(made[1], made[1]))
    told = dict.fromkeys(("conflicts", "oversized_groups", "ignored_identifiers", "shared_devices"), 0)
    for found, said in ((told, "no conflict."), (told | {"shared_devices": 2}, "2 devices of several people.")):
        ingest = {**inputs.ingest, "identity": found}
        assert identity(replace(inputs, ingest=ingest)) == f"Joining identifiers into customers met {said}"


def test_what_divides_two_personas_is_told_though_the_table_holds_it_back(made):
    data = made[1]
    inputs = read(paths_of(data, data))
    own = inputs.claims["persona_id"].isin(["persona-1", "persona-2"]) & (inputs.claims["statistic"] == "share")
    first = inputs.claims[own].groupby("persona_id").head(1)
    levels = {"persona-1": "One year", "persona-2": "Two year"}
    told = first.assign(column="contract", level=first["persona_id"].map(levels), value=0.9, bound="at least")
    claims = pd.concat([inputs.claims.drop(first.index), told])
    content = build(replace(inputs, claims=claims), "t", 10, 100)
    pair = next(p for p in content["pairs"] if p["name"] == "compare-1-2")
    words = "They differ most in: Contract (“One year” for at least 90% against “Two year” for at least 90%); "
    assert pair["sentence"].startswith(words)
    assert pair["sentence"].count("Contract") == 1


def test_what_customers_use_is_not_where_to_meet_them():
    parts = [{"theme": theme, "rows": []} for theme in ("technographic", "channel")]
    themes = {topic["key"]: topic["themes"] for topic in topics(parts)}
    assert (themes["reach"], themes["habits"]) == (["channel"], ["technographic"])


def test_limits_name_the_page_of_what_was_set_aside_and_no_share_of_nobody(made):
    inputs = read(paths_of(made[1], made[1]))
    alone = {**inputs.personas, "unassigned": {"customers": 0, "share": 0.0}}
    dropped = {**inputs.segments, "dropped_columns": {"a": "the same for 99.9% of the customers"}}
    said = limits(replace(inputs, personas=alone, segments=dropped))
    assert said[-1] == "One feature was set aside before segments were looked for: the page “Segments” says why."
    assert not any("belong to no persona" in text for text in said)


@pytest.mark.parametrize(
    ("levels", "label", "text", "interval", "others"),
    [
        (("1", "2", "3", "4+"), "Household size", "2.00", "1.95–2.05", "2.29"),
        (("19-24", "25-34", "65+"), "Household size (0 is “19-24”, 2 is “65+”)", "1.00", "0.95–1.05", "1.29"),
    ],
)
def test_a_mean_of_an_ordinal_is_in_its_own_numbers_or_says_what_it_is_measured_by(
    levels, label, text, interval, others
):
    size = Entry("s", "Household size", "demographic", "ordinal", "segment", "demographic", "", "people", levels, 0, "")
    row = {"column": "s", "level": "", "statistic": "mean", "value": 1.0, "lower": 0.95, "upper": 1.05, "n": 300}
    row |= {"rest_value": 1.29, "difference": -0.3, "persona_id": "persona-1", "group_by": "persona", "group": "p"}
    shown = trait(row, {"s": size}, {}, 10)
    assert (shown["label"], shown["cell"]["text"], shown["cell"]["interval"]) == (label, text, interval)
    assert shown["others"]["text"] == others
    assert (shown["cell"]["value"], shown["others"]["value"]) == (1.0, 1.29), "the number is the table's"


def test_every_key_figure_is_the_tables(made):
    content, data = made
    rows = tables.read(data / "personas", KPIS).set_index(["kpi", "persona_id"])
    ids = [g["id"] for g in content["groups"]]
    told = {(k["kpi"], i): c for k in content["key_figures"] for i, c in zip(ids, k["cells"], strict=True)}
    assert {key for key, cell in told.items() if cell} == set(rows.index)
    assert all(told[key]["value"] == row["value"] for key, row in rows.iterrows())


def test_funnels_and_transitions_are_the_tables_or_a_bound(made):
    content, data = made
    funnel = tables.read(data / "journeys", FUNNEL)
    moved = tables.read(data / "journeys", TRANSITIONS)
    seen = 0
    for persona_id, page in content["pages"].items():
        own = funnel[funnel["group"] == persona_id].set_index("stage")
        for step in page["journey"]["funnel"]:
            row = own.loc[step["stage"]]
            small = 0 < row["reached"] < 10 or 0 < row["entered"] - row["reached"] < 10
            assert step["probability"]["value"] == (None if small else row["probability"])
            assert step["observed"]["value"] == (None if small else row["observed_share"])
            seen += small
        chances = [m["probability"]["value"] for m in page["journey"]["transitions"]]
        expected = moved[moved["group"] == persona_id]
        assert [c for c in chances if c is not None] == [
            p
            for p, k, n in zip(expected["probability"], expected["moved"], expected["at_risk"], strict=True)
            if n >= 10 and not 0 < k < 10 and not 0 < n - k < 10
        ]
    assert seen > 0, "the made-up funnels must hold a small cell"


def test_curves_sum_to_one_and_stop_where_too_few_are_watched(made):
    content, data = made
    rows = tables.read(data / "journeys", CURVES)
    curve = content["journeys"]["all"]["curve"]
    assert len(curve["days"]) == rows["day"].nunique()
    wide = rows[rows["group_by"] == "all"].pivot(index="day", columns="state", values="probability")
    began = content["journeys"]["all"]["funnel"][0]["entered"]["value"]
    assert sum(s["last"] for s in curve["states"]) == pytest.approx(1.0, abs=3 * MIN_CELL / began)
    for state in curve["states"]:
        tens = [value * began / MIN_CELL for value in state["values"] if value < 1]
        assert tens == pytest.approx([round(t) for t in tens], abs=0.01), "nobody sees fewer than ten come or go"
        assert state["values"] == pytest.approx(wide[state["name"]].tolist(), abs=MIN_CELL / began)


def test_rows_of_each_source_reconcile_and_are_shown(made):
    content, data = made
    rows = tables.read(data / "ingest", RECONCILIATION).set_index("source")
    for shown in content["data"]["reconciliation"]:
        assert shown["numbers"] == {name: rows.loc[shown["source"], name] for name in shown["numbers"]}
        assert shown["balanced"]
    reasons = content["data"]["reasons"]
    assert reasons["all"] == f"{rows['rejected'].sum():,}"
    listed = tables.read(data / "ingest", REJECTS)
    found = listed.assign(column=listed["column"].fillna("")).groupby(["source", "reason", "column"]).size()
    assert {(r["source"], r["reason"], r["column"]): r["count"] for r in reasons["rows"]}.items() <= {
        key: str(n) for key, n in found.items()
    }.items()
    assert len(reasons["rows"]) + reasons["further"] == len(found)
    (conflict,) = content["data"]["conflicts"]
    assert conflict == {
        "conflict": "several identifiers of one customer",
        "space": "contact",
        "count": "2",
        "joined": "3",
        "rule": "one customer",
    }


def test_reasons_that_fill_their_list_are_told_as_a_lower_bound():
    row = {"source": "log", "file": "log.jsonl", "row": 1, "column": None, "reason": "a bot", "value": None}
    listed = pd.DataFrame([row] * REJECTS_PER_REASON)
    counted = pd.DataFrame({"source": ["log"], "rejected": [6000]})
    shown = reasons_of(listed, counted)
    assert shown["rows"][0]["count"] == "1,000 or more"
    assert shown["all"] == "6,000" and shown["limit"] == "1,000"


def test_experiments_hold_back_arms_that_are_too_small(made):
    content, data = made
    effects = tables.read(data / "experiments", EFFECTS).set_index("group")
    rows = {r["group"]["id"]: r for r in content["experiments"][0]["rows"]}
    assert rows["all"]["effect"]["value"] == effects.loc["all", "effect"]
    small = effects.index[effects["n_control"] < 10][0]
    assert rows[small]["effect"]["value"] is None
    assert rows[small]["effect"]["text"] == "fewer than 10"
    assert rows[small]["reading"] == "too few to tell"
    assert (rows[small]["control"]["text"], rows[small]["treated"]["text"]) == ("fewer than 10", "nobody")
    page = (data.parent / "reports" / "pages" / "experiments.html").read_text(encoding="utf-8")
    assert "fewer than 10" in page and "nobody" in page and "of 0" not in page


def test_absent_sections_are_told(report):
    content = json.loads((report("bare") / "content.json").read_text(encoding="utf-8"))
    assert content["absent"]["journeys"].startswith("No event log supplied.")
    assert content["absent"]["survey"].startswith("No survey supplied.")
    assert content["absent"]["experiments"].startswith("No experiment declared.")
    assert content["journeys"]["all"]["funnel"] == []


def test_without_segments_everybody_is_described(report):
    content = json.loads((report("none") / "content.json").read_text(encoding="utf-8"))
    assert content["cards"] == [] and content["pages"] == {}
    assert content["everyone"] and content["everyone_pictured"]
    assert content["journeys"]["all"]["funnel"][0]["probability"]["value"] == 1.0


def test_the_order_of_the_rows_changes_nothing(report, tmp_path):
    """The pseudonym key decides the ids and so the order of customers; no figure may follow it."""
    data = report("five").parent / "data"
    inputs = read(paths_of(data, tmp_path))
    groups = content_of(data)["groups"]
    points = map_points(inputs, groups, 300)
    renamed = dict(zip(inputs.members["customer_id"], reversed(inputs.members["customer_id"]), strict=True))
    changed = {
        name: frame.assign(customer_id=frame["customer_id"].map(renamed)).sort_values("customer_id")
        for name, frame in {"points": inputs.points, "members": inputs.members}.items()
    }
    assert map_points(type(inputs)(**{**vars(inputs), **changed}), groups, 300) == points
    assert points["shown"] <= 300 < points["of"]


def _step(entered, reached):
    share = reached / entered if entered else None
    return pd.DataFrame(
        [
            {
                "step": 1,
                "stage": "purchase",
                "entered": entered,
                "reached": reached,
                **dict.fromkeys(("hold_entered", "hold_reached", "hold_open"), False),
                "observed_share": share,
                "observed_lower": share,
                "observed_upper": share,
                "of_previous": None,
                "not_followed_up": 0.5,
                "probability": share,
                "lower": share,
                "upper": share,
                "median_days": None,
            }
        ]
    )


@pytest.mark.parametrize(
    ("entered", "reached", "text"),
    [(8, 3, "fewer than 10"), (200, 3, "under 5%"), (200, 197, "over 95%"), (20, 3, "too few"), (200, 0, "0%")],
)
def test_small_cells_of_a_funnel_are_only_bounded(entered, reached, text):
    step = steps(_step(entered, reached), 10)[0]
    assert step["observed"]["text"] == text
    assert step["probability"]["text"] == text
    assert str(reached) not in step["reached"]["text"].split() or reached == 0


def test_transitions_without_anybody_at_risk_are_told_as_unknown():
    row = {"from": "a", "to": "b", "at_risk": 0, "moved": 0, "censored": 0, "probability": None, "lower": None}
    hold = dict.fromkeys(("hold_at_risk", "hold_moved", "hold_censored"), False)
    shown = moves(pd.DataFrame([{**row, **hold, "upper": None}]), 10)[0]
    assert shown["probability"]["value"] is None


def test_hours_of_the_week_with_too_few_customers_are_held_back():
    cells = [(0, 0, 12, 0.5), (0, 1, 3, 0.2), (6, 23, 0, 0.0)]
    rows = [("persona-1", "all", *cell, 100) for cell in cells] + [("persona-1", "seen", 2, 2, 50, 0.9, 100)]
    columns = ["persona", "stage", "weekday", "hour", "customers", "share", "base"]
    shares = week("persona-1", pd.DataFrame(rows, columns=columns), 10)
    assert [shares[0][0], shares[0][1], shares[6][23], shares[2][2]] == [0.5, None, 0.0, None]
    assert week("persona-2", pd.DataFrame(rows, columns=columns), 10) == []


def test_stays_too_few_to_tell_are_in_the_rest_and_every_stay_is_in_one_band():
    move = {"from": "seen", "at_risk": {"value": 100.0}}
    told = [{**move, "to": "tried", "moved": {"value": 60.0}}, {**move, "to": "gone", "moved": {"value": None}}]
    assert stays(told) == [
        {"from": "seen", "to": "tried", "count": 60}, {"from": "seen", "to": FEW, "count": 40}
    ]  # fmt: skip
    assert stays(told[:1])[-1] == {"from": "seen", "to": STILL, "count": 40}


@pytest.mark.parametrize(("followed", "told"), [(87.4, True), (120.0, False), (None, False)])
def test_a_window_that_nobody_was_followed_for_is_told(followed, told):
    found = summary({"window_days": 120.0, "followed_days": followed}, FUNNEL.empty(), "customers")
    assert bool(found["too_short"]) == told
    if told:
        assert found["too_short"].startswith("No journey was followed for 120 days, the longest for 87 days")


@pytest.mark.parametrize(("unwatched", "told"), [(12.5, True), (0.0, False), (None, False)])
def test_first_days_in_which_nobody_was_watched_are_told(unwatched, told):
    said = summary({"window_days": 120.0, "unwatched_days": unwatched}, FUNNEL.empty(), "guests")["unwatched"]
    assert said == "No journey was watched in the first 12 days after it began: moves so early are not known." * told


def test_times_to_a_stage_leave_out_personas_with_few_journeys(made):
    content, data = made
    by_stage = {part["stage"]: part["series"] for part in content["journeys"]["time_to_stage"]}
    reached = tables.read(data / "journeys", REACHED)
    assert set(by_stage) == {"consideration", "decision", "purchase"}, "fewer than ten came to loyalty"
    for stage, series in by_stage.items():
        for line in series:
            own = reached[(reached["stage"] == stage) & (reached["group"] == line["id"])].sort_values("day")
            assert line["values"][-1] == pytest.approx(own["probability"].iloc[-1], abs=1e-5)
            began = content["pages"][line["id"]]["journey"]["funnel"][0]["entered"]["value"]
            assert line["values"] == pytest.approx(own["probability"].tolist(), abs=MIN_CELL / began)
    few = content_of(data, min_cell=10_000)
    assert few["journeys"]["time_to_stage"] == []


def test_what_the_profile_hides_is_told_as_its_claim_tells_it(made):
    inputs = read(paths_of(made[1], made[1]))
    dictionary = read_dictionary(inputs.dictionary)
    groups = [persona_group(p) for p in inputs.personas["personas"]]
    claim = inputs.claims[inputs.claims["level"] != ""].iloc[0]
    own = (inputs.profile["column"] == claim["column"]) & (inputs.profile["group"] == claim["persona_id"])
    told = inputs.claims.assign(bound="", value=claim["value"])
    told.loc[claim.name, "bound"] = "at least"
    hidden = replace(
        inputs, profile=inputs.profile[~own], claims=told, segments={**inputs.segments, "carriers": [claim["column"]]}
    )
    rows = separators(hidden, dictionary, groups, 10)
    cell = next(c for g, c in zip(groups, rows[0]["cells"], strict=True) if g["id"] == claim["persona_id"])
    assert cell is None or cell["text"].startswith("at least "), cell
    assert cell is not None
    unclaimed = replace(hidden, claims=told[told["column"] != claim["column"]])
    row = separators(unclaimed, dictionary, groups, 10)[0]
    texts = {g["id"]: c["text"] for g, c in zip(groups, row["cells"], strict=True)}
    assert texts.pop(claim["persona_id"]) == "held back"
    assert "held back" not in texts.values()


def test_the_map_says_by_how_much_a_move_is_raised_and_which_share_of_contact_a_channel_has(made):
    content, _ = made
    for page in content["pages"].values():
        rows = {row["key"]: row["cells"] for row in page["map"]["rows"]}
        raised = [item["label"] for cell in rows["opportunities"] for item in cell["items"]]
        assert raised == [f"if they went to {page['map']['stages'][2]} 10% more often"]
        assert [(i["label"], i["cell"]["text"]) for i in rows["channels"][0]["items"]] == [("email", "55%")]


def test_the_map_says_what_a_stage_begins_with_and_no_touchpoint_is_what_led_all_there(made):
    inputs = read(paths_of(made[1], made[1]))
    stages = inputs.settings.stages
    enter = {**stages.enter, stages.ladder[1]: [EntrySettings(event="chat_opened", at_least=2)]}
    settings = inputs.settings.model_copy(update={"stages": stages.model_copy(update={"enter": enter})})
    profile = inputs.map["stage_profile"]
    met = (profile["item"] == "chat_opened") & profile["stage"].isin(stages.ladder[1:3])
    changed = replace(
        inputs,
        settings=settings,
        map={**inputs.map, "stage_profile": profile.assign(value=profile["value"].where(~met, 1.0))},
    )
    changed = with_held(changed, MIN_CELL)
    page = persona_page(inputs.personas["personas"][0], changed, read_dictionary(inputs.dictionary), 10)
    assert page["map"]["begins"][:3] == ["visit", "chat opened, 2 times", ""]
    (cells,) = [row["cells"] for row in page["map"]["rows"] if row["key"] == "touchpoints"]
    labels = [[item["label"] for item in cell["items"]] for cell in cells[:3]]
    assert labels[0] == ["Pricing Viewed (email)", "chat opened"]
    assert labels[1] == ["Pricing Viewed (email)"], "all of them came by it"
    assert labels[2] == ["chat opened", "Pricing Viewed (email)"], "it leads to another stage"


def test_nothing_is_missing_of_what_came_before_the_first_stage(made):
    (page, *_) = made[0]["pages"].values()
    (cells,) = [row["cells"] for row in page["map"]["rows"] if row["key"] == "information"]
    assert cells[0]["empty"] == "first stage"
