"""Which candidate is chosen, and what may be said of it.

The rule
1. Gates. A candidate needs two segments or more; each with at least `min_segment_share` of the customers; no more than
   half of the customers unassigned; more told than by a continuum (one class with its blocks, or a curve); and each
   segment must come back on subsamples (mean Jaccard >= `min_stability`).
2. Of those that pass, the one with the highest score: what it tells about all columns per customer, net of what it
   takes to name the segments (`candidates.yardstick`, the same for every family). Candidates are resampled in the
   order of their score; after the first that passes only those that might still win are. Of two scores within `TIE`
   the one with fewer segments wins.
3. The winner must beat null data without dependence (`null_test`) at 5 %. It must also be more than a cut through a
   continuum: beat null data with dependence but without groups at 5 %, by a share of at least `BEYOND` of its
   statistic, or have a valley between every two segments (`valley`). And no two segments may shade into one another:
   classes between which there is no valley are joined before, and where that does not end at segments that are clearly
   apart, they cut a continuum (`joined`).

Verdict: `natural` where the null data are beaten and every segment is valid (Jaccard >= .75); `reproducible` where they
are beaten and every segment comes back, but not every one is valid; `none` otherwise, and then nobody gets a segment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.segments import joined
from pipeline.segments.null_test import NullTest
from pipeline.segments.stability import VALID, Stability
from pipeline.segments.valley import APART

TIE = 10.0
"""Of BIC: below it the evidence for the larger model is not very strong (Kass and Raftery 1995)."""
BEYOND = 0.1
LEVEL = 0.05
MOST_UNASSIGNED = 0.5
CUSTOMERS_PER_COLUMN = 60
"""Below it, few customers speak for segments in so many columns (Dolnicar, Grün, Leisch and Schmidt 2014)."""


@dataclass(frozen=True)
class Candidate:
    """One solution on the customers it was fitted on; `labels` -1 = in no segment; `shading`: see `joined`;
    `classes` of its model, where it has more of them than segments."""

    name: str
    family: str
    segments: int
    labels: np.ndarray
    score: float
    stability: Stability | None = field(default=None)
    agreement: float | None = field(default=None)
    shading: float = 0.0
    classes: int = 0
    reason: str = ""

    @property
    def in_words(self) -> str:
        """What readers are told that it is, `name` being for tables.

        >>> Candidate("latent-class-9-joined-5", "latent class", 5, np.zeros(0), 6.2, classes=9).in_words
        'latent class with 9 classes joined into 5 segments'
        """
        joined = f"{self.classes} classes joined into " if self.classes > self.segments else ""
        return f"{self.family} with {joined}{self.segments} segments"

    @property
    def unassigned_share(self) -> float:
        """Share of the customers in no segment."""
        return float((self.labels < 0).mean()) if len(self.labels) else 1.0


def size_gate(candidate: Candidate, min_share: float) -> str | None:
    """Why the candidate cannot be used, before any resampling; None where it can."""
    if candidate.segments < 2:
        return "fewer than two segments"
    if candidate.unassigned_share > MOST_UNASSIGNED:
        return f"leaves {candidate.unassigned_share:.0%} of the customers in no segment"
    smallest = np.bincount(candidate.labels[candidate.labels >= 0], minlength=candidate.segments).min() / len(
        candidate.labels
    )
    if smallest == 0:
        return "one of its segments is empty"
    if smallest < min_share:
        found, asked = told_apart(float(smallest), min_share)
        return f"its smallest segment has {found} of the customers, less than {asked}"
    if candidate.score <= 0:
        return "tells no more about the customers than no segments at all"
    return None


def told_apart(one: float, other: float) -> tuple[str, str]:
    """Two shares as percent, the first to as many digits as tell it from the other, and from nothing.

    >>> told_apart(0.031, 0.04), told_apart(0.0396, 0.04), told_apart(0.0004, 0.025)
    (('3%', '4%'), ('3.96%', '4%'), ('0.04%', '2.5%'))
    """
    for decimals in range(6):
        text = f"{100 * one:.{decimals}f}"
        if float(text) > 0 and text != f"{100 * other:.{decimals}f}":
            break
    return f"{text}%", f"{100 * other:g}%"


def stability_gate(candidate: Candidate, min_stability: float) -> str | None:
    """Why the candidate is not stable enough; None where it is."""
    if candidate.stability is None:
        return "not resampled: four better ones of its family were not stable"
    weakest = candidate.stability.least
    return (
        None
        if weakest >= min_stability
        else f"a segment comes back with Jaccard {weakest:.2f} only, below {min_stability:.2f}"
    )


def winner(passed: Sequence[Candidate]) -> Candidate | None:
    """The highest score; of near-equal ones the one with the fewest segments."""
    if not passed:
        return None
    top = max(c.score for c in passed)
    close = [c for c in passed if (top - c.score) * len(c.labels) < TIE]
    return min(close, key=lambda c: (c.segments, -c.score))


def with_reasons(
    candidates: Sequence[Candidate], refusals: dict[str, str], chosen: Candidate | None
) -> list[Candidate]:
    """Every candidate with the reason why it was or was not chosen."""
    return [replace(c, reason=_reason(c, refusals, chosen)) for c in candidates]


def _reason(candidate: Candidate, refusals: dict[str, str], chosen: Candidate | None) -> str:
    if candidate.name in refusals:
        return refusals[candidate.name]
    if chosen is None:
        return "no candidate was accepted"
    if candidate.name == chosen.name:
        return "highest score of those that are stable and large enough"
    return "tells less per customer than the one chosen"


def verdict(chosen: Candidate | None, nulls: dict[str, NullTest], valley: float) -> str:
    """natural, reproducible or none; `valley`: of the pair of segments that is least apart (`valley`)."""
    if chosen is None or chosen.stability is None or nulls["independent"].p > LEVEL:
        return "none"
    if chosen.shading > joined.SHADES:
        return "none"
    cloud = nulls["continuum"]
    if valley > APART and (cloud.p > LEVEL or cloud.beyond < BEYOND):
        return "none"
    return "natural" if chosen.stability.least >= VALID else "reproducible"


def sentence(word: str, chosen: Candidate | None, nulls: dict[str, NullTest], refusal: str) -> str:
    """The verdict for readers."""
    if word == "none":
        return f"No segment structure: {_why_none(chosen, nulls, refusal)} Every customer is unassigned."
    assert chosen is not None and chosen.stability is not None
    n, weakest = chosen.segments, chosen.stability.least
    if word == "natural":
        return (
            f"{n} natural segments: each comes back when the analysis is repeated on parts of the customers "
            f"(stability of the weakest {weakest:.2f} of 1), and data without segments do not look like this."
        )
    return (
        f"{n} reproducible segments: data without segments do not look like this, but a segment changes when the "
        f"analysis is repeated on parts of the customers (stability of the weakest {weakest:.2f} of 1); read its "
        "borders with care."
    )


def _why_none(chosen: Candidate | None, nulls: dict[str, NullTest], refusal: str) -> str:
    if chosen is None:
        return refusal
    if nulls["independent"].p > LEVEL:
        return "columns that know nothing of each other would look the same."
    return "the customers form a continuum, and any cut through it would be arbitrary."


def few_customers(customers: int, carriers: int) -> str:
    """What to add to the verdict where few customers stand behind segments told by so many columns; else nothing.

    >>> few_customers(600, 10)
    ''
    """
    if customers >= CUSTOMERS_PER_COLUMN * carriers:
        return ""
    return (
        f"They rest on {customers:,} customers and {carriers:,} columns, fewer than {CUSTOMERS_PER_COLUMN} customers a "
        "column: see whether they come back in new data before relying on them."
    )
