"""95 % intervals: of probabilities in closed form, defined also where nothing or everything happened; of samples."""

import numpy as np
from numpy.typing import ArrayLike

from pipeline.core.intervals import Array, Z, wilson

_EDGE = 1e-12


def probability_interval(probability: ArrayLike, std_error: ArrayLike, followed: ArrayLike) -> tuple[Array, Array]:
    """Interval of an estimated probability from its standard error, on the logit scale, so that it stays in (0, 1).

    At 0 and 1, where the standard error is 0 and says nothing, and where there is none (a single customer), the score
    interval of the same share among the `followed` customers, whose state at that time is known. A probability
    between 0 and 1 with standard error 0 is one that was given, not estimated: the interval is that point. Missing
    stays missing.
    """
    p, error, n = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (probability, std_error, followed)))
    by_score = np.array(wilson(p, n))
    inside = (p > _EDGE) & (p < 1 - _EDGE)
    safe = np.where(inside, p, 0.5)
    centre, reach = np.log(safe / (1 - safe)), Z * error / (safe * (1 - safe))
    with np.errstate(over="ignore"):
        by_logit = 1 / (1 + np.exp(-(centre + np.multiply.outer([-1.0, 1.0], reach))))
    chosen = np.where(inside & np.isfinite(error), by_logit, by_score)
    chosen = np.where(inside & (error == 0), p, chosen)
    chosen = np.where(np.isnan(p), np.nan, chosen)
    return chosen[0], chosen[1]


def middle(samples: ArrayLike) -> tuple[Array, Array]:
    """The middle 95 % of figures of samples drawn with replacement (bootstrap; along the first axis).

    The ends are the (B + 1) 2.5 %-th and 97.5 %-th smallest of B (Davison & Hinkley 1997, Bootstrap Methods, 5.2): of B
    figures of a kind and one more, that one lies in any of the B + 1 places alike. Interpolating over B - 1 gaps makes
    the interval too narrow by a point or two for B = 200. Missing without samples.

    >>> [round(float(end), 9) for end in middle(range(1, 200))]
    [5.0, 195.0]
    """
    drawn = np.asarray(samples, dtype=float)
    if not len(drawn):
        return np.full(drawn.shape[1:], np.nan), np.full(drawn.shape[1:], np.nan)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0, method="weibull")
    return low, high
