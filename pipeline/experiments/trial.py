"""A table of an experiment, one row per customer: effects of every variant on every outcome, overall and by group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.experiments.checks import LEAST_EXPECTED
from pipeline.experiments.contrasts import Contrast, Kind, contrast
from pipeline.experiments.correction import Correction, adjusted
from pipeline.experiments.heterogeneity import Interaction, interaction, pooled_effects
from pipeline.experiments.moments import Moments, moments
from pipeline.experiments.power import SMALL, detectable
from pipeline.personas.schema import ALL

Numbers = NDArray[np.float64]
COLUMNS = (
    "by", "variant", "outcome", "n", "effect", "std_error", "lower", "upper", "p_value", "p_adjusted", "powered"
)  # fmt: skip
ANY = "any variant"
LEAST_CUSTOMERS = 10
"""In each arm, for a comparison of means to count as powered: the spread of fewer is hardly known."""
POOLED = ("pooled_effect", "pooled_lower", "pooled_upper")


@dataclass(frozen=True)
class Trial:
    """Who saw what and did what. `variants`: arms, the control first; `groups`: in the order of their codes."""

    variants: tuple[str, ...]
    groups: tuple[str, ...]
    arm: NDArray[np.int64]
    group: NDArray[np.int64]
    outcomes: Mapping[str, Numbers]
    kinds: Mapping[str, Kind]
    covariate: Numbers | None


@dataclass(frozen=True)
class Rules:
    """How to judge. `matters`: the smallest difference worth finding, in the outcome's unit; None: see `powered`."""

    alpha: float
    power: float
    correction: Correction
    matters: float | None


@dataclass(frozen=True)
class Result:
    """`effects`: one row per group, outcome and variant, with the smallest detectable difference; `arms`: sizes, means.

    `interactions`: outcome, variant (`ANY` for all of them at once), statistic, freedom, p_value, p_adjusted, left_out.
    """

    effects: pd.DataFrame
    arms: pd.DataFrame
    interactions: pd.DataFrame


def judge(trial: Trial, rules: Rules) -> Result:
    """All effects of the trial, corrected and pooled.

    Corrected over outcomes x variants for everybody, and over groups x outcomes x variants for the groups: two
    families, because they answer two questions.
    """
    effects, arms, interactions = [], [], []
    with_covariate = trial.covariate is not None
    for name, values in trial.outcomes.items():
        m = moments(trial.group, len(trial.groups), trial.arm, len(trial.variants), values, trial.covariate)
        arms.append(_arms(trial, name, m))
        if len(trial.groups) > 1:
            interactions += _interactions(trial, name, m)
        for variant in range(1, len(trial.variants)):
            found = contrast(m, 0, variant, trial.kinds[name], with_covariate)
            enough = _enough_events(m, variant) if trial.kinds[name] == "share" else _enough_customers(m, variant)
            effects.append(_rows(trial, name, variant, found, enough, rules))
    table = pd.concat(effects, ignore_index=True)
    table["p_adjusted"] = _corrected(table, rules.correction)
    order = {label: at for at, label in enumerate([ALL, *trial.groups])}
    table = table.sort_values("by", key=lambda by: by.map(order), kind="stable", ignore_index=True)
    return Result(table, pd.concat(arms, ignore_index=True), _tested(interactions, rules.correction))


def _interactions(trial: Trial, outcome: str, m: Moments) -> list[dict[str, Any]]:
    """All variants at once, then each by itself where there are several."""
    others = range(1, len(trial.variants))
    asked = [(ANY, tuple(others)), *((trial.variants[v], (v,)) for v in others if len(others) > 1)]
    found = ((name, interaction(m, 0, v, trial.kinds[outcome], trial.covariate is not None)) for name, v in asked)
    return [{"outcome": outcome, "variant": name, **one.__dict__} for name, one in found]


