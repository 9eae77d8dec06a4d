"""Whether an experiment can be trusted: sizes of the arms, follow-up, and whether personas react differently."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import chi2

from pipeline.experiments.schema import CHECKS

LEAST_EXPECTED = 5.0
"""Customers with, and without, the outcome to be expected in every arm of a persona for its effect to be compared."""


@dataclass(frozen=True)
class Check:
    """One row of `CHECKS` without the experiment's name."""

    check: str
    statistic: float
    p_value: float
    passed: bool
    reading: str


def sample_ratio(sizes: pd.Series, alpha: float, parts: pd.Series | None = None) -> Check:
    """Chi-square of the arms' sizes against the intended allocation, equal where `parts` is not given.

    `sizes`: exposed customers by variant. `parts`: intended size of each variant, in any unit.
    """
    shares = pd.Series(1.0, index=sizes.index) if parts is None else parts.reindex(sizes.index)
    expected = sizes.sum() * shares / shares.sum()
    statistic = float(((sizes - expected) ** 2 / expected).sum())
    p = float(chi2.sf(statistic, len(sizes) - 1))
    listed = ", ".join(f"{variant} {size:,}" for variant, size in sizes.items())
    if p >= alpha:
        return Check("sample ratio", statistic, p, True, f"The arms have the sizes that chance would give ({listed}).")
    return Check(
        "sample ratio",
        statistic,
        p,
        False,
        f"The arms differ in size more than chance would make them ({listed}): find out who is missing before reading "
        "the effects, unless the arms were meant to differ.",
    )


def follow_up(exposed: pd.Series, followed: pd.Series, within_days: float, alpha: float) -> Check:
    """Whether the arms were watched alike for the whole window. Both arguments: customers by variant."""
    total, seen = int(exposed.sum()), int(followed.sum())
    days = f"{within_days:g} days"
    if seen == total:
        return Check("follow-up", 1.0, np.nan, True, f"All {total:,} exposed were watched for the whole {days}.")
    left_out = f"{total - seen:,} of {total:,} exposed were not watched for the whole {days} and are left out"
    if seen == 0:
        return Check(
            "follow-up", 0.0, np.nan, False, f"Nobody was watched for the whole {days}: no effect is known yet."
        )
    share = seen / total
    expected = exposed * share
    statistic = float(((followed - expected) ** 2 / (expected * (1 - share))).sum())
    p = float(chi2.sf(statistic, len(exposed) - 1))
    if p >= alpha:
        return Check("follow-up", share, p, True, f"{left_out}, from all arms alike.")
    return Check(
        "follow-up", share, p, False, f"{left_out}, more from one arm than from another: the arms may not compare."
    )


def interaction(counted: pd.DataFrame, control: str, personas: Sequence[str], alpha: float) -> Check:
    """Whether a variant's effect differs between personas: heterogeneity of the differences of shares.

    Cochran's Q for vectors of effects (several variants share one control): inverse-variance weighted distance of each
    persona's effects from their common value, chi-square with (personas - 1) x (variants - 1) degrees of freedom.
    Personas with a small cell (`LEAST_EXPECTED`) are left out and named.
    """
    tested = {p: _effect_and_covariance(counted[counted["group"] == p], control) for p in personas}
    usable = [found for found in tested.values() if found is not None]
    small = [persona for persona, found in tested.items() if found is None]
    note = f" Left out for too few customers with or without the outcome: {', '.join(small)}." if small else ""
    if len(tested) < 2:
        return Check("interaction", np.nan, np.nan, True, "There are no two personas to compare: read all customers.")
    if len(usable) < 2:
        reading = f"Too few customers to compare personas: read the effect on all customers.{note}"
        return Check("interaction", np.nan, np.nan, False, reading)
    statistic, freedom = heterogeneity(usable)
    p = float(chi2.sf(statistic, freedom))
    if p < alpha:
        reading = "The effect differs between personas: read it persona by persona, the overall effect is a mixture."
    else:
        reading = "No sign that the effect differs between personas: read the effect on all customers."
    return Check("interaction", statistic, p, True, reading + note)


Effect = tuple[NDArray[np.float64], NDArray[np.float64]]


def heterogeneity(estimates: Sequence[Effect]) -> tuple[float, int]:
    """Cochran's Q and its degrees of freedom, for (effects, covariance) of each group."""
    weights = [np.linalg.inv(covariance) for _, covariance in estimates]
    pooled = np.linalg.solve(sum(weights), sum(w @ effect for w, (effect, _) in zip(weights, estimates, strict=True)))
    q = sum(float((effect - pooled) @ w @ (effect - pooled)) for w, (effect, _) in zip(weights, estimates, strict=True))
    return float(q), (len(estimates) - 1) * len(pooled)


def as_rows(experiment: str, checks: Sequence[Check]) -> pd.DataFrame:
    """The table `CHECKS` of one experiment."""
    return pd.DataFrame(
        [{"experiment": experiment, **check.__dict__} for check in checks], columns=list(CHECKS.columns)
    )


def _effect_and_covariance(arms: pd.DataFrame, control: str) -> Effect | None:
    """Each variant's difference from control and their covariance; None where a cell is too small to judge."""
    happened, n = arms["happened"].to_numpy(dtype=np.float64), arms["n"].to_numpy(dtype=np.float64)
    if not len(n) or n.min() == 0:
        return None
    pooled = happened.sum() / n.sum()
    if (n * min(pooled, 1 - pooled)).min() < LEAST_EXPECTED:
        return None
    # One added success and failure per arm keeps an arm without any from looking certain (Agresti and Caffo 2000).
    smooth = (happened + 1) / (n + 2)
    variance = smooth * (1 - smooth) / n
    is_control = (arms["variant"] == control).to_numpy()
    share = happened / n
    covariance = np.diag(variance[~is_control]) + variance[is_control][0]
    return share[~is_control] - share[is_control][0], covariance
