"""The funnel of each persona with its customers counted by the probability of belonging to it.

A customer who belongs to a persona with probability .6 counts for .6 there. Where the figures so weighted differ from
those of customers counted in full, it is the doubtful members who make the persona's journey what it seems. The
standard error is the jackknife's, weights included; it takes the segments for given, which `resampled.py` does not.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys.first_passage import Passages

_ESTIMATES = ["probability", "std_error", "lower", "upper"]
COLUMNS = ["persona", "stage", "journeys", "mean_membership", "full", *_ESTIMATES]


def by_membership(
    spells: pd.DataFrame, members: pd.DataFrame, personas: Sequence[str], stages: StageSettings, window_days: float
) -> pd.DataFrame:
    """One row per persona and stage of the ladder; columns COLUMNS, `probability` the weighted one.

    `members` has `customer_id, probability`. Missing where nobody was watched that long.
    """
    belonging = spells["customer_id"].map(members.set_index("customer_id")["probability"])
    parts = [pd.DataFrame(columns=COLUMNS)]
    for persona in personas:
        own = spells["persona_id"] == persona
        passages = Passages.of(spells[own], stages.ladder)
        full = [passages.estimate(step, window_days)["probability"] for step in range(len(stages.ladder))]
        parts.append(of_members(belonging[own], passages, full, stages, window_days).assign(persona=persona))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)[COLUMNS]


def of_members(
    belonging: pd.Series, passages: Passages, full: Sequence[float], stages: StageSettings, window_days: float
) -> pd.DataFrame:
    """`by_membership` of one persona, without its name.

    `belonging`: the probability of belonging to it, of the customer of each of its spells, of which `passages` are;
    `full`: the shares that have reached each stage, of customers counted in full.
    """
    weight = np.zeros(passages.journeys.count)
    weight[passages.journeys.of_spell] = belonging.to_numpy(dtype=float)
    counted = {"journeys": passages.journeys.count, "mean_membership": weight.mean() if len(weight) else np.nan}
    unknown = dict.fromkeys(_ESTIMATES, np.nan)
    rows = [
        {"stage": stage, **counted, "full": share}
        | (passages.estimate(step, window_days, weight) if weight.any() else unknown)
        for step, (stage, share) in enumerate(zip(stages.ladder, full, strict=True))
    ]
    return pd.DataFrame(rows, columns=COLUMNS[1:])
