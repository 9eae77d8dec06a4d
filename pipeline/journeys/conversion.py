"""The share that completes a step within a window, counted, and with those still under way accounted for.

The censoring-aware share is one minus Kaplan & Meier's estimate (1958) of the time to the step; who is not there yet
counts for as long as watched. Its error comes from the influence of each customer (infinitesimal jackknife), which
equals Greenwood's, and gives the error of a ratio of two steps as well: they rest on the same customers.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.journeys.spell_columns import Floats


@dataclass(frozen=True)
class Conversion:
    """`probability` of the step within the window and the `influence` of each customer on it; NaN where unknown."""

    probability: float
    influence: Floats

    @property
    def std_error(self) -> float:
        """Infinitesimal jackknife; missing with fewer than two customers."""
        return float(np.sqrt(np.sort(self.influence**2).sum())) if len(self.influence) > 1 else np.nan


def conversion(time: Floats, watched: Floats, window: float) -> Conversion:
    """Share that has completed the step `window` after the clock's start.

    `time` is the time to the step (infinite where it was not seen), `watched` how long each customer was. Missing where
    nobody was watched that long.
    """
    here = np.minimum(time, watched)
    known = time <= np.minimum(watched, window)
    if not len(time) or not (known | (watched >= window)).any():
        return Conversion(np.nan, np.full(len(time), np.nan))
    moments = np.unique(here[known])
    if not len(moments):
        return Conversion(0.0, np.zeros(len(time)))
    done = np.bincount(np.searchsorted(moments, here[known]), minlength=len(moments))
    at_risk = len(here) - np.searchsorted(np.sort(here), moments, side="left")
    left = 1 - done / at_risk
    lasting = np.cumprod(left)
    # d log S / d w_i = -(own event) / (Y - d) + Σ_{u at risk} d / (Y (Y - d)); the last step of S = 0 by its limit.
    alive = at_risk > done
    share = np.divide(1.0, at_risk - done, out=np.zeros(len(moments)), where=alive)
    own = np.where(known, share[np.searchsorted(moments, np.where(known, here, moments[0]))], 0.0)
    summed = np.concatenate([[0.0], np.cumsum(np.where(alive, share * done / at_risk, 0.0))])
    risk = summed[np.searchsorted(moments, here, side="right")]
    return Conversion(float(1 - lasting[-1]), lasting[-1] * (own - risk))


def ratio(step: Conversion, before: Conversion) -> Conversion:
    """The share of those with the step before; missing where there are none."""
    if not before.probability > 0:
        return Conversion(np.nan, np.full(len(step.influence), np.nan))
    share = step.probability / before.probability
    return Conversion(min(share, 1.0), (step.influence - share * before.influence) / before.probability)


def time_to_share(time: Floats, watched: Floats, share: float) -> float:
    """First time by which `share` of all have completed the step; NaN where not reached."""
    here = np.minimum(time, watched)
    known = np.isfinite(time) & (time <= watched)
    moments = np.unique(here[known])
    if not len(moments):
        return np.nan
    done = np.bincount(np.searchsorted(moments, here[known]), minlength=len(moments))
    at_risk = len(here) - np.searchsorted(np.sort(here), moments, side="left")
    reached = np.flatnonzero(1 - np.cumprod(1 - done / at_risk) >= share - 1e-12)
    return float(moments[reached[0]]) if len(reached) else np.nan
