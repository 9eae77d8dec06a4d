"""Before an experiment: customers needed in each group, weeks that takes, and what could be found in given weeks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq

from pipeline.experiments.contrasts import Kind
from pipeline.experiments.power import (
    needed_for_means,
    needed_for_shares,
    power_of_means,
    power_of_shares,
)
from pipeline.personas.schema import ALL

Numbers = NDArray[np.float64]
COLUMNS = (
    "by", "n", "per_week", "baseline", "std_dev", "effect", "needed_per_arm", "weeks_needed", "weeks", "per_arm",
    "power", "detectable", "powered",
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """`effect`: difference to find, in the outcome's unit; `arms`: with the control; `weekly`: customers in all."""

    effect: float
    arms: int
    power: float
    alpha: float
    weekly: float | None
    weeks: float | None


def plan(kind: Kind, labels: Sequence[str], values: Sequence[Numbers], everybody: int, p: Plan) -> pd.DataFrame:
    """One row per group: `values` are the outcomes known today, the first group is everybody.

    Traffic falls on groups as they are found in the table; arms share it equally. With `weeks` the table says what that
    time gives, else what the customers in the table would give.
    """
    rows = []
    for label, known in zip(labels, values, strict=True):
        weekly = np.nan if p.weekly is None else p.weekly * len(known) / everybody
        rows.append(_row(kind, label, known, weekly, p))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(kind: Kind, label: str, known: Numbers, weekly: float, p: Plan) -> dict[str, object]:
    base, spread = spread_of(kind, known)
    needed = needed_per_arm(kind, base, spread, p)
    per_arm = float(np.floor((len(known) if p.weeks is None else weekly * p.weeks) / p.arms))
    chance = power_at(kind, base, spread, per_arm, p)
    return {
        "by": label,
        "n": len(known),
        "per_week": weekly,
        "baseline": base,
        "std_dev": spread,
        "effect": p.effect,
        "needed_per_arm": needed if np.isinf(needed) or np.isnan(needed) else float(np.ceil(needed)),
        "weeks_needed": np.ceil(needed) * p.arms / weekly if weekly > 0 else np.nan,
        "weeks": np.nan if p.weeks is None else p.weeks,
        "per_arm": per_arm,
        "power": chance,
        "detectable": detectable_at(kind, base, spread, per_arm, p),
        "powered": bool(chance >= p.power),
    }


def spread_of(kind: Kind, known: Numbers) -> tuple[float, float]:
    """Mean and standard deviation of the outcome today; missing where there are too few customers."""
    if not len(known):
        return np.nan, np.nan
    base = float(known.mean())
    if kind == "share":
        return base, float(np.sqrt(base * (1 - base)))
    return base, float(known.std(ddof=1)) if len(known) > 1 else np.nan


def needed_per_arm(kind: Kind, base: float, spread: float, p: Plan) -> float:
    """Customers in each arm, not rounded; missing where the share would leave 0 to 1, or nothing is known."""
    if kind == "share":
        return needed_for_shares(base, p.effect, p.power, p.alpha) if 0 <= base + p.effect <= 1 else np.nan
    return needed_for_means(spread, p.effect, p.power, p.alpha) if np.isfinite(spread) else np.nan


def power_at(kind: Kind, base: float, spread: float, per_arm: float, p: Plan) -> float:
    """Chance to find the effect with so many customers in each arm."""
    if kind == "share":
        possible = 0 <= base + p.effect <= 1 and per_arm >= 1
        return power_of_shares(base, p.effect, per_arm, p.alpha) if possible else np.nan
    return power_of_means(spread, p.effect, per_arm, p.alpha) if np.isfinite(spread) and per_arm >= 2 else np.nan


def detectable_at(kind: Kind, base: float, spread: float, per_arm: float, p: Plan) -> float:
    """Smallest difference, in the direction of the effect, found with chance `p.power`; missing where none is."""
    room = (1 - base if p.effect > 0 else base) if kind == "share" else 100 * spread

    def lacking(size: float) -> float:
        return power_at(kind, base, spread, per_arm, replace(p, effect=float(np.copysign(size, p.effect)))) - p.power

    if not (room > 0 and per_arm >= 2 and lacking(room) > 0):
        return np.nan
    return float(brentq(lacking, 1e-12 * room, room))


def sentences(table: pd.DataFrame, p: Plan) -> list[str]:
    """One line per group, plainly."""
    return [_sentence(row, p) for row in table.to_dict("records")]


def _sentence(row: dict, p: Plan) -> str:
    who = "everybody" if row["by"] == ALL else row["by"]
    if np.isnan(row["needed_per_arm"]):
        return f"{who}: {row['baseline']:.4g} today; a difference of {row['effect']:+g} cannot be."
    said = f"{who}: {row['baseline']:.4g} today; a difference of {row['effect']:+g} needs {row['needed_per_arm']:,.0f} "
    said += f"customers in each of {p.arms} arms"
    if row["weeks_needed"] > 0:
        said += f", {row['weeks_needed']:,.1f} weeks at {row['per_week']:,.0f} a week"
    where = "in the table" if p.weeks is None else f"in {p.weeks:g} weeks"
    found = "powered" if row["powered"] else "NOT powered"
    said += f". {where.capitalize()}: {row['per_arm']:,.0f} in each arm, power {row['power']:.0%}, {found}; "
    if np.isnan(row["detectable"]):
        return said + "no difference can be found with so few."
    return said + f"smallest detectable difference {row['detectable']:.3g}."
