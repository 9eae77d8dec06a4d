"""Stages entered at one instant. Ties between customers stay exact; only a passage of no duration is resolved.

Where a customer enters several stages at the same moment, the last is entered directly if its move from the stage
before is allowed. Else every stage is kept and the later ones begin one tick apart: the smallest time that still
orders them.
"""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
TICK = 1_000_000
"""Microseconds between stages entered at the same moment."""


def tied(journey: Integers, at: Integers) -> NDArray[np.bool_]:
    """Rows entered at the same moment as the row before them in their journey."""
    same = np.zeros(len(at), dtype=bool)
    same[1:] = (np.diff(journey) == 0) & (np.diff(at) == 0)
    return same


def keep_after_ties(journey: Integers, at: Integers, state: Integers, allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows that remain: all but those passed through in an instant on an allowed direct move.

    `allowed[r, s]` says whether the direct move r -> s is allowed. A journey's first stage has nothing before it and is
    never passed over.
    """
    same = tied(journey, at)
    run = np.cumsum(~same) - 1
    first = np.flatnonzero(~same)
    last = np.append(first[1:], len(at)) - 1
    has_before = np.zeros(len(first), dtype=bool)
    has_before[1:] = journey[first[1:]] == journey[first[1:] - 1]
    direct = np.zeros(len(first), dtype=bool)
    inner = np.flatnonzero(has_before & (last > first))
    direct[inner] = allowed[state[first[inner] - 1], state[last[inner]]]
    return ~direct[run] | (np.arange(len(at)) == last[run])


def spread(journey: Integers, at: Integers) -> Integers:
    """Times made to increase within each journey: a row not later than the one before begins a tick after it."""
    times = at.copy()
    while True:
        late = np.zeros(len(times), dtype=bool)
        late[1:] = (np.diff(journey) == 0) & (np.diff(times) <= 0)
        if not late.any():
            return times
        rows = np.flatnonzero(late)
        times[rows] = times[rows - 1] + TICK
