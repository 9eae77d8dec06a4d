"""Classes that shade into one another are one segment.

A mixture takes columns to be independent within a class, but for its blocks. Where they are not, it spends several
classes on one crowd of customers (Hennig 2010; Baudry et al. 2010). Between two classes of one crowd there is no valley
(`valley.shading`), and joining them, the least apart first, ends at segments that are clearly apart. Cuts through a
continuum have no such end: however many are joined, what is left still shades into one another. Where no columns hang
together within the classes, nothing is joined, and it is a continuum only if every class shades into some other.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.segments.valley import shading

SHADES = 0.43
"""Valley over peak above which two classes shade into one another and are no two segments."""
CLEAR, BEYOND_DOUBT = 0.2, 0.12
"""What classes are joined to must be clearly apart at once, or beyond doubt after more joining; else, a continuum."""


@dataclass(frozen=True)
class Joined:
    """Segment of each class, and how far the two least separate segments shade into one another."""

    segment_of: np.ndarray
    shading: float

    @property
    def segments(self) -> int:
        """Number of segments."""
        return int(self.segment_of.max(initial=-1)) + 1

    def memberships(self, classes: np.ndarray) -> np.ndarray:
        """Customers x segments, of memberships in classes (customers x K)."""
        return classes @ np.eye(self.segments)[self.segment_of]


def separate(memberships: np.ndarray, tied: bool) -> Joined:
    """Classes as segments: joined where columns are `tied` within the classes, left alone where none are."""
    return join(memberships) if tied else left_alone(memberships)


def join(memberships: np.ndarray, segments: int | None = None) -> Joined:
    """Classes joined until every two segments are apart, or until there are as many `segments` as asked for.

    Unless asked for a number, classes that do not end at segments that are clearly apart, at least half as many as the
    classes and two or more, are left as they are.
    """
    classes = memberships.shape[1]
    first = _Joining(np.arange(classes), shading(memberships))
    if segments is not None:
        found = first
        while len(found.apart) > max(segments, 1):
            found = _joined_once(found, memberships)
        return found.told
    found = _joined_until(first, memberships, SHADES)
    if len(found.apart) < classes and found.told.shading > CLEAR:
        found = _joined_until(found, memberships, BEYOND_DOUBT)
    return found.told if len(found.apart) >= max(2, classes / 2) else first.told


def left_alone(memberships: np.ndarray) -> Joined:
    """Every class a segment. Told is how far the one that is most by itself shades into another.

    For classes within which no columns hang together: they may overlap, but each is one crowd by itself.
    """
    nearest = shading(memberships).max(axis=1, initial=0.0)
    return Joined(np.arange(memberships.shape[1]), float(nearest.min(initial=1.0)) if len(nearest) > 1 else 0.0)


@dataclass(frozen=True)
class _Joining:
    """A step on the way: segment of each class, and how far every two segments shade (`valley.shading`)."""

    segment_of: np.ndarray
    apart: np.ndarray

    @property
    def told(self) -> Joined:
        return Joined(self.segment_of, float(self.apart.max(initial=0.0)))


def _joined_until(found: _Joining, memberships: np.ndarray, shades: float) -> _Joining:
    while len(found.apart) > 1 and found.told.shading > shades:
        found = _joined_once(found, memberships)
    return found


def _joined_once(found: _Joining, memberships: np.ndarray) -> _Joining:
    a, b = sorted(int(i) for i in np.unravel_index(found.apart.argmax(), found.apart.shape))
    segment_of = np.where(found.segment_of == b, a, found.segment_of)
    segment_of = segment_of - (segment_of > b)
    return _Joining(segment_of, shading(Joined(segment_of, 0.0).memberships(memberships)))
