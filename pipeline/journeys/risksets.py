"""Spells as arrays, and the counts an Aalen-Johansen estimate needs: who moved when, out of how many at risk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError, gather, near_match

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
NOWHERE = -1
"""Code of `to` where the spell was censored."""


@dataclass(frozen=True)
class SpellArrays:
    """Spells in an order that depends on their content only, so that no figure depends on the order of rows or ids."""

    states: tuple[str, ...]
    origin: Integers
    target: Integers
    start: Floats
    stop: Floats
    weight: Floats
    cluster: Integers
    clusters: int


@dataclass(frozen=True)
class Jumps:
    """Moves added up by (from, time, to), and sorted so.

    `at_risk` is the weight of the spells in `origin` with start < time <= stop; `rate` is moved / at_risk, the
    increment of the Nelson-Aalen hazard. Jumps `first[i]` to `last[i]` (exclusive) are those out of spell i's stage
    while it was at risk; `own[i]` is the jump that ended it, or -1.
    """

    origin: Integers
    target: Integers
    time: Floats
    rate: Floats
    at_risk: Floats
    first: Integers
    last: Integers
    own: Integers


def to_arrays(
    spells: pd.DataFrame, *, states: Sequence[str] | None, cluster: str | None, weight: str | None
) -> SpellArrays:
    """The table `from, to, start, stop` as arrays.

    `states` fixes their order; without it, first those that are left, then the others, each in alphabetical order.
    `cluster=None` makes every row its own cluster. A move to the same stage is no move.
    Raises `InputError` for stop <= start, a missing value, a negative weight or a stage outside `states`.
    """
    weights = np.ones(len(spells)) if weight is None else spells[weight].to_numpy(dtype=float)
    start, stop = spells["start"].to_numpy(dtype=float), spells["stop"].to_numpy(dtype=float)
    known = tuple(states) if states is not None else _states_of(spells)
    gather(InputError, _mistakes(spells, start, stop, weights, known), "the spells cannot be used")
    origin = pd.Index(known).get_indexer(spells["from"]).astype(np.int64)
    target = np.where(spells["to"].isna(), NOWHERE, pd.Index(known).get_indexer(spells["to"])).astype(np.int64)
    target[target == origin] = NOWHERE
    codes, ids = (np.arange(len(spells)), range(len(spells))) if cluster is None else pd.factorize(spells[cluster])
    order = np.lexsort((weights, target, origin, stop, start))
    return SpellArrays(
        states=known,
        origin=origin[order],
        target=target[order],
        start=start[order],
        stop=stop[order],
        weight=weights[order],
        cluster=np.asarray(codes, dtype=np.int64)[order],
        clusters=len(ids),
    )


def count_jumps(spells: SpellArrays, since: float, until: float) -> Jumps:
    """Moves with since < time <= until, added up, and the weight at risk at each."""
    moved = np.flatnonzero((spells.target != NOWHERE) & (spells.stop > since) & (spells.stop <= until))
    order = moved[np.lexsort((spells.target[moved], spells.stop[moved], spells.origin[moved]))]
    to, time, origin = spells.target[order], spells.stop[order], spells.origin[order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (np.diff(to) != 0) | (np.diff(time) != 0) | (np.diff(origin) != 0)
    jump = np.cumsum(fresh) - 1
    weight = np.bincount(jump, weights=spells.weight[order], minlength=int(fresh.sum())).astype(float)
    own = np.full(len(spells.origin), -1, dtype=np.int64)
    own[order] = jump
    to, time, origin = to[fresh], time[fresh], origin[fresh]
    at_risk, first, last = _risk(spells, origin, time)
    rate = np.divide(weight, at_risk, out=np.zeros_like(weight), where=at_risk > 0)
    return Jumps(origin, to, time, rate, at_risk, first, last, own)


def _risk(spells: SpellArrays, origin: Integers, time: Floats) -> tuple[Floats, Integers, Integers]:
    """Weight at risk at each jump, and for each spell the range of jumps at which it was at risk."""
    at_risk = np.zeros(len(time))
    first, last = (np.zeros(len(spells.origin), dtype=np.int64) for _ in range(2))
    offsets = np.searchsorted(origin, np.arange(len(spells.states) + 1))
    for state, (begin, end) in enumerate(zip(offsets[:-1], offsets[1:], strict=True)):
        rows = np.flatnonzero(spells.origin == state)
        times = time[begin:end]
        first[rows] = begin + np.searchsorted(times, spells.start[rows], side="right")
        last[rows] = begin + np.searchsorted(times, spells.stop[rows], side="right")
        at_risk[begin:end] = _weight_before(spells.start[rows], spells.weight[rows], times) - _weight_before(
            spells.stop[rows], spells.weight[rows], times
        )
    return at_risk, first, last


def _weight_before(at: Floats, weight: Floats, times: Floats) -> Floats:
    """Weight of the rows with `at` < time, for each time."""
    order = np.argsort(at, kind="stable")
    summed = np.concatenate([[0.0], np.cumsum(weight[order])])
    return summed[np.searchsorted(at[order], times, side="left")]


def _states_of(spells: pd.DataFrame) -> tuple[str, ...]:
    left = sorted(spells["from"].dropna().unique())
    return (*left, *sorted(set(spells["to"].dropna().unique()) - set(left)))


def _mistakes(spells: pd.DataFrame, start: Floats, stop: Floats, weight: Floats, known: tuple[str, ...]) -> list[str]:
    lines = []
    for name, values in (("start", start), ("stop", stop), ("weight", weight)):
        if not np.isfinite(values).all():
            lines.append(f"column `{name}`: {int((~np.isfinite(values)).sum())} value(s) missing or not finite.")
    if (weight < 0).any():
        lines.append(f"column `weight`: {int((weight < 0).sum())} negative value(s); weights must be 0 or more.")
    if (stop <= start).any():
        row = int(np.flatnonzero(stop <= start)[0])
        lines.append(
            f"{int((stop <= start).sum())} spell(s) end at or before their start, the first is row {row}: "
            f"start {start[row]:g}, stop {stop[row]:g}. Spells are (start, stop]: merge or drop empty ones."
        )
    if spells["from"].isna().any():
        lines.append(f"column `from`: {int(spells['from'].isna().sum())} value(s) missing.")
    strange = {*spells["from"].dropna().unique(), *spells["to"].dropna().unique()} - set(known)
    lines += [
        f"unknown stage `{state}`.{near_match(str(state), known)} Known: {', '.join(known)}."
        for state in sorted(strange)
    ]
    return lines
