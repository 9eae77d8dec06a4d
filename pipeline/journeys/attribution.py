"""Credit for conversions by channel from paths: first, last, linear, and the removal effect of a Markov chain.

The chain has the start, the channels, conversion and "none" (Anderl et al. 2016, Int J Res Mark 33:457); the removal
effect of a channel is the share of conversions lost when every step into it leads to "none" instead. Steps from a
channel to itself change nothing in it, so that contacts in a row by one channel count as one. All four are sums over
customers, of which the bootstrap draws with replacement.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from pipeline.journeys.spell_columns import Flags, Floats, Integers

MODELS = ("first", "last", "linear", "removal")


@dataclass(frozen=True)
class Paths:
    """Runs of contacts by one channel, in order within each path: `path` and `channel` of each run, both numbered.

    One value per path: `converted`, and `customer`, numbered. Paths without a run must not be in it.
    """

    path: Integers
    channel: Integers
    converted: Flags
    customer: Integers
    channels: int


@dataclass(frozen=True)
class Credit:
    """Shares of conversions (models, channels) and removal effects (channels); missing without conversions."""

    share: Floats
    effect: Floats


def credit(paths: Paths) -> Credit:
    """The figures of the paths themselves."""
    share, effect = _credited(np.asarray(_sums(paths).sum(axis=0))[None, :], paths.channels)
    return Credit(share[0], effect[0])


def resampled(paths: Paths, seed: int, times: int) -> Credit:
    """The same with a leading axis: each of `times` samples of customers, drawn with replacement."""
    by_customer = _sums(paths).toarray()
    # Drawn by what customers did, not by what they are called or where their rows stand.
    by_customer = by_customer[np.lexsort(np.round(by_customer, 9).T[::-1])]
    rng = np.random.default_rng(seed)
    size = by_customer.shape[0]
    totals = np.empty((times, by_customer.shape[1]))
    for draw in range(times):
        drawn = np.bincount(rng.integers(size, size=size), minlength=size).astype(float)
        totals[draw] = drawn @ by_customer
    return Credit(*_credited(totals, paths.channels))


def _sums(paths: Paths) -> csr_array:
    """Per customer: steps of the chain ((channels + 1) x (channels + 2)), then first, last and linear credit."""
    k, runs = paths.channels, len(paths.path)
    first = np.diff(paths.path, prepend=-1) != 0
    last = np.append(first[1:], True)[:runs]
    length = np.bincount(paths.path, minlength=len(paths.converted))
    won = paths.converted[paths.path]
    # States: 0 the start, 1 … k the channels; targets: 0 … k-1 the channels, k conversion, k + 1 none.
    before = np.where(first, 0, np.roll(paths.channel, 1) + 1) if runs else paths.channel
    into = before * (k + 2) + paths.channel
    out = (paths.channel[last] + 1) * (k + 2) + np.where(won[last], k, k + 1)
    chain = (k + 1) * (k + 2)
    column = [into, out, *(chain + place * k + paths.channel for place in range(3))]
    value = [np.ones(runs), np.ones(int(last.sum())), won & first, won & last, won / length[paths.path]]
    row = paths.customer[paths.path]
    rows = [row, row[last], row, row, row]
    size = int(paths.customer.max()) + 1 if len(paths.customer) else 0
    joined = (np.concatenate(value).astype(float), (np.concatenate(rows), np.concatenate(column)))
    return csr_array(joined, shape=(size, chain + 3 * k))


def _credited(totals: Floats, k: int) -> tuple[Floats, Floats]:
    chain = totals[:, : (k + 1) * (k + 2)].reshape(-1, k + 1, k + 2)
    given = totals[:, (k + 1) * (k + 2) :].reshape(-1, 3, k)
    effect = _removal_effects(chain)
    weights = np.concatenate([given, effect[:, None, :]], axis=1)
    whole = weights.sum(axis=2, keepdims=True)
    return np.divide(weights, whole, out=np.full(weights.shape, np.nan), where=whole > 0), effect


def _removal_effects(steps: Floats) -> Floats:
    """Of each sample (samples, states, targets) the effect of taking each channel out (samples, channels)."""
    leaving = steps.sum(axis=2, keepdims=True)
    p = np.divide(steps, leaving, out=np.zeros(steps.shape), where=leaving > 0)
    k = steps.shape[1] - 1
    whole = _conversion(p)
    effect = np.full((len(steps), k), np.nan)
    for channel in range(k):
        without = p.copy()
        without[:, :, channel] = 0.0
        kept = np.divide(_conversion(without), whole, out=np.full(len(steps), np.nan), where=whole > 0)
        effect[:, channel] = 1 - kept
    return effect


def _conversion(p: Floats) -> Floats:
    """Chance to convert from the start: p = r + Q p, with Q the steps among the channels."""
    k = p.shape[1] - 1
    inner = np.eye(k) - p[:, 1:, :k]
    from_channels = np.linalg.solve(inner, p[:, 1:, k, None])[:, :, 0] if k else np.zeros((len(p), 0))
    return np.asarray(p[:, 0, k] + (p[:, 0, :k] * from_channels).sum(axis=1))
