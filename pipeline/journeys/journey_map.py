"""The journey map: what happens to each persona in each stage, from its stays and the touchpoints in them."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd

from pipeline.core.sources import Observation, StageSettings
from pipeline.journeys import channels as by_channel
from pipeline.journeys import moments as decisive
from pipeline.journeys import spent
from pipeline.journeys import touches as touched
from pipeline.journeys.first_contact import first_contacts
from pipeline.journeys.opportunities import Aims, opportunities
from pipeline.journeys.rhythm import rhythm
from pipeline.journeys.schema import MAP
from pipeline.journeys.stage_profile import ProfileLimits, Told, frame, stage_profile
from pipeline.journeys.visits import conversion_stage


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
    edge_days: float
    horizon_days: float
    window_days: float
    end: int


def journey_map(
    log: ibis.Table,
    touches: ibis.Table,
    stays: pd.DataFrame,
    told: Told,
    personas: list[str],
    stages: StageSettings,
    observed: Observation,
    limits: MapLimits,
) -> Mapping[str, pd.DataFrame]:
    """Tables of `schema.MAP` by name. `touches` are those of `touches.staged`, `stays` those of `visits.visits`."""
    first = frame(first_contacts(log, observed.start, limits.edge_days))
    bounds = ProfileLimits(limits.min_cell, limits.touchpoints, limits.edge_days, limits.horizon_days, limits.end)
    return {
        "stage_profile": stage_profile(touches, first, stays, told, personas, stages, bounds),
        "rhythm": rhythm(frame(touched.hours(touches)), limits.min_cell),
        "channels": _channels(touches, stays, personas, stages, limits),
        "moments": _moments(touches, stays, personas, stages, limits),
        "opportunities": _opportunities(touches, stays, personas, stages, limits),
    }


def nothing() -> dict[str, pd.DataFrame]:
    """The tables without rows."""
    return {table.name: table.empty() for table in MAP}


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
