"""The funnel of each persona with two intervals: its segments taken for given, and its segments found anew.

Stage `segments` draws customers with replacement, clusters each draw, and matches the clusters to the segments (table
`resampled_members`). In each draw the share that reaches a stage is estimated twice, from the draw's customers who are
in the persona and from those who are in it after clustering anew. The mean square of the difference, which both
estimates owe to the clustering alone, is added to the variance of the estimate (whole-pipeline bootstrap; sampling
itself is in the jackknife already, without the noise of a few draws). Taken for granted: what clustering anew changes
does not hang together with who was drawn.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys.first_passage import Journeys, arrivals, journeys_of
from pipeline.journeys.intervals import probability_interval
from pipeline.journeys.spell_columns import Floats, Integers, coded, places_of

_ESTIMATES = ["probability", "std_error", "lower", "upper"]
_WIDE = ["resampled_error", "resampled_lower", "resampled_upper"]
COLUMNS = ["persona", "stage", *_ESTIMATES, *_WIDE, "runs", "found_again"]


def resampled_funnel(
    spells: pd.DataFrame,
    funnel: pd.DataFrame,
    draws: pd.DataFrame,
    segment_of: Mapping[str, int],
    stages: StageSettings,
    window_days: float,
) -> pd.DataFrame:
    """One row per persona and stage of the ladder; columns COLUMNS.

    `funnel` is that of the personas (`group`, `stage` and the estimates), `draws` segments.schema.RESAMPLED with
    `segment` beside it, `segment_of` the segment of each persona. `found_again`: share of the runs in which the
    persona's segment came back; the others tell nothing of it. Without any the second interval is missing.
    """
    runs = sum(name.startswith("copies_") for name in draws)
    known = funnel.set_index(["group", "stage"])
    rows = []
    for stage, moved in _moved(spells, draws, runs, segment_of, stages, window_days):
        for persona, differences in moved.items():
            found = np.array([difference for difference in differences if np.isfinite(difference)])
            given = known.loc[(persona, stage), _ESTIMATES].to_dict()
            counts = {"runs": runs, "found_again": len(found) / runs if runs else np.nan}
            entered = float(known.loc[(persona, stage), "entered"])
            rows.append({"persona": persona, "stage": stage, **given, **_wider(given, found, entered), **counts})
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = {persona: number for number, persona in enumerate(segment_of)}
    return table.sort_values("persona", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _wider(given: Mapping[str, float], moved: Floats, entered: float) -> dict[str, float]:
    p, error = given["probability"], given["std_error"]
    if not len(moved) or np.isnan(p):
        return dict.fromkeys(_WIDE, np.nan)
    wide = float(np.hypot(0.0 if np.isnan(error) else error, np.sqrt(np.mean(moved**2))))
    lower, upper = probability_interval(p, wide, entered)
    # At 0 and 1 the interval is that of a count; what the draws made of the share belongs into it all the same.
    reach = (min(given["lower"], float(lower), p + moved.min()), max(given["upper"], float(upper), p + moved.max()))
    return dict(zip(_WIDE, (wide, max(reach[0], 0.0), min(reach[1], 1.0)), strict=True))


def _moved(
    spells: pd.DataFrame,
    draws: pd.DataFrame,
    runs: int,
    segment_of: Mapping[str, int],
    stages: StageSettings,
    window_days: float,
) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """Of each stage: by persona how far clustering anew moved the share in each run."""
    if not runs:
        for stage in stages.ladder:
            yield stage, {persona: [] for persona in segment_of}
        return
    journeys = journeys_of(spells)
    place = places_of(*coded(spells["from"]), stages.ladder)
    drawn = _Drawn.of(draws, runs, spells, journeys)
    for step, stage in enumerate(stages.ladder):
        passage = _Passage.of(journeys, arrivals(spells, journeys, place >= step), window_days)
        yield (
            stage,
            {
                persona: [passage.share(now) - passage.share(before) for before, now in drawn.weights(segment)]
                for persona, segment in segment_of.items()
            },
        )


@dataclass(frozen=True)
class _Drawn:
    """Per journey: the customer's segment, and in each run the copies and the segment after clustering anew."""

    segment: Integers
    copies: list[Integers]
    again: list[Integers]

    @classmethod
    def of(cls, draws: pd.DataFrame, runs: int, spells: pd.DataFrame, journeys: Journeys) -> "_Drawn":
        who = np.full(journeys.count, "", dtype=object)
        who[journeys.of_spell] = spells["customer_id"].astype(object).to_numpy()
        table = draws.set_index("customer_id").reindex(who)
        columns = {name: table[name].fillna(-1 if name.startswith("segment") else 0) for name in table}
        found = {name: values.to_numpy(dtype=np.int64) for name, values in columns.items()}
        return cls(
            found["segment"], [found[f"copies_{r}"] for r in range(runs)], [found[f"segment_{r}"] for r in range(runs)]
        )

    def weights(self, segment: int) -> list[tuple[Floats, Floats]]:
        """Of each run: the weight of each journey in the persona, by the segment found and by that found anew."""
        return [
            (np.where(self.segment == segment, copies, 0.0), np.where(again == segment, copies, 0.0))
            for copies, again in zip(self.copies, self.again, strict=True)
        ]


@dataclass(frozen=True)
class _Passage:
    """One stage: the moments of arrival within the window, and how many of them lie before each journey's times.

    `begin`, `stop`: number of moments up to when the journey came into sight, and to its last moment of waiting;
    `came`: arrived after waiting; `at_origin`: watched from the origin on; `waiting`: not there at first.
    """

    moments: int
    begin: Integers
    stop: Integers
    came: np.ndarray
    at_origin: np.ndarray
    waiting: np.ndarray

    @classmethod
    def of(cls, journeys: Journeys, arrived: Floats, window: float) -> "_Passage":
        waiting = arrived > journeys.begin
        came = waiting & (arrived <= np.minimum(window, journeys.end))
        moments = np.unique(arrived[came])
        last = np.minimum(arrived, journeys.end)
        begin, stop = (np.searchsorted(moments, times, side="right") for times in (journeys.begin, last))
        return cls(len(moments), begin, stop, came, journeys.begin <= 0, waiting)

    def share(self, weight: Floats) -> float:
        """Share that has arrived within the window, one minus Kaplan & Meier's estimate; NaN where nobody counts."""
        if not weight.any():
            return float("nan")
        origin = weight * self.at_origin
        there = float(origin[~self.waiting].sum() / origin.sum()) if origin.any() else float(not self.waiting.any())
        inside = np.where(self.waiting, weight, 0.0)
        cells = self.moments + 1
        risk = np.cumsum(np.bincount(self.begin, inside, cells) - np.bincount(self.stop, inside, cells))[:-1]
        moved = np.bincount(self.stop[self.came] - 1, inside[self.came], cells)[:-1]
        stayed = 1 - np.divide(moved, risk, out=np.zeros(self.moments), where=risk > 0)
        return float(1 - (1 - there) * np.prod(stayed))
