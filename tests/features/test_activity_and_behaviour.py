"""Behaviour is counted before the cut-off only, on the customer's own clock, without outcomes."""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.core import engine
from pipeline.core.sources import DatasetSettings, Observation
from pipeline.features.activity import HOUR_BLOCKS, Activity, count_activity, outcome_events
from pipeline.features.behavioural import behavioural, top_levels
from pipeline.features.technographic import technographic

WINDOW = Observation(start=date(2026, 1, 1), end=date(2026, 7, 1), features_until=date(2026, 4, 1))


def make_events(rows: list[dict]) -> pd.DataFrame:
    base = {
        "customer_id": "a",
        "event": "visit",
        "channel": None,
        "device": None,
        "os": None,
        "browser": None,
        "amount_hundredths": 0,
        "utc_offset_minutes": 0,
    }
    frame = pd.DataFrame([{**base, **row} for row in rows])
    text = {name: "str" for name in ("customer_id", "event", "channel", "device", "os", "browser")}
    ts = pd.to_datetime(frame["ts"], utc=True, format="ISO8601").astype("datetime64[us, UTC]")
    return frame.assign(ts=ts).astype(text)


def count(events: pd.DataFrame, outcomes: tuple[str, ...] = ()) -> Activity:
    """Counted as the stage does: from Parquet, by the engine."""
    with tempfile.TemporaryDirectory() as folder:
        events.to_parquet(Path(folder) / "0.parquet", index=False)
        return count_activity(engine.read_parquet_folder(engine.connect(threads=1), Path(folder)), WINDOW, outcomes)


def behaviour_of(activity: Activity, customers: list[str], min_events: int = 1) -> pd.DataFrame:
    made = behavioural(
        activity,
        pd.Index(customers),
        min_events=min_events,
        top_channels=2,
        top_events=3,
        currency="EUR",
        order_role="segment",
    )
    return made.values


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 600
    return make_events(
        [
            {
                "customer_id": f"c{rng.integers(20):02d}",
                "ts": pd.Timestamp("2026-01-01") + pd.Timedelta(minutes=int(rng.integers(180 * 1440))),
                "event": rng.choice(["visit", "search", "order", "help"]),
                "channel": rng.choice(["email", "ads", "shop"]),
                "device": rng.choice(["mobile", "desktop"]),
                "os": rng.choice(["ios", "windows"]),
                "browser": rng.choice(["safari", "chrome"]),
                "amount_hundredths": int(rng.choice([0, 0, 1999, -500])),
                "utc_offset_minutes": int(rng.choice([-300, 0, 330])),
            }
            for _ in range(n)
        ]
    )


def test_hours_are_local_and_cover_every_event_once():
    # 2026-01-09 is a Friday. 23:30 UTC + 60 = Saturday 00:30; 13:00 UTC - 300 = Friday 08:00.
    activity = count(
        make_events(
            [
                {"ts": "2026-01-09 23:30", "utc_offset_minutes": 60},
                {"ts": "2026-01-09 13:00", "utc_offset_minutes": -300},
                {"ts": "2026-01-09 10:00"},
                {"ts": "2026-01-10 10:00"},
                {"ts": "2026-01-11 20:00"},
            ]
        )
    )
    row = activity.totals.iloc[0]
    assert row[[*HOUR_BLOCKS]].tolist() == [1, 1, 1, 1, 1]
    assert (row["events"], row["weekend"], row["active_days"]) == (5, 3, 3)


def test_hour_shares_sum_to_one(many):
    values = behaviour_of(count(many), sorted(many["customer_id"].unique()))
    shares = values[[f"hours_{block}_share" for block in HOUR_BLOCKS]]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_nothing_from_the_cut_off_on_is_seen(many):
    late = many["ts"] >= pd.Timestamp("2026-04-01", tz="UTC")
    assert late.sum() > 100
    changed = many.copy()
    shuffled = changed.loc[late].sample(frac=1, random_state=1)
    for column in ("event", "channel", "device", "os", "amount_hundredths", "utc_offset_minutes", "customer_id"):
        changed.loc[late, column] = shuffled[column].to_numpy()
    customers = sorted(many["customer_id"].unique())
    for other in (changed, many[~late], many.sample(frac=1, random_state=5)):
        pd.testing.assert_frame_equal(behaviour_of(count(other), customers), behaviour_of(count(many), customers))
        ours, theirs = (technographic(count(t), pd.Index(customers), min_events=1).values for t in (many, other))
        pd.testing.assert_frame_equal(ours, theirs)


def test_the_first_instant_of_the_cut_off_day_is_out_and_the_first_of_the_start_day_is_in():
    activity = count(
        make_events([{"ts": ts} for ts in ("2025-12-31 23:59:59", "2026-01-01", "2026-03-31 23:59:59.9", "2026-04-01")])
    )
    assert activity.totals["events"].tolist() == [2]


