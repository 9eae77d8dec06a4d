"""How much customers spend a time: the Gamma-Gamma model of the mean amount.

Amounts vary around a mean of the customer's own (gamma: p), means vary over customers (gamma: q, gamma); how much and
how often are taken to be unrelated. Fader, Hardie and Lee 2005, RFM and CLV, J. Marketing Research 42(4); likelihood as
in Fader and Hardie 2013, The Gamma-Gamma model of monetary value, equation 1a.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import digamma, gammaln

from pipeline.personas.worth_fit import Fit, fit_parameters, in_unit, total

Numbers = NDArray[np.float64]
NAMES = ("p", "q", "gamma")
_MANY = 20_000
"""Different means from which on a part of them is fitted first, to start near the answer."""


def log_likelihood(
    values: Numbers, times: Numbers, mean_amount: Numbers, weight: Numbers | None = None
) -> tuple[float, Numbers]:
    """Sum over customers and its derivative by (p, q, gamma). `times`: purchases behind each mean, 1 or more."""
    p, q, gamma = values
    x, z = times, mean_amount
    counted = np.ones_like(x) if weight is None else weight
    # Purchases are whole numbers: the special functions are worked out once for each number.
    level = np.arange(1.0, x.max() + 1) if len(x) > x.max() and (x == np.floor(x)).all() else x
    at = x.astype(np.int64) - 1 if level is not x else np.arange(len(x))
    whole = gamma + x * z
    log_whole, log_z = np.log(whole), np.log(z)
    parts = (gammaln(p * level + q) - gammaln(p * level))[at] - gammaln(q) + q * np.log(gamma)
    parts += (p * x - 1) * log_z + (p * level * np.log(level))[at] - (p * x + q) * log_whole
    both = digamma(p * level + q)[at] - log_whole
    per = np.array(
        [
            x * (both - digamma(p * level)[at] + log_z + np.log(level)[at]),
            both - digamma(q) + np.log(gamma),
            q / gamma - (p * x + q) / whole,
        ]
    )
    return total(counted, parts), (per * counted).sum(axis=1)


def fit_spending(times: Numbers, mean_amount: Numbers) -> Fit:
    """p, q, gamma (in the unit of the amounts) by maximum likelihood, from means above zero."""
    count = pd.DataFrame({"x": times, "z": mean_amount}).groupby(["x", "z"]).size()
    x, z = (count.index.get_level_values(name).to_numpy(dtype=np.float64) for name in count.index.names)
    counted = count.to_numpy(dtype=np.float64)
    unit = float(np.average(z, weights=counted))
    starts = [np.array(s) for s in ((6.0, 4.0, 0.5), (1.0, 2.0, 1.0), (20.0, 2.0, 0.1), (3.0, 10.0, 3.0))]

    def surface(values: Numbers) -> tuple[float, Numbers]:
        return log_likelihood(values, x, z / unit, counted)

    if len(x) > _MANY:
        part = slice(None, None, len(x) // _MANY + 1)
        some = counted[part]
        rough = fit_parameters(
            NAMES, lambda v: log_likelihood(v, x[part], z[part] / unit, some), starts, float(some.sum())
        )
        starts = [rough.values]
    fit = fit_parameters(NAMES, surface, starts, float(counted.sum()))
    shift = float(counted.sum()) * np.log(unit)
    return in_unit(fit, np.array([1.0, 1.0, unit]), -shift)


def expected_amount(p: Mapping[str, float], times: Numbers, mean_amount: Numbers) -> Numbers:
    """Mean amount of each customer's next purchases: the own mean drawn towards everybody's; missing where q is too
    small for a mean to exist. `times` 0: nothing is known of the customer, `mean_amount` is not looked at.
    """
    bought = np.where(times > 0, times * np.where(times > 0, mean_amount, 0.0), 0.0)
    below = p["p"] * times + p["q"] - 1
    return np.where(below > 0, p["p"] * (p["gamma"] + bought) / np.where(below > 0, below, 1.0), np.nan)
