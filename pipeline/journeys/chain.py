"""The product integral of the hazards, forward for probabilities and backward for their derivatives.

Aalen-Johansen: p(t) = p(0) ∏ (I + dΛ(u)) over the event times u <= t. The derivative of p(t) by the hazard r -> s at u
is p_r(u-) (P_s(u, t) - P_r(u, t)), where P_r is row r of the product after u: every influence is a sum of such terms,
so the rows' differences at each move are all that is kept. Times are cut into chunks at the requested times, and the
products after a chunk are applied as one small matrix; cost O(moves * S^3) once and O(moves * S^2) per requested time.

With `stay`, the row vector is (p, ∫p) and each event is followed by the wait until the next one: the same chain then
integrates the probabilities (expected length of stay) exactly, as they are constant between events.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.journeys.products import prefix_products, suffix_products
from pipeline.journeys.risksets import Jumps
from pipeline.journeys.spell_columns import Floats, Integers

_CHUNK_CELLS = 2_000_000
"""Matrix cells held at once: bounds memory however many event times there are."""


@dataclass(frozen=True)
class Chain:
    """What the backward pass needs. m is the number of states, or twice that with `stay`.

    `at`: (times, m) the estimate at each requested time. `before`: (jumps,) probability of the jump's origin just
    before it. `ahead`: (jumps, m) row of `target` less row of `origin` of the product from the jump to its chunk's end.
    `chunk`: (jumps,) chunk of each jump. `whole`: (chunks, m, m) product over each chunk. `until`: (times,) chunks
    completed at each requested time. `opening`: (states, m) what holds before the first event. `before`, `ahead` and
    `chunk` stand by time; `order` is the place of each in the jumps given.
    """

    at: Floats
    before: Floats
    ahead: Floats
    chunk: Integers
    whole: Floats
    until: Integers
    opening: Floats
    order: Integers

    def derivatives(self, time: int) -> tuple[Floats, Floats]:
        """Derivatives of the estimate at requested time `time`: by the hazard of each jump, and by the initial mix.

        Shapes (jumps, m), in the order of the jumps given and zero for jumps later than that time, and (states, m).
        """
        reach = int(self.until[time])
        after = np.eye(self.at.shape[1])
        rows = np.zeros_like(self.ahead)
        ends = np.searchsorted(self.chunk, np.arange(reach + 1))
        for chunk in range(reach - 1, -1, -1):
            part = slice(ends[chunk], ends[chunk + 1])
            rows[part] = self.ahead[part] @ after
            after = self.whole[chunk] @ after
        by_jump = np.empty_like(rows)
        by_jump[self.order] = rows * self.before[:, None]
        return by_jump, self.opening @ after


def run_chain(jumps: Jumps, initial: Floats, times: Floats, stay_since: float | None = None) -> Chain:
    """The chain over `jumps` at the sorted, distinct `times`.

    With `stay_since`, the probabilities are integrated from there on and `times` must be a single time.
    """
    order = np.argsort(jumps.time, kind="stable")
    origin, target = jumps.origin[order], jumps.target[order]
    time, rate = jumps.time[order], jumps.rate[order]
    events, event = np.unique(time, return_inverse=True)
    states = len(initial)
    waits = None if stay_since is None else np.diff([stay_since, *events, times[-1]])
    opening = np.eye(states) if waits is None else np.hstack([np.eye(states), waits[0] * np.eye(states)])
    size = opening.shape[1]

    row = initial @ opening
    at = np.empty((len(times), size))
    before, ahead = np.empty(len(order)), np.empty((len(order), size))
    chunk, until = np.empty(len(order), dtype=np.int64), np.empty(len(times), dtype=np.int64)
    whole: list[Floats] = []
    for begin, end, reached in _chunks(events, times, size):
        if end > begin:
            part = slice(*np.searchsorted(event, [begin, end]))
            local = event[part] - begin
            wait = None if waits is None else waits[begin + 1 : end + 1]
            steps = _steps(end - begin, local, origin[part], target[part], rate[part], states, wait)
            products = prefix_products(steps)
            rows = np.vstack([row, row @ products])
            before[part] = rows[local, origin[part]]
            ahead[part] = _ahead(suffix_products(steps), local, origin[part], target[part], wait, states)
            chunk[part], row = len(whole), rows[-1]
            whole.append(products[-1])
        if reached is not None:
            at[reached], until[reached] = row, len(whole)
    return Chain(at, before, ahead, chunk, np.array(whole).reshape(-1, size, size), until, opening, order)


def run_forward(jumps: Jumps, initial: Floats) -> tuple[Floats, Floats]:
    """The distinct event times and the probabilities just after each; shapes (times,) and (times, states)."""
    events, event = np.unique(jumps.time, return_inverse=True)
    order = np.argsort(event, kind="stable")
    origin, target, rate, event = jumps.origin[order], jumps.target[order], jumps.rate[order], event[order]
    row, path = initial, [np.empty((0, len(initial)))]
    for begin, end, _ in _chunks(events, np.array([np.inf]), len(initial)):
        if end > begin:
            part = slice(*np.searchsorted(event, [begin, end]))
            steps = _steps(end - begin, event[part] - begin, origin[part], target[part], rate[part], len(initial), None)
            path.append(row @ prefix_products(steps))
            row = path[-1][-1]
    return events, np.concatenate(path)


def _chunks(events: Floats, times: Floats, size: int) -> Iterator[tuple[int, int, int | None]]:
    """Ranges of events that end at each requested time, or earlier where a range grows too long."""
    longest = max(1, _CHUNK_CELLS // size**2)
    begin = 0
    for index, end in enumerate(np.searchsorted(events, times, side="right").tolist()):
        while end - begin > longest:
            yield begin, begin + longest, None
            begin += longest
        yield begin, end, index
        begin = end


def _steps(
    count: int, local: Integers, origin: Integers, target: Integers, rate: Floats, states: int, wait: Floats | None
) -> Floats:
    """I + dΛ of each event time of a chunk, followed by the wait after it where stays are asked for."""
    move = np.zeros((count, states, states))
    np.add.at(move, (local, origin, target), rate)
    np.add.at(move, (local, origin, origin), -rate)
    move += np.eye(states)
    if wait is None:
        return move
    steps = np.zeros((count, 2 * states, 2 * states))
    steps[:, :states, :states] = move
    steps[:, :states, states:] = move * wait[:, None, None]
    steps[:, states:, states:] = np.eye(states)
    return steps


def _ahead(
    after: Floats, local: Integers, origin: Integers, target: Integers, wait: Floats | None, states: int
) -> Floats:
    rows = after[local, target] - after[local, origin]
    if wait is not None:
        waiting = after[local, states + target] - after[local, states + origin]
        rows = rows + wait[local, None] * waiting
    return rows
