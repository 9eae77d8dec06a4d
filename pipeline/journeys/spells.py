"""Stage rows become spells (start, stop] in days since each journey's origin.

A journey begins when its customer first enters any stage at or after `features_until`; that moment is its origin.
Most begin in the first stage of the ladder; those that begin later do so in the stage they entered, and are counted.
Drop-off is entered at last activity + inactivity, where that moment was observed, and is never dated back. Every
journey is censored at `observation.end`; its spells follow each other without gaps from the origin to that moment, or,
where not all sources were recorded yet at the origin, from the day they were (`watch.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.sources import Observation, StageSettings
from pipeline.journeys.stages import KEY, MICROSECONDS_PER_DAY, NO_CASE, longest_gap
from pipeline.journeys.ties import keep_after_ties, spread, tied
from pipeline.journeys.walk import ACTIVITY, DROPOFF, NOT_ILLEGAL, Walk, walk

Integers = NDArray[np.int64]
_FIRST_MASK = 2
"""Code of mask 0 of `walk`."""
_ORIGIN = "_origin"
"""Column that does not leave this file: microseconds since 1970 at the journey's origin."""


@dataclass(frozen=True)
class Journeys:
    """Spells, and what was counted on the way. `illegal`: from, to, count, share (of all moves tried on the ladder).

    `origins`: case_id, case_value, origin_at (microseconds since 1970) of each journey, in the order of the spells.
    `ties`: the same of stages entered at one moment (share of all that were entered). `entered_late`: journeys under
    way when the watch began.
    """

    spells: pd.DataFrame
    origins: pd.DataFrame
    illegal: pd.DataFrame
    ties: pd.DataFrame
    journeys: int
    returns: int
    began_later: int
    entered_late: int
    entries: int
    tied_entries: int

    @property
    def tied_share(self) -> float | None:
        """Share of stage entries at the same moment as another entry of the journey; None without entries."""
        return self.tied_entries / self.entries if self.entries else None


def told_moves(found: Journeys, most: int = 3) -> list[str]:
    """What should be said of moves that the ladder does not allow, and of stages entered at one moment."""
    lines = []
    for pairs, what in (
        (found.illegal, "moves that the ladder does not allow"),
        (found.ties, "stages entered at once"),
    ):
        shown = [
            f"{row.origin} -> {row.to} {row.times:,} ({row.share:.1%})"
            for row in pairs.rename(columns={"from": "origin", "count": "times"}).head(most).itertuples()
        ]
        more = f", and {len(pairs) - most} more kinds" if len(pairs) > most else ""
        lines += [f"  {what}: {', '.join(shown)}{more}"] if shown else []
    return lines


def told_watch(spells: pd.DataFrame, spans: Mapping[str, float]) -> list[str]:
    """What should be said of days in which no journey was watched: of `spans`, by the key in params.yaml, and of the
    first ones."""
    longest, first = watched_days(spells).values()
    said = [
        f"journeys.{key} in params.yaml is {days:g}, but no journey was followed for longer than {longest:g} days: "
        "chances so far on are not known. Shorten it, or set an earlier `observation.features_until` in sources.yaml."
        for key, days in spans.items()
        if longest is not None and days > longest
    ]
    if first:
        said.append(
            f"no journey was watched in the first {first:g} days after it began, as sources of stages were recorded "
            "from later on (`observed_from`): moves so early are not known, and the chances leave them out."
        )
    return said


def watched_days(spells: pd.DataFrame) -> dict[str, float | None]:
    """`followed_days`, the longest that a journey was followed since its origin (None without journeys), and
    `unwatched_days`, those after the origin in which no journey was watched (0: one was from the origin on)."""
    if not len(spells):
        return {"followed_days": None, "unwatched_days": 0.0}
    longest, first = float(spells["stop"].max()), float(spells["start"].min())
    return {"followed_days": round(longest, 1), "unwatched_days": round(first, 1)}


