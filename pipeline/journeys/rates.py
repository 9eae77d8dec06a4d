"""What a matrix of constant transition rates says: probabilities, sojourns, total stays, next stages.

The time-homogeneous Markov process (Kalbfleisch & Lawless 1985, JASA 80:863; R package msm): rates q_rs per unit of
time, q_rr = -Σ q_rs. It is what pooled rates of small personas are turned into curves by.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import expm

Floats = NDArray[np.float64]


def intensity(rates: ArrayLike) -> Floats:
    """The matrix Q of the rates r -> s (states, states); what stands on the diagonal is not looked at."""
    q = np.array(rates, dtype=float)
    np.fill_diagonal(q, 0.0)
    np.fill_diagonal(q, -q.sum(axis=1))
    return q


def transition_probabilities(rates: ArrayLike, time: float) -> Floats:
    """P(t) = exp(Q t): row r the probabilities of each state `time` after being in r."""
    return np.asarray(expm(intensity(rates) * time), dtype=float)


def mean_sojourn(rates: ArrayLike) -> Floats:
    """Mean time of one stay in each state, 1 / -q_rr; infinite where nobody leaves."""
    leaving = -np.diag(intensity(rates))
    return np.divide(1.0, leaving, out=np.full(len(leaving), np.inf), where=leaving > 0)


def total_stay(rates: ArrayLike) -> Floats:
    """Row r: expected time ever spent in each state from r; infinite where that is never left once reached."""
    q = intensity(rates)
    passing = np.diag(q) < 0
    stay = np.zeros_like(q)
    stay[np.ix_(passing, passing)] = -np.linalg.inv(q[np.ix_(passing, passing)])
    reached = stay[:, passing] @ np.maximum(q[np.ix_(passing, ~passing)], 0) > 0
    stay[:, ~passing] = np.where(reached | np.eye(len(q), dtype=bool)[:, ~passing], np.inf, 0.0)
    return stay


def next_state(rates: ArrayLike) -> Floats:
    """Probability that the next move from r is to s, q_rs / Σ_s q_rs; zero where nobody leaves."""
    q = intensity(rates)
    leaving = -np.diag(q)[:, None]
    np.fill_diagonal(q, 0.0)
    return np.divide(q, leaving, out=np.zeros_like(q), where=leaving > 0)
