"""The journey as a finite automaton: which stage a customer is in after each row, for all journeys at once.

Positions: 0 … S-1 the stages of the ladder; S … 2S-1 dropped off, having left stage 0 … S-1 (the stage is remembered,
as activity that enters no stage leads back to it); 2S not begun. Rows carry a code: `DROPOFF`, `ACTIVITY` (the first
activity after a gap that enters no stage), or the number of a mask of stages.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.core.sources import StageSettings

Integers = NDArray[np.int64]
DROPOFF = 0
ACTIVITY = 1
_RESERVED = 2
NOT_ILLEGAL = -1


@dataclass(frozen=True)
class Walk:
    """Positions before and after each row, and the stage of a refused move (`NOT_ILLEGAL` where none was)."""

    before: Integers
    after: Integers
    refused: Integers


def walk(journey: Integers, code: Integers, masks: Integers, stages: StageSettings) -> Walk:
    """Walk all journeys; rows sorted by journey, in order within it.

    `code` is `DROPOFF`, `ACTIVITY` or 2 + the index of the row's mask in `masks`. Steps over the k-th row of every
    journey together, so the cost in Python is that of the longest journey.
    """
    moves, refusals = _tables(masks, stages)
    first = np.flatnonzero(np.diff(journey, prepend=-1))
    length = np.diff(first, append=len(journey))
    by_length = np.argsort(-length, kind="stable")
    first, length = first[by_length], length[by_length]
    before, after = np.empty_like(code), np.empty_like(code)
    position = np.full(len(first), 2 * len(stages.ladder), dtype=np.int64)
    for step in range(int(length[0]) if len(length) else 0):
        going = int(np.searchsorted(-length, -step, side="left"))
        rows = first[:going] + step
        before[rows] = position[:going]
        position[:going] = moves[position[:going], code[rows]]
        after[rows] = position[:going]
    return Walk(before, after, refusals[before, code])


def _tables(masks: Integers, stages: StageSettings) -> tuple[Integers, Integers]:
    """Next position, and stage of a refused move, by position and code."""
    count = len(stages.ladder)
    rank = {stage: place for place, stage in enumerate(stages.ladder)}
    moves = np.repeat(np.arange(2 * count + 1)[:, None], _RESERVED + len(masks), axis=1)
    refusals = np.full_like(moves, NOT_ILLEGAL)
    dropoff = stages.dropoff
    for stage in dropoff.from_stages if dropoff else []:
        moves[rank[stage], DROPOFF] = count + rank[stage]
    returns = dropoff is not None and dropoff.returns
    if returns:
        moves[count : 2 * count, ACTIVITY] = np.arange(count)
    for code, mask in enumerate(masks.tolist(), start=_RESERVED):
        entered = [place for place in range(count) if mask >> place & 1]
        moves[2 * count, code] = entered[-1]
        if returns:
            moves[count : 2 * count, code] = entered[-1]
        for stage, place in rank.items():
            allowed = [to for to in entered if to == place or stages.ladder[to] in stages.moves.get(stage, [])]
            moves[place, code] = max(allowed, default=place)
            if not allowed:
                refusals[place, code] = entered[-1]
    return moves, refusals
