"""Touchpoints and dwell time of a real log, beside the same counted row by row from its file."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core.engine import connect, keep, read_parquet_folder
from pipeline.core.sources import Observation, StageSettings
from pipeline.journeys import touches
from pipeline.journeys.dwell import dwell
from pipeline.journeys.spells import build_spells
from pipeline.journeys.stages import journey_rows, stage_rows, watched_events
from pipeline.journeys.touchpoints import touchpoints
from pipeline.journeys.visits import visits
from tests.journeys.map_for_tests import one
from tests.journeys.test_real_journeys import events_table

pytestmark = pytest.mark.realdata

LADDER = ["created", "sent", "penalty", "collection", "paid"]
EVENTS = ["Create Fine", "Send Fine", "Add penalty", "Send for Credit Collection", "Payment"]
STAGES = StageSettings.model_validate(
    {
        "ladder": LADDER,
        "enter": {stage: [{"event": event}] for stage, event in zip(LADDER, EVENTS, strict=True)},
        "moves": {stage: LADDER[place + 1 :] for place, stage in enumerate(LADDER)},
    }
)
OBSERVATION = Observation.model_validate({"start": "1999-01-01", "features_until": "1999-01-01", "end": "2014-01-01"})


@pytest.fixture(scope="module")
def fines(real_data):
    text = {"case_id": str, "timestamp": str}
    return pd.read_csv(real_data / "traffic_fines" / "traffic_fines.csv.gz", dtype=text)


def stage_of_each_event(raw):
    """The furthest stage entered so far, event by event; a stage is never gone back to."""
    own = raw["activity"].map({event: place for place, event in enumerate(EVENTS)})
    ordered = raw.assign(place=own).sort_values(["case_id", "timestamp", ".order"], kind="stable")
    return ordered.assign(stage=ordered.groupby("case_id")["place"].cummax().groupby(ordered["case_id"]).ffill())


def test_fines_touchpoints_and_dwell_are_those_of_the_file(fines, tmp_path):
    raw = fines
    events = events_table(raw["case_id"], raw["timestamp"], raw["activity"], raw[".order"], sequence=raw[".order"])
    events = events.assign(channel=None, utc_offset_minutes=0, amount_hundredths=0).astype({"channel": "str"})
    events.to_parquet(tmp_path / "part-0.parquet")
    watched = watched_events(read_parquet_folder(connection := connect(), tmp_path), STAGES, OBSERVATION)
    rows, cases = (found.to_pyarrow().to_pandas() for found in (stage_rows(watched, None), journey_rows(watched, [])))
    found = build_spells(rows, cases, STAGES, OBSERVATION)
    stays = visits(found.spells.assign(persona_id="unassigned"), found.origins)
    met = keep(connection, "touches", touches.staged(watched, touches.stay_rows(stays)))
    sums, whole = (part.to_pyarrow().to_pandas() for part in (touches.touch_sums(met), touches.stage_sums(met)))
    table = touchpoints(sums, whole, stays, 10, 99)

    counted = stage_of_each_event(raw)
    tied = set(counted.loc[counted.duplicated(["case_id", "timestamp"], keep=False), "case_id"])
    assert len(tied) < 900
    for stage, event in (("sent", "Insert Fine Notification"), ("penalty", "Send Appeal to Prefecture")):
        by_hand = counted[(counted["stage"] == LADDER.index(stage)) & (counted["activity"] == event)]
        row = one(table, persona="all", stage=stage, item=event, measure="reach")
        assert abs(row["count"] - by_hand["case_id"].nunique()) <= len(tied & set(by_hand["case_id"]))
        assert row["base"] == found.spells.loc[found.spells["from"] == stage, "case_id"].nunique()
    half = one(dwell(stays, [], LADDER, 10), persona="all", stage="created", measure="half have left by")
    first = counted[counted["stage"] == 0].groupby("case_id")["timestamp"].min()
    left = counted[counted["stage"] > 0].groupby("case_id")["timestamp"].min()
    days = (pd.to_datetime(left) - pd.to_datetime(first)).dt.total_seconds() / 86400
    # All are followed for years; ties of a day count a second.
    assert half["value"] == pytest.approx(np.sort(days.fillna(np.inf))[len(days) // 2 - 1], abs=1.0)