def build_spells(
    rows: pd.DataFrame,
    journeys: pd.DataFrame,
    stages: StageSettings,
    observation: Observation,
    watched_from: date | None = None,
) -> Journeys:
    """Spells of all journeys from `stages.stage_rows` and `stages.journey_rows`.

    The table has the columns of SPELLS but `persona_id`, and one column per breakdown; ordered by customer, case,
    start. Before the day `watched_from` no journey is at risk: those under way then begin late.
    """
    end = _microseconds(observation.end)
    journeys = journeys.reset_index(drop=True)
    journey, at, mask = _with_dropoffs(rows, journeys, stages, end)
    masks = np.unique(rows["mask"].to_numpy(dtype=np.int64))
    masks = masks[masks > 0]
    code = np.where(mask < 0, DROPOFF, np.where(mask == 0, ACTIVITY, _FIRST_MASK + np.searchsorted(masks, mask)))
    walked = walk(journey, code, masks, stages)

    entered = np.flatnonzero(_entries(walked, len(stages.ladder)))
    journey, at, state = journey[entered], at[entered], _reported(walked.after[entered], len(stages.ladder))
    first = np.diff(journey, prepend=-1) != 0
    same_moment = tied(journey, at)
    counts = {
        "journeys": int(first.sum()),
        "returns": int(((state[1:] < len(stages.ladder)) & ~first[1:] & (state[:-1] == len(stages.ladder))).sum()),
        "began_later": int((first & (state > 0)).sum()),
        "entries": len(state),
        "tied_entries": int(same_moment.sum()),
    }
    ties = _pairs(state[:-1][same_moment[1:]], state[1:][same_moment[1:]], len(state), stages)
    keep = keep_after_ties(journey, at, state, _allowed(stages))
    journey, state = journey[keep], state[keep]
    at = spread(journey, at[keep])
    observed = at < end
    journey, at, state = journey[observed], at[observed], state[observed]
    spells = _spells(journeys, journey, at, state, stages, end)
    origins = _origins(journeys, journey, at, spells)
    spells, late = _watched(spells, watched_from)
    spells = spells.drop(columns=_ORIGIN)
    return Journeys(spells, origins, _illegal(walked, counts, stages), ties, entered_late=late, **counts)


def _watched(spells: pd.DataFrame, begin: date | None) -> tuple[pd.DataFrame, int]:
    """The spells after the day `begin`, and the number of journeys that were under way then."""
    if begin is None:
        return spells, 0
    day = (_microseconds(begin) - spells[_ORIGIN]) / MICROSECONDS_PER_DAY
    after = spells["stop"] > day
    late = int(spells.loc[after & (day > 0), "case_id"].nunique())
    return spells.assign(start=np.maximum(spells["start"], day))[after].reset_index(drop=True), late


def _with_dropoffs(
    rows: pd.DataFrame, journeys: pd.DataFrame, stages: StageSettings, end: int
) -> tuple[Integers, Integers, Integers]:
    """Journey, moment and mask of stage rows, returns (mask 0) and drop-offs (mask -1), in order in each journey."""
    journey, at, mask = _journey_of(rows, journeys), rows["at"].to_numpy("int64"), rows["mask"].to_numpy("int64")
    parts = [(journey, at, mask)]
    if stages.dropoff is not None:
        gap = longest_gap(stages.dropoff.inactivity_days)
        within = np.flatnonzero(rows["after_gap"].to_numpy(dtype=bool))
        before = rows["previous_at"].to_numpy()[within].astype("int64") + gap
        last = journeys["last_at"].to_numpy("int64") + gap
        seen = np.flatnonzero(last < end)
        parts += [(journey[within], before, np.full(len(within), -1)), (seen, last[seen], np.full(len(seen), -1))]
    journey, at, mask = (np.concatenate(columns).astype("int64") for columns in zip(*parts, strict=True))
    # A drop-off lies strictly before the activity that ends it; the order of events at one moment is the engine's.
    order = _in_order(journey, at)
    return journey[order], at[order], mask[order]


def _journey_of(rows: pd.DataFrame, journeys: pd.DataFrame) -> Integers:
    """The place of each row's journey among the journeys."""
    if "number" in rows:
        numbers = journeys["number"].to_numpy("int64")
        order = np.argsort(numbers)
        return order[np.searchsorted(numbers[order], rows["number"].to_numpy("int64"))]
    numbered = journeys[list(KEY)].assign(journey=np.arange(len(journeys)))
    return rows.merge(numbered, on=list(KEY), how="left", validate="many_to_one")["journey"].to_numpy("int64")


