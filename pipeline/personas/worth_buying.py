"""When customers buy again: the BG/NBD model of a shop without contracts.

While a customer is alive, purchases come at a rate of the customer's own (gamma over customers: r, alpha); after each
purchase the customer may leave for good, with a chance of the customer's own (beta over customers: a, b).
Fader, Hardie and Lee 2005, Counting your customers the easy way, Marketing Science 24(2). The log-likelihood and the
chance to be alive are written as in Fader and Hardie 2013, Overcoming the BG/NBD model's #NUM! error problem.

Everywhere: `frequency` = purchases after the first, `recency` = time from the first to the last, `age` = time from the
first to the end of observation, in one unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import digamma, expit, gammaln, hyp2f1, polygamma

from pipeline.personas.worth_fit import Fit, fit_parameters, in_unit, total

Numbers = NDArray[np.float64]
NAMES = ("r", "alpha", "a", "b")
_STARTS = tuple(
    np.array(s) for s in ((0.5, 0.5, 1.0, 3.0), (2.0, 1.0, 0.3, 3.0), (0.2, 0.1, 1.0, 1.0), (1.0, 1.0, 3.0, 9.0))
)
_LARGE, _NODES = 20.0, 81
_MANY = 20_000
"""Different histories from which on a part of them is fitted first, to start near the answer."""
_NEAR_ONE = 1e-5
"""Around a = 1 the published expectation is 0/0; the mean of both sides is its limit to ten digits."""


@dataclass(frozen=True)
class Histories:
    """Customers that are alike counted once, and once again by frequency alone: all that the likelihood needs."""

    frequency: Numbers
    recency: Numbers
    age: Numbers
    weight: Numbers
    levels: Numbers
    level_weight: Numbers

    @classmethod
    def of(cls, frequency: Numbers, recency: Numbers, age: Numbers) -> Self:
        """One entry per customer in each argument."""
        count = pd.DataFrame({"x": frequency, "seen": recency, "age": age}).groupby(["x", "seen", "age"]).size()
        levels, level_count = np.unique(frequency, return_counts=True)
        x, seen, length = (count.index.get_level_values(name).to_numpy(dtype=np.float64) for name in count.index.names)
        return cls(x, seen, length, count.to_numpy(dtype=np.float64), levels, level_count.astype(np.float64))


def log_likelihood(values: Numbers, h: Histories, unit: float = 1.0) -> tuple[float, Numbers]:
    """Sum over customers and its derivative by (r, alpha, a, b). Times are measured in `unit`s, alpha with them."""
    r, alpha, a, b = values
    age, recency = alpha + h.age / unit, alpha + h.recency / unit
    power, again = r + h.frequency, h.frequency > 0
    log_age, log_recency = np.log(age), np.log(recency)
    gap = np.log(a) - np.log(b + np.maximum(h.frequency, 1) - 1) + power * (log_age - log_recency)
    gone = np.where(again, expit(gap), 0.0)
    # The log of exp(stayed) + exp(left), written from `stayed` so that nothing overflows.
    by_time = -power * log_age + np.where(again, np.logaddexp(0.0, gap), 0.0)
    x, w = h.levels, h.level_weight
    by_count = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    by_count += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    of_ab = digamma(a + b) - digamma(a + b + x)
    left = h.weight * gone
    slope = [
        total(w, digamma(r + x) - digamma(r) + np.log(alpha)) - total(h.weight, log_age)
        + total(left, log_age - log_recency),
        w.sum() * r / alpha - total(h.weight - left, power / age) - total(left, power / recency),
        total(w, of_ab) + left.sum() / a,
        total(w, of_ab + digamma(b + x) - digamma(b)) - total(left, 1 / (b + np.maximum(h.frequency, 1) - 1)),
    ]  # fmt: skip
    return total(h.weight, by_time) + total(w, by_count), np.array(slope)


def fit_buying(frequency: Numbers, recency: Numbers, age: Numbers) -> Fit:
    """r, alpha (in the unit of `age`), a, b by maximum likelihood."""
    h = Histories.of(frequency, recency, age)
    customers = float(h.weight.sum())
    unit = float(np.average(h.age, weights=h.weight)) or 1.0
    starts = _STARTS
    if len(h.weight) > _MANY:
        some = Histories.of(*(part[:: len(h.weight) // _MANY + 1] for part in (h.frequency, h.recency, h.age)))
        rough = fit_parameters(NAMES, lambda v: log_likelihood(v, some, unit), _STARTS, float(some.weight.sum()))
        starts = (rough.values,)
    fit = fit_parameters(NAMES, lambda values: log_likelihood(values, h, unit), starts, customers)
    # Measured in another unit, each purchase after the first has another density.
    shift = total(h.weight, h.frequency) * np.log(unit)
    return in_unit(fit, np.array([1.0, unit, 1.0, 1.0]), -shift)


def alive(p: Mapping[str, float], frequency: Numbers, recency: Numbers, age: Numbers) -> Numbers:
    """Chance that each customer has not left by the end of observation; 1 for those who bought once."""
    x = np.maximum(frequency, 1)
    gone = np.log(p["a"]) - np.log(p["b"] + x - 1)
    gone += (p["r"] + x) * (np.log(p["alpha"] + age) - np.log(p["alpha"] + recency))
    return np.where(frequency > 0, expit(-gone), 1.0)


def expected_purchases(
    p: Mapping[str, float], frequency: Numbers, recency: Numbers, age: Numbers, horizon: float
) -> Numbers:
    """Purchases to expect of each customer within `horizon` after the end of observation (2005, equation 10)."""
    # Customers of one frequency and age are many: what takes long is worked out once for each.
    bought, times = pd.factorize(frequency)
    since, ages = pd.factorize(age)
    where, pairs = pd.factorize(bought * len(ages) + since)
    x, length = times[pairs // len(ages)], ages[pairs % len(ages)]
    if p["a"] > _LARGE:
        expected = _if_alive_by_sum(p, x, length, horizon)
    elif abs(p["a"] - 1) < _NEAR_ONE:
        sides = [_if_alive({**p, "a": 1 + side}, x, length, horizon) for side in (-2 * _NEAR_ONE, 2 * _NEAR_ONE)]
        expected = (sides[0] + sides[1]) / 2
    else:
        expected = _if_alive(p, x, length, horizon)
    return np.maximum(expected, 0.0)[where] * alive(p, frequency, recency, age)


def expected_of_new(p: Mapping[str, float], time: float) -> float:
    """Purchases to expect of a new customer within `time` after the first one (2005, equation 9)."""
    zero = np.zeros(1)
    return float(expected_purchases(p, zero, zero, zero, time)[0])


def _if_alive(p: Mapping[str, float], x: Numbers, age: Numbers, horizon: float) -> Numbers:
    """The numerator of equation 10.

    Euler's transformation (1 - z)^(r+x) 2F1(r+x, b+x; c; z) = (1 - z)^(a-1) 2F1(a+b-1-r, a-1; c; z) keeps powers small
    where a customer bought hundreds of times.
    """
    r, alpha, a, b = (p[name] for name in NAMES)
    c = a + b + x - 1
    c = np.where(np.abs(c) < _NEAR_ONE, _NEAR_ONE, c)
    z = horizon / (alpha + age + horizon)
    series = hyp2f1(a + b - 1 - r, a - 1, c, z)
    return c / (a - 1) * (1 - (1 - z) ** (a - 1) * series)


def _if_alive_by_sum(p: Mapping[str, float], x: Numbers, age: Numbers, horizon: float) -> Numbers:
    """The same where `a` is large and powers of the formula overflow: a sum over the chance to leave.

    E[(1 - (1 + s h / (alpha + T))^-(r+x)) / s] over s ~ beta(a, b+x), trapezoids on the log odds of s, where the
    density falls off on both sides and the rule is exact to many digits.
    """
    shape = p["b"] + x
    middle = digamma(p["a"]) - digamma(shape)
    wide = 9 * np.sqrt(polygamma(1, p["a"]) + polygamma(1, shape))
    right = wide + np.where(shape < _LARGE, 30 / shape, 0.0)
    mass, found = np.zeros(len(x)), np.zeros(len(x))
    peak = -p["a"] * np.logaddexp(0, -middle) - shape * np.logaddexp(0, middle)
    for step in np.linspace(0.0, 1.0, _NODES):
        odds = middle - wide + step * (wide + right)
        weight = np.exp(-p["a"] * np.logaddexp(0, -odds) - shape * np.logaddexp(0, odds) - peak)
        leaves = expit(odds)
        mass += weight
        found += weight * -np.expm1(-(p["r"] + x) * np.log1p(leaves * horizon / (p["alpha"] + age))) / leaves
    return found / mass
