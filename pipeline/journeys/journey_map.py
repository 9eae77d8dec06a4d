"""The journey map: what happens to each persona in each stage, from its stays and the touchpoints in them."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys import channels as by_channel
from pipeline.journeys import moments as decisive
from pipeline.journeys import spent
from pipeline.journeys import touches as touched
from pipeline.journeys.dwell import dwell
from pipeline.journeys.opportunities import Aims, opportunities
from pipeline.journeys.profile_rows import joined
from pipeline.journeys.rhythm import rhythm
from pipeline.journeys.schema import MAP
from pipeline.journeys.touchpoints import touchpoints
from pipeline.journeys.visits import conversion_stage, states_of


@dataclass(frozen=True)
class MapLimits:
    """What the `journeys` block of params.yaml says of the map; `end` of observation in microseconds since 1970."""

    min_cell: int
    touchpoints: int
    least_conversions: int
    moment_stays: int
    rise: float
    seed: int
    resamples: int
    horizon_days: float
    window_days: float
    end: int


def journey_map(
    touches: ibis.Table, stays: pd.DataFrame, personas: list[str], stages: StageSettings, limits: MapLimits
) -> Mapping[str, pd.DataFrame]:
    """Tables of `schema.MAP` by name. `touches` are those of `touches.staged`, `stays` those of `visits.visits`."""
    sums, of_stages, counted = (
        frame(found) for found in (touched.touch_sums(touches), touched.stage_sums(touches), touched.hours(touches))
    )
    profile = [
        dwell(stays, personas, states_of(stages), limits.min_cell),
        touchpoints(sums, of_stages, stays, limits.min_cell, limits.touchpoints),
    ]
    return {
        "stage_profile": joined(profile),
        "rhythm": rhythm(counted, limits.min_cell),
        "channels": _channels(touches, stays, personas, stages, limits),
        "moments": _moments(touches, stays, personas, stages, limits),
        "opportunities": _opportunities(touches, stays, personas, stages, limits),
    }


def nothing() -> dict[str, pd.DataFrame]:
    """The tables without rows."""
    return {table.name: table.empty() for table in MAP}


def frame(rows: ibis.Table) -> pd.DataFrame:
    """The rows, out of the engine."""
    return rows.to_pyarrow().to_pandas()


def _channels(
    touches: ibis.Table, stays: pd.DataFrame, personas: list[str], stages: StageSettings, limits: MapLimits
) -> pd.DataFrame:
    target = conversion_stage(stages)
    journeys = by_channel.followed_journeys(stays, target, stages.ladder, limits.window_days, limits.end)
    runs = frame(by_channel.channel_runs(touches, journeys))
    bounds = by_channel.ChannelLimits(limits.min_cell, limits.least_conversions, limits.seed, limits.resamples)
    return by_channel.channels(runs, journeys, personas, target, bounds)


def _moments(
    touches: ibis.Table, stays: pd.DataFrame, personas: list[str], stages: StageSettings, limits: MapLimits
) -> pd.DataFrame:
    bounds = decisive.MomentLimits(limits.min_cell, limits.touchpoints, limits.moment_stays, limits.seed)
    chosen = decisive.looked_at(stays, stages.ladder, bounds)
    met = frame(decisive.contacts(touches, chosen))
    return decisive.moments(met, chosen, personas, stages.ladder, bounds)


def _opportunities(
    touches: ibis.Table, stays: pd.DataFrame, personas: list[str], stages: StageSettings, limits: MapLimits
) -> pd.DataFrame:
    target = conversion_stage(stages)
    converted = spent.converted_journeys(stays, target, stages.ladder, limits.horizon_days, limits.end)
    money = touches.aggregate(paid=(touches.amount_hundredths != 0).cast("int64").max())
    has_money = bool(money.to_pyarrow()["paid"].to_pylist()[0])
    known = spent.values(frame(spent.spent_after(touches, converted)), converted, has_money)
    aims = Aims(
        target, limits.horizon_days, limits.window_days, limits.rise, limits.min_cell, limits.seed, limits.resamples
    )
    dropoff = stages.dropoff.stage if stages.dropoff else None
    return opportunities(stays, known, personas, stages.ladder, dropoff, aims)
