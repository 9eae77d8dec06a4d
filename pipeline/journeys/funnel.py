"""The funnel: which share of journeys ever reaches each stage, counted and with censoring accounted for.

"Reached" means this stage or a later one of the ladder. The censoring-aware share is that of `first_passage.py`:
journeys still under way count for what they were watched.
"""

import numpy as np
import pandas as pd

from pipeline.core.intervals import wilson
from pipeline.core.sources import StageSettings
from pipeline.journeys.first_passage import Passages

COLUMNS = [
    "step",
    "stage",
    "window_days",
    "entered",
    "reached",
    "observed_share",
    "observed_lower",
    "observed_upper",
    "of_previous",
    "not_followed_up",
    "probability",
    "std_error",
    "lower",
    "upper",
    "median_days",
]


def funnel(
    spells: pd.DataFrame, stages: StageSettings, window_days: float, passages: Passages | None = None
) -> pd.DataFrame:
    """One row per stage of the ladder; columns COLUMNS. Days are since the journeys' origin.

    `passages` are those of the spells, where they are there already.
    """
    passages = passages or Passages.of(spells, stages.ladder)
    steps = [
        _step(passages, step, window_days) | {"step": step, "stage": stage} for step, stage in enumerate(stages.ladder)
    ]
    table = pd.DataFrame(steps).assign(window_days=float(window_days))
    lower, upper = wilson(table["observed_share"], table["entered"])
    before = table["reached"].shift()
    table = table.assign(
        observed_lower=np.where(table["entered"] > 0, lower, np.nan),
        observed_upper=np.where(table["entered"] > 0, upper, np.nan),
        of_previous=table["reached"] / before.where(before > 0),
    )
    # Every journey reaches the first stage by definition: nothing to be uncertain about.
    certain = (table["step"] == 0) & (table["entered"] > 0)
    table.loc[certain, ["observed_lower", "observed_upper", "lower", "upper"]] = 1.0
    return table[COLUMNS]


def _step(passages: Passages, step: int, window_days: float) -> dict[str, float | int]:
    journeys = passages.journeys
    reached, entered = passages.arrived[step] <= window_days, journeys.count
    observed: dict[str, float | int] = {
        "entered": entered,
        "reached": int(reached.sum()),
        "observed_share": reached.mean() if entered else np.nan,
        "not_followed_up": (~reached & (journeys.end < window_days)).mean() if entered else np.nan,
    }
    return observed | passages.estimate(step, window_days)
