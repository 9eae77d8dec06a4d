"""Spells as columns of numbers, however they were given; what is wrong with them is told row by row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError, gather, near_match

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
NOWHERE = -1
"""Code of `to` where the spell was censored."""
SHOWN = 5
LONGEST_CALENDAR = 20_000_000
"""Whole units of time, or cells of a table, up to which counting in an array is quicker than sorting."""
_NOISE = 1e-11
"""Times nearer than this share of the largest time are the same: 0.1 + 0.2 and 0.3."""


def noise_of(start: Floats, stop: Floats) -> float:
    """Difference below which two times of a table are one moment."""
    return _NOISE * max(abs(float(start.min())), abs(float(stop.max()))) if len(start) else 0.0


@dataclass(frozen=True)
class SpellColumns:
    """One value per spell. `origin` and `target` are places in `states`; `weight` is None where every spell counts 1.

    `cluster` numbers the customers (or accounts) from 0 to `clusters` - 1; None makes every row its own cluster.
    """

    states: tuple[str, ...]
    origin: Integers
    target: Integers
    start: Floats
    stop: Floats
    weight: Floats | None
    cluster: Integers | None
    clusters: int

    @cached_property
    def grid(self) -> tuple[Floats, Integers, Integers]:
        """The moments of moves, and how many of them are up to and including each start and stop."""
        return _on_grid(self.start, self.stop, self.target != NOWHERE)

    def weighing(self, weight: Floats) -> "SpellColumns":
        """The same spells with other weights; what is known of their times need not be found again."""
        other = replace(self, weight=weight)
        vars(other)["grid"] = self.grid
        return other

    def rows(self, which: NDArray) -> "SpellColumns":
        """The spells at the places (or flagged) `which`, their clusters numbered anew."""
        cluster, clusters = None, 0
        if self.cluster is not None:
            cluster = self.cluster[which]
            new = np.cumsum(np.bincount(cluster, minlength=self.clusters) > 0) - 1
            clusters = int(new[-1]) + 1 if len(new) else 0
            cluster = new[cluster]
        return replace(
            self,
            origin=self.origin[which],
            target=self.target[which],
            start=self.start[which],
            stop=self.stop[which],
            weight=None if self.weight is None else self.weight[which],
            cluster=cluster,
            clusters=len(self.origin[which]) if self.cluster is None else clusters,
        )


def _on_grid(start: Floats, stop: Floats, moved: Flags) -> tuple[Floats, Integers, Integers]:
    moves = stop[moved]
    if not len(moves):
        return np.zeros(0), np.zeros(len(start), dtype=np.int64), np.zeros(len(stop), dtype=np.int64)
    lowest, highest = float(start.min()), float(stop.max())
    if highest - lowest < LONGEST_CALENDAR and _whole(start) and _whole(stop):
        seen = np.zeros(int(highest - lowest) + 1, dtype=np.int64)
        seen[(moves - lowest).astype(np.int64)] = 1
        upto = np.cumsum(seen)
        moments = (np.flatnonzero(seen) + lowest).astype(float)
        return moments, upto[(start - lowest).astype(np.int64)], upto[(stop - lowest).astype(np.int64)]
    noise = noise_of(start, stop)
    times = np.sort(moves)
    fresh = np.ones(len(times), dtype=bool)
    fresh[1:] = np.diff(times) > noise
    moments = times[fresh].astype(float)
    return moments, _places(moments, start + noise), _places(moments, stop + noise)


def _places(moments: Floats, times: Floats) -> Integers:
    """How many moments are up to and including each time. Looked up in order, which memory rewards."""
    order = np.argsort(times)
    places = np.empty(len(times), dtype=np.int64)
    places[order] = np.searchsorted(moments, times[order], side="right")
    return places


def _whole(values: Floats) -> bool:
    return bool((values == np.rint(values)).all())


def from_frame(
    spells: pd.DataFrame, *, states: Sequence[str] | None, cluster: str | None, weight: str | None
) -> SpellColumns:
    """The table `from, to, start, stop` as columns.

    `states` fixes their order; without it, first those that are left, then the others, each in alphabetical order.
    `cluster=None` makes every row its own cluster. A move to the same stage is no move.
    Raises `InputError` for stop <= start, a missing value, a negative weight or a stage outside `states`.
    """
    weights = None if weight is None else spells[weight].to_numpy(dtype=float)
    start, stop = spells["start"].to_numpy(dtype=float), spells["stop"].to_numpy(dtype=float)
    left, entered = (coded(spells[name]) for name in ("from", "to"))
    used = [[names[code] for code in np.unique(codes[codes >= 0]).tolist()] for codes, names in (left, entered)]
    known = tuple(states) if states is not None else order_of_states(*used)
    mistakes = [*time_mistakes(start, stop), *weight_mistakes(weights)]
    if (left[0] < 0).any():
        mistakes.append(f"column `from`: {int((left[0] < 0).sum())} value(s) missing.")
    mistakes += state_mistakes({*used[0], *used[1]}, known)
    gather(InputError, mistakes, "the spells cannot be used")
    origin, target = places_of(*left, known), places_of(*entered, known)
    target[target == origin] = NOWHERE
    codes, ids = (None, spells.index) if cluster is None else coded(spells[cluster])
    return SpellColumns(known, origin, target, start, stop, weights, codes, len(ids))


def places_of(codes: Integers, names: Sequence[object], known: Sequence[str]) -> Integers:
    """Codes of names as places among the known stages; NOWHERE where missing (code -1) or unknown."""
    place = {state: place for place, state in enumerate(known)}
    table = np.array([place.get(str(name), NOWHERE) for name in names] + [NOWHERE], dtype=np.int64)
    return table[codes]


def coded(column: pd.Series) -> tuple[Integers, Sequence]:
    """Codes (-1 where missing) and names of a column; at no cost where it is categorical."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64), column.cat.categories
    codes, names = pd.factorize(column)
    return np.asarray(codes, dtype=np.int64), names


