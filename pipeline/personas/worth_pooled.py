"""Models of small personas, drawn towards those of the others: empirical Bayes on the logs of the parameters.

Each persona's maximum likelihood estimate is taken as normal around its own true parameters, those as normal around a
common mean with a spread of their own for each direction (Efron and Morris 1975; the spread by EM, REML). A group that
tells little of itself is drawn far, one with many customers hardly at all.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.personas.worth_fit import Fit

Numbers = NDArray[np.float64]
STEPS = 200
PRIOR_SPREAD, PRIOR_GROUPS = 0.3, 2.0
"""Few groups tell little of how much groups differ: their spread counts as if two more differed by some 30 %."""


def pooled(fits: Mapping[str, Fit], turn: Numbers) -> tuple[dict[str, Fit], Fit | None]:
    """The fits of groups, drawn towards each other, and what to think of a group without one; a single fit stays.

    `turn`: the directions in which groups are taken to vary, as rows of weights of the logs: what may run to the edge
    must be one of them, so that a group which tells nothing of it borrows it, and only it, from the others.
    """
    if len(fits) < 2:
        return dict(fits), None
    logs = np.array([turn @ np.log(fit.values) for fit in fits.values()])
    back = np.linalg.inv(turn)
    precision = np.array([_positive(back.T @ fit.information @ back) for fit in fits.values()])
    spread = np.full(logs.shape[1], PRIOR_SPREAD**2)
    for _ in range(STEPS):
        drawn, covariance, gap = _drawn(logs, precision, spread)
        around = (np.diagonal(gap[0], axis1=1, axis2=2) + gap[1] ** 2).sum(axis=0)
        spread = (around + PRIOR_GROUPS * PRIOR_SPREAD**2) / (len(fits) + PRIOR_GROUPS)
    drawn, covariance, _ = _drawn(logs, precision, spread)
    middle, unsure = _middle(logs, precision, spread)
    found = {
        name: replace(fit, values=np.exp(back @ drawn[at]), covariance=back @ covariance[at] @ back.T, at_edge=())
        for at, (name, fit) in enumerate(fits.items())
    }
    any_fit = next(iter(fits.values()))
    wide = back @ (unsure + np.diag(spread)) @ back.T
    return found, replace(any_fit, values=np.exp(back @ middle), covariance=wide, at_edge=())


def _positive(information: Numbers) -> Numbers:
    """Without directions in which the likelihood seems to rise: differences of differences leave a little noise."""
    values, vectors = np.linalg.eigh(information)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T, dtype=np.float64)


def _drawn(logs: Numbers, precision: Numbers, spread: Numbers) -> tuple[Numbers, Numbers, tuple[Numbers, Numbers]]:
    """Posterior means and covariances of each group's logs, and those of its distance from the common mean.

    The common mean has no prior; that it is estimated widens both.
    """
    prior = np.diag(1 / spread)
    own = np.linalg.inv(precision + prior)
    middle, unsure = _middle(logs, precision, spread)
    borrowed = own @ prior
    drawn = np.einsum("gij,gj->gi", own @ precision, logs) + borrowed @ middle
    apart = borrowed - np.eye(len(spread))
    covariance = own + borrowed @ unsure @ borrowed.transpose(0, 2, 1)
    gap = own + apart @ unsure @ apart.transpose(0, 2, 1)
    return drawn, np.asarray(covariance, dtype=np.float64), (gap, drawn - middle)


def _middle(logs: Numbers, precision: Numbers, spread: Numbers) -> tuple[Numbers, Numbers]:
    """The common mean and its covariance: groups weighed by (own covariance + spread)^-1, however little they tell."""
    prior = np.diag(1 / spread)
    own = np.linalg.inv(precision + prior)
    unsure = np.linalg.inv((prior - prior @ own @ prior).sum(axis=0))
    weighed = np.einsum("gij,gj->i", prior @ own @ precision, logs)
    return unsure @ weighed, unsure
