"""A second implementation of the estimates of `personas curves`, from their definitions alone, one loop per idea.

It shares nothing with the product. Every weight is a complex number: the derivative by the weight of a customer is the
imaginary part of the estimate where that weight has a tiny imaginary part (Squire & Trapp 1998, SIAM Rev 40:110), exact
to the last digits, so that the infinitesimal jackknife needs no formula.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

TINY = 1e-100


@dataclass(frozen=True)
class Asked:
    """`table` has unit, from, to (blank = censored), start, stop (decimal texts), weight; `start`: a stage."""

    table: pd.DataFrame
    states: list[str]
    times: list[float]
    tau: float | None = None
    start: str | None = None
    since: float | None = None


def estimate(asked: Asked, weights: np.ndarray) -> np.ndarray:
    """Probabilities (times x states), followed by the stays where `tau` is given; flat."""
    t = asked.table
    start, stop = ([Decimal(str(v)) for v in t[name]] for name in ("start", "stop"))
    left, to = list(t["from"]), list(t["to"])
    moved = [to[i] not in ("", left[i]) for i in range(len(t))]
    events = sorted({stop[i] for i in range(len(t)) if moved[i]})
    mix = _first_mix(asked, weights, start, stop, events[0])
    since = Decimal("-Infinity") if asked.since is None else Decimal(str(asked.since))
    path = [(since, dict(mix))]
    for u in (u for u in events if u > since):
        now = dict(mix)
        for r in asked.states:
            risk = sum((weights[i] for i in range(len(t)) if left[i] == r and start[i] < u <= stop[i]), 0j)
            for i in range(len(t)):
                if moved[i] and left[i] == r and stop[i] == u and risk.real > 0:
                    flow = mix[r] * weights[i] / risk
                    now[r], now[to[i]] = now[r] - flow, now[to[i]] + flow
        mix = now
        path.append((u, dict(mix)))

    def at(time: Decimal) -> dict[str, complex]:
        return [p for u, p in path if u <= time or u == path[0][0]][-1]

    found = [at(Decimal(str(time)))[s] for time in asked.times for s in asked.states]
    if asked.tau is not None:
        first, last = Decimal(str(asked.since or 0)), Decimal(str(asked.tau))
        cuts = [first, *[u for u, _ in path if first < u < last], last]
        for s in asked.states:
            found.append(sum((at(a)[s] * float(b - a) for a, b in zip(cuts, cuts[1:], strict=False)), 0j))
    return np.array(found)


def _first_mix(
    asked: Asked, weights: np.ndarray, start: list[Decimal], stop: list[Decimal], first: Decimal
) -> dict[str, complex]:
    mix = dict.fromkeys(asked.states, 0j)
    if asked.start is not None:
        return mix | {asked.start: 1 + 0j}
    for i, state in enumerate(asked.table["from"]):
        since = None if asked.since is None else Decimal(str(asked.since))
        if start[i] < first <= stop[i] if since is None else start[i] <= since < stop[i]:
            mix[state] += weights[i]
    total = sum(mix.values())
    return {state: value / total for state, value in mix.items()}


def with_errors(asked: Asked) -> tuple[np.ndarray, np.ndarray]:
    """Estimates and standard errors: the root of the sum over units of squared weighted influences."""
    weights = asked.table["weight"].to_numpy(dtype=complex)
    squares = np.zeros(0)
    for unit in asked.table["unit"].unique():
        mine = (asked.table["unit"] == unit).to_numpy()
        # Each weight times 1 + ih: the derivative is that of the weight itself times the weight, summed over the unit.
        slope = estimate(asked, np.where(mine, weights * (1 + 1j * TINY), weights)).imag / TINY
        squares = slope**2 if not len(squares) else squares + slope**2
    return estimate(asked, weights).real, np.sqrt(squares)