def order_of_states(left: Iterable[str], entered: Iterable[str]) -> tuple[str, ...]:
    """First the stages that are left, then those only entered, each in alphabetical order.

    >>> order_of_states(["b", "a"], ["b", "out", "end"])
    ('a', 'b', 'end', 'out')
    """
    first = sorted(set(left))
    return (*first, *sorted(set(entered) - set(first)))


def time_mistakes(start: Floats, stop: Floats, told: bool = False) -> list[str]:
    """Times that are missing or not finite (unless `told` already), and spells of no length; rows count from 1."""
    lines = [
        f"column `{name}`: {int((~np.isfinite(values)).sum()):,} value(s) missing or not finite, "
        f"{shown_rows(~np.isfinite(values))}."
        for name, values in (("start", start), ("stop", stop))
        if not told and not np.isfinite(values).all()
    ]
    empty = stop <= start
    if empty.any():
        row = int(np.flatnonzero(empty)[0])
        lines.append(
            f"{int(empty.sum()):,} spell(s) end at or before their start, {shown_rows(empty)}: "
            f"start {start[row]:g}, stop {stop[row]:g}. Spells are (start, stop]: merge or drop empty ones."
        )
    return lines


def weight_mistakes(weight: Floats | None, told: bool = False) -> list[str]:
    """Weights that are missing or not finite (unless `told` already), or negative."""
    if weight is None:
        return []
    lost, negative = ~np.isfinite(weight), weight < 0
    lines = []
    if lost.any() and not told:
        lines.append(f"column `weight`: {int(lost.sum()):,} value(s) missing or not finite, {shown_rows(lost)}.")
    if negative.any():
        lines.append(
            f"column `weight`: {int(negative.sum()):,} negative value(s), {shown_rows(negative)}; "
            "weights must be 0 or more."
        )
    return lines


def state_mistakes(found: Iterable[str], known: Sequence[str]) -> list[str]:
    """Stages outside the list of stages."""
    return [
        f"unknown stage `{state}`.{near_match(str(state), known)} Known: {', '.join(known)}."
        for state in sorted(set(found) - set(known))
    ]


def shown_rows(which: Flags) -> str:
    """The first rows flagged, counted from 1 below the header.

    >>> shown_rows(np.array([False, True, True]))
    'rows 2, 3'
    >>> shown_rows(np.array([False, True]))
    'row 2'
    """
    places = np.flatnonzero(which)
    more = ", …" if len(places) > SHOWN else ""
    return ("row " if len(places) == 1 else "rows ") + ", ".join(str(place + 1) for place in places[:SHOWN]) + more
