"""What happens within a stage: how long customers stay, what they meet there, when they are active."""

import numpy as np
import pytest

from pipeline.journeys import touches
from pipeline.journeys.dwell import dwell, quantile
from pipeline.journeys.rhythm import rhythm
from pipeline.journeys.touchpoints import channels, touchpoints
from pipeline.journeys.visits import states_of
from tests.journeys.logs_for_tests import shop
from tests.journeys.map_for_tests import mapped, one

MAIL, WEB = {"channel": "mail"}, {"channel": "web"}
LOG = (
    ("a", 1, "visit"), ("a", 2, "read", MAIL), ("a", 3, "read", MAIL), ("a", 5, "demo"), ("a", 6, "read", WEB),
    ("b", 1, "visit"), ("b", 4, "demo", WEB), ("b", 9, "order"),
    ("c", 0.5, "read", MAIL), ("c", 1, "visit"), ("c", 8, "read", MAIL),
)  # fmt: skip


def frame(rows):
    return rows.to_pyarrow().to_pandas()


def shown(folder, min_cell=1, most=9, **kinds):
    stays, touched = mapped(folder, *LOG, **kinds)
    sums, whole = frame(touches.touch_sums(touched)), frame(touches.stage_sums(touched))
    return touchpoints(sums, whole, stays, min_cell, most)


def test_an_event_belongs_to_the_stage_it_enters_and_to_none_before_the_origin(tmp_path):
    stays, touched = mapped(tmp_path, *LOG)
    rows = frame(touched)
    counted = rows.groupby(["customer_id", "stage"])["event"].agg(lambda e: sorted(e)).to_dict()
    assert counted == {
        ("a", "aware"): ["read", "read", "visit"], ("a", "consider"): ["demo", "read"],
        ("b", "aware"): ["visit"], ("b", "consider"): ["demo"], ("b", "buy"): ["order"],
        ("c", "aware"): ["read", "visit"],
    }  # fmt: skip
    assert len(stays) == len(stays.drop_duplicates(["customer_id", "began"]))


def test_reach_share_and_order_are_those_counted_by_hand(tmp_path):
    table = shown(tmp_path)
    read = {"persona": "persona-1", "stage": "aware", "item": "read", "channel": "mail"}
    reach = one(table, measure="reach", **read)
    assert (reach["count"], reach["base"], reach["value"]) == (2, 3, pytest.approx(2 / 3))
    contact = one(table, measure="share of contact", **read)
    assert (contact["count"], contact["base"], contact["value"]) == (3, 6, 0.5)
    # Σ (m - n / 2)² over a (2 of 3), b (0 of 1), c (1 of 2), times 3 / 2, over 6².
    error = np.sqrt((0.25 + 0.25 + 0) * 1.5) / 6
    assert contact["upper"] == pytest.approx(0.5 + 1.959964 * error)
    assert one(table, measure="place in order", **read)["value"] == 1.0
    assert one(table, persona="all", stage="aware", measure="reach", item="visit")["value"] == 1.0


def test_channels_count_with_all_their_events_and_events_without_one_are_left_out(tmp_path):
    stays, touched = mapped(
        tmp_path,
        ("a", 1, "visit", WEB), ("a", 2, "read", MAIL), ("a", 3, "view", MAIL),
        ("b", 1, "visit", WEB), ("b", 2, "extra"), ("c", 1, "visit"),
    )  # fmt: skip
    known = touches.in_channels(touched)
    sums = frame(touches.channel_sums(known)), frame(touches.stage_sums(known))
    table = channels(*sums, stays, 1)
    aware = {"persona": "persona-1", "stage": "aware", "item": ""}
    mail = one(table, measure="share of contact", channel="mail", **aware)
    assert (mail["count"], mail["base"], mail["value"]) == (2, 4, 0.5)
    # Σ (m - n / 2)² over a (2 of 3) and b (0 of 1), times 2 / 1, over 4².
    assert mail["upper"] == pytest.approx(0.5 + 1.959964 * np.sqrt((0.25 + 0.25) * 2) / 4)
    assert one(table, measure="share of contact", channel="web", **aware)["value"] == 0.5
    reach = one(table, measure="reach", channel="web", **aware)
    assert (reach["count"], reach["base"]) == (2, 3)
    assert set(table["topic"]) == {"channel"}
    assert "" not in set(table["channel"])
    few = channels(*sums, stays, 2)
    assert np.isnan(one(few, measure="share of contact", channel="mail", **aware)["value"])


