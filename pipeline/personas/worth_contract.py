"""How long customers with a contract stay: the shifted beta-geometric model (sBG).

At each renewal a customer leaves with a chance of the customer's own (beta over customers: alpha, beta). Who is left is
the more loyal part, so the share that renews rises with time though nobody changes. Fader and Hardie 2007, How to
project customer retention, J. Interactive Marketing 21(1); residual lifetime: Fader and Hardie 2010, Customer-base
valuation in a contractual setting, Marketing Science 29(1), equation 6.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betaln, digamma, hyp2f1

from pipeline.personas.worth_fit import Fit, fit_parameters, total

Numbers = NDArray[np.float64]
NAMES = ("alpha", "beta")
_STARTS = tuple(np.array(s) for s in ((1.0, 1.0), (0.5, 4.0), (3.0, 3.0), (5.0, 50.0)))


def survival(alpha: float, beta: float, periods: Numbers) -> Numbers:
    """Share of customers still there after each number of renewals (2007, equation 6)."""
    return np.exp(betaln(alpha, beta + periods) - betaln(alpha, beta))


def log_likelihood(values: Numbers, lost: Numbers, at: Numbers, left: Numbers, until: Numbers) -> tuple[float, Numbers]:
    """`lost[i]` customers left at renewal `at[i]` (1 = the first); `left[j]` were still there after `until[j]`."""
    alpha, beta = values
    whole = digamma(alpha + beta)
    value = total(lost, betaln(alpha + 1, beta + at - 1)) + total(left, betaln(alpha, beta + until))
    value -= (lost.sum() + left.sum()) * betaln(alpha, beta)
    gone, there = digamma(alpha + beta + at), digamma(alpha + beta + until)
    by_alpha = total(lost, digamma(alpha + 1) - gone) + total(left, digamma(alpha) - there)
    by_alpha -= (lost.sum() + left.sum()) * (digamma(alpha) - whole)
    by_beta = total(lost, digamma(beta + at - 1) - gone) + total(left, digamma(beta + until) - there)
    by_beta -= (lost.sum() + left.sum()) * (digamma(beta) - whole)
    return value, np.array([by_alpha, by_beta])


def fit_contract(lost: Numbers, at: Numbers, left: Numbers, until: Numbers) -> Fit:
    """alpha and beta by maximum likelihood, from the counts of `log_likelihood`."""
    n = float(lost.sum() + left.sum())
    return fit_parameters(NAMES, lambda v: log_likelihood(v, lost, at, left, until), _STARTS, n)


def residual_lifetime(fit: Fit, renewed: Numbers, discount: float) -> Numbers:
    """Discounted renewals to expect of a customer who has renewed so often; infinite where alpha <= 1 undiscounted.

    `discount`: a rate per period. The next renewal is due now and counts in full.
    """
    alpha, beta = fit["alpha"], fit["beta"]
    n = renewed + 1
    factor = (beta + n - 1) / (alpha + beta + n - 1)
    if discount == 0:
        # 2F1(1, b; c; 1) by Gauss: (c - 1) / (c - b - 1), here c - b = alpha.
        return np.where(alpha > 1, (beta + n - 1) / max(alpha - 1, 1e-300), np.inf)
    return factor * hyp2f1(1.0, beta + n, alpha + beta + n, 1 / (1 + discount))


def counts_of_survivors(periods: Numbers, alive: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The arguments of `fit_contract` from customers still there after each number of renewals, from 0 up.

    Where a period is left out, who left in between is taken to have left at the later of the two renewals' midpoint:
    such tables are refused before.
    """
    return alive[:-1] - alive[1:], periods[1:], alive[-1:], periods[-1:]


def projection(fit: Fit, periods: Numbers, alive: Numbers, ahead: int, discount: float) -> pd.DataFrame:
    """period, customers, share, expected_share, renewal_rate, residual_lifetime: observed periods and `ahead` more."""
    upto = np.arange(0, int(periods[-1]) + ahead + 1, dtype=np.float64)
    seen = pd.Series(alive, index=periods).reindex(upto).to_numpy()
    expected = survival(fit["alpha"], fit["beta"], upto)
    before = np.where(upto > 0, survival(fit["alpha"], fit["beta"], np.maximum(upto - 1, 0)), np.nan)
    return pd.DataFrame(
        {
            "period": upto.astype(np.int64),
            "customers": seen,
            "share": seen / alive[0],
            "expected_share": expected,
            "renewal_rate": expected / before,
            "residual_lifetime": residual_lifetime(fit, upto, discount),
        }
    )
