"""What `personas experiment` says of a trial, the warnings before the figures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from pipeline.experiments.checks import Check
from pipeline.experiments.trial import ANY, Result, Trial, not_powered
from pipeline.personas.schema import ALL

MOST_LISTED = 12
MOST_EFFECTS = 60


def lines(
    trial: Trial, counts: Mapping[str, int], ratio: Check, result: Result, alpha: float, by: str | None
) -> list[str]:
    """One line per statement, in the order in which they should be read."""
    sizes = np.bincount(trial.arm, minlength=len(trial.variants))
    arms = ", ".join(f"{name} {n:,}" for name, n in zip(trial.variants, sizes, strict=True))
    said = [
        ", ".join(f"{what} {n:,}" for what, n in counts.items()),
        f"arms: {arms}; `{trial.variants[0]}` is the control",
        f"sample ratio: chi-square {ratio.statistic:.4g}, p = {ratio.p_value:.4g}. {ratio.reading}",
    ]
    said += [_constant(name) for name in trial.outcomes if np.nanstd(trial.outcomes[name]) == 0]
    said += [_interaction(row, trial, by, alpha) for row in result.interactions.to_dict("records")]
    if by and len(trial.groups) == 1:
        said.append(f"interaction: `{by}` has one group, {trial.groups[0]}; there is nothing to compare it with.")
    said += _arm_lines(result.arms[result.arms["by"] == ALL], trial)
    few = result.effects if len(result.effects) <= MOST_EFFECTS else result.effects[result.effects["by"] == ALL]
    return [*said, *_effect_lines(few, by), *_powerless(result.effects, by)]


def _constant(outcome: str) -> str:
    return f"`{outcome}` is the same for everybody: no effect can be told from it."


def _interaction(row: Mapping[str, Any], trial: Trial, by: str | None, alpha: float) -> str:
    left = [trial.groups[at - 1] for at in row["left_out"]]
    note = f" Left out for too few customers: {_listed(left)}." if left else ""
    who = "" if row["variant"] == ANY else f", {row['variant']},"
    head = f"interaction of `{row['outcome']}`{who} with `{by}`:"
    if np.isnan(row["statistic"]):
        return f"{head} too few customers in the groups to compare them.{note}"
    p, corrected = row["p_value"], row["p_adjusted"]
    head += (
        f" Q = {row['statistic']:.4g}, {row['freedom']} degree(s) of freedom, p = {p:.4g}, corrected {corrected:.4g}"
    )
    if corrected < alpha:
        reading = "the effect differs between groups: read it group by group."
    else:
        reading = "no sign that the effect differs between groups: read the effect on everybody, not the groups'."
    return f"{head}: {reading}{note}"


def _arm_lines(arms: pd.DataFrame, trial: Trial) -> list[str]:
    said = []
    for outcome, rows in arms.groupby("outcome", sort=False):
        share = trial.kinds[str(outcome)] == "share"
        shown = [f"{row['variant']} {_level(row['mean'], share)}" for row in rows.to_dict("records")]
        said.append(f"{outcome}: {', '.join(shown)}")
    return said


def _effect_lines(effects: pd.DataFrame, by: str | None) -> list[str]:
    return [
        f"{row['outcome']}, {row['variant']}, {_group(row['by'], by)}: {row['effect']:+.5g} "
        f"({row['lower']:.5g} to {row['upper']:.5g}), p = {row['p_value']:.4g}, corrected {row['p_adjusted']:.4g}"
        for row in effects.to_dict("records")
    ]


def _powerless(effects: pd.DataFrame, by: str | None) -> list[str]:
    rows = not_powered(effects).to_dict("records")
    said = [
        f"not powered: {row['outcome']}, {row['variant']}, {_group(row['by'], by)}: {row['n']:,} against "
        f"{row['n_control']:,} customers can only find a difference from {_figure(row['detectable'])} up"
        for row in rows[:MOST_LISTED]
    ]
    return said + ([f"not powered: {len(rows) - MOST_LISTED:,} more rows"] if len(rows) > MOST_LISTED else [])


def _group(group: str, by: str | None) -> str:
    return group if group == ALL else f"{by} {group}"


def _figure(value: float) -> str:
    return "(not known)" if np.isnan(value) else f"{value:.3g}"


def _level(value: float, share: bool) -> str:
    return f"{value:.3%}" if share else f"{value:.6g}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_LISTED]) + (" …" if len(names) > MOST_LISTED else "")
