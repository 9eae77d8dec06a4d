"""What customers do, as one table: ordinary activity, stage events, orders, with time, device and channel.

Columns of the table: customer, time (ms UTC), name (event name), device and channel (positions in their traits), stage
(the stage the customer is in, -1 = none), fixed (part of the planted journey: never to be turned into something else).
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from pipeline.sample import lives
from pipeline.sample.clock import DAY, END, LAUNCH, START, at_own_hour, to_local, to_utc
from pipeline.sample.draws import Flags, Ints, pick, stream
from pipeline.sample.law import AWARENESS, CONSIDERATION, LOYALTY, Journeys
from pipeline.sample.mailing import CLICK
from pipeline.sample.people import People

ORDER, REFUND = "order", "refund"
STAGE_EVENTS = (
    ("Subscription Page Viewed", "Subscription Ad Clicked"),
    ("Plan Compared", "Trial Box Ordered"),
    ("Subscription Started", "Subscription Started"),
    ("Subscription Renewed", "Subscription Renewed"),
)
"""Per stage the events that enter it."""
_REPEATS = 0.06
"""Share of the ordinary activity within a stage that repeats an event of that stage."""
_LONGEST_GAP_DAYS = 9
_REFUND_SHARE = 0.05
# Days to the nearest weekend or working day, by weekday (Monday = 0).
_TO_WEEKEND = np.array([-1, -2, 3, 2, 1, 0, 0])
_TO_WORKDAY = np.array([0, 0, 0, 0, 0, -1, 1])


@dataclass(frozen=True)
class Activity:
    """See the module's docstring; sorted by customer, then time."""

    customer: Ints
    time: Ints
    name: np.ndarray
    device: Ints
    channel: Ints
    stage: Ints
    fixed: Flags

    def __len__(self) -> int:
        return len(self.customer)

    def at(self, rows: Ints | Flags) -> "Activity":
        """Some of the rows."""
        return Activity(*(getattr(self, f.name)[rows] for f in fields(self)))


def make_activity(seed: int, people: People, journeys: Journeys, budget: int, clicks: tuple[Ints, Ints]) -> Activity:
    """About `budget` activities: those the journeys need, and the rest before the launch, at least 6 per customer.

    `clicks`: (customer, time) of clicks on links in the experiment's mails.
    """
    rng = stream(seed, "activity")
    after = _after_launch(rng, people, journeys)
    before = _before_launch(rng, people, max(budget - len(after[0]), 6 * len(people)))
    customer, time, stage, fixed = (np.concatenate(pair) for pair in zip(before, after, strict=True))
    order = np.lexsort((stage, time, customer))
    customer, time, stage, fixed = customer[order], time[order], stage[order], fixed[order]
    marked = stage >= 10
    activity = Activity(
        customer=customer,
        time=time,
        name=_names(rng, people, customer),
        device=pick(rng, people.devices[customer]),
        channel=pick(rng, people.channels[customer]),
        stage=np.where(marked, stage - 10, stage),
        fixed=fixed,
    )
    activity = _name_stage_events(rng, activity, marked)
    activity = _turn_into_orders(rng, people, activity)
    return _sorted(_joined(activity, _clicks(people, rng, journeys, *clicks)))


def _clicks(people: People, rng: np.random.Generator, journeys: Journeys, customer: Ints, time: Ints) -> Activity:
    size = len(customer)
    return Activity(
        customer=customer,
        time=time,
        name=np.full(size, CLICK, dtype=object),
        device=pick(rng, people.devices[customer]),
        channel=np.full(size, lives.CHANNELS.levels.index("email")),
        stage=_stage_at(journeys, customer, time),
        fixed=np.full(size, True),
    )


def _joined(one: Activity, other: Activity) -> Activity:
    return Activity(*(np.concatenate([getattr(one, f.name), getattr(other, f.name)]) for f in fields(Activity)))


def _sorted(activity: Activity) -> Activity:
    return activity.at(np.lexsort((activity.time, activity.customer)))


Rows = tuple[Ints, Ints, Ints, Flags]


