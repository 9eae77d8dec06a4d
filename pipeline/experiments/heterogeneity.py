"""Whether a variant's effect differs between groups, and each group's effect drawn towards the others'."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from pipeline.experiments.checks import LEAST_EXPECTED, heterogeneity
from pipeline.experiments.contrasts import Kind
from pipeline.experiments.moments import Moments, pooled_slope

Numbers = NDArray[np.float64]
FEWEST = 10
"""Customers in every arm of a group for the group's mean to be compared with other groups'."""
FEWEST_POOLED = 4


@dataclass(frozen=True)
class Interaction:
    """Cochran's Q over groups; `left_out`: positions of groups with too few customers to compare."""

    statistic: float
    freedom: int
    p_value: float
    left_out: tuple[int, ...]


def interaction(m: Moments, control: int, variants: Sequence[int], kind: Kind, adjusted: bool) -> Interaction:
    """Heterogeneity of the variants' effects over the groups of `m` (all rows but the first, which is everybody).

    All variants at once: they share one control, hence effects are compared with their whole covariance. The statistic
    is missing where fewer than two groups can be compared.
    """
    found = [_effect_and_covariance(m, g, control, variants, kind, adjusted) for g in range(1, len(m.n))]
    usable = [one for one in found if one is not None]
    left_out = tuple(g for g, one in enumerate(found, start=1) if one is None)
    if len(usable) < 2:
        return Interaction(np.nan, 0, np.nan, left_out)
    statistic, freedom = heterogeneity(usable)
    return Interaction(statistic, freedom, float(chi2.sf(statistic, freedom)), left_out)


def pooled_effects(effect: Numbers, std_error: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Effects of groups drawn towards their common mean, with 95 % intervals (normal-normal empirical Bayes).

    Morris 1983, Parametric empirical Bayes inference, section 5: the weights and the intervals count that the common
    mean and the spread between groups are estimated too; the spread is Paule and Mandel's 1982. Below four groups that
    estimate is worth nothing and effects stay as they are. Missing where the standard error is, or is 0.
    """
    good = np.isfinite(effect) & (std_error > 0)
    d, v = effect[good], std_error[good] ** 2
    k = len(d)
    middle, error = d, np.sqrt(v)
    if k >= FEWEST_POOLED:
        between = _paule_mandel(d, v)
        weight = 1 / (v + between)
        mean = (weight * d).sum() / weight.sum()
        drawn = (k - 3) / (k - 1) * v * weight
        typical = (weight * v).sum() / weight.sum()
        unsure = 2 / (k - 3) * drawn**2 * (typical + between) * weight
        middle = (1 - drawn) * d + drawn * mean
        error = np.sqrt(v * (1 - (1 - weight / weight.sum()) * drawn) + unsure * (d - mean) ** 2)
    found = np.full((3, len(effect)), np.nan)
    half = norm.ppf(0.975) * error
    found[:, good] = middle, middle - half, middle + half
    return found[0], found[1], found[2]


def _paule_mandel(d: Numbers, v: Numbers) -> float:
    """The between-group variance at which the weighted squares equal their expectation; 0 where they are below it."""
    from scipy.optimize import brentq

    def excess(between: float) -> float:
        weight = 1 / (v + between)
        mean = (weight * d).sum() / weight.sum()
        return float((weight * (d - mean) ** 2).sum() - (len(d) - 1))

    if excess(0.0) <= 0:
        return 0.0
    top = float(np.ptp(d) ** 2 * len(d) + v.max())
    return float(brentq(excess, 0.0, top, xtol=1e-12 * top))


def _effect_and_covariance(
    m: Moments, g: int, control: int, variants: Sequence[int], kind: Kind, adjusted: bool
) -> tuple[Numbers, Numbers] | None:
    """Effects of all variants in group `g` and their covariance; None where a cell is too small to judge."""
    arms = [control, *variants]
    n, y = m.n[g, arms], m.y[g, arms]
    if n.min() < FEWEST:
        return None
    theta = np.zeros(len(arms))
    if adjusted:
        theta[1:] = [pooled_slope(m, control, variant)[g] for variant in variants]
    if kind == "share" and not adjusted:
        share = (n * y).sum() / n.sum()
        if (n * min(share, 1 - share)).min() < LEAST_EXPECTED:
            return None
        smooth = (n * y + 1) / (n + 2)
        of_control, of_variants = smooth[0] * (1 - smooth[0]) / n[0], smooth[1:] * (1 - smooth[1:]) / n[1:]
        covariance = np.diag(of_variants) + of_control
    else:
        left = m.yy[g, arms] - 2 * theta * m.xy[g, arms] + theta**2 * m.xx[g, arms]
        of_variants = left[1:] / (n[1:] - 1) / n[1:]
        # Each variant has its own slope: the control's part of two effects varies with both.
        t, c = theta[1:], control
        shared = m.yy[g, c] - (t[:, None] + t) * m.xy[g, c] + np.outer(t, t) * m.xx[g, c]
        covariance = np.diag(of_variants) + shared / (n[0] - 1) / n[0]
    if not np.linalg.eigvalsh(covariance).min() > 0:
        return None
    return y[1:] - y[0] - theta[1:] * (m.x[g, arms][1:] - m.x[g, control]), covariance
