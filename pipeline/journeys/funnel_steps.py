"""When each customer completed each step of a funnel, from events in order; ordered, strict, or in any order.

The clock of a customer starts at the first event of the first step (in any order: of any step). Step k is completed at
the earliest moment at which a run of the first k steps was, whichever event of the first step it began with:

- `ordered`: each step after the one before, other events in between do not matter;
- `strict`: each step is the customer's very next event;
- `any`: k of the steps in whatever order, a step named twice done twice.

An excluded event between two steps ends a run. The customer stays in the base: to leave out whom an event befell later
would be to know the future.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.journeys.spell_columns import Flags, Floats, Integers

Order = Literal["ordered", "strict", "any"]
OTHER = -1
"""Code of events that are neither a step nor excluded: only a strict order heeds them."""


@dataclass(frozen=True)
class Log:
    """Events sorted by customer and moment. `kind` is a place in the names of events, or OTHER."""

    customer: Integers
    time: Floats
    kind: Integers


@dataclass(frozen=True)
class Completed:
    """Per customer that entered: the row of the log with which the clock started, and when each step was completed.

    `times`: (customers, steps) moments, infinite where never; the first column is the start of the clock.
    """

    start: Integers
    times: Floats

    def of(self, which: Flags) -> "Completed":
        """The flagged customers."""
        return Completed(self.start[which], self.times[which])


def complete(log: Log, steps: Sequence[int], excluded: Sequence[int], order: Order) -> Completed:
    """Completion of `steps` (kinds of events, may repeat), no `excluded` kind between them."""
    if order == "any":
        return _any_order(log, steps, excluded)
    starts = np.flatnonzero(log.kind == steps[0])
    _, first = np.unique(log.customer[starts], return_index=True)
    stops = _next(log, np.isin(log.kind, excluded))
    at, alive = starts, np.ones(len(starts), dtype=bool)
    times = np.full((len(first), len(steps)), np.inf)
    times[:, 0] = log.time[starts[first]]
    for place, kind in enumerate(steps[1:], start=1):
        # A repeat of what was just done must not be the same row: `_next` looks behind it.
        found = _next(log, log.kind == kind)[at]
        if order == "strict":
            alive = alive & (found == at + 1)
        alive = alive & (found < len(log.kind)) & (found <= stops[at])
        at = np.where(alive, found, at)
        reached = np.where(alive, log.time[at], np.inf)
        times[:, place] = np.minimum.reduceat(reached, first) if len(first) else times[:, place]
    return Completed(starts[first], times)


def _any_order(log: Log, steps: Sequence[int], excluded: Sequence[int]) -> Completed:
    wanted = Counter(steps)
    counted = np.zeros(len(log.kind), dtype=bool)
    for kind, often in wanted.items():
        rows = np.flatnonzero(log.kind == kind)
        counted[rows[_number_within(log.customer[rows]) < often]] = True
    rows = np.flatnonzero(counted)
    who, first = np.unique(log.customer[rows], return_index=True)
    start = rows[first]
    number = _number_within(log.customer[rows])
    entered = np.repeat(np.arange(len(who)), np.diff([*first, len(rows)]))
    times = np.full((len(who), len(steps)), np.inf)
    before = rows < _next(log, np.isin(log.kind, excluded))[start][entered]
    times[entered[before], number[before]] = log.time[rows[before]]
    times[:, 0] = log.time[start]
    return Completed(start, times)


def _next(log: Log, which: Flags) -> Integers:
    """For each row the next flagged row of the same customer behind it; the number of rows where there is none."""
    rows = len(which)
    place = np.where(which, np.arange(rows), rows)
    following = np.full(rows, rows, dtype=np.int64)
    following[:-1] = np.minimum.accumulate(place[::-1])[::-1][1:]
    within = following < rows
    within[within] = log.customer[following[within]] == log.customer[within]
    return np.where(within, following, rows)


def _number_within(customer: Integers) -> Integers:
    """The number of each row within its customer, from 0; rows are sorted by customer."""
    fresh = np.diff(customer, prepend=-1) != 0
    first = np.flatnonzero(fresh)
    return np.arange(len(customer)) - first[np.cumsum(fresh) - 1] if len(first) else np.zeros(0, dtype=np.int64)
