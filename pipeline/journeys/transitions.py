"""Chance of each next stage within a horizon after entering a stage: competing risks on the clock reset at entry."""

import numpy as np
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys.multistate import aalen_johansen

COLUMNS = ["from", "to", "horizon_days", "at_risk", "moved", "censored", "probability", "std_error", "lower", "upper"]


def transitions(spells: pd.DataFrame, stages: StageSettings, horizon_days: float) -> pd.DataFrame:
    """One row per stage and possible next stage, also where nobody moved; columns COLUMNS, in ladder order.

    `moved` and `censored` count within the horizon, so that without censoring the probability is moved / at_risk.
    Probability and interval are missing where nobody was at risk, or nobody was watched that long.
    """
    spells = spells[["customer_id", "from", "to", "start", "stop", "entered"]]
    parts = [
        _from_stage(spells[spells["from"] == stage], stage, _next_stages(stage, stages), horizon_days)
        for stage in [*stages.ladder, *_dropoff(stages)]
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _from_stage(spells: pd.DataFrame, stage: str, targets: list[str], horizon_days: float) -> pd.DataFrame:
    since_entry = spells.assign(start=spells["start"] - spells["entered"], stop=spells["stop"] - spells["entered"])
    within = since_entry["stop"] <= horizon_days
    censored = int((within & since_entry["to"].isna()).sum())
    counted = since_entry.loc[within, "to"].value_counts()
    table = pd.DataFrame(
        {
            "from": stage,
            "to": pd.Series(targets, dtype=object),
            "horizon_days": float(horizon_days),
            "at_risk": len(spells),
            "moved": counted.reindex(targets, fill_value=0).to_numpy(dtype="int64"),
            "censored": censored,
        }
    )
    return table.merge(_estimate(since_entry, stage, targets, horizon_days), on="to", how="left")


def _estimate(spells: pd.DataFrame, stage: str, targets: list[str], horizon_days: float) -> pd.DataFrame:
    columns = ["probability", "std_error", "lower", "upper"]
    if not len(spells) or not targets:
        return pd.DataFrame({"to": pd.Series(targets, dtype=object), **dict.fromkeys(columns, np.nan)})
    result = aalen_johansen(spells, [horizon_days], states=[stage, *targets], start=stage)
    result.loc[result["followed"] == 0, columns] = np.nan
    return result.rename(columns={"state": "to"})[["to", *columns]]


def _next_stages(stage: str, stages: StageSettings) -> list[str]:
    """Allowed next stages in ladder order; from drop-off every stage, as a stage event leads back to its stage."""
    dropoff = stages.dropoff
    if dropoff and stage == dropoff.stage:
        return list(stages.ladder) if dropoff.returns else []
    allowed = [to for to in stages.ladder if to in stages.moves.get(stage, []) and to != stage]
    return [*allowed, dropoff.stage] if dropoff and stage in dropoff.from_stages else allowed


def _dropoff(stages: StageSettings) -> list[str]:
    return [stages.dropoff.stage] if stages.dropoff else []
