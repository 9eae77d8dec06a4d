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
    """One value per requested time and column of the chain, from counts; missing with fewer than two spells.

    The covariance is carried from block to block of the chain: any number of times costs no more than one.
    """
    errors = np.full(chain.at.shape, np.nan)
    if len(spells.origin) < 2:
        return errors
    size = chain.at.shape[1]
    noise = _noise_of_blocks(spells, jumps, chain)
    variance = np.zeros((size, size))
    if spells.opening is not None:
        shift = _mix_shift(spells, initial, chain.opening)
        variance = shift.T @ (_opening_squares(spells)[:, None] * shift)
    done = 0
    for time, until in enumerate(chain.until.tolist()):
        for block in range(done, until):
            variance = chain.whole[block].T @ variance @ chain.whole[block] + noise[block]
        done = until
        errors[time] = np.sqrt(np.maximum(np.diag(variance), 0))
    return errors


def _noise_of_blocks(spells: SpellArrays, jumps: Jumps, chain: Chain) -> Floats:
    """Covariance (blocks, m, m) that the increments of each block add, as seen at the block's end.

    Of the increments out of one stage at one moment: Σ q (a a' - a b' - b a') + r b b', with a the effect of a move,
    b the mean effect of those at risk, q and r the squared weights of the movers and of those at risk over the squared
    weight at risk. Without weights it is the multinomial covariance.
    """
    at_risk = jumps.at_risk
    moved_squares, risk_squares = jumps.moved, at_risk
    if spells.weight is not None:
        squares = np.square(spells.weight)
        movers, own = own_jump(spells, jumps)
        moved_squares = np.bincount(own, weights=squares[movers], minlength=len(at_risk)).astype(float)
        risk_squares = weight_at_risk(spells, jumps.origin, jumps.place, squares)
    scale = 1 / np.where(at_risk > 0, at_risk, 1.0) ** 2
    order = chain.order
    q, effect = (moved_squares * scale)[order], chain.ahead * chain.before[:, None]
    fresh = (np.diff(jumps.place[order], prepend=-1) != 0) | (np.diff(jumps.origin[order], prepend=-1) != 0)
    first, row = np.flatnonzero(fresh), np.cumsum(fresh) - 1
    noise = np.zeros((len(chain.whole), effect.shape[1], effect.shape[1]))
    if not len(first):
        return noise
    mean = np.add.reduceat(effect * jumps.rate[order, None], first, axis=0)
    r, means = (risk_squares * scale)[order][first], mean[row]
    ends = np.searchsorted(chain.block, np.arange(len(noise) + 1))
    row_ends = np.searchsorted(chain.block[first], np.arange(len(noise) + 1))
    for block in range(len(noise)):
        part, rows = slice(ends[block], ends[block + 1]), slice(row_ends[block], row_ends[block + 1])
        a, b, weighted = effect[part], means[part], effect[part] * q[part, None]
        crossed = weighted.T @ b
        noise[block] = weighted.T @ a - crossed - crossed.T + (mean[rows] * r[rows, None]).T @ mean[rows]
    return noise


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


def _opening_squares(spells: SpellArrays) -> Floats:
    """Sum of the squared weights of the opening spells per state."""
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
    # Sorted, so that the last digit does not depend on the order of the ids; zeros come first without being sorted.
    squares = np.square(summed)
    ordered, some = np.zeros(len(squares)), squares[squares != 0]
    ordered[len(squares) - len(some) :] = np.sort(some)
    return float(np.sqrt(ordered.sum()))
