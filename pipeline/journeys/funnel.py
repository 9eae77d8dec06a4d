"""The funnel: which share of journeys ever reaches each stage, counted and with censoring accounted for.

"Reached" means this stage or a later one of the ladder. The censoring-aware share is the Aalen-Johansen probability
of the state "reached" when nobody leaves it (first passage), so that journeys still under way count for what they
were watched.
"""

import numpy as np
import pandas as pd

from pipeline.core.intervals import wilson
from pipeline.core.sources import StageSettings
from pipeline.journeys.multistate import aalen_johansen, time_to_share

REACHED = "\x00reached"
"""Name of the absorbing state; no stage can be called so."""
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


def funnel(spells: pd.DataFrame, stages: StageSettings, window_days: float) -> pd.DataFrame:
    """One row per stage of the ladder; columns COLUMNS. Days are since the journeys' origin."""
    rank = {stage: place for place, stage in enumerate(stages.ladder)}
    place = spells["from"].map(rank).fillna(-1).to_numpy()
    steps = [_step(spells, place >= step, window_days) | {"step": step, "stage": stage} for stage, step in rank.items()]
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


def first_passage(spells: pd.DataFrame, inside: np.ndarray) -> pd.DataFrame:
    """Spells in which every journey stays in the state REACHED from its first spell marked `inside` on."""
    entry = spells["start"].where(inside).groupby(spells["case_id"]).transform("min")
    end = spells.groupby("case_id")["stop"].transform("max")
    before = spells["start"].lt(entry) | entry.isna()
    until = spells[before]
    until = until.assign(to=until["to"].mask(until["stop"].eq(entry[before]), REACHED))
    arrived = spells[spells["start"].eq(entry)]
    arrived = arrived.assign(**{"from": REACHED, "to": None, "stop": end[arrived.index]})
    return pd.concat([until, arrived], ignore_index=True)


def _step(spells: pd.DataFrame, inside: np.ndarray, window_days: float) -> dict[str, float | int]:
    passage = first_passage(spells, inside)
    reached_at = passage.loc[passage["from"] == REACHED, ["case_id", "start"]].set_index("case_id")["start"]
    watched = spells.groupby("case_id")["stop"].max()
    reached = reached_at.reindex(watched.index).le(window_days)
    entered = len(watched)
    observed: dict[str, float | int] = {
        "entered": entered,
        "reached": int(reached.sum()),
        "observed_share": reached.mean() if entered else np.nan,
        "not_followed_up": (~reached & watched.lt(window_days)).mean() if entered else np.nan,
    }
    return observed | _estimate(passage, window_days)


def _estimate(passage: pd.DataFrame, window_days: float) -> dict[str, float]:
    columns = ["probability", "std_error", "lower", "upper"]
    nothing = dict.fromkeys([*columns, "median_days"], np.nan)
    if not len(passage):
        return nothing
    states = [*sorted((set(passage["from"]) | set(passage["to"].dropna())) - {REACHED}), REACHED]
    result = aalen_johansen(passage, [window_days], states=states, since=0.0).set_index("state").loc[REACHED]
    if result["followed"] == 0:
        return nothing
    median = time_to_share(passage, REACHED, 0.5, since=0.0)
    return {name: float(result[name]) for name in columns} | {"median_days": median}
