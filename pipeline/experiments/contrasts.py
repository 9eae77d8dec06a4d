"""A variant against control in every group at once: difference, standard error, 95 % interval, p-value.

Shares: difference of proportions; Wald standard error; interval of Newcombe 1998 (method 10); two-sided z-test with the
pooled share. Means: Welch 1947 (t). With a covariate both are adjusted by CUPED (Deng et al. 2013) and judged by Welch.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from pipeline.core.intervals import wilson
from pipeline.experiments.moments import Moments, pooled_slope

Numbers = NDArray[np.float64]
Kind = Literal["share", "mean"]
LEVEL = 0.95


@dataclass(frozen=True)
class Contrast:
    """One entry per group; missing where an arm has too few customers to tell (none, or one for a standard error)."""

    n: Numbers
    n_control: Numbers
    effect: Numbers
    std_error: Numbers
    lower: Numbers
    upper: Numbers
    p_value: Numbers
    control_spread: Numbers
    """Standard deviation of the (adjusted) outcome in the control arm."""


def contrast(m: Moments, control: int, variant: int, kind: Kind, adjusted: bool) -> Contrast:
    """Effects of arm `variant` against arm `control`; `adjusted` uses the covariate in `m`."""
    if kind == "share" and not adjusted:
        return _shares(m, control, variant)
    return _means(m, control, variant, adjusted)


def _shares(m: Moments, control: int, variant: int) -> Contrast:
    n, base_n, share, base = m.n[:, variant], m.n[:, control], m.y[:, variant], m.y[:, control]
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = share - base
        error = np.sqrt(share * (1 - share) / n + base * (1 - base) / base_n)
        whole = (n * share + base_n * base) / (n + base_n)
        pooled = np.sqrt(whole * (1 - whole) * (1 / n + 1 / base_n))
        p = np.where(pooled > 0, 2 * norm.sf(np.abs(effect) / pooled), np.where(np.isnan(effect), np.nan, 1.0))
    low, high = wilson(share, n)
    base_low, base_high = wilson(base, base_n)
    lower = effect - np.sqrt((share - low) ** 2 + (base_high - base) ** 2)
    upper = effect + np.sqrt((high - share) ** 2 + (base - base_low) ** 2)
    return Contrast(n, base_n, effect, error, lower, upper, p, np.sqrt(base * (1 - base)))


def _means(m: Moments, control: int, variant: int, adjusted: bool) -> Contrast:
    n, base_n = m.n[:, variant], m.n[:, control]
    theta = pooled_slope(m, control, variant) if adjusted else np.zeros(len(n))
    effect = m.y[:, variant] - m.y[:, control] - theta * (m.x[:, variant] - m.x[:, control])
    left = m.yy - 2 * theta[:, None] * m.xy + theta[:, None] ** 2 * m.xx
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(m.n > 1, np.maximum(left, 0) / (m.n - 1), np.nan)
        parts = variance[:, variant] / n, variance[:, control] / base_n
        error = np.sqrt(parts[0] + parts[1])
        freedom = error**4 / (parts[0] ** 2 / (n - 1) + parts[1] ** 2 / (base_n - 1))
        p = 2 * t.sf(np.abs(effect) / error, freedom)
    # Without any spread there is nothing to test with: equal means are equal, unequal ones cannot be judged.
    still = error == 0
    p = np.where(still, np.where(effect == 0, 1.0, np.nan), p)
    half = np.where(still, 0.0, t.ppf(0.5 + LEVEL / 2, np.where(still, 1.0, freedom)) * error)
    return Contrast(n, base_n, effect, error, effect - half, effect + half, p, np.sqrt(variance[:, control]))
