"""Stays: one row per stay of a customer in a stage, in calendar time, so that events can be looked up in them."""

import numpy as np
import pandas as pd

from pipeline.core.sources import StageSettings
from pipeline.journeys.stages import MICROSECONDS_PER_DAY

COLUMNS = ["visit", "customer_id", "case_id", "case_value", "persona", "stage", "to", "days", "from_entry",
           "began", "ended"]  # fmt: skip


def visits(spells: pd.DataFrame, origins: pd.DataFrame) -> pd.DataFrame:
    """Spells with `persona_id` as stays; `origins` is that of `spells.Journeys`. Columns COLUMNS.

    `began` and `ended` are microseconds since 1970, `days` is how long the stay was watched, `to` missing where it was
    still going on when the watch ended. `from_entry` says whether it was watched from its beginning.
    """
    of = origins.set_index("case_id")
    origin = spells["case_id"].map(of["origin_at"]).to_numpy(dtype=np.int64)
    micros = [
        np.rint(spells[c].to_numpy(dtype=float) * MICROSECONDS_PER_DAY).astype(np.int64) for c in ("start", "stop")
    ]
    return pd.DataFrame(
        {
            "visit": np.arange(len(spells), dtype=np.int64),
            "customer_id": spells["customer_id"].to_numpy(),
            "case_id": spells["case_id"].to_numpy(),
            "case_value": spells["case_id"].map(of["case_value"]).to_numpy(),
            "persona": spells["persona_id"].to_numpy(),
            "stage": spells["from"].to_numpy(),
            "to": spells["to"].to_numpy(),
            "days": (spells["stop"] - spells["start"]).to_numpy(dtype=float),
            "from_entry": (spells["start"] <= spells["entered"]).to_numpy(),
            "began": origin + micros[0],
            "ended": origin + micros[1],
        }
    )[COLUMNS]


def states_of(stages: StageSettings) -> list[str]:
    """The ladder, and drop-off where there is one."""
    return [*stages.ladder, *([stages.dropoff.stage] if stages.dropoff else [])]


def conversion_stage(stages: StageSettings) -> str:
    """The stage that counts as conversion: the declared one, else the last of the ladder."""
    return stages.conversion or stages.ladder[-1]