def _in_order(journey: Integers, at: Integers) -> Integers:
    """Places by journey and moment, equal ones as they come."""
    if not len(at):
        return np.zeros(0, dtype=np.int64)
    width = int(at.max()) - int(at.min()) + 1
    if width * (int(journey.max()) + 1) < np.iinfo(np.int64).max:
        # One number, of which long stretches are in order already: that is what this way of sorting is quick at.
        return np.argsort(journey * width + (at - at.min()), kind="stable")
    return np.lexsort((at, journey))


def _entries(walked: Walk, count: int) -> NDArray[np.bool_]:
    return _reported(walked.before, count) != _reported(walked.after, count)


def _reported(position: Integers, count: int) -> Integers:
    """Stage of a position: 0 … S-1 the ladder, S drop-off, S + 1 not begun."""
    return np.where(position < count, position, np.where(position < 2 * count, count, count + 1))


def _allowed(stages: StageSettings) -> NDArray[np.bool_]:
    """Direct moves between the ladder's stages and drop-off (the last position)."""
    count = len(stages.ladder)
    table = np.zeros((count + 1, count + 1), dtype=bool)
    for place, stage in enumerate(stages.ladder):
        for to in stages.moves.get(stage, []):
            table[place, stages.ladder.index(to)] = True
    table[count, :count] = stages.dropoff is not None and stages.dropoff.returns
    return table


def _spells(
    journeys: pd.DataFrame, journey: Integers, at: Integers, state: Integers, stages: StageSettings, end: int
) -> pd.DataFrame:
    names = np.array([*stages.ladder, stages.dropoff.stage if stages.dropoff else ""], dtype=object)
    first = np.diff(journey, prepend=-1) != 0
    last = np.ones(len(journey), dtype=bool)
    last[:-1] = first[1:]
    origin = at[first][np.cumsum(first) - 1]
    following, to = np.full(len(at), end), np.full(len(at), None, dtype=object)
    following[~last] = at[1:][~last[:-1]]
    to[~last] = names[state[1:][~last[:-1]]]
    of = journeys.iloc[journey].reset_index(drop=True)
    case = of["customer_id"].where(of["case_value"] == NO_CASE, of["customer_id"] + "/" + of["case_value"])
    start = (at - origin) / MICROSECONDS_PER_DAY
    stop = (following - origin) / MICROSECONDS_PER_DAY
    table = pd.DataFrame(
        {
            "customer_id": of["customer_id"],
            "case_id": case,
            "from": names[state],
            "to": to,
            "start": start,
            "stop": stop,
            "entered": start,
            _ORIGIN: origin,
        }
    )
    return pd.concat([table, of[stages.breakdowns]], axis=1)


def _origins(journeys: pd.DataFrame, journey: Integers, at: Integers, spells: pd.DataFrame) -> pd.DataFrame:
    first = np.flatnonzero(np.diff(journey, prepend=-1))
    case_value = journeys["case_value"].iloc[journey[first]].to_numpy()
    return pd.DataFrame(
        {"case_id": spells["case_id"].to_numpy()[first], "case_value": case_value, "origin_at": at[first]}
    )


def _illegal(walked: Walk, counts: dict[str, int], stages: StageSettings) -> pd.DataFrame:
    rows = np.flatnonzero(walked.refused != NOT_ILLEGAL)
    tried = counts["entries"] - counts["journeys"] + len(rows)
    return _pairs(walked.before[rows], walked.refused[rows], tried, stages)


def _pairs(origin: Integers, target: Integers, of: int, stages: StageSettings) -> pd.DataFrame:
    """`from, to, count, share`: how often each pair of stages occurs, the most frequent first."""
    names = np.array([*stages.ladder, stages.dropoff.stage if stages.dropoff else ""], dtype=object)
    pairs = pd.DataFrame({"from": names[origin], "to": names[target]}, dtype=object)
    table = pairs.value_counts(sort=False).rename("count").reset_index()
    table = table.assign(share=table["count"] / max(of, 1))
    return table.sort_values(["count", "from", "to"], ascending=[False, True, True], ignore_index=True)


def _microseconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * MICROSECONDS_PER_DAY
