"""When each journey first comes to a stage or beyond: two states, `not yet` and `reached`, whatever lies between.

The censoring-aware share of those who have reached is the Aalen-Johansen probability of `reached`; with one journey per
customer it is one minus Kaplan & Meier's estimate (1958). Nobody leaves `reached`, so that a loop counts once, and one
who drops off is still not there, until returning or to the end of observation.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.journeys.multistate import Setting, probabilities, share_time
from pipeline.journeys.spell_columns import NOWHERE, Floats, Integers, SpellColumns, coded

STATES = ("not yet", "reached")
_ESTIMATES = ("probability", "std_error", "lower", "upper")
_SINCE_ORIGIN = Setting(since=0.0)


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
    waiting = arrived > journeys.begin
    there = np.isfinite(arrived)
    origin = np.repeat([0, 1], [waiting.sum(), there.sum()])
    target = np.full(len(origin), NOWHERE)
    target[: waiting.sum()][there[waiting]] = 1
    customer = np.concatenate([journeys.customer[waiting], journeys.customer[there]])
    start = np.concatenate([journeys.begin[waiting], arrived[there]])
    stop = np.concatenate([np.minimum(arrived, journeys.end)[waiting], journeys.end[there]])
    weights = None if weight is None else np.concatenate([weight[waiting], weight[there]])
    return SpellColumns(STATES, origin, target, start, stop, weights, customer, journeys.customers).rows(start < stop)


def passage(journeys: Journeys, arrived: Floats, window: float, weight: Floats | None = None) -> dict[str, float]:
    """Probability to have come there within the window, its error and interval, and the median time.

    Missing where nobody was watched that long; the median is missing where half never came.
    """
    nothing = dict.fromkeys((*_ESTIMATES, "median_days"), np.nan)
    if not journeys.count:
        return nothing
    spells = passage_spells(journeys, arrived, weight)
    setting = _SINCE_ORIGIN
    if not (spells.start <= 0).any():
        # All came into sight later: whoever is still waiting anywhere was waiting at the origin.
        setting = Setting(STATES[0] if (spells.origin == 0).any() else STATES[1], since=0.0)
    found = probabilities(spells, [window], setting).iloc[1]
    if found["followed"] == 0:
        return nothing
    median = share_time(spells, 1, 0.5, setting)
    return {name: float(found[name]) for name in _ESTIMATES} | {"median_days": median}
