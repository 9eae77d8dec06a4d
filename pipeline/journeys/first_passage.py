"""When each journey first comes to a stage or beyond: two states, `not yet` and `reached`, whatever lies between.

The censoring-aware share of those who have reached is the Aalen-Johansen probability of `reached`; with one journey per
customer it is one minus Kaplan & Meier's estimate (1958). Nobody leaves `reached`, so that a loop counts once, and one
who drops off is still not there, until returning or to the end of observation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.journeys import late_entry
from pipeline.journeys.multistate import Setting, probabilities_and_time
from pipeline.journeys.spell_columns import NOWHERE, Floats, Integers, SpellColumns, coded, places_of

STATES = ("not yet", "reached")
_ESTIMATES = ("probability", "std_error", "lower", "upper")


@dataclass(frozen=True)
class Journeys:
    """One value per journey: when it came into sight, how long it was watched, and the number of its customer."""

    begin: Floats
    end: Floats
    customer: Integers
    customers: int
    of_spell: Integers

    @property
    def count(self) -> int:
        """The number of journeys."""
        return len(self.begin)


def journeys_of(spells: pd.DataFrame) -> Journeys:
    """The journeys of spells with `case_id, customer_id, start, stop`; `of_spell` is each spell's journey."""
    codes, _ = coded(spells["case_id"])
    seen = np.bincount(codes) > 0
    journey = (np.cumsum(seen) - 1)[codes]
    count = int(seen.sum())
    begin, end = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(begin, journey, spells["start"].to_numpy(dtype=float))
    np.maximum.at(end, journey, spells["stop"].to_numpy(dtype=float))
    who, names = coded(spells["customer_id"])
    customer = np.zeros(count, dtype=np.int64)
    customer[journey] = who
    return Journeys(begin, end, customer, len(names), journey)


def arrivals(spells: pd.DataFrame, journeys: Journeys, inside: np.ndarray) -> Floats:
    """Start of each journey's first spell among those marked `inside`; infinite where it has none."""
    arrived = np.full(journeys.count, np.inf)
    np.minimum.at(arrived, journeys.of_spell[inside], spells["start"].to_numpy(dtype=float)[inside])
    return arrived


def passage_spells(journeys: Journeys, arrived: Floats, weight: Floats | None = None) -> SpellColumns:
    """Spells in `not yet` and `reached` of every journey; `weight` is one number per journey."""
    return _passage_spells(journeys, arrived, weight)[0]


def _passage_spells(journeys: Journeys, arrived: Floats, weight: Floats | None) -> tuple[SpellColumns, Integers]:
    """The spells, and the journey of each."""
    waiting, there = np.flatnonzero(arrived > journeys.begin), np.flatnonzero(np.isfinite(arrived))
    who = np.concatenate([waiting, there])
    origin = np.repeat([0, 1], [len(waiting), len(there)])
    target = np.full(len(who), NOWHERE)
    target[: len(waiting)][np.isfinite(arrived[waiting])] = 1
    start = np.concatenate([journeys.begin[waiting], arrived[there]])
    stop = np.concatenate([np.minimum(arrived, journeys.end)[waiting], journeys.end[there]])
    weights = None if weight is None else weight[who]
    some = start < stop
    columns = SpellColumns(
        STATES, origin, target, start, stop, weights, journeys.customer[who], journeys.customers
    ).rows(some)
    return columns, who[some]


@dataclass(frozen=True)
class Passages:
    """First arrival of each journey in every stage of a ladder or beyond, in the ladder's order.

    `arrived`: the moments (infinite where not seen); `spells`: the same as spells in `not yet` and `reached`, and
    `who` the journey of each spell.
    """

    journeys: Journeys
    arrived: list[Floats]
    spells: list[SpellColumns]
    who: list[Integers]

    @classmethod
    def of(cls, spells: pd.DataFrame, ladder: Sequence[str]) -> "Passages":
        """From spells with `case_id, customer_id, from, start, stop`."""
        place, journeys = places_of(*coded(spells["from"]), ladder), journeys_of(spells)
        arrived = [arrivals(spells, journeys, place >= step) for step in range(len(ladder))]
        made = [_passage_spells(journeys, moments, None) for moments in arrived]
        return cls(journeys, arrived, [columns for columns, _ in made], [who for _, who in made])

    def estimate(self, step: int, window: float, weight: Floats | None = None) -> dict[str, float]:
        """`passage` to the stage at the place `step`."""
        spells = self.spells[step]
        if weight is not None:
            spells = spells.weighing(weight[self.who[step]])
        return _estimate(spells, self.journeys.count, window)


def passage(journeys: Journeys, arrived: Floats, window: float, weight: Floats | None = None) -> dict[str, float]:
    """Probability to have come there within the window, its error and interval, and the median time.

    Missing where nobody was watched that long; the median is missing where half never came.
    """
    return _estimate(passage_spells(journeys, arrived, weight), journeys.count, window)


def start_of(spells: SpellColumns) -> str | None:
    """The state in which all were at the origin, where all came into sight later; None = as they were seen there.

    Who came into sight later was still waiting at the origin, or, where nobody waits, had arrived.
    """
    if (spells.start <= 0).any():
        return None
    return STATES[0] if (spells.origin == 0).any() else STATES[1]


def _estimate(spells: SpellColumns, journeys: int, window: float) -> dict[str, float]:
    nothing = dict.fromkeys((*_ESTIMATES, "median_days"), np.nan)
    if not journeys:
        return nothing
    table, median = probabilities_and_time(spells, [window], Setting(start_of(spells), since=0.0), 1, 0.5)
    found = table.iloc[1]
    if found["followed"] == 0:
        return nothing
    estimate = {name: float(found[name]) for name in _ESTIMATES} | {"median_days": median}
    late = spells.origin == 0
    late &= spells.start > 0
    if late.any():
        ends = late_entry.interval(spells.rows(spells.origin == 0), window, *(estimate[name] for name in _ESTIMATES))
        estimate |= dict(zip(_ESTIMATES[2:], ends, strict=True))
    return estimate
