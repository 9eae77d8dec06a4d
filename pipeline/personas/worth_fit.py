"""Maximum likelihood of positive parameters: several starts, then Newton steps to the last digits.

Parameters are sought on the log scale, where all of them may be any number and are of similar size; the covariance is
that of the logs.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.core.errors import InputError

Numbers = NDArray[np.float64]
LogLikelihood = Callable[[Numbers], tuple[float, Numbers]]
"""Parameters -> log-likelihood and its derivative by each parameter."""

EDGE = 12.0
"""Logs of parameters beyond +-12 (in the model's own scale) run away: the data do not tell the parameter."""
_STEP = 1e-5
_NEWTON_STEPS = 20


@dataclass(frozen=True)
class Fit:
    """Fitted parameters. `information`: minus the second derivatives by their logs; `covariance`: that of the logs.

    What ran to the edge is held fixed in the covariance; all of it is missing where the likelihood is flat elsewhere.
    """

    names: tuple[str, ...]
    values: Numbers
    log_likelihood: float
    covariance: Numbers
    information: Numbers
    at_edge: tuple[str, ...]

    def __getitem__(self, name: str) -> float:
        return float(self.values[self.names.index(name)])

    @property
    def log_errors(self) -> Numbers:
        """Standard errors of the logs."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), dtype=np.float64)

    def interval(self, name: str) -> tuple[float, float]:
        """95 % interval of a parameter (Wald on the log scale); missing at the edge."""
        if name in self.at_edge:
            return np.nan, np.nan
        half = 1.959963984540054 * self.log_errors[self.names.index(name)]
        return self[name] * float(np.exp(-half)), self[name] * float(np.exp(half))


def total(weight: Numbers, values: Numbers) -> float:
    """Weighted sum, the same on every number of cores (a dot product is not, and wakes threads for nothing)."""
    return float((weight * values).sum())


def fit_parameters(names: tuple[str, ...], log_likelihood: LogLikelihood, starts: Iterable[Numbers], n: float) -> Fit:
    """The parameters with the highest likelihood over all `starts`. `n`: customers, to scale the surface.

    Raises `InputError` where no start leads anywhere.
    """
    from scipy.optimize import minimize

    def surface(logs: Numbers) -> tuple[float, Numbers]:
        value, slope = log_likelihood(np.exp(logs))
        return -value / n, -slope * np.exp(logs) / n

    bounds = [(-EDGE, EDGE)] * len(names)
    options = {"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-8}
    found = [
        minimize(surface, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        for start in starts
    ]
    found = [one for one in found if np.isfinite(one.fun)]
    if not found:
        raise InputError("The likelihood cannot be evaluated on these data: check amounts and dates.")
    logs = _polished(surface, min(found, key=lambda one: one.fun).x)
    far = np.abs(logs) > EDGE - 0.5
    at_edge = tuple(name for name, gone in zip(names, far, strict=True) if gone)
    value, information = float(-surface(logs)[0] * n), _hessian(surface, logs) * n
    return Fit(names, np.exp(logs), value, _covariance(information, ~far), information, at_edge)


def in_unit(fit: Fit, factors: Numbers, log_likelihood_shift: float) -> Fit:
    """The fit with parameters measured in other units; logs only move, so their covariance stays."""
    return replace(fit, values=fit.values * factors, log_likelihood=fit.log_likelihood + log_likelihood_shift)


def delta_error(fit: Fit, estimate: Callable[[Mapping[str, float]], Numbers]) -> Numbers:
    """Standard error of each number that `estimate` makes of the parameters (delta method on their logs).

    Missing where a covariance is. `estimate` gets name -> value.
    """
    slopes = []
    for at in range(len(fit.names)):
        step = np.zeros(len(fit.names))
        step[at] = 1e-4
        up, down = (estimate(dict(zip(fit.names, fit.values * np.exp(s * step), strict=True))) for s in (1, -1))
        slopes.append((up - down) / 2e-4)
    gradient = np.array(slopes)
    variance: Numbers = np.einsum("in,ij,jn->n", gradient, fit.covariance, gradient)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=np.float64)


def _polished(surface: LogLikelihood, logs: Numbers) -> Numbers:
    """Newton steps from the optimiser's answer, kept only while they climb."""
    value, slope = surface(logs)
    for _ in range(_NEWTON_STEPS):
        hessian = _hessian(surface, logs)
        if np.abs(slope).max() < 1e-11 or np.linalg.eigvalsh(hessian).min() <= 0:
            break
        trial = np.clip(logs - np.linalg.solve(hessian, slope), -EDGE, EDGE)
        trial_value, trial_slope = surface(trial)
        if not trial_value <= value:
            break
        logs, value, slope = trial, trial_value, trial_slope
    return logs


def _hessian(surface: LogLikelihood, logs: Numbers) -> Numbers:
    """Second derivatives from central differences of the slope."""
    rows = []
    for at in range(len(logs)):
        step = np.zeros(len(logs))
        step[at] = _STEP
        rows.append((surface(logs + step)[1] - surface(logs - step)[1]) / (2 * _STEP))
    hessian = np.array(rows)
    return np.asarray((hessian + hessian.T) / 2, dtype=np.float64)


def _covariance(information: Numbers, free: NDArray[np.bool_]) -> Numbers:
    found = np.zeros_like(information)
    inner = information[np.ix_(free, free)]
    if not free.any() or np.linalg.eigvalsh(inner).min() <= 0:
        return np.full_like(information, np.nan)
    found[np.ix_(free, free)] = np.linalg.inv(inner)
    return found
