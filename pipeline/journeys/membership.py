"""The funnel of each persona with its customers counted by the probability of belonging to it.

A customer who belongs to a persona with probability .6 counts for .6 there. Where the figures so weighted differ from
those of customers counted in full, it is the doubtful members who make the persona's journey what it seems. The
standard error is the jackknife's, weights included; it takes the segments for given, which `resampled.py` does not.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys.first_passage import arrivals, journeys_of, passage
from pipeline.journeys.resampled import resampled_funnel
from pipeline.journeys.schema import MEMBERSHIP, RESAMPLED
from pipeline.journeys.spell_columns import coded, places_of

_ESTIMATES = ["probability", "std_error", "lower", "upper"]
COLUMNS = ["persona", "stage", "journeys", "mean_membership", "full", *_ESTIMATES]


def by_doubtful_members(
    spells: pd.DataFrame,
    funnel: pd.DataFrame,
    members: pd.DataFrame,
    draws: pd.DataFrame,
    persona_of: Mapping[int, str],
    stages: StageSettings,
    window_days: float,
) -> dict[str, pd.DataFrame]:
    """The tables MEMBERSHIP and RESAMPLED; `funnel` is that of the personas, `draws` segments.schema.RESAMPLED."""
    drawn = draws.merge(members[["customer_id", "segment"]], on="customer_id", how="left", validate="one_to_one")
    segment_of = {persona: segment for segment, persona in persona_of.items()}
    return {
        MEMBERSHIP.name: by_membership(spells, members, list(segment_of), stages, window_days),
        RESAMPLED.name: resampled_funnel(spells, funnel, drawn, segment_of, stages, window_days),
    }


def by_membership(
    spells: pd.DataFrame, members: pd.DataFrame, personas: Sequence[str], stages: StageSettings, window_days: float
) -> pd.DataFrame:
    """One row per persona and stage of the ladder; columns COLUMNS, `probability` the weighted one.

    `members` has `customer_id, probability`. Missing where nobody was watched that long.
    """
    belonging = members.set_index("customer_id")["probability"]
    rows = []
    for persona in personas:
        part = spells[spells["persona_id"] == persona]
        codes, names = coded(part["from"])
        place = places_of(codes, names, stages.ladder)
        journeys = journeys_of(part)
        weight = np.zeros(journeys.count)
        weight[journeys.of_spell] = part["customer_id"].map(belonging).to_numpy(dtype=float)
        for step, stage in enumerate(stages.ladder):
            arrived = arrivals(part, journeys, place >= step)
            counted = {"journeys": journeys.count, "mean_membership": weight.mean() if len(weight) else np.nan}
            full = passage(journeys, arrived, window_days)["probability"]
            weighted = (
                passage(journeys, arrived, window_days, weight) if weight.any() else dict.fromkeys(_ESTIMATES, np.nan)
            )
            rows.append({"persona": persona, "stage": stage, **counted, "full": full, **weighted})
    return pd.DataFrame(rows, columns=COLUMNS)
