"""Standard errors of a chain's estimates: by the infinitesimal jackknife, or from counts alone.

Jackknife: V = Σ_c (Σ_{i in c} w_i U_i)², U_i = ∂p/∂w_i, c the clusters (T. Therneau, vignette of R package `survival`;
Efron's infinitesimal jackknife). U_i has three parts: the customer's own moves, the time spent at risk, and the share
in the initial mix where that is estimated. It needs no Markov property and knows that a customer's spells belong
together.

Counts: the multinomial error of each increment, as Greenwood's formula has it and Aalen & Johansen (1978, Scand J Stat
5:141) generalise it, plus the multinomial error of the initial mix. Exact for one spell per customer; it takes the
spells of a customer for those of strangers, which is right where the process is Markov. Cost: none per spell.
"""

import numpy as np

from pipeline.journeys.chain import Chain
from pipeline.journeys.risksets import Jumps, SpellArrays, own_jump, weight_at_risk
from pipeline.journeys.spell_columns import Floats, Integers


def jackknife_errors(spells: SpellArrays, jumps: Jumps, chain: Chain, initial: Floats) -> Floats:
    """One value per requested time and column of the chain; missing with fewer than two clusters."""
    errors = np.full(chain.at.shape, np.nan)
    if spells.clusters < 2:
        return errors
    reach = _Reach(spells, jumps)
    for time in range(len(errors)):
        by_rate, by_mix = chain.derivatives(time)
        by_move = by_rate / np.where(jumps.at_risk > 0, jumps.at_risk, 1.0)[:, None]
        shift = None if spells.opening is None else _mix_shift(spells, initial, by_mix)
        for column in range(chain.at.shape[1]):
            influence = reach.influence(by_move[:, column], jumps.rate)
            if shift is not None:
                influence[spells.opening] += shift[spells.origin[spells.opening], column]
            errors[time, column] = _root_of_squares(spells, influence)
    return errors


def counted_errors(spells: SpellArrays, jumps: Jumps, chain: Chain, initial: Floats) -> Floats:
    """One value per requested time and column of the chain, from counts; missing with fewer than two spells."""
    errors = np.full(chain.at.shape, np.nan)
    if len(spells.origin) < 2:
        return errors
    squares: Floats | None = None if spells.weight is None else np.square(spells.weight)
    out_of = jumps.origin * len(spells.moments) + jumps.place
    row = np.cumsum(np.diff(out_of, prepend=-1) != 0) - 1
    moments = int(row[-1]) + 1 if len(row) else 0
    at_risk = jumps.at_risk
    if squares is None:
        moved_squares, risk_squares = jumps.moved, at_risk
    else:
        movers, own = own_jump(spells, jumps)
        moved_squares = np.bincount(own, weights=squares[movers], minlength=len(at_risk)).astype(float)
        risk_squares = weight_at_risk(spells, jumps.origin, jumps.place, squares)
    scale = 1 / np.where(at_risk > 0, at_risk, 1.0) ** 2
    risk_part = np.zeros(moments)
    risk_part[row] = risk_squares * scale
    opening = _opening_squares(spells)
    for time in range(len(errors)):
        by_rate, by_mix = chain.derivatives(time)
        mix = np.zeros(len(by_mix.T)) if opening is None else opening @ _mix_shift(spells, initial, by_mix) ** 2
        for column in range(chain.at.shape[1]):
            gain = by_rate[:, column]
            mean = np.bincount(row, weights=gain * jumps.rate, minlength=moments)
            spread = (moved_squares * scale * ((gain - mean[row]) ** 2 - mean[row] ** 2)).sum()
            errors[time, column] = np.sqrt(max(spread + (risk_part * mean**2).sum() + mix[column], 0.0))
    return errors


class _Reach:
    """For each spell, the jumps it was at risk of and the one that ended it: the same for every requested time."""

    def __init__(self, spells: SpellArrays, jumps: Jumps) -> None:
        moments = len(spells.moments)
        cells = moments * len(spells.states)
        upto = np.zeros(cells + 1, dtype=np.int64)
        upto[1:] = np.cumsum(np.bincount(jumps.origin * moments + jumps.place, minlength=cells))
        base = spells.origin * moments
        self.first: Integers = upto[base + spells.start]
        self.last: Integers = upto[base + spells.stop]
        self.movers, self.own = own_jump(spells, jumps)

    def influence(self, by_move: Floats, rate: Floats) -> Floats:
        """Derivative by the weight of each spell, through its own move and its time at risk."""
        at_risk = np.zeros(len(by_move) + 1)
        at_risk[1:] = np.cumsum(by_move * rate)
        influence: Floats = at_risk.take(self.first)
        influence -= at_risk.take(self.last)
        influence[self.movers] += by_move.take(self.own)
        return influence


def _mix_shift(spells: SpellArrays, initial: Floats, by_mix: Floats) -> Floats:
    """Derivative by the weight of a spell that is part of the initial mix, per state and column."""
    shift: Floats = (np.eye(len(initial)) - initial) @ by_mix / _opening_weight(spells)
    return shift


def _opening_squares(spells: SpellArrays) -> Floats | None:
    """Sum of the squared weights of the opening spells per state."""
    if spells.opening is None:
        return None
    weights = np.square(spells.weights[spells.opening])
    return np.bincount(spells.origin[spells.opening], weights=weights, minlength=len(spells.states)).astype(float)


def _opening_weight(spells: SpellArrays) -> float:
    return float(spells.weights[spells.opening].sum())


def _root_of_squares(spells: SpellArrays, influence: Floats) -> float:
    if spells.weight is not None:
        influence *= spells.weight
    summed: Floats = influence
    if spells.cluster is not None:
        summed = np.bincount(spells.cluster, weights=influence, minlength=spells.clusters).astype(float)
    # Sorted, so that the last digit does not depend on the order of the ids.
    return float(np.sqrt(np.sort(np.square(summed)).sum()))
