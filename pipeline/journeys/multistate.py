"""The Aalen-Johansen estimator on spells (start, stop], with infinitesimal-jackknife standard errors.

Handles right censoring, delayed entry, re-entry and loops, exact ties, weights, any number of states. Occupation
probabilities stay valid without the Markov property where censoring is independent (Datta & Satten 2001).

Standard errors: V = Σ_c (Σ_{i in c} w_i U_i)², U_i = ∂p/∂w_i, c the clusters (T. Therneau, `survival` vignette; Efron's
infinitesimal jackknife). Without weights it equals Greenwood's formula in the two-state case.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError
from pipeline.journeys.chain import Chain, run_chain, run_forward
from pipeline.journeys.intervals import probability_interval
from pipeline.journeys.risksets import NOWHERE, Floats, Jumps, SpellArrays, count_jumps, to_arrays

Flags = NDArray[np.bool_]
Start = str | Mapping[str, float] | None


def aalen_johansen(
    spells: pd.DataFrame,
    times: Sequence[float] | Floats,
    *,
    states: Sequence[str] | None = None,
    start: Start = None,
    since: float | None = None,
    cluster: str | None = "customer_id",
    weight: str | None = None,
) -> pd.DataFrame:
    """State probabilities at `times`: `time, state, probability, std_error, lower, upper, followed`.

    `spells` has `from, to, start, stop` (`to` missing = censored) and the columns named by `cluster` and `weight`.
    `start` is a state, or shares of states; without it the mix is that of the spells at risk just after `since`, or,
    without `since`, just before the first event, and its sampling error is part of the standard error. Only events
    after `since` count. `followed` is the number of clusters whose state at that time is known. With fewer than two
    clusters there is no standard error; after the last event the curve stays level.
    Raises `InputError` for spells or times that cannot be used.
    """
    wanted = _sorted_times(times)
    arrays = to_arrays(spells, states=states, cluster=cluster, weight=weight)
    jumps, initial, opening = _prepare(arrays, start, since, wanted)
    chain = run_chain(jumps, initial, wanted)
    errors = _standard_errors(arrays, jumps, chain, initial, opening)
    followed = _followed(arrays, wanted)
    count = len(arrays.states)
    table = pd.DataFrame(
        {
            "time": np.repeat(wanted, count),
            "state": np.tile(np.array(arrays.states, dtype=object), len(wanted)),
            "probability": np.clip(chain.at, 0, 1).ravel(),
            "std_error": errors.ravel(),
        }
    )
    n = np.repeat(followed, count)
    lower, upper = probability_interval(table["probability"], table["std_error"], n)
    certain = np.full(len(table), start is not None) & (table["time"] <= (since or 0.0)).to_numpy()
    p = table["probability"].to_numpy()
    return table.assign(lower=np.where(certain, p, lower), upper=np.where(certain, p, upper), followed=n)


def length_of_stay(
    spells: pd.DataFrame,
    tau: float,
    *,
    states: Sequence[str] | None = None,
    start: Start = None,
    since: float | None = None,
    cluster: str | None = "customer_id",
    weight: str | None = None,
) -> pd.DataFrame:
    """Expected time spent in each state from `since` (or 0) to `tau`: `tau, state, mean_time, std_error`."""
    wanted = _sorted_times([tau])
    arrays = to_arrays(spells, states=states, cluster=cluster, weight=weight)
    jumps, initial, opening = _prepare(arrays, start, since, wanted)
    chain = run_chain(jumps, initial, wanted, stay_since=since or 0.0)
    errors = _standard_errors(arrays, jumps, chain, initial, opening)
    count = len(arrays.states)
    return pd.DataFrame(
        {
            "tau": np.full(count, float(tau)),
            "state": np.array(arrays.states, dtype=object),
            "mean_time": chain.at[0, count:],
            "std_error": errors[0, count:],
        }
    )


def time_to_share(
    spells: pd.DataFrame, target: str, share: float, *, start: Start = None, since: float | None = None
) -> float:
    """First time at which the probability of the absorbing state `target` reaches `share`; NaN where it never does."""
    arrays = to_arrays(spells, states=None, cluster=None, weight=None)
    if target not in arrays.states:
        return float("nan")
    place = arrays.states.index(target)
    jumps, initial, _ = _prepare(arrays, start, since, np.array([np.inf]))
    origin = since or 0.0
    if initial[place] >= share - 1e-12:
        return origin
    events, path = run_forward(jumps, initial)
    reached = np.flatnonzero(path[:, place] >= share - 1e-12)
    return float(events[reached[0]]) if len(reached) else float("nan")


def _prepare(
    arrays: SpellArrays, start: Start, since: float | None, times: Floats
) -> tuple[Jumps, Floats, Flags | None]:
    """Jumps up to the last requested time, the initial mix, and which spells it was estimated from (None = given)."""
    jumps = count_jumps(arrays, -np.inf if since is None else since, times[-1])
    if start is not None:
        return jumps, _given_mix(start, arrays.states), None
    if not len(arrays.origin):
        return jumps, np.full(len(arrays.states), np.nan), None
    moments = arrays.stop[arrays.target != NOWHERE]
    if since is not None:
        opening = (arrays.start <= since) & (since < arrays.stop)
    elif len(moments):
        opening = (arrays.start < moments.min()) & (moments.min() <= arrays.stop)
    else:
        opening = arrays.start == arrays.start.min()
    inside = arrays.weight * opening
    total = inside.sum()
    if total <= 0:
        raise InputError(f"nobody is at risk at the origin {since if since is not None else 0:g}: give a start state.")
    return jumps, np.bincount(arrays.origin, weights=inside, minlength=len(arrays.states)) / total, opening


def _given_mix(start: str | Mapping[str, float], states: tuple[str, ...]) -> Floats:
    shares = {start: 1.0} if isinstance(start, str) else dict(start)
    strange = sorted(set(shares) - set(states))
    if strange:
        raise InputError(f"start state(s) not among the stages: {', '.join(strange)}. Known: {', '.join(states)}.")
    mix = np.array([shares.get(state, 0.0) for state in states])
    if (mix < 0).any() or abs(mix.sum() - 1) > 1e-9:
        raise InputError(f"the shares of the start states must be 0 or more and sum to 1; they sum to {mix.sum():g}.")
    return mix


def _standard_errors(arrays: SpellArrays, jumps: Jumps, chain: Chain, initial: Floats, opening: Flags | None) -> Floats:
    """Infinitesimal jackknife, one value per requested time and column of the chain; NaN with one cluster."""
    errors = np.full(chain.at.shape, np.nan)
    if arrays.clusters < 2:
        return errors
    for time in range(len(errors)):
        influence = _influence(arrays, jumps, chain, time, initial, opening) * arrays.weight[:, None]
        summed = [np.bincount(arrays.cluster, weights=column, minlength=arrays.clusters) for column in influence.T]
        # Sorted, so that the last digit does not depend on the order of the ids.
        errors[time] = np.sqrt(np.sort(np.square(summed), axis=1).sum(axis=1))
    return errors


def _influence(
    arrays: SpellArrays, jumps: Jumps, chain: Chain, time: int, initial: Floats, opening: Flags | None
) -> Floats:
    """Derivative of the estimate by the weight of each spell: its own move, its time at risk, its share in the mix."""
    by_rate, by_mix = chain.derivatives(time)
    by_move = by_rate / np.where(jumps.at_risk > 0, jumps.at_risk, 1.0)[:, None]
    at_risk = np.vstack([np.zeros(by_move.shape[1]), np.cumsum(by_move * jumps.rate[:, None], axis=0)])
    influence = at_risk[jumps.first] - at_risk[jumps.last]
    moved = jumps.own >= 0
    influence[moved] += by_move[jumps.own[moved]]
    if opening is not None:
        shift = (np.eye(len(initial)) - initial) @ by_mix
        influence += shift[arrays.origin] * (opening / (arrays.weight * opening).sum())[:, None]
    return influence


def _followed(arrays: SpellArrays, times: Floats) -> NDArray[np.int64]:
    """Clusters whose state at each time is known: under observation, or moved earlier to a stage that nobody leaves."""
    final = ~np.isin(arrays.target, arrays.origin) & (arrays.target != NOWHERE)
    known = np.zeros((len(times), arrays.clusters), dtype=bool)
    for row, time in zip(known, times, strict=True):
        under = ((arrays.start < time) & (time <= arrays.stop)) | ((arrays.start == time) & (time <= 0))
        row[arrays.cluster[under | (final & (arrays.stop < time))]] = True
    return known.sum(axis=1)


def _sorted_times(times: Sequence[float] | Floats) -> Floats:
    wanted = np.unique(np.asarray(times, dtype=float))
    if not len(wanted) or not np.isfinite(wanted).all():
        raise InputError("the requested times must be one or more finite numbers.")
    return wanted
