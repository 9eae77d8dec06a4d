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


def join(memberships: np.ndarray, segments: int | None = None) -> Joined:
    """Classes joined until every two segments are apart, or until there are as many `segments` as asked for.

    Unless asked for a number, classes that do not end at segments that are clearly apart, at least half as many as the
    classes and two or more, are left as they are.
    """
    classes = memberships.shape[1]
    separate = Joined(np.arange(classes), float(shading(memberships).max(initial=0.0)))
    if segments is not None:
        found = separate
        while found.segments > max(segments, 1):
            found = _joined_once(found, memberships)
        return found
    found = _joined_until(separate, memberships, SHADES)
    if found.segments < classes and found.shading > CLEAR:
        found = _joined_until(found, memberships, BEYOND_DOUBT)
    return found if found.segments >= max(2, classes / 2) else separate


def _joined_until(found: Joined, memberships: np.ndarray, shades: float) -> Joined:
    while found.segments > 1 and found.shading > shades:
        found = _joined_once(found, memberships)
    return found


def left_alone(memberships: np.ndarray) -> Joined:
    """Every class a segment. Told is how far the one that is most by itself shades into another.

    For classes within which no columns hang together: they may overlap, but each is one crowd by itself.
    """
    nearest = shading(memberships).max(axis=1, initial=0.0)
    return Joined(np.arange(memberships.shape[1]), float(nearest.min(initial=1.0)) if len(nearest) > 1 else 0.0)


def _joined_once(found: Joined, memberships: np.ndarray) -> Joined:
    apart = shading(found.memberships(memberships))
    a, b = sorted(int(i) for i in np.unravel_index(apart.argmax(), apart.shape))
    segment_of = np.where(found.segment_of == b, a, found.segment_of)
    segment_of = segment_of - (segment_of > b)
    again = Joined(segment_of, 0.0)
    return Joined(segment_of, float(shading(again.memberships(memberships)).max(initial=0.0)))
