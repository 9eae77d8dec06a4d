"""Time to each stage: the share of journeys that has come to it or beyond by each day, with those still under way."""

import numpy as np
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys.first_passage import Passages, start_of
from pipeline.journeys.multistate import Setting, probabilities

COLUMNS = ["stage", "day", "probability", "lower", "upper"]


def reached(
    spells: pd.DataFrame, stages: StageSettings, window_days: float, points: int, passages: Passages | None = None
) -> pd.DataFrame:
    """One row per stage after the first and `points` equally spaced days from 0 to `window_days`; columns COLUMNS.

    Errors are from counts (Greenwood's). Missing where nobody was watched that long. `passages` are those of the
    spells, where they are there already.
    """
    days = np.linspace(0.0, window_days, points)
    passages = passages or Passages.of(spells, stages.ladder)
    parts = [pd.DataFrame(columns=COLUMNS)]
    for step, stage in enumerate(stages.ladder[1:], start=1):
        columns = passages.spells[step]
        blank = pd.DataFrame({"stage": stage, "day": days, **dict.fromkeys(COLUMNS[2:], np.nan)})
        if len(columns.start):
            found = probabilities(columns, days, Setting(start_of(columns), since=0.0, errors="counts"))
            own = found[found["state"] == "reached"].reset_index(drop=True)
            known = (own["followed"] > 0).to_numpy()
            blank = blank.assign(**{name: np.where(known, own[name], np.nan) for name in COLUMNS[2:]})
        parts.append(blank)
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
