"""Mixtures of 1 … max classes, their blocks of tied columns, and the columns that carry no segments weeded out.

For each number of classes EM starts from a latent class model of independent columns (many random starts, short runs
first: Biernacki, Celeux and Govaert 2003) and, on the way back down, from the next larger model with two of its
classes merged, so that classes spent on a block give way to the block's trait. After Dean and Raftery 2010, models are
compared on the columns that the best one needs, and the choice of columns and of the number of classes alternate.
"""

from dataclasses import dataclass
from functools import partial
from itertools import groupby

import numpy as np

from pipeline.core.progress import steps
from pipeline.core.workers import in_order
from pipeline.segments import answers, curve, latent_class, mixture
from pipeline.segments.answers import Scores
from pipeline.segments.blocks import tied_columns
from pipeline.segments.categories import Categories
from pipeline.segments.mixture import Blocks, Fit

ROUNDS = 3
SEARCH_STEPS, LONG_STEPS = 40, 150
FINE = 1e-7
"""Tolerance of the last run of EM."""
FALLING = 3
BLOCK_TRIALS = 5
MERGE_TRIALS = 2
YARDSTICK_STEPS = 0
BELOW, ABOVE = 2, 3
"""Numbers of classes around the best one that later rounds try."""


@dataclass(frozen=True)
class Sweep:
    """`fits[k]`: k classes on the columns `kept` (positions); of these, `carriers` depend on the class; `bent`: gain
    in BIC of one curve through the columns."""

    kept: np.ndarray
    carriers: np.ndarray
    fits: dict[int, Fit]
    bent: float = 0.0

    def gain(self, bic: float) -> float:
        """How much more a gain in BIC is than that of a continuum: one class with its blocks, or a curve."""
        return bic - max(self.fits[1].bic, self.bent)

    @property
    def pins(self) -> np.ndarray:
        """Whether each kept column answers alike in all classes."""
        return ~np.isin(self.kept, self.carriers)

    @property
    def best(self) -> int:
        """Classes of the model with the largest gain in BIC; 1 where none gains."""
        return max(self.fits, key=lambda k: (self.fits[k].bic, -k), default=1)


@dataclass(frozen=True)
class _Round:
    """What one round works on; `seed` and `starts` of the random starts."""

    scores: Scores
    design: latent_class.Design
    starts: int
    seed: int

    def first(self, classes: int) -> np.ndarray:
        """Memberships to start from."""
        if classes == 1:
            return np.ones((self.scores.customers, 1))
        rng = np.random.default_rng([self.seed, classes])
        return latent_class.fit(self.design, classes, self.starts, rng, finalists=1).posterior


