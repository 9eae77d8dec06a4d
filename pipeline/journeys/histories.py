"""Whether the spells of each customer follow each other: none at once with another, none in a stage not moved to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.journeys.spell_columns import NOWHERE, SHOWN, Flags, Floats, Integers, noise_of


@dataclass(frozen=True)
class Histories:
    """One value per spell: numbers of customer and group, times, places of the stage and of the next (or NOWHERE)."""

    customer: Integers
    group: Integers
    start: Floats
    stop: Floats
    origin: Integers
    target: Integers

    def rows(self, which: Integers) -> "Histories":
        """The spells at the places `which`."""
        return Histories(*(values[which] for values in vars(self).values()))


def history_mistakes(
    spells: Histories, sound: Flags | None, states: Sequence[str], name: Callable[[int], str]
) -> list[str]:
    """One line for each of the first pairs of rows (counted from 1) of each kind of mistake, and how many more.

    Mistakes: two spells of a customer that overlap (in one group), and a spell that begins where another of the
    customer ends, but in a stage that the other did not move to. Gaps are none: a customer may go out of sight.
    Only the `sound` rows are looked at (None = all). `name` gives the id of a customer by number.
    """
    rows = None if sound is None else np.flatnonzero(sound)
    spells = spells if rows is None else spells.rows(rows)
    order = _by_customer(spells)
    if order is not None:
        rows, spells = order if rows is None else rows[order], spells.rows(order)
    same = (np.diff(spells.customer) == 0) & (np.diff(spells.group) == 0)
    reached = np.where(spells.target == NOWHERE, spells.origin, spells.target)
    noise, gap = noise_of(spells.start, spells.stop), spells.start[1:] - spells.stop[:-1]
    overlap = np.flatnonzero(same & (gap < -noise))
    torn = np.flatnonzero(same & (np.abs(gap) <= noise) & (reached[:-1] != spells.origin[1:]))

    def told(place: int) -> str:
        row = place if rows is None else int(rows[place])
        stage = states[int(spells.origin[place])]
        return f"row {row + 1} (in `{stage}` from {spells.start[place]:g} to {spells.stop[place]:g})"

    lines = []
    for first in overlap[:SHOWN].tolist():
        at_once = spells.start[first] == spells.start[first + 1] and spells.origin[first] != spells.origin[first + 1]
        both = "two origins" if at_once else "spells overlap"
        lines.append(f"customer `{name(int(spells.customer[first]))}`: {both}: {told(first)} and {told(first + 1)}.")
    for first in torn[:SHOWN].tolist():
        lines.append(
            f"customer `{name(int(spells.customer[first]))}`: {told(first)} ends in `{states[int(reached[first])]}`, "
            f"but {told(first + 1)} goes on in another stage."
        )
    kinds = (("overlapping spells", overlap), ("spells that do not fit the next one", torn))
    return lines + [f"{kind}: {len(at) - SHOWN:,} more pairs of rows." for kind, at in kinds if len(at) > SHOWN]


def _by_customer(spells: Histories) -> Integers | None:
    """Rows by customer, group and start; None where they are so already, as most tables are."""
    step = np.diff(spells.customer)
    same = step == 0
    in_order = (
        (step >= 0).all() and (np.diff(spells.group)[same] == 0).all() and (np.diff(spells.start)[same] >= 0).all()
    )
    return None if in_order else np.lexsort((spells.start, spells.group, spells.customer))
