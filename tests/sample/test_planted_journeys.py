"""The raw events follow the planted law: who moves where within 90 days, and who falls silent."""

import numpy as np
import pandas as pd
import pytest

from pipeline.core.sources import read_sources
from pipeline.sample import law
from pipeline.sample.activity import STAGE_EVENTS, make_activity
from pipeline.sample.clock import DAY, END, LAUNCH
from pipeline.sample.people import make_people

GONE, OPEN = 4, -1


def replay(customer: np.ndarray, time: np.ndarray, stage: np.ndarray) -> pd.DataFrame:
    """Spells by the written rule, from everything customers did since the launch; stage -1 = ordinary activity.

    Columns: customer, from, to (-1 = still there when observation ended), entered, left (ms).
    """
    order = np.lexsort((-stage, time, customer))
    spells, person, now, entered, last = [], None, OPEN, 0, 0
    for who, when, enters in zip(customer[order], time[order], stage[order], strict=True):
        if who != person:
            if person is not None:
                spells += _closed(person, now, entered, last)
            person, now, entered, last = who, OPEN, 0, 0
        if now != OPEN and when - last >= 30 * DAY:
            gone = last + 30 * DAY
            back = enters if enters >= 0 else now
            spells += [(who, now, GONE, entered, gone), (who, GONE, back, gone, when)]
            now, entered = back, when
        elif enters >= 0 and enters != now and (now != OPEN or enters == 0):
            if now != OPEN:
                spells.append((who, now, enters, entered, when))
            now, entered = enters, when
        last = when
    spells += _closed(person, now, entered, last)
    return pd.DataFrame(spells, columns=["customer", "from", "to", "entered", "left"])


def _closed(who, now, entered, last) -> list[tuple]:
    if now == OPEN:
        return []
    gone = last + 30 * DAY
    if gone >= END:
        return [(who, now, OPEN, entered, END)]
    return [(who, now, GONE, entered, gone), (who, GONE, OPEN, gone, END)]


def scores(spells: pd.DataFrame, personas: np.ndarray) -> np.ndarray:
    """z-scores of every law cell, from the spells that were followed for the whole horizon."""
    followed = spells[spells["entered"] <= END - 90 * DAY]
    assert (followed.loc[followed["to"] != OPEN, "left"] - followed["entered"])[followed["to"] != OPEN].max() < 90 * DAY
    planted = law.matrix()
    found = []
    for persona in range(5):
        mine = followed[personas[followed["customer"]] == persona]
        for start in range(5):
            spells_there = mine[mine["from"] == start]
            for to in range(5):
                chance = planted[persona, start, to]
                share = (spells_there["to"] == to).mean()
                if chance == 0:
                    assert share == 0, f"{persona}: {start} -> {to} is not in the law"
                else:
                    found.append((share - chance) / np.sqrt(chance * (1 - chance) / len(spells_there)))
    return np.array(found)


@pytest.fixture(scope="module")
def activity(sample, own) -> pd.DataFrame:
    """Everything customers did since the launch, by all exports: customer (number), time (ms), stage (-1 = none)."""
    records = {record: number for number, record in enumerate(sample.truth["customers"])}
    settings = read_sources(sample.raw)
    stage_of = {e.event: n for n, name in enumerate(law.STAGES) for e in settings.stages.enter[name]}
    canonical = sample.truth["identities"]["contact"]
    orders = sample.csv("shop/orders.csv")
    orders = orders[pd.to_numeric(orders["total"], errors="coerce").notna()]
    parts = [
        (own["customer"], own["ts"], own["event"].map(stage_of)),
        (orders["contact_id"].map(canonical), berlin(orders["ordered_at"]), pd.Series(np.nan, orders.index)),
    ]
    contacts = sample.csv("hubspot/contacts.csv")
    for event, column in settings.sources["contacts"].stage_dates.items():
        times = berlin(contacts[column])
        known = times.notna()
        stages = pd.Series(stage_of.get(event, np.nan), contacts.index)
        parts.append((contacts["Record ID"].map(canonical)[known], times[known], stages[known]))
    customer, ts, stage = (pd.concat(column, ignore_index=True) for column in zip(*parts, strict=True))
    time = ts.dt.as_unit("ms").astype("int64").to_numpy()
    frame = pd.DataFrame({"customer": customer.map(records), "time": time, "stage": stage.fillna(-1).astype(int)})
    return frame[frame["time"] >= LAUNCH].sort_values(["customer", "time"], ignore_index=True)


@pytest.fixture(scope="module")
def spells(activity) -> pd.DataFrame:
    return replay(*(activity[column].to_numpy() for column in ("customer", "time", "stage")))


def berlin(texts: pd.Series) -> pd.Series:
    """Portal time as UTC; missing where unreadable."""
    times = pd.to_datetime(texts, errors="coerce", format="ISO8601")
    return times.dt.tz_localize("Europe/Berlin", ambiguous=True, nonexistent="shift_forward").dt.tz_convert("UTC")


def personas_of(sample) -> np.ndarray:
    names = [persona["name"] for persona in sample.truth["personas"]]
    return np.array([names.index(name) for name in sample.truth["customers"].values()])


def test_raw_events_follow_the_law(sample, spells):
    z = scores(spells, personas_of(sample))
    assert len(z) == 55
    assert np.abs(z).max() < 4
    assert (np.abs(z) < 1.96).mean() > 0.85


def test_the_law_holds_in_many_journeys():
    people = make_people(11, 6000)
    journeys = law.simulate(11, people.personas, people.hours, people.winter_hours)
    none = np.zeros(0, dtype=np.int64)
    activity = make_activity(11, people, journeys, 0, (none, none))
    stage_of = {event: stage for stage, events in enumerate(STAGE_EVENTS) for event in events}
    since = activity.time >= LAUNCH
    stages = np.array([stage_of.get(name, -1) for name in activity.name[since]])
    z = scores(replay(activity.customer[since], activity.time[since], stages), people.personas)
    assert np.abs(z).max() < 4
    assert z.std() == pytest.approx(1, abs=0.3)


def test_journeys_begin_with_awareness_from_july_to_october(spells):
    first = spells.sort_values("entered").drop_duplicates("customer")
    assert set(first["from"]) == {0}
    begin = pd.to_datetime(first["entered"], unit="ms", utc=True)
    assert begin.min() >= pd.Timestamp("2025-07-01", tz="UTC")
    assert begin.max() < pd.Timestamp("2025-11-02", tz="UTC")
    assert set(begin.dt.month) >= {7, 8, 9, 10}
    assert 0.85 < len(first) / 600 < 0.91


def test_there_are_skips_returns_and_censored_spells(spells):
    kinds = set(zip(spells["from"], spells["to"], strict=True))
    assert (0, 2) in kinds
    assert {(GONE, 0), (GONE, 1), (GONE, 2)} <= kinds
    assert {(stage, OPEN) for stage in range(5)} <= kinds


def test_the_alive_are_never_silent_for_long(activity):
    """Between two signs of life there are fewer than 16 days, or the silence that drop-off is made of."""
    days = activity.groupby("customer")["time"].diff().dropna() / DAY
    assert not days.between(16, 30).any()
    assert (days > 30).sum() > 50


def test_law_is_a_law():
    planted = law.matrix()
    assert np.allclose(planted.sum(axis=2), 1)
    assert (planted[:, :3, law.STAY] == 0).all(), "awareness, consideration and decision always lead somewhere"
    assert (planted[:, 3:, law.STAY] > 0).all()
    largest = np.ptp(planted, axis=0).max()
    assert 0.2 < largest < 0.45