def sweep(categories: Categories, most: int, starts: int, seed: int) -> Sweep:
    """Fit numbers of classes, drop the columns that the best one does not need, until nothing changes."""
    whole = answers.scores(categories)
    kept = carriers = np.arange(len(categories.names))
    result = Sweep(kept, carriers, {})
    most = min(most, len(categories.codes) // 2)
    numbers = list(range(1, most + 1))
    for _ in steps(range(ROUNDS), "classes and columns"):
        scores = answers.pinned(answers.take(whole, kept), ~np.isin(kept, carriers))
        work = _Round(scores, latent_class.design(categories.take(carriers)), starts, seed)
        result = Sweep(kept, carriers, _fits(work, numbers, result.fits))
        if result.best == 1:
            break
        needed, wanted = _needed(whole, result)
        if np.array_equal(needed, carriers) or len(needed) == 0:
            break
        around = range(max(2, result.best - BELOW), min(most, result.best + ABOVE) + 1)
        numbers = [1, *around]
        kept, carriers = wanted, needed
    found = [(f.posterior, f.blocks) for f in result.fits.values()]
    polished = in_order(partial(_fitted, scores, LONG_STEPS, FINE), found)
    bent = curve.gain(answers.take(whole, result.kept))
    return Sweep(result.kept, result.carriers, dict(zip(result.fits, polished, strict=True)), bent)


def refit(table: Categories, pins: np.ndarray, like: Fit, starts: int, seed: int, merge: bool = True) -> Fit:
    """A model like `like` fitted to other customers from scratch: as many classes, the same blocks.

    With `merge`, also from one class more, two of them merged: where classes are joined later, that is not needed.
    """
    scores = answers.pinned(answers.scores(table), pins)
    work = _Round(scores, latent_class.design(table.take(np.flatnonzero(~pins))), starts, seed)
    found = [mixture.fit(scores, work.first(like.classes), like.blocks, SEARCH_STEPS)]
    if like.blocks and merge:
        larger = mixture.fit(scores, work.first(like.classes + 1), like.blocks, SEARCH_STEPS)
        found += _merged(scores, larger, 1)
    return max(found, key=lambda f: f.bic)


def _needed(whole: Scores, s: Sweep) -> tuple[np.ndarray, np.ndarray]:
    """(columns that depend on the class, these and the columns in a block with one of them); any column may be back."""
    best = s.fits[s.best]
    blocks = tuple(tuple(int(s.kept[j]) for j in block) for block in best.blocks)
    needed = np.flatnonzero(mixture.fit(whole, best.posterior, blocks, 0).gains > 0)
    carrying = set(needed.tolist())
    beside = {j for block in blocks if carrying & set(block) for j in block}
    return needed, np.array(sorted(carrying | beside), dtype=int)


def _fits(work: _Round, numbers: list[int], earlier: dict[int, Fit]) -> dict[int, Fit]:
    """Numbers of classes upwards, 1 first, until more do not help; then downwards by merging."""
    fits = {1: _with_blocks(work.scores, _Start(work.first(1), {}), [])}
    more = [k for k in numbers if k > 1]
    firsts = [(k, first) for k in more for first in (None, *([earlier[k].posterior] if k in earlier else []))]
    begun = in_order(partial(_begun, work, fits[1].blocks), firsts)
    for k, starts in groupby(zip(firsts, begun, strict=True), key=lambda pair: pair[0][0]):
        known = [fits[j].blocks for j in (1, k - 1) if j in fits]
        fits[k] = max((_with_blocks(work.scores, start, known) for _, start in starts), key=lambda f: f.bic)
        if _falling([f.bic for f in fits.values()]):
            break
    begun.close()
    for k in sorted(fits, reverse=True)[1:]:
        if k > 1 and k + 1 in fits:
            fits[k] = max([fits[k], *_merged(work.scores, fits[k + 1])], key=lambda f: f.bic)
    return fits


@dataclass(frozen=True)
class _Start:
    """Memberships to start from, and what was fitted from there so far, by blocks."""

    first: np.ndarray
    fits: dict[Blocks, Fit]

    def fit(self, s: Scores, blocks: Blocks) -> Fit:
        if blocks not in self.fits:
            self.fits[blocks] = mixture.fit(s, self.first, blocks, SEARCH_STEPS)
        return self.fits[blocks]


def _begun(work: _Round, known: Blocks, item: tuple[int, np.ndarray | None]) -> _Start:
    """What `_with_blocks` will ask for unless one class less has new blocks: independent of the other numbers."""
    classes, first = item
    start = _Start(work.first(classes) if first is None else first, {})
    _with_blocks(work.scores, start, [known])
    return start


def _with_blocks(s: Scores, start: _Start, known: list[Blocks]) -> Fit:
    """The best of the model without blocks, those with the blocks `known`, and those with the blocks these leave."""
    best = start.fit(s, ())
    queue: list[Blocks] = [tied_columns(s, best.posterior), *known]
    tried: set[Blocks] = {()}
    while queue and len(tried) <= BLOCK_TRIALS:
        blocks = queue.pop(0)
        if blocks in tried:
            continue
        tried.add(blocks)
        found = start.fit(s, blocks)
        if found.bic > best.bic:
            best = found
            queue.append(tied_columns(s, found.posterior))
    return best


def _merged(s: Scores, larger: Fit, trials: int = MERGE_TRIALS) -> list[Fit]:
    """Models of one class less that start from `larger` with two of its classes put together."""
    overlap = larger.posterior.T @ larger.posterior
    sizes = larger.posterior.sum(axis=0)
    overlap = np.triu(overlap / np.sqrt(np.outer(sizes, sizes)), 1)
    starts: list[tuple[np.ndarray, Blocks]] = []
    for pair in np.argsort(-overlap, axis=None, kind="stable")[:trials]:
        a, b = np.unravel_index(pair, overlap.shape)
        if a < b:
            first = np.delete(larger.posterior, b, axis=1)
            first[:, a] += larger.posterior[:, b]
            blocks = {larger.blocks, tied_columns(s, first)} if trials > 1 else {larger.blocks}
            starts += [(first, tied) for tied in sorted(blocks)]
    return list(in_order(partial(_fitted, s, SEARCH_STEPS, mixture.TOLERANCE), starts))


def _fitted(s: Scores, most: int, tolerance: float, start: tuple[np.ndarray, Blocks]) -> Fit:
    first, blocks = start
    return mixture.fit(s, first, blocks, most, tolerance)


def _falling(gains: list[float]) -> bool:
    """Whether the last `FALLING` steps each made it worse: more classes will not help."""
    return len(gains) > FALLING and all(b < a for a, b in zip(gains[-FALLING - 1 :], gains[-FALLING:], strict=False))
