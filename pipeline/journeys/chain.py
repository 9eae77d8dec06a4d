"""The product integral of the hazards, forward for probabilities and backward for their derivatives.

Aalen-Johansen: p(t) = p(0) ∏ (I + dΛ(u)) over the event times u <= t. The derivative of p(t) by the hazard r -> s at u
is p_r(u-) (P_s(u, t) - P_r(u, t)), where P_r is row r of the product after u: every influence is a sum of such terms,
so the rows' differences at each move are all that is kept. Times are cut into blocks at the requested times, and the
products after a block are applied as one small matrix; cost O(moves * S^3) once and O(moves * S^2) per requested time.

With `stay`, the row vector is (p, ∫p) and each event is followed by the wait until the next one: the same chain then
integrates the probabilities (expected length of stay) exactly, as they are constant between events.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.journeys.products import sweep
from pipeline.journeys.risksets import Jumps
from pipeline.journeys.spell_columns import Floats, Integers

_CHUNK_CELLS = 400_000
"""Matrix cells held at once: they fit the processor's cache, however many event times there are."""


@dataclass(frozen=True)
class Chain:
    """What the backward pass needs. m is the number of states, or twice that with `stay`.

    `at`: (times, m) the estimate at each requested time. `before`: (jumps,) probability of the jump's origin just
    before it. `ahead`: (jumps, m) row of `target` less row of `origin` of the product from the jump to its block's end.
    `block`: (jumps,) block of each jump. `whole`: (blocks, m, m) product over each block. `until`: (times,) blocks
    completed at each requested time. `opening`: (states, m) what holds before the first event. `before`, `ahead` and
    `block` stand by time; `order` is the place of each in the jumps given.
    """

    at: Floats
    before: Floats
    ahead: Floats
    block: Integers
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
        ends = np.searchsorted(self.block, np.arange(reach + 1))
        rows = np.empty_like(self.ahead[: ends[-1]])
        for block in range(reach - 1, -1, -1):
            part = slice(ends[block], ends[block + 1])
            np.matmul(self.ahead[part], after, out=rows[part])
            after = self.whole[block] @ after
        rows *= self.before[: len(rows), None]
        by_jump = np.zeros_like(self.ahead)
        by_jump[self.order[: len(rows)]] = rows
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
    block, until = np.empty(len(order), dtype=np.int64), np.empty(len(times), dtype=np.int64)
    whole: list[Floats] = []
    for begin, end, reached in _chunks(events, times, size):
        if end > begin:
            part = slice(*np.searchsorted(event, [begin, end]))
            local = event[part] - begin
            wait = None if waits is None else waits[begin + 1 : end + 1]
            steps = _steps(end - begin, local, origin[part], target[part], rate[part], states, wait)
            passed = sweep(steps, row)
            before[part], row = passed.rows[local, origin[part]], passed.rows[-1]
            ahead[part] = _ahead(passed.behind, local, origin[part], target[part], wait, states)
            block[part] = len(whole) + local // passed.length
            whole.extend(passed.totals)
        if reached is not None:
            at[reached], until[reached] = row, len(whole)
    return Chain(at, before, ahead, block, np.array(whole).reshape(-1, size, size), until, opening, order)


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
            path.append(sweep(steps, row).rows[1:])
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
    move[local, origin, target] = rate
    move -= move.sum(axis=2)[:, :, None] * np.eye(states)
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
