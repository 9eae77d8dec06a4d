"""Partial pooling: figures of small personas are drawn towards the mean of all, the less the more is known of them.

Each persona's true figure is taken for a draw from one distribution over personas, whose two parameters are found by
maximum likelihood of the counts with the true figures integrated out (empirical Bayes; Efron & Morris 1975, JASA 70).
Where the personas differ no more than chance would have them, all get nearly the same figure; where they differ much
or are large, each keeps its own. `weight` is the share of its own figure in the pooled one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln
from scipy.stats import beta, gamma

Floats = NDArray[np.float64]
_SPREAD = (-6.0, 14.0)
"""Bounds of the logarithm of the prior's size; at the upper one personas do not differ."""


@dataclass(frozen=True)
class Pooled:
    """One value per persona: its own figure, the pooled one with a 95 % interval, and the weight of its own."""

    raw: Floats
    pooled: Floats
    lower: Floats
    upper: Floats
    weight: Floats


def pooled_rates(events: ArrayLike, exposure: ArrayLike) -> Pooled:
    """Gamma-Poisson: n ~ Poisson(λ T), λ ~ Gamma(a, b), so that E(λ | n) = (a + n) / (b + T), weight T / (b + T).

    `exposure` is the time at risk; figures are events per unit of it. Personas without exposure get the mean of all.
    Missing where nobody was at risk.
    """
    n, time = (np.asarray(values, dtype=float) for values in (events, exposure))
    raw = np.divide(n, time, out=np.full(len(n), np.nan), where=time > 0)
    if not time.sum() > 0:
        return _unknown(raw)
    mean = max(n.sum(), 0.5) / time.sum()
    typical = time[time > 0].mean()

    def surprise(at: Floats) -> float:
        m, b = mean * np.exp(at[0]), typical * np.exp(at[1])
        a = m * b
        return -float((gammaln(a + n) - gammaln(a) + a * np.log(b) - (a + n) * np.log(b + time)).sum())

    shift, size = _best(surprise)
    b = typical * np.exp(size)
    a = mean * np.exp(shift) * b
    low, high = (gamma.ppf(q, a + n, scale=1 / (b + time)) for q in (0.025, 0.975))
    return Pooled(raw, (a + n) / (b + time), low, high, time / (b + time))


def pooled_shares(successes: ArrayLike, trials: ArrayLike) -> Pooled:
    """Beta-binomial: x ~ Binomial(n, p), p ~ Beta(α, β), so that E(p | x) = (α + x) / (α + β + n).

    Counts need not be whole: a censored estimate p with error s stands for n = p (1 - p) / s² customers.
    """
    x, n = (np.asarray(values, dtype=float) for values in (successes, trials))
    raw = np.divide(x, n, out=np.full(len(n), np.nan), where=n > 0)
    if not n.sum() > 0:
        return _unknown(raw)
    mean = (x.sum() + 0.5) / (n.sum() + 1)
    centre = np.log(mean / (1 - mean))

    def prior(at: Floats) -> tuple[float, float]:
        share = 1 / (1 + np.exp(-(centre + at[0])))
        return float(share * np.exp(at[1])), float((1 - share) * np.exp(at[1]))

    def surprise(at: Floats) -> float:
        a, b = prior(at)
        return -float((betaln(a + x, b + n - x) - betaln(a, b)).sum())

    a, b = prior(_best(surprise))
    low, high = (beta.ppf(q, a + x, b + n - x) for q in (0.025, 0.975))
    return Pooled(raw, (a + x) / (a + b + n), low, high, n / (a + b + n))


def pooled_rows(counts: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Dirichlet: next stages (n_s + κ π_s) / (n + κ), π the shares of all; raw and pooled (personas, stages), weights.

    κ is found by maximum likelihood of the Dirichlet-multinomial counts.
    """
    n = np.asarray(counts, dtype=float)
    total = n.sum(axis=1, keepdims=True)
    raw = np.divide(n, total, out=np.full(n.shape, np.nan), where=total > 0)
    if not total.sum() > 0:
        return raw, np.full(n.shape, np.nan), np.full(len(n), np.nan)
    used = n.sum(axis=0) > 0
    share = n.sum(axis=0) / total.sum()

    def surprise(at: Floats) -> float:
        prior = np.exp(at[1]) * share[used]
        row = gammaln(prior.sum()) - gammaln(prior.sum() + total[:, 0])
        return -float((row + (gammaln(n[:, used] + prior) - gammaln(prior)).sum(axis=1)).sum())

    size = np.exp(_best(surprise)[1])
    return raw, (n + size * share) / (total + size), (total / (total + size))[:, 0]


def _best(surprise: object) -> Floats:
    """The least surprising shift of the mean and log size of the prior, from several starts."""
    tried = [minimize(surprise, [0.0, start], method="L-BFGS-B", bounds=[(-3.0, 3.0), _SPREAD]) for start in (1.0, 6.0)]
    return np.asarray(min(tried, key=lambda found: found.fun).x, dtype=float)


def _unknown(raw: Floats) -> Pooled:
    nothing = np.full(len(raw), np.nan)
    return Pooled(raw, nothing, nothing, nothing, nothing)