def test_outcome_events_are_no_behaviour_but_orders_still_have_a_value():
    rows = [{"ts": f"2026-02-0{d}"} for d in range(1, 6)] + [
        {"ts": "2026-02-06", "event": "order", "amount_hundredths": 1000},
        {"ts": "2026-02-10", "event": "order", "amount_hundredths": 3000},
        {"ts": "2026-02-11", "event": "refund", "amount_hundredths": -1000},
    ]
    activity = count(make_events(rows), outcomes=("order",))
    values = behaviour_of(activity, ["a"]).loc["a"]
    assert activity.orders_are_outcomes
    assert activity.totals["events"].tolist() == [6]
    assert not [name for name in values.index if "event_order" in name]
    assert values[["orders", "mean_order_value", "refund_share", "days_between_orders"]].tolist() == [2, 20, 0.5, 4]


def test_too_few_events_means_not_known_and_never_zero():
    events = make_events(
        [{"customer_id": "b", "ts": f"2026-02-0{d}", "channel": "email"} for d in range(1, 6)] + [{"ts": "2026-02-01"}]
    )
    values = behaviour_of(count(events), ["a", "b", "never seen"], min_events=5)
    assert values.loc[["a", "never seen"]].isna().all().all()
    assert values.loc["b", "channel_email_share"] == 1.0


def test_a_rate_is_taken_over_the_time_since_the_first_event():
    values = behaviour_of(count(make_events([{"ts": "2026-01-21"}] + [{"ts": "2026-03-31"}] * 9)), ["a"])
    assert values.loc["a", "events_per_week"] == pytest.approx(1.0)
    assert values.loc["a", "active_days_per_week"] == pytest.approx(0.2)


def test_events_and_channels_are_told_in_words():
    rows = [{"ts": f"2026-02-0{d}", "event": "add_to_cart", "channel": "paid_search"} for d in range(1, 6)]
    made = behavioural(
        count(make_events(rows)),
        pd.Index(["a"]),
        min_events=1,
        top_channels=2,
        top_events=3,
        currency="",
        order_role="segment",
    )
    labels = {feature.column: feature.label for feature in made.features}
    assert labels["event_add_to_cart_share"] == "Share of “add to cart” in activity"
    assert labels["channel_paid_search_share"] == "Share of activity through paid search"


def test_top_levels_break_ties_by_name():
    counts = pd.DataFrame({"level": ["b", "a", "c"], "events": [5, 5, 9], "customer_id": "x"})
    assert top_levels(counts, 2) == ["c", "a"]


def test_main_system_breaks_ties_by_name_and_gadgets_are_pairs():
    rows = [("mobile", "ios"), ("mobile", "android"), ("desktop", None)]
    events = make_events([{"ts": "2026-02-01", "device": d, "os": o} for d, o in rows])
    values = technographic(count(events), pd.Index(["a"]), min_events=1).values.loc["a"]
    assert (values["main_os"], values["devices_used"]) == ("android", 3)
    assert values["device_mobile_share"] == pytest.approx(2 / 3)
    assert "main_browser" not in values


def test_outcomes_are_stage_entries_stage_dates_and_experiment_outcomes():
    settings = DatasetSettings.model_validate(
        {
            "title": "t",
            "observation": WINDOW.model_dump(),
            "sources": {
                "crm": {"kind": "customers", "format": "csv", "files": "x", "stage_dates": {"became lead": "Lead Date"}}
            },
            "stages": {
                "ladder": ["one", "two"],
                "enter": {"one": [{"event": "open"}, {"event": "ask"}], "two": [{"event": "buy"}, {"event": "ask"}]},
                "moves": {"one": ["two"]},
            },
            "experiments": {
                "mail": {
                    "label": "m",
                    "control": "a",
                    "outcome": {"event": "click", "within_days": 7, "label": "clicks"},
                }
            },
        }
    )
    assert outcome_events(settings) == {"became lead", "ask", "buy", "click"}


@pytest.mark.parametrize(
    ("second", "outcomes"),
    [
        ({"event": "order", "at_least": 2}, set()),
        ({"event": "order"}, {"order"}),
        ({"event": "visit", "at_least": 2}, {"visit"}),
        ({"event": "order", "at_least": 2, "where": {"shop": "online"}}, {"order"}),
    ],
)
def test_an_event_that_begins_the_journey_is_no_outcome_where_it_comes_again(second, outcomes):
    settings = DatasetSettings.model_validate(
        {
            "title": "t",
            "observation": WINDOW.model_dump(),
            "sources": {"log": {"kind": "events", "format": "csv", "files": "x"}},
            "stages": {
                "ladder": ["first", "second"],
                "enter": {"first": [{"event": "order"}], "second": [second]},
                "moves": {"first": ["second"]},
            },
        }
    )
    assert outcome_events(settings) == outcomes
