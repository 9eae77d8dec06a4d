"""A chain of constant rates per day up to conversion, fitted to stays, and to samples of customers drawn from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.journeys.spell_columns import Floats
from pipeline.journeys.stages import MICROSECONDS_PER_DAY

_TERMS = 11


@dataclass(frozen=True)
class Totals:
    """Of each sample (first the data as they are): moves (samples, states, states), days at risk and first stages
    (samples, states), sum and number of journeys with a known value (samples).
    """

    moves: Floats
    days: Floats
    begun: Floats
    value: Floats
    valued: Floats


def before_target(stays: pd.DataFrame, ladder: list[str], states: Sequence[str], window_days: float) -> pd.DataFrame:
    """Stays up to the first arrival at the target or beyond; whatever lies beyond is the target.

    Stages that lie before the target but are entered after it belong to the time after conversion. Only the first
    `window_days` since the origin count, as rates seldom stay the same for longer than anybody looks.
    """
    target = states[-1]
    beyond = dict.fromkeys(ladder[ladder.index(target) :], target)
    table = stays.sort_values(["case_id", "began"], kind="stable")
    stage, to = table["stage"].replace(beyond), table["to"].replace(beyond)
    there = (stage == target).groupby(table["case_id"]).cummax()
    first = ~table["case_id"].duplicated()
    since = (table["began"] - table.groupby("case_id")["began"].transform("min")) / MICROSECONDS_PER_DAY
    kept = table.assign(stage=stage, to=to, first=first, since=since)[(~there | first).to_numpy()]
    seen = (window_days - kept["since"].to_numpy(dtype=float)).clip(min=0.0)
    within = kept["days"].to_numpy(dtype=float) <= seen
    kept = kept.assign(days=np.minimum(kept["days"], seen), to=kept["to"].where(within))
    return kept[["case_id", "customer_id", "persona", "stage", "to", "days", "first"]]


def totals(part: pd.DataFrame, states: Sequence[str], rng: np.random.Generator, resamples: int) -> Totals:
    """Sums over customers of `before_target` with `value`, of the data and of `resamples` draws with replacement."""
    place = {state: i for i, state in enumerate(states)}
    s = len(states)
    customer, names = pd.factorize(part["customer_id"], sort=True)
    stage, to = part["stage"].map(place).to_numpy(), part["to"].map(place).fillna(-1).to_numpy(dtype=int)
    first, valued = part["first"].to_numpy(dtype=bool), part["value"].notna().to_numpy() & part["first"].to_numpy(bool)
    sums = np.zeros((len(names), s * s + 2 * s + 2))
    moved = to >= 0
    np.add.at(sums, (customer[moved], stage[moved] * s + to[moved]), 1.0)
    np.add.at(sums, (customer, s * s + stage), part["days"].to_numpy(dtype=float))
    np.add.at(sums, (customer[first], s * s + s + stage[first]), 1.0)
    np.add.at(sums, (customer[valued], s * s + 2 * s), part["value"].to_numpy(dtype=float)[valued])
    np.add.at(sums, (customer[valued], s * s + 2 * s + 1), 1.0)
    # Drawn by what customers did, not by what they are called or where their rows stand.
    sums = sums[np.lexsort(np.round(sums, 9).T[::-1])]
    drawn = [sums.sum(axis=0)]
    for _ in range(resamples):
        drawn.append(np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names)) @ sums)
    t = np.array(drawn)
    return Totals(
        t[:, : s * s].reshape(-1, s, s), t[:, s * s : s * s + s], t[:, s * s + s : s * s + 2 * s], t[:, -2], t[:, -1]
    )


def reach(rates: Floats, mix: Floats, days: float) -> Floats:
    """Chance to be in the last state within `days`, from shares `mix` of first states (…, states); `rates` per day.

    >>> reach(np.array([[0.0, np.log(2)], [0.0, 0.0]]), np.array([1.0, 0.0]), 1.0).round(6)
    np.float64(0.5)
    """
    q = rates.copy()
    np.einsum("...ii->...i", q)[...] = 0.0
    q[..., -1, :] = 0.0
    np.einsum("...ii->...i", q)[...] = -q.sum(axis=-1)
    return np.asarray((mix * _exponentials(q * days)[..., :, -1]).sum(axis=-1))


def _exponentials(matrices: Floats) -> Floats:
    """exp of each of many small matrices at once, by Taylor's series of a 2^k-th part, squared k times.

    The series ends where it adds less than 10^-14; `scipy.linalg.expm` takes them one by one.
    """
    norm = float(np.abs(matrices).sum(axis=-1).max(initial=0.0))
    halvings = max(0, int(np.ceil(np.log2(norm))) + 2) if norm > 0 else 0
    part = matrices / 2.0**halvings
    found = term = np.broadcast_to(np.eye(matrices.shape[-1]), matrices.shape)
    for power in range(1, _TERMS + 1):
        term = np.einsum("...ij,...jk->...ik", term, part) / power
        found = found + term
    for _ in range(halvings):
        found = np.einsum("...ij,...jk->...ik", found, found)
    return np.asarray(found)


def chance(rates: Floats, move: tuple[int, int], days: float) -> float:
    """Chance that a stay ends in this move within `days`, competing moves included; `rates` (states, states)."""
    leaving = float(rates[move[0]].sum() - rates[move[0], move[0]])
    return float(rates[move] / leaving * -np.expm1(-leaving * days)) if leaving > 0 else 0.0


def divided(over: Floats, under: Floats) -> Floats:
    """Ratio; 0 where there is nothing below."""
    over, under = np.broadcast_arrays(over, under)
    return np.divide(over, under, out=np.zeros(over.shape), where=under > 0)
