"""What a comparison can find: power, smallest detectable effect, customers needed, weeks at today's traffic.

Shares: normal approximation with the pooled share under "no effect" (Fleiss, Levin and Paik 2003, equation 4.14 without
continuity correction; R's `power.prop.test`). Means: noncentral t (R's `power.t.test`), by statsmodels.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

Numbers = NDArray[np.float64]
SMALL = 0.2
"""Cohen's small effect, in standard deviations: what a comparison must be able to find if nobody says what matters."""


def detectable(spread: Numbers, n: Numbers, base_n: Numbers, alpha: float, power: float) -> Numbers:
    """Smallest true difference found with chance `power`, if both arms spread as the control; missing without arms."""
    with np.errstate(divide="ignore", invalid="ignore"):
        error = spread * np.sqrt(1 / n + 1 / base_n)
    reach = (norm.ppf(1 - alpha / 2) + norm.ppf(power)) * error
    return np.where(np.isfinite(reach), reach, np.nan)


def power_of_shares(base: float, effect: float, n: float, alpha: float) -> float:
    """Chance to find that a share is `base + effect` rather than `base`, with `n` customers in each arm."""
    other = base + effect
    under_null = np.sqrt((base + other) * (1 - (base + other) / 2))
    spread = np.sqrt(base * (1 - base) + other * (1 - other))
    if spread == 0:
        return 1.0 if effect else alpha
    return float(norm.cdf((np.sqrt(n) * abs(effect) - norm.ppf(1 - alpha / 2) * under_null) / spread))


def needed_for_shares(base: float, effect: float, power: float, alpha: float) -> float:
    """Customers in each arm to find `effect` on a share with chance `power`; infinite without an effect."""
    if effect == 0:
        return float("inf")
    other = base + effect
    under_null = np.sqrt((base + other) * (1 - (base + other) / 2))
    spread = np.sqrt(base * (1 - base) + other * (1 - other))
    return float(((norm.ppf(1 - alpha / 2) * under_null + norm.ppf(power) * spread) / effect) ** 2)


def power_of_means(spread: float, effect: float, n: float, alpha: float) -> float:
    """Chance to find a difference of means, with `n` customers in each arm and standard deviation `spread`."""
    from statsmodels.stats.power import TTestIndPower

    if n < 2:
        return float("nan")
    if spread == 0:
        return 1.0 if effect else alpha
    found = float(TTestIndPower().power(abs(effect) / spread, n, alpha))
    return 1.0 if np.isnan(found) else found  # the noncentral t gives up where the effect dwarfs the spread


def needed_for_means(spread: float, effect: float, power: float, alpha: float) -> float:
    """Customers in each arm to find a difference of means; infinite without an effect, 2 without spread."""
    if effect == 0:
        return float("inf")
    if spread == 0 or power_of_means(spread, effect, 2.0, alpha) >= power:
        return 2.0
    # One above the normal approximation is always enough for the t-test's own thicker tails.
    rough = 2 * ((norm.ppf(1 - alpha / 2) + norm.ppf(power)) * spread / effect) ** 2
    return float(brentq(lambda n: power_of_means(spread, effect, n, alpha) - power, 2.0, rough + 10))
