"""What a next test would need: customers per arm to lift the share of journeys that reach a stage, by persona."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.experiments.planning import Plan, detectable_at, needed_per_arm, spread_of
from pipeline.experiments.schema import NEXT_TESTS

ARMS = 2


def next_tests(funnel: pd.DataFrame, effects: Sequence[float], *, power: float, alpha: float) -> pd.DataFrame:
    """The table `NEXT_TESTS` from the journeys' funnel: all journeys and each persona, each stage after the first.

    `effects` are differences of shares. Today's share is the one that accounts for open ends (0 to 1); where it is
    missing, or the lifted share would leave 0 to 1, so is what is needed.
    """
    own = funnel[funnel["group_by"].isin(["all", "persona"]) & (funnel["step"] > 0)]
    rows = [_row(row, effect, power, alpha) for row in own.to_dict("records") for effect in effects]
    return pd.DataFrame(rows)[list(NEXT_TESTS.columns)] if rows else NEXT_TESTS.empty()


def _row(row: dict, effect: float, power: float, alpha: float) -> dict[str, object]:
    base, plan = float(row["probability"]), Plan(effect, ARMS, power, alpha, None, None)
    spread = spread_of("share", np.array([base]))[1] if np.isfinite(base) else np.nan
    needed = needed_per_arm("share", base, spread, plan) if np.isfinite(base) else np.nan
    per_arm = float(np.floor(row["entered"] / ARMS))
    known = np.isfinite(base) and per_arm >= ARMS
    return {
        "group": row["group"],
        "stage": row["stage"],
        "effect": effect,
        "today": base,
        "lower": row["lower"],
        "upper": row["upper"],
        "journeys": int(row["entered"]),
        "needed_per_arm": np.ceil(needed) if np.isfinite(needed) else np.nan,
        "detectable": detectable_at("share", base, spread, per_arm, plan) if known else np.nan,
        "power": power,
        "powered": bool(np.isfinite(needed) and per_arm >= np.ceil(needed)),
    }
