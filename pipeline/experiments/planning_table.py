"""What `personas power` is given: options checked, outcomes of today read by group."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import SettingsError, gather
from pipeline.core.table_input import read_table
from pipeline.experiments.contrasts import Kind
from pipeline.experiments.planning import Plan, needed_per_arm
from pipeline.experiments.trial_table import groups_of, kind_of, outcome_of
from pipeline.personas.schema import ALL

Numbers = NDArray[np.float64]


def check_plan(
    p: Plan, table: Path | None, outcome: str | None, by: str | None, baseline: float | None, std_dev: float | None
) -> None:
    """Raise one `SettingsError` that lists options which are not allowed or do not fit together."""
    mistakes = []
    if (table is None) == (baseline is None):
        mistakes.append("give either a table of customers, or --baseline.")
    if table is not None and outcome is None:
        mistakes.append("--outcome: which column of the table is the outcome?")
    if table is None and (by or p.weeks is not None):
        mistakes.append("--by and --weeks need a table of customers.")
    if p.weeks is not None and p.weekly is None:
        mistakes.append("--weeks needs --weekly: how many customers come a week?")
    if baseline is not None and std_dev is None and not (0 <= baseline <= 1 and 0 <= baseline + p.effect <= 1):
        mistakes.append(
            f"--baseline {baseline:g} and {baseline + p.effect:g} with the effect: shares are from 0 to 1. Of a mean "
            "say its --std-dev."
        )
    mistakes += [
        f"--{name}: found {value:g}; allowed: {allowed}."
        for name, value, allowed, good in (
            ("effect", p.effect, "any number but 0", np.isfinite(p.effect) and p.effect != 0),
            ("arms", p.arms, "2 or more", p.arms >= 2),
            ("power", p.power, "above --alpha and below 1", p.alpha < p.power < 1),
            ("alpha", p.alpha, "above 0 and below 1", 0 < p.alpha < 1),
            ("weekly", p.weekly or 1, "above 0", p.weekly is None or p.weekly > 0),
            ("weeks", p.weeks or 1, "above 0", p.weeks is None or p.weeks > 0),
            ("std-dev", std_dev or 1, "above 0", std_dev is None or std_dev > 0),
        )
        if not good
    ]
    gather(SettingsError, mistakes, "personas power: options")


def known_today(path: Path, outcome: str, by: str | None) -> tuple[Kind, list[str], list[Numbers], int]:
    """Kind of the outcome, labels of the groups (everybody first), their known outcomes, customers in the table."""
    table = read_table(path, [outcome, *([by] if by else [])])
    values = outcome_of(table, outcome)
    groups = groups_of(table, by) if by else None
    table.check()
    known = np.isfinite(values)
    labels, parts = [ALL], [values[known]]
    if groups is not None:
        for label in sorted(groups.unique()):
            labels.append(str(label))
            parts.append(values[known & (groups == label).to_numpy()])
    return kind_of(values), labels, parts, int(known.sum())


def alone(baseline: float, std_dev: float | None, p: Plan) -> list[str]:
    """The customers needed, from a baseline that is only told."""
    kind: Kind = "share" if std_dev is None else "mean"
    needed = needed_per_arm(kind, baseline, std_dev or 0.0, p)
    said = f"n = {needed:.1f} in each of {p.arms} arms, {np.ceil(needed) * p.arms:,.0f} in all"
    weeks = f", {np.ceil(needed) * p.arms / p.weekly:,.1f} weeks at {p.weekly:,.0f} a week" if p.weekly else ""
    return [f"{said}{weeks}: to find {baseline + p.effect:g} rather than {baseline:g} with power {p.power:g}."]
