"""The journey map: what happens to each persona in each stage, from its stays and the touchpoints in them."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys import touches as touched
from pipeline.journeys.dwell import dwell
from pipeline.journeys.profile_rows import joined
from pipeline.journeys.rhythm import rhythm
from pipeline.journeys.schema import MAP
from pipeline.journeys.touchpoints import touchpoints
from pipeline.journeys.visits import states_of


@dataclass(frozen=True)
class MapLimits:
    """`min_cell` customers below which no figure is shown, `touchpoints` shown of each persona and stage."""

    min_cell: int
    touchpoints: int


def journey_map(
    touches: ibis.Table, stays: pd.DataFrame, personas: list[str], stages: StageSettings, limits: MapLimits
) -> Mapping[str, pd.DataFrame]:
    """Tables of `schema.MAP` by name. `touches` are those of `touches.staged`, `stays` those of `visits.visits`."""
    sums, of_stages, counted = (
        _frame(found) for found in (touched.touch_sums(touches), touched.stage_sums(touches), touched.hours(touches))
    )
    profile = [
        dwell(stays, personas, states_of(stages), limits.min_cell),
        touchpoints(sums, of_stages, stays, limits.min_cell, limits.touchpoints),
    ]
    made = {"stage_profile": joined(profile), "rhythm": rhythm(counted, limits.min_cell)}
    return nothing() | made


def nothing() -> dict[str, pd.DataFrame]:
    """The tables without rows."""
    return {table.name: table.empty() for table in MAP}


def _frame(rows: ibis.Table) -> pd.DataFrame:
    return rows.to_pyarrow().to_pandas()