def _tested(rows: list[dict[str, Any]], correction: Correction) -> pd.DataFrame:
    """Interactions corrected over outcomes, and those of single variants over outcomes x variants."""
    table = pd.DataFrame(rows, columns=["outcome", "variant", *Interaction.__dataclass_fields__])
    jointly = table["variant"] == ANY
    parts = [adjusted(table.loc[some, "p_value"], correction) for some in (jointly, ~jointly)]
    return table.assign(p_adjusted=pd.concat([part for part in parts if len(part)]) if len(table) else None)


def _rows(
    trial: Trial, outcome: str, variant: int, found: Contrast, enough: NDArray[np.bool_], rules: Rules
) -> pd.DataFrame:
    reach = detectable(found.control_spread, found.n, found.n_control, rules.alpha, rules.power)
    middle, low, high = pooled_effects(found.effect[1:], found.std_error[1:])
    first = [np.nan]
    return pd.DataFrame(
        {
            "by": [ALL, *trial.groups],
            "variant": trial.variants[variant],
            "outcome": outcome,
            "n": found.n.astype(np.int64),
            "n_control": found.n_control.astype(np.int64),
            "effect": found.effect,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "p_value": found.p_value,
            "p_adjusted": np.nan,
            "powered": (reach <= _worth_finding(found, rules)) & enough,
            "detectable": reach,
            **{name: np.concatenate([first, part]) for name, part in zip(POOLED, (middle, low, high), strict=True)},
        }
    )


def _worth_finding(found: Contrast, rules: Rules) -> Numbers:
    """The difference that a comparison must be able to find to count as powered.

    Said by the analyst, else: for everybody a small effect (Cohen: 0.2 standard deviations); for a group the effect on
    everybody where that one is sure, so that a group's silence means something.
    """
    if rules.matters is not None:
        return np.full(len(found.n), rules.matters)
    small = SMALL * found.control_spread
    if found.p_value[0] < rules.alpha:
        small[1:] = abs(found.effect[0])
    return small


def _enough_events(m: Moments, variant: int) -> NDArray[np.bool_]:
    """Whether at least `LEAST_EXPECTED` customers with, and without, the outcome are to be expected in both arms."""
    n, y = m.n[:, [0, variant]], np.nan_to_num(m.y[:, [0, variant]])
    share = (n * y).sum(axis=1) / np.maximum(n.sum(axis=1), 1)
    rare = np.minimum(share, 1 - share)
    return np.asarray(n.min(axis=1) * rare >= LEAST_EXPECTED)


def _enough_customers(m: Moments, variant: int) -> NDArray[np.bool_]:
    """Whether both arms have customers enough for their spread to be known, and the control spreads at all."""
    n = m.n[:, [0, variant]].min(axis=1)
    return np.asarray((n >= LEAST_CUSTOMERS) & (np.nan_to_num(m.variance[:, 0]) > 0))


def _corrected(table: pd.DataFrame, correction: Correction) -> pd.Series:
    of_all = table["by"] == ALL
    parts = [adjusted(table.loc[rows, "p_value"], correction) for rows in (of_all, ~of_all)]
    return pd.concat([part for part in parts if len(part)])


def _arms(trial: Trial, outcome: str, m: Moments) -> pd.DataFrame:
    groups, variants = [ALL, *trial.groups], list(trial.variants)
    rows: dict[str, Any] = {
        "by": np.repeat(groups, len(variants)),
        "variant": variants * len(groups),
        "outcome": outcome,
        "n": m.n.ravel().astype(np.int64),
        "mean": m.y.ravel(),
        "std_dev": np.sqrt(m.variance).ravel(),
    }
    return pd.DataFrame(rows)


def not_powered(effects: pd.DataFrame) -> pd.DataFrame:
    """Rows whose silence means nothing."""
    return effects[~effects["powered"]]


def written(effects: pd.DataFrame, pool: bool) -> pd.DataFrame:
    """The columns that leave the command."""
    names: Sequence[str] = [*COLUMNS, *POOLED] if pool else COLUMNS
    return effects[list(names)]
