"""Sources that were not recorded all the time: journeys end with the first that ends, and enter late with the last."""

import pytest

from pipeline.core.errors import SettingsError
from pipeline.core.sources import SourceSettings
from pipeline.journeys.curves import curves
from pipeline.journeys.funnel import funnel
from pipeline.journeys.spells import told_watch
from pipeline.journeys.stage import read_journeys
from tests.journeys.logs_for_tests import OBSERVATION, log, shop, told

# Customers 1 to 3 begin on days 0, 10 and 40; orders are recorded from day 30 on, and until day 80.
EVENTS = (
    ("1", 0, "visit"),
    ("1", 35, "order"),
    ("2", 10, "visit"),
    ("2", 12, "demo"),
    ("3", 40, "visit"),
    ("3", 90, "demo"),
)
STAGES = shop(dropoff=None)


def source(**days):
    columns = {"ts": "ts", "event": "event"}
    given = {"kind": "events", "format": "csv", "files": "x.csv", "ids": {"a": "a"}, "columns": columns}
    return SourceSettings.model_validate(given | days)


def journeys(folder, sources, events=EVENTS):
    table = log(*events)
    table["source"] = ["shop" if name == "order" else "web" for name in table["event"]]
    table.to_parquet(folder / "part-0.parquet")
    return read_journeys(folder, STAGES, OBSERVATION, sources)


def test_journeys_enter_late_where_a_source_begins_later(tmp_path):
    found = journeys(tmp_path, {"shop": source(observed_from="2024-01-31"), "web": source()})
    assert told(found) == [
        ("1", "aware", "buy", 30, 35),
        ("1", "buy", None, 35, 100),
        ("2", "consider", None, 20, 90),
        ("3", "aware", "consider", 0, 50),
        ("3", "consider", None, 50, 60),
    ]
    assert found.entered_late == 2
    assert told_watch(found.spells, {}) == [], "the third was watched from its beginning"
    assert found.spells["entered"].tolist() == [0, 35, 2, 0, 50], "the clock of the stage is not cut"


def test_journeys_end_with_the_source_that_ends_first(tmp_path):
    found = journeys(tmp_path, {"shop": source(observed_until="2024-03-21"), "web": source()})
    assert told(found)[-1] == ("3", "aware", None, 0, 40)
    assert found.spells.groupby("case_id")["stop"].max().tolist() == [80, 70, 40]
    assert found.entered_late == 0


def test_a_source_that_enters_no_stage_does_not_matter(tmp_path):
    events = (*EVENTS, ("1", 50, "chat"))
    everything = told(journeys(tmp_path, {}, events))
    bounded = {"shop": source(), "web": source(), "chats": source(observed_until="2024-02-01")}
    assert told(journeys(tmp_path, bounded, events)) == everything


def test_figures_of_journeys_that_all_enter_late(tmp_path):
    found = journeys(tmp_path, {"shop": source(observed_from="2024-03-11"), "web": source()})
    steps = funnel(found.spells, STAGES, 99).set_index("stage")
    assert steps.loc["aware", "probability"] == 1
    assert steps.loc["consider", "probability"] == pytest.approx(1)
    assert told_watch(found.spells, {}) == [
        "no journey was watched in the first 30 days after it began, as sources of stages were recorded from later on "
        "(`observed_from`): moves so early are not known, and the chances leave them out."
    ]
    day_zero = curves(found.spells, STAGES.ladder, 99, 2).query("day == 99")
    assert day_zero["probability"].sum() == pytest.approx(1)


def test_sources_without_a_day_in_common_are_refused(tmp_path):
    sources = {"shop": source(observed_from="2024-03-01"), "web": source(observed_until="2024-02-01")}
    with pytest.raises(SettingsError, match=r"`shop` from 2024-03-01 .*`web` until 2024-02-01"):
        journeys(tmp_path, sources)
    with pytest.raises(ValueError, match="`observed_from` must be before `observed_until`"):
        source(observed_from="2024-03-01", observed_until="2024-03-01")
