"""The planted law of the journey, and the journeys that follow it.

The journey is that of the coffee subscription launched on 1 July 2025. From each stage a customer of a persona moves on
with the probabilities of `LAW`; what they lack to 1 is staying (in loyalty and in drop-off). Times are bounded so that
everything happens within the horizon of 90 days after entering the stage: a move within 60 days; the last sign of life
of those who drop off within 55 days, and drop-off itself 30 days later; a return from drop-off within 61 days.
Observation cuts all of it off on 1 January 2026, regardless of what was to come (plain right censoring), so that
P(move to s within 90 days of entering r) is the planted probability. Where a customer returns to does not depend on the
stage that was left.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.sample.clock import DAY, END, HOUR, LAUNCH, at_own_hour
from pipeline.sample.draws import Flags, Floats, Ints, pick, stream

STAGES = ("awareness", "consideration", "decision", "loyalty")
DROPOFF = "drop-off"
AWARENESS, CONSIDERATION, DECISION, LOYALTY, GONE, STAY = range(6)
INACTIVITY_DAYS = 30
HORIZON_DAYS = 90
AWARE_SHARE = 0.88
LAST_ORIGIN_DAYS = 123
RETURN_BY_GENERIC = 0.4
"""Of those who return to the stage they left, the share that does so by ordinary activity, without a stage event."""

LAW: dict[str, dict[str, tuple[float, ...]]] = {
    "awareness": {
        "consideration": (0.60, 0.54, 0.44, 0.50, 0.36),
        "decision": (0.06, 0.16, 0.06, 0.05, 0.10),
        "drop-off": (0.34, 0.30, 0.50, 0.45, 0.54),
    },
    "consideration": {"decision": (0.60, 0.70, 0.48, 0.36, 0.52), "drop-off": (0.40, 0.30, 0.52, 0.64, 0.48)},
    "decision": {"loyalty": (0.72, 0.80, 0.62, 0.46, 0.40), "drop-off": (0.28, 0.20, 0.38, 0.54, 0.60)},
    "loyalty": {"drop-off": (0.14, 0.08, 0.20, 0.32, 0.28)},
    "drop-off": {
        "awareness": (0.16, 0.08, 0.18, 0.12, 0.10),
        "consideration": (0.16, 0.12, 0.10, 0.22, 0.08),
        "decision": (0.06, 0.10, 0.05, 0.07, 0.14),
    },
}
"""Stage -> next stage -> its probability within 90 days, one per persona in the order of `lives.PERSONAS`."""


@dataclass(frozen=True)
class Journeys:
    """What happened. Times in ms, UTC; all arrays of one group have one length.

    entries: customer, stage entered, time, whether an event of that stage marks it (else ordinary activity does).
    windows: customer, first and last moment of a period of life, whether it ends in silence.
    """

    entry_customer: Ints
    entry_stage: Ints
    entry_time: Ints
    entry_marked: Flags
    window_customer: Ints
    window_start: Ints
    window_stop: Ints
    window_silent: Flags


def matrix() -> Floats:
    """The law as an array personas x from (four stages, drop-off) x next (four stages, drop-off, stay)."""
    rows = (*STAGES, DROPOFF)
    law = np.zeros((5, 5, 6))
    for at, (stage, moves) in enumerate(LAW.items()):
        assert rows[at] == stage
        for to, chances in moves.items():
            law[:, at, rows.index(to)] = chances
    law[:, :, STAY] = np.clip(1 - law.sum(axis=2), 0, 1).round(12)
    return law


def simulate(seed: int, personas: Ints, hours: Floats, zones: Ints) -> Journeys:
    """The journeys of customers with the given persona, hourly weights and zone (winter hours ahead of UTC)."""
    rng = stream(seed, "journeys")
    law = matrix()
    customer = np.flatnonzero(rng.random(len(personas)) < AWARE_SHARE)
    others = np.setdiff1d(np.arange(len(personas)), customer)
    time = LAUNCH + (rng.random(len(customer)) * LAST_ORIGIN_DAYS * DAY).astype(np.int64)
    time = np.maximum(at_own_hour(rng, time, hours[customer], zones[customer]), LAUNCH + HOUR)
    stage = np.full(len(customer), AWARENESS)
    alive_since = np.full(len(customer), LAUNCH)
    entries = [(customer, stage, time, np.full(len(customer), True))]
    windows = [_windows(others, np.full(len(others), LAUNCH), END, False)]
    while len(customer):
        after = pick(rng, law[personas[customer], stage])
        silent = (after == GONE) & (stage != GONE)
        wait = _waits(rng, stage, after)
        when = at_own_hour(rng, time + wait, hours[customer], zones[customer])
        when = np.where((when > time + HOUR) & (when < time + wait + 20 * HOUR), when, time + wait)
        when = np.where(silent & (wait < 2 * HOUR), time + wait, when)
        over = (after == STAY) | (when >= END)
        windows.append(_windows(customer[over], alive_since[over], END, False))
        gone = silent & ~over
        windows.append(_windows(customer[gone], alive_since[gone], when[gone], True))
        back = _return(rng, law, personas, customer[gone], stage[gone], when[gone], hours, zones)
        moved = ~over & ~silent
        entries += [(customer[moved], after[moved], when[moved], np.full(moved.sum(), True)), back]
        customer = np.concatenate([customer[moved], back[0]])
        alive_since = np.concatenate([alive_since[moved], back[2]])
        stage, time = np.concatenate([after[moved], back[1]]), np.concatenate([when[moved], back[2]])
    return Journeys(*_stack(entries), *_stack(windows))


Rows = tuple[Ints, Ints, Ints, Flags]


def _waits(rng: np.random.Generator, stage: Ints, after: Ints) -> Ints:
    """Time in the stage before the move, or before the last sign of life where drop-off follows."""
    size = len(stage)
    move = 0.3 + 57 * rng.beta(1.3, 2.2, size)
    faster = np.where(stage == DECISION, 0.85, 1.0)
    fade = np.where(rng.random(size) < 0.12, 0.01, 0.3 + 53 * rng.beta(1.1, 2.4, size))
    days = np.where(after == GONE, fade, move * faster)
    return (days * DAY).astype(np.int64)


def _return(
    rng: np.random.Generator,
    law: Floats,
    personas: Ints,
    customer: Ints,
    left: Ints,
    last: Ints,
    hours: Floats,
    zones: Ints,
) -> Rows:
    """Entries of those who come back from drop-off before observation ends."""
    after = pick(rng, law[personas[customer], np.full(len(customer), GONE)])
    dropped = last + INACTIVITY_DAYS * DAY
    earliest = dropped + HOUR
    raw = earliest + ((0.5 + 58 * rng.beta(1.2, 1.8, len(customer))) * DAY).astype(np.int64)
    when = np.maximum(at_own_hour(rng, raw, hours[customer], zones[customer]), earliest)
    generic = (after == left) & (rng.random(len(customer)) < RETURN_BY_GENERIC)
    back = (after != STAY) & (when < END)
    return customer[back], after[back], when[back], ~generic[back]


def _windows(customer: Ints, start: Ints, stop: Ints | int, silent: bool) -> Rows:
    stops = np.broadcast_to(np.asarray(stop), customer.shape).astype(np.int64)
    return customer, start, stops, np.full(len(customer), silent)


def _stack(groups: list[Rows]) -> tuple[Ints, Ints, Ints, Flags]:
    columns = [np.concatenate([group[i] for group in groups]) for i in range(4)]
    return columns[0], columns[1], columns[2], columns[3]
