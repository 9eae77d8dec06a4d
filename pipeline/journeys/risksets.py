"""What an Aalen-Johansen estimate counts: who moved when, out of how many at risk.

Times become places among the moments at which anybody moved, so that all comparisons are of integers and the cost per
spell does not depend on how times are written. Times closer to each other than decimal arithmetic can tell apart are
one moment; ties are never spread.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.journeys.spell_columns import LONGEST_CALENDAR, NOWHERE, Flags, Floats, Integers, SpellColumns

_BITS = 2**62


@dataclass(frozen=True)
class SpellArrays:
    """Spells whose figures do not depend on the order of rows or ids: in an order that depends on content only.

    `start` and `stop` are the number of `moments` up to and including that time: a spell is at risk at the moments
    with start <= place < stop. `opening` flags the spells from which the initial mix is estimated (None = it is given).
    Spells that count 1 each are in the order given where `cluster` is None, as sums of whole numbers are exact.
    """

    states: tuple[str, ...]
    moments: Floats
    origin: Integers
    target: Integers
    start: Integers
    stop: Integers
    weight: Floats | None
    opening: Flags | None
    cluster: Integers | None
    clusters: int

    @property
    def weights(self) -> Floats:
        """The weight of each spell; 1 where none are given."""
        return np.ones(len(self.origin)) if self.weight is None else self.weight


@dataclass(frozen=True)
class Jumps:
    """Moves added up by (from, time, to), and sorted so.

    `at_risk` is the weight of the spells in `origin` with start < time <= stop; `rate` is moved / at_risk, the
    increment of the Nelson-Aalen hazard; `place` is that of `time` among the moments.
    """

    origin: Integers
    target: Integers
    time: Floats
    place: Integers
    moved: Floats
    rate: Floats
    at_risk: Floats


def to_arrays(spells: SpellColumns, *, mix: bool, since: float | None, by_content: bool) -> SpellArrays:
    """The spells on the grid of their moments.

    With `mix` the opening spells are flagged: those at risk just after `since`, or, without it, just before the first
    move; where nobody moved, those that began first. `by_content` puts the spells into an order of their content:
    needed where figures are added up per cluster.
    """
    moments, start, stop = spells.grid
    opening = _opening(spells, start, stop, since) if mix and len(start) else None
    arrays = SpellArrays(
        spells.states,
        moments,
        spells.origin,
        spells.target,
        start,
        stop,
        spells.weight,
        opening,
        spells.cluster if by_content else None,
        spells.clusters,
    )
    if not by_content and spells.weight is None:
        return arrays
    order = _content_order(arrays)
    return SpellArrays(
        spells.states,
        moments,
        spells.origin[order],
        spells.target[order],
        start[order],
        stop[order],
        None if spells.weight is None else spells.weight[order],
        None if opening is None else opening[order],
        None if arrays.cluster is None else arrays.cluster[order],
        spells.clusters,
    )


def count_jumps(spells: SpellArrays, since: float, until: float) -> Jumps:
    """Moves with since < time <= until, added up, and the weight at risk at each."""
    begin, end = np.searchsorted(spells.moments, [since, until], side="right").tolist()
    moved = np.flatnonzero((spells.target != NOWHERE) & (spells.stop > begin) & (spells.stop <= end))
    states, moments = len(spells.states), len(spells.moments)
    key = _move_key(spells, moved)
    weight = None if spells.weight is None else spells.weight[moved]
    cells = states * states * moments
    if cells <= max(LONGEST_CALENDAR, 2 * len(moved)):
        seen = np.bincount(key, minlength=cells)
        jumps = np.flatnonzero(seen)
        total = (seen if weight is None else np.bincount(key, weights=weight, minlength=cells))[jumps]
    else:
        jumps, inverse, seen = np.unique(key, return_inverse=True, return_counts=True)
        total = seen if weight is None else np.bincount(inverse, weights=weight, minlength=len(jumps))
    moved_weight = total.astype(float)
    origin, place, target = jumps // (moments * states), jumps // states % max(moments, 1), jumps % states
    at_risk = weight_at_risk(spells, origin, place, spells.weight)
    rate = np.divide(moved_weight, at_risk, out=np.zeros_like(moved_weight), where=at_risk > 0)
    return Jumps(origin, target, spells.moments[place], place, moved_weight, rate, at_risk)


def weight_at_risk(spells: SpellArrays, origin: Integers, place: Integers, weight: Floats | None) -> Floats:
    """Weight of the spells in state `origin` that are at risk at the moment `place`, for each pair."""
    width = len(spells.moments) + 1
    base = spells.origin * width
    cells = width * len(spells.states)
    came = np.bincount(base + spells.start, weights=weight, minlength=cells)
    went = np.bincount(base + spells.stop, weights=weight, minlength=cells)
    inside = np.cumsum((came - went).reshape(-1, width), axis=1)
    return inside[origin, place].astype(float)


def own_jump(spells: SpellArrays, jumps: Jumps) -> tuple[Integers, Integers]:
    """Spells that ended in one of the jumps, and which."""
    states, moments = len(spells.states), len(spells.moments)
    if not len(jumps.time):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    keys = (jumps.origin * moments + jumps.place) * states + jumps.target
    first, last = jumps.place.min(), jumps.place.max()
    moved = np.flatnonzero((spells.target != NOWHERE) & (spells.stop > first) & (spells.stop <= last + 1))
    wanted = _move_key(spells, moved)
    cells = states * states * moments
    if cells <= max(LONGEST_CALENDAR, 2 * len(moved)):
        place = np.zeros(cells, dtype=np.int64)
        place[keys] = np.arange(len(keys))
        return moved, place[wanted]
    order = np.argsort(wanted)
    found = np.empty_like(wanted)
    found[order] = np.searchsorted(keys, wanted[order])
    return moved, found


def _move_key(spells: SpellArrays, moved: Integers) -> Integers:
    places = spells.origin[moved] * len(spells.moments) + spells.stop[moved] - 1
    return places * len(spells.states) + spells.target[moved]


def _opening(spells: SpellColumns, start: Integers, stop: Integers, since: float | None) -> Flags:
    if since is not None:
        return (spells.start <= since) & (since < spells.stop)
    if stop.max() > 0:
        return (start == 0) & (stop > 0)
    return spells.start == spells.start.min()


def _content_order(spells: SpellArrays) -> Integers:
    """Rows sorted by all that an estimate depends on but the cluster."""
    width = len(spells.moments) + 1
    states = len(spells.states)
    opening = np.zeros(len(spells.origin), dtype=np.int64) if spells.opening is None else spells.opening.astype("int64")
    keys: tuple[NDArray, ...] = (opening, spells.target, spells.origin, spells.stop, spells.start)
    if width * width * states * (states + 1) * 2 < _BITS:
        key = ((spells.start * width + spells.stop) * states + spells.origin) * (states + 1) + spells.target + 1
        keys = (key * 2 + opening,)
    if spells.weight is None and len(keys) == 1:
        return np.argsort(keys[0])
    return np.lexsort(keys if spells.weight is None else (spells.weight, *keys))