def test_all_is_the_sum_of_personas_and_small_ones_show_no_figure(tmp_path):
    table = shown(tmp_path, min_cell=2, persona_of={"c": "persona-2"})
    few = table[table["persona"] == "persona-2"]
    assert few["value"].isna().all()
    assert (few["status"] == "not enough data").all()
    assert few["count"].sum() > 0
    overall = one(table, persona="all", stage="aware", measure="reach", item="read")
    assert (overall["count"], overall["status"]) == (2, "measured")
    assert one(table, persona="all", stage="consider", measure="place in order", item="read")["status"] != "measured"


def test_at_most_so_many_touchpoints_those_that_most_meet(tmp_path):
    table = shown(tmp_path, most=1)
    assert set(table.loc[table["stage"] == "aware", "item"]) == {"visit"}


def test_dwell_counts_those_still_there_for_as_long_as_seen(tmp_path):
    stays, _ = mapped(tmp_path, *LOG)
    table = dwell(stays, ["persona-1"], states_of(shop()), 1)
    half = one(table, persona="persona-1", stage="aware", measure="half have left by")
    assert (half["value"], half["count"], half["base"], half["status"]) == (4.0, 3, 3, "measured")
    bought = one(table, persona="persona-1", stage="buy", measure="half have left by")
    assert (bought["status"], bought["count"], bought["base"]) == ("not reached", 0, 1)
    nobody = one(table, persona="persona-1", stage="loyal", measure="half have left by")
    assert (nobody["status"], nobody["base"]) == ("not enough data", 0)


def test_intervals_of_the_median_cover_it_although_many_are_still_there():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(200):
        leave, seen = rng.exponential(10.0, 150), rng.uniform(2.0, 40.0, 150)
        _, lower, upper = quantile(np.minimum(leave, seen), leave <= seen, 0.5, np.arange(150))
        covered += lower <= 10 * np.log(2) <= upper
    assert 0.90 <= covered / 200 <= 0.99


def test_a_customer_who_comes_often_widens_the_interval():
    rng = np.random.default_rng(6)
    often = np.repeat(rng.exponential(10.0, 60), 5)
    left = np.full(300, True)
    _, low, high = quantile(often, left, 0.5, np.repeat(np.arange(60), 5))
    _, low_alone, high_alone = quantile(often, left, 0.5, np.arange(300))
    assert high - low > 1.5 * (high_alone - low_alone)


def test_the_week_is_that_of_the_customers_clock(tmp_path):
    # 2024-01-01 was a Monday; 23:30 UTC is Tuesday, 00:30 for a customer an hour ahead.
    _, touched = mapped(tmp_path, ("a", 1, "visit"), ("a", 7 + 23.5 / 24, "read"))
    ahead = touched.mutate(utc_offset_minutes=60)
    table = rhythm(frame(touches.hours(ahead)), 1)
    busy = table[(table["persona"] == "persona-1") & (table["stage"] == "all") & (table["share"] > 0)]
    assert busy[["weekday", "hour", "share", "base"]].to_numpy().tolist() == [[1, 0, 0.5, 2], [1, 1, 0.5, 2]]
    per_stage = table.groupby(["persona", "stage"])
    assert (per_stage.size() == 168).all()
    assert per_stage["share"].sum().to_numpy() == pytest.approx(1.0)
    hidden = rhythm(frame(touches.hours(ahead)), 2)
    assert hidden["share"].isna().sum() == 2 * len(per_stage)
    assert hidden.loc[hidden["customers"] == 0, "share"].eq(0).all()


def test_every_event_since_the_origin_is_found_once(tmp_path):
    _, touched = mapped(tmp_path, *LOG)
    assert len(frame(touched)) == sum(row[1] >= 1 for row in LOG)
