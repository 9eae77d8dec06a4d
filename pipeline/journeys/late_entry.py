"""The interval of a share that has arrived where journeys came into sight late, so that few were at risk at first.

A standard error sees the moves that were made. Where one or two are at risk, mostly nobody moves: the estimate then
lacks what others would have moved in that stretch, and its error knows nothing of it, while now and then one move
raises the estimate far. Simulated, the upper limit alone is too near. So it is moved out by what such stretches are
expected to hide, found from rates per day that are even over the time in which √n of the n moves fell:

- the variance of the summed rate is expected to be ∫ λ / Y du (predictable variation of the Nelson-Aalen estimator;
  Andersen, Borgan, Gill & Keiding 1993, Statistical Models Based on Counting Processes, IV.1), the moves showed
  Σ d / Y²; what is lacking is added to the variance;
- at the beginning, as long as fewer than .05 moves are expected, 95 of 100 samples see nothing: the stretch has no
  part in that integral, and what the rate would have moved in it counts as a possible bias.

That the limit alone moves which lies where nothing was seen is what Dorey & Korn (1987, Stat Med 6:679) do at the other
end of the curve. Theirs is the number of customers an estimate of 1 is worth: at risk at the last move over the share
not yet there. An estimate of 0 is worth as many as were at risk on average.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.core.intervals import wilson
from pipeline.journeys.intervals import probability_interval
from pipeline.journeys.spell_columns import Floats, Integers, SpellColumns

EXPECTED_UNSEEN = 0.05
"""A stretch at the beginning with fewer expected moves than this tells a 95 % interval nothing."""
_NOBODY = 1e-9


def interval(
    waiting: SpellColumns, window: float, probability: float, std_error: float, lower: float, upper: float
) -> tuple[float, float]:
    """95 % interval of the share that has arrived by `window`; `lower` and `upper` take no account of late entry.

    `waiting`: the spells, one per journey, before arrival; a `target` other than -1 ends it in arrival.
    """
    sight = _Sight.of(waiting, window)
    if not len(sight.moments):
        return lower, float(wilson(probability, sight.mean_at_risk)[1]) if probability <= 0 else upper
    worth = sight.worth_of_all
    if worth is not None:
        return float(wilson(1.0, worth)[0]), upper
    error = np.hypot(std_error, (1 - probability) * np.sqrt(sight.unseen))
    return lower, max(upper, float(probability_interval(probability, error, 1.0)[1]))


@dataclass(frozen=True)
class _Sight:
    """Who was at risk when. `length`, `at_risk`: of the intervals between times at which anybody came or went, up to
    the window; `moments`, `moved`: the distinct times of arrival and the weight that arrived; `before`: the interval
    that ends at each; `scale`: sum of the squared weights over their sum.
    """

    length: Floats
    at_risk: Floats
    moments: Floats
    moved: Floats
    before: Integers
    rate: Floats
    scale: float

    @classmethod
    def of(cls, waiting: SpellColumns, window: float) -> "_Sight":
        weight = np.ones(len(waiting.start)) if waiting.weight is None else waiting.weight
        start, stop = np.clip(waiting.start, 0.0, window), np.clip(waiting.stop, 0.0, window)
        came = (waiting.target >= 0) & (waiting.stop <= window) & (weight > 0)
        moments, moment = np.unique(stop[came], return_inverse=True)
        moved = np.bincount(moment, weight[came], len(moments)).astype(float)
        grid = np.unique(np.concatenate([[0.0, window], start, stop]))
        inside = np.cumsum(
            np.bincount(np.searchsorted(grid, start), weight, len(grid))
            - np.bincount(np.searchsorted(grid, stop), weight, len(grid))
        )[:-1]
        at_risk = np.where(inside > _NOBODY * weight.sum(), inside, 0.0)
        length, before = np.diff(grid), np.searchsorted(grid, moments) - 1
        rate = _even_rates(grid, length * at_risk, moments, moved, np.bincount(moment, minlength=len(moments)))
        return cls(length, at_risk, moments, moved, before, rate, float((weight**2).sum() / weight.sum()))

    @property
    def mean_at_risk(self) -> float:
        """Customers at risk, on average over the window."""
        return float((self.length * self.at_risk).sum() / self.length.sum() / self.scale)

    @property
    def worth_of_all(self) -> float | None:
        """How many customers an estimate of 1 is worth; None where not all at risk arrived at one moment."""
        left = 1 - self.moved / self.at_risk[self.before]
        ended = np.flatnonzero(left <= _NOBODY)
        if not len(ended):
            return None
        last = int(ended[0])
        return float(self.at_risk[self.before[last]] / np.prod(left[:last]) / self.scale)

    @property
    def unseen(self) -> float:
        """Variance of the summed rate that the moves do not show."""
        moves = np.cumsum(self.rate * self.length * self.at_risk) / self.scale
        told = moves > EXPECTED_UNSEEN
        part = told & (self.at_risk > 0)
        expected = self.scale * (self.rate[part] * self.length[part] / self.at_risk[part]).sum()
        seen = self.scale * (self.moved / self.at_risk[self.before] ** 2).sum()
        bias = (self.rate * self.length)[~told].sum()
        return float(max(expected - seen, 0.0) + bias**2)


def _even_rates(grid: Floats, watched: Floats, moments: Floats, moved: Floats, counts: Integers) -> Floats:
    """Rate of each interval of the grid: moves over time at risk (`watched`), even over about √n of the n moves."""
    if not len(moments):
        return np.zeros(len(watched))
    total = int(counts.sum())
    stretches = max(1, round(np.sqrt(total)))
    last = np.searchsorted(np.cumsum(counts), total * np.arange(1, stretches) / stretches)
    ends = np.unique(moments[last])
    of_interval, of_moment = np.searchsorted(ends, grid[1:]), np.searchsorted(ends, moments)
    days = np.bincount(of_interval, watched, len(ends) + 1)
    rates = np.divide(np.bincount(of_moment, moved, len(ends) + 1), days, out=np.zeros(len(ends) + 1), where=days > 0)
    return np.asarray(rates[of_interval])
