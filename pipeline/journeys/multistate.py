"""The Aalen-Johansen estimator on spells (start, stop], with standard errors.

Handles right censoring, delayed entry, re-entry and loops, exact ties, weights, any number of states. Occupation
probabilities stay valid without the Markov property where censoring is independent (Datta & Satten 2001).
`standard_errors.py` says how the errors are found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError
from pipeline.journeys.chain import run_chain, run_forward
from pipeline.journeys.intervals import probability_interval
from pipeline.journeys.risksets import Jumps, SpellArrays, count_jumps, to_arrays
from pipeline.journeys.spell_columns import NOWHERE, Floats, Integers, SpellColumns, from_frame, noise_of
from pipeline.journeys.standard_errors import counted_errors, jackknife_errors

Start = str | Mapping[str, float] | None
Errors = Literal["jackknife", "counts"]


@dataclass(frozen=True)
class Setting:
    """What an estimate starts from: `start`, a state or shares of states (None = estimated); only events after `since`
    count; `errors`, how standard errors are found.
    """

    start: Start = None
    since: float | None = None
    errors: Errors = "jackknife"


def aalen_johansen(
    spells: pd.DataFrame,
    times: Sequence[float] | Floats,
    *,
    states: Sequence[str] | None = None,
    start: Start = None,
    since: float | None = None,
    cluster: str | None = "customer_id",
    weight: str | None = None,
    errors: Errors = "jackknife",
) -> pd.DataFrame:
    """State probabilities at `times`: `time, state, probability, std_error, lower, upper, followed`.

    `spells` has `from, to, start, stop` (`to` missing = censored) and the columns named by `cluster` and `weight`.
    `start` is a state, or shares of states; without it the mix is that of the spells at risk just after `since`, or,
    without `since`, just before the first event, and its sampling error is part of the standard error. Only events
    after `since` count. `followed` is the number of clusters whose state at that time is known. With fewer than two
    clusters there is no standard error; after the last event the curve stays level.
    Raises `InputError` for spells or times that cannot be used.
    """
    columns = from_frame(spells, states=states, cluster=cluster, weight=weight)
    return probabilities(columns, times, Setting(start, since, errors))


def length_of_stay(
    spells: pd.DataFrame,
    tau: float,
    *,
    states: Sequence[str] | None = None,
    start: Start = None,
    since: float | None = None,
    cluster: str | None = "customer_id",
    weight: str | None = None,
    errors: Errors = "jackknife",
) -> pd.DataFrame:
    """Expected time spent in each state from `since` (or 0) to `tau`: `tau, state, mean_time, std_error, lower, upper`.

    The 95 % interval is that of the share of the time, on the logit scale: the time lies between none and all of it,
    and the shorter it is, the more skewed its estimate.
    """
    columns = from_frame(spells, states=states, cluster=cluster, weight=weight)
    return stays(columns, tau, Setting(start, since, errors))


def probabilities(spells: SpellColumns, times: Sequence[float] | Floats, setting: Setting) -> pd.DataFrame:
    """`aalen_johansen` of spells that are columns of numbers already."""
    return _probabilities(spells, _arrays(spells, setting), times, setting)


def probabilities_and_time(
    spells: SpellColumns, times: Sequence[float] | Floats, setting: Setting, target: int, share: float
) -> tuple[pd.DataFrame, float]:
    """`probabilities`, and the first time at which that of the state at the place `target` reaches the share."""
    arrays = _arrays(spells, setting)
    return _probabilities(spells, arrays, times, setting), _share_time(spells, arrays, target, share, setting)


def _probabilities(
    spells: SpellColumns, arrays: SpellArrays, times: Sequence[float] | Floats, setting: Setting
) -> pd.DataFrame:
    wanted = _sorted_times(times)
    moments = _at_moments(spells, wanted)
    jumps, initial = _prepare(spells, arrays, setting, moments)
    chain = run_chain(jumps, initial, moments)
    find = jackknife_errors if setting.errors == "jackknife" else counted_errors
    errors = find(arrays, jumps, chain, initial)
    count = len(arrays.states)
    table = pd.DataFrame(
        {
            "time": np.repeat(wanted, count),
            "state": np.tile(np.array(arrays.states, dtype=object), len(wanted)),
            "probability": np.clip(chain.at, 0, 1).ravel(),
            "std_error": errors.ravel(),
        }
    )
    n = np.repeat(_followed(spells, wanted, setting.errors == "jackknife"), count)
    lower, upper = probability_interval(table["probability"], table["std_error"], n)
    given = np.full(len(table), setting.start is not None)
    certain = given & (table["time"] <= (setting.since or 0.0)).to_numpy()
    p = table["probability"].to_numpy()
    return table.assign(lower=np.where(certain, p, lower), upper=np.where(certain, p, upper), followed=n)


def stays(spells: SpellColumns, tau: float, setting: Setting) -> pd.DataFrame:
    """`length_of_stay` of spells that are columns of numbers already."""
    wanted, origin = _sorted_times([tau]), setting.since or 0.0
    if tau <= origin:
        raise InputError(f"the expected length of stay needs a time after {origin:g}; found {tau:g}.")
    arrays = _arrays(spells, setting)
    jumps, initial = _prepare(spells, arrays, setting, wanted)
    chain = run_chain(jumps, initial, wanted, stay_since=origin)
    find = jackknife_errors if setting.errors == "jackknife" else counted_errors
    errors = find(arrays, jumps, chain, initial)
    count = len(arrays.states)
    table = pd.DataFrame(
        {
            "tau": np.full(count, float(tau)),
            "state": np.array(arrays.states, dtype=object),
            "mean_time": chain.at[0, count:],
            "std_error": errors[0, count:],
        }
    )
    followed = _followed(spells, wanted, setting.errors == "jackknife")[0]
    whole = tau - origin
    lower, upper = probability_interval(table["mean_time"] / whole, table["std_error"] / whole, followed)
    return table.assign(lower=lower * whole, upper=upper * whole)


def time_to_share(
    spells: pd.DataFrame, target: str, share: float, *, start: Start = None, since: float | None = None
) -> float:
    """First time at which the probability of the absorbing state `target` reaches `share`; NaN where it never does."""
    columns = from_frame(spells, states=None, cluster=None, weight=None)
    if target not in columns.states:
        return float("nan")
    setting = Setting(start, since, "counts")
    return _share_time(columns, _arrays(columns, setting), columns.states.index(target), share, setting)


def _share_time(spells: SpellColumns, arrays: SpellArrays, target: int, share: float, setting: Setting) -> float:
    jumps, initial = _prepare(spells, arrays, setting, np.array([np.inf]))
    if initial[target] >= share - 1e-12:
        return setting.since or 0.0
    events, path = run_forward(jumps, initial)
    reached = np.flatnonzero(path[:, target] >= share - 1e-12)
    return float(events[reached[0]]) if len(reached) else float("nan")


def _arrays(spells: SpellColumns, setting: Setting) -> SpellArrays:
    """Spells on the grid of their moments."""
    by_content = setting.errors == "jackknife"
    return to_arrays(spells, mix=setting.start is None, since=setting.since, by_content=by_content)


def _prepare(spells: SpellColumns, arrays: SpellArrays, setting: Setting, times: Floats) -> tuple[Jumps, Floats]:
    """The jumps up to the last requested time, and the initial mix."""
    jumps = count_jumps(arrays, -np.inf if setting.since is None else setting.since, times[-1])
    if setting.start is not None:
        return jumps, _given_mix(setting.start, spells.states)
    if arrays.opening is None:
        return jumps, np.full(len(spells.states), np.nan)
    inside = arrays.weights * arrays.opening
    total = inside.sum()
    if total <= 0:
        when = "before the first move" if setting.since is None else f"at the origin {setting.since:g}"
        raise InputError(f"nobody with a weight above 0 is at risk {when}: give a start state, or another origin.")
    return jumps, np.bincount(arrays.origin, weights=inside, minlength=len(spells.states)) / total


def _given_mix(start: str | Mapping[str, float], states: tuple[str, ...]) -> Floats:
    shares = {start: 1.0} if isinstance(start, str) else dict(start)
    strange = sorted(set(shares) - set(states))
    if strange:
        raise InputError(f"start state(s) not among the stages: {', '.join(strange)}. Known: {', '.join(states)}.")
    mix = np.array([shares.get(state, 0.0) for state in states])
    if (mix < 0).any() or abs(mix.sum() - 1) > 1e-9:
        raise InputError(f"the shares of the start states must be 0 or more and sum to 1; they sum to {mix.sum():g}.")
    return mix


def _followed(spells: SpellColumns, times: Floats, by_cluster: bool) -> Integers:
    """Clusters whose state at each time is known: under observation, or moved earlier to a stage that nobody leaves.

    Without clusters it is the spells that are counted: a customer is in one spell at a time.
    """
    left = np.bincount(spells.origin, minlength=len(spells.states)) > 0
    final = (spells.target != NOWHERE) & ~left[spells.target]
    if spells.cluster is None or not by_cluster:
        return count_before(spells.start, times) - count_before(spells.stop[~final], times) + _at_start(spells, times)
    found = np.zeros(len(times), dtype=np.int64)
    for place, time in enumerate(times):
        known = (spells.start < time) & ((spells.stop >= time) | final)
        if time <= 0:
            known |= spells.start == time
        found[place] = (np.bincount(spells.cluster[known], minlength=spells.clusters) > 0).sum()
    return found


def _at_start(spells: SpellColumns, times: Floats) -> Integers:
    """Spells that begin at a time of 0 or less, which just before it nobody was in."""
    return np.array([int((spells.start == time).sum()) if time <= 0 else 0 for time in times.tolist()], dtype=np.int64)


def count_before(values: Floats, times: Floats) -> Integers:
    """How many of the values lie before each of the times, which are in order."""
    first_after = np.searchsorted(times, values, side="right")
    return np.cumsum(np.bincount(first_after, minlength=len(times) + 1))[: len(times)]


def _at_moments(spells: SpellColumns, times: Floats) -> Floats:
    """The requested times, each moved to the end of a spell that is the same moment in other decimals."""
    noise, near, stop = noise_of(spells.start, spells.stop), times.copy(), spells.stop
    before = np.searchsorted(times, stop, side="left") - 1
    while len(stop):
        close = (before >= 0) & (stop <= times[before] + noise)
        before, stop = before[close], stop[close]
        np.maximum.at(near, before, stop)
        before = before - 1
    return near


def _sorted_times(times: Sequence[float] | Floats) -> NDArray[np.float64]:
    wanted = np.unique(np.asarray(times, dtype=float))
    if not len(wanted) or not np.isfinite(wanted).all():
        raise InputError("the requested times must be one or more finite numbers.")
    return wanted