def _before_launch(rng: np.random.Generator, people: People, total: int) -> Rows:
    counts = rng.poisson(people.rate / people.rate.sum() * total)
    customer = np.repeat(np.arange(len(people)), counts)
    month = pick(rng, lives.SEASONS[people.personas[customer]])
    firsts = np.array([0, 31, 59, 90, 120, 151, 181])
    day = firsts[month] + (rng.random(len(customer)) * np.diff(firsts)[month]).astype(np.int64)
    time = _on_own_day(rng, people, customer, START + day * DAY + DAY // 2)
    time = at_own_hour(rng, time, people.hours[customer], people.winter_hours[customer])
    time = np.clip(time, START, LAUNCH - 1)
    return customer, time, np.full(len(customer), -1), np.full(len(customer), False)


def _on_own_day(rng: np.random.Generator, people: People, customer: Ints, time: Ints) -> Ints:
    """`time` moved by up to 3 days to a weekend or a working day, as the customer's habit has it."""
    zones = people.winter_hours[customer]
    local = to_local(time, zones)
    weekday = (local // DAY + 3) % 7
    weekend = rng.random(len(customer)) < people.weekend[customer]
    return to_utc(local + np.where(weekend, _TO_WEEKEND[weekday], _TO_WORKDAY[weekday]) * DAY, zones)


def _after_launch(rng: np.random.Generator, people: People, journeys: Journeys) -> Rows:
    """Stage entries, ordinary activity that keeps every period of life alive, and the last sign before a silence."""
    window, time = _keep_alive(rng, people, journeys)
    customer = journeys.window_customer[window]
    low, high = journeys.window_start[window], journeys.window_stop[window]
    own = _on_own_day(rng, people, customer, time)
    own = at_own_hour(rng, own, people.hours[customer], people.winter_hours[customer])
    time = np.where((own > low) & (own < high), own, time)
    last = journeys.window_silent
    extra = journeys.window_customer[last], journeys.window_stop[last]
    customer, time = np.concatenate([customer, extra[0]]), np.concatenate([time, extra[1]])
    stage = _stage_at(journeys, customer, time)
    fixed = np.concatenate([np.full(len(window), False), np.full(len(extra[0]), True)])
    marks = np.where(journeys.entry_marked, journeys.entry_stage + 10, journeys.entry_stage)
    return (
        np.concatenate([customer, journeys.entry_customer]),
        np.concatenate([time, journeys.entry_time]),
        np.concatenate([stage, marks]),
        np.concatenate([fixed, np.full(len(marks), True)]),
    )


def _keep_alive(rng: np.random.Generator, people: People, journeys: Journeys) -> tuple[Ints, Ints]:
    """(window, time) of activities less than `_LONGEST_GAP_DAYS` apart in each window, both ends exclusive."""
    length = journeys.window_stop - journeys.window_start
    steps = int(np.ceil((END - LAUNCH) / DAY / 1.5))
    mean = people.gap_days[journeys.window_customer][:, None]
    gaps = np.clip(rng.gamma(2.0, mean / 2.0, (len(length), steps)), 1.5, _LONGEST_GAP_DAYS)
    gaps[:, 0] *= rng.random(len(length))
    offset = (np.cumsum(gaps, axis=1) * DAY).astype(np.int64)
    inside = offset < length[:, None]
    window, step = np.nonzero(inside)
    return window, journeys.window_start[window] + offset[window, step]


def _stage_at(journeys: Journeys, customer: Ints, time: Ints) -> Ints:
    """The stage each customer is in just before `time`, -1 before the first entry."""
    order = np.lexsort((journeys.entry_time, journeys.entry_customer))
    # One sortable number per (customer, time): times of the sample fit into 41 bits.
    keys = (journeys.entry_customer[order] << 41) + journeys.entry_time[order]
    at = np.searchsorted(keys, (customer << 41) + time, side="left") - 1
    known = (at >= 0) & (journeys.entry_customer[order][at] == customer)
    return np.where(known, journeys.entry_stage[order][at], -1)


def _names(rng: np.random.Generator, people: People, customer: Ints) -> np.ndarray:
    return np.array(lives.EVENTS.levels, dtype=object)[pick(rng, people.events[customer])]


def _name_stage_events(rng: np.random.Generator, activity: Activity, marked: Flags) -> Activity:
    """Stage entries get their stage's events; some ordinary activity within a stage repeats them."""
    size = len(activity)
    repeatable = np.isin(activity.stage, (AWARENESS, CONSIDERATION, LOYALTY)) & ~activity.fixed
    repeats = repeatable & (rng.random(size) < _REPEATS)
    second = (rng.random(size) < 0.35).astype(np.int64)
    events = np.array(STAGE_EVENTS, dtype=object)
    chosen = events[np.maximum(activity.stage, 0), second]
    paid = np.where(rng.random(size) < 0.5, lives.CHANNELS.levels.index("paid"), lives.CHANNELS.levels.index("social"))
    name = np.where(marked | repeats, chosen, activity.name)
    return replace(
        activity,
        name=name,
        channel=np.where(name == "Subscription Ad Clicked", paid, activity.channel),
        fixed=activity.fixed | repeats,
    )


def _turn_into_orders(rng: np.random.Generator, people: People, activity: Activity) -> Activity:
    """Some ordinary activities are orders; of some orders, the customer's next ordinary activity is the refund."""
    size = len(activity)
    orders = ~activity.fixed & (rng.random(size) < people.order_share[activity.customer])
    candidates = np.flatnonzero(orders[:-1] & (rng.random(size - 1) < _REFUND_SHARE)) + 1
    free = ~activity.fixed & ~orders
    same = activity.customer[candidates] == activity.customer[candidates - 1]
    soon = activity.time[candidates] - activity.time[candidates - 1] < 40 * DAY
    refunds = np.zeros(size, dtype=bool)
    refunds[candidates[free[candidates] & same & soon]] = True
    name = np.where(refunds, REFUND, np.where(orders, ORDER, activity.name))
    return replace(activity, name=name)
