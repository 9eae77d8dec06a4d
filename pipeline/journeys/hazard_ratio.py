"""The hazard ratio of one thing that happens on the way, at equal time and equal length of the path so far.

Cox's partial likelihood (1972) with one covariate that turns from 0 to 1 when the thing first happens, stratified. The
strata of a stay change as its contacts add up: 0, 1-2, 3-6, 7-14 … contacts so far. So one who has had the thing is
compared with others as long in the stage and with about as many contacts, and a long path wins nothing by being long.
Ties as Breslow (1974); errors as Lin & Wei (1989, JASA 84:1074), summed per customer.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.journeys.spell_columns import Flags, Floats, Integers

_STEPS, _CLOSE, _FURTHEST = 50, 1e-10, 20.0


@dataclass(frozen=True)
class Stretches:
    """Parts (start, stop] of stays within one stratum; `moved` where the stay ended there in the move looked at."""

    stay: Integers
    stratum: Integers
    start: Floats
    stop: Floats
    moved: Flags


@dataclass(frozen=True)
class Ratio:
    """Logarithm of the ratio and its error; moves after and before the thing that tell about it."""

    log_ratio: float
    std_error: float
    after: int
    before: int


def stretches(days: Floats, moved: Flags, group: Integers, stay: Integers, at: Floats) -> Stretches:
    """Stays of `days` cut where contacts add up. `stay` and `at` (days since entry) of each contact, sorted by both.

    `group` numbers a further stratum of each stay.
    """
    first = np.searchsorted(stay, np.arange(len(days)))
    number = np.arange(len(stay)) - first[stay] + 1
    exponent = np.log2(number + 1)
    cut = np.flatnonzero(exponent == np.floor(exponent))
    which = np.concatenate([np.arange(len(days)), stay[cut]])
    start = np.concatenate([np.zeros(len(days)), at[cut]])
    level = np.concatenate([np.zeros(len(days)), exponent[cut]]).astype(np.int64)
    order = np.lexsort((level, which))
    which, start, level = which[order], start[order], level[order]
    last = np.append(np.diff(which) != 0, True)[: len(which)]
    stop = np.where(last, days[which], np.roll(start, -1))
    levels = int(level.max()) + 1 if len(level) else 1
    kept = stop > start
    return Stretches(
        which[kept], (group[which] * levels + level)[kept], start[kept], stop[kept], (last & moved[which])[kept]
    )


def hazard_ratio(parts: Stretches, happened: Floats, customer: Integers) -> Ratio:
    """`happened` is when the thing first happened in each stay, in days since entry (infinite where it did not).

    `customer` numbers the customer of each stay. Missing where no moment of a move has both kinds at risk.
    """
    span = float(parts.stop.max(initial=0.0)) + 1.0
    occurred = happened[parts.stay]
    after = parts.moved & (occurred < parts.stop)
    keys, cell = np.unique((parts.stratum * span + parts.stop)[parts.moved], return_inverse=True)
    moves: Floats = np.bincount(cell, np.ones(len(cell)), minlength=len(keys)).astype(np.float64)
    moves_after: Floats = np.bincount(cell, after[parts.moved].astype(float), minlength=len(keys)).astype(float)
    begun = np.maximum(parts.start, occurred)
    has = begun < parts.stop
    base = np.asarray(parts.stratum * span, dtype=float)
    everybody = _at_risk(base, parts.start, parts.stop, keys)
    exposed = _at_risk(base[has], begun[has], parts.stop[has], keys)
    both = (exposed > 0) & (exposed < everybody)
    told = int(moves_after[both].sum()), int((moves - moves_after)[both].sum())
    if not told[0] or not told[1]:
        return Ratio(np.nan, np.nan, *told)
    beta, information = _solve(moves[both], moves_after[both], exposed[both], everybody[both])
    residual = _residuals(parts, occurred, begun, has, keys, span, beta, (moves, exposed, everybody))
    each = np.bincount(customer[parts.stay], residual)
    return Ratio(beta, float(np.sqrt((each**2).sum()) / information), *told)


def _at_risk(base: Floats, start: Floats, stop: Floats, keys: Floats) -> Floats:
    """Number of parts with start < t <= stop in the stratum of each key (stratum's base + t)."""
    begun = np.searchsorted(np.sort(base + start), keys, side="left")
    return (begun - np.searchsorted(np.sort(base + stop), keys, side="left")).astype(float)


def _solve(moves: Floats, moves_after: Floats, exposed: Floats, everybody: Floats) -> tuple[float, float]:
    """Newton's steps on the partial likelihood, held within ± 20."""
    beta = 0.0
    for _ in range(_STEPS):
        weight = exposed * np.exp(beta)
        p = weight / (weight + everybody - exposed)
        information = float((moves * p * (1 - p)).sum())
        step = float((moves_after - moves * p).sum()) / information
        beta = float(np.clip(beta + np.clip(step, -2, 2), -_FURTHEST, _FURTHEST))
        if abs(step) < _CLOSE:
            break
    return beta, information


def _residuals(
    parts: Stretches, occurred: Floats, begun: Floats, has: Flags, keys: Floats, span: float, beta: float,
    counts: tuple[Floats, Floats, Floats],
) -> Floats:  # fmt: skip
    """Score residual of each part: own move less what was to be expected of the time at risk."""
    moves, exposed, everybody = counts
    weight = exposed * np.exp(beta)
    total = weight + everybody - exposed
    p = weight / total
    base = parts.stratum * span
    unexposed = np.concatenate([[0.0], np.cumsum(p * moves / total)])
    exposed_sum = np.concatenate([[0.0], np.cumsum((1 - p) * moves / total)])

    def between(summed: Floats, start: Floats, stop: Floats) -> Floats:
        """Sum over the keys with start < t <= stop."""
        until = np.searchsorted(keys, base + stop, side="right")
        return np.asarray(summed[until] - summed[np.searchsorted(keys, base + start, side="right")])

    middle = np.clip(occurred, parts.start, parts.stop)
    residual = between(unexposed, parts.start, middle)
    residual -= np.where(has, np.exp(beta) * between(exposed_sum, np.minimum(begun, parts.stop), parts.stop), 0.0)
    own = np.flatnonzero(parts.moved)
    at = np.searchsorted(keys, (base + parts.stop)[own])
    residual[own] += (occurred[own] < parts.stop[own]) - p[at]
    return residual
