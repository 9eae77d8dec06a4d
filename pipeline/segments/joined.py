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
CLEAR = 0.24
"""Where classes had to be joined, what is left must be clearly apart, or it is a continuum."""


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

    Unless asked for a number, classes that cannot be joined to two or more segments clearly apart are left as they are.
    """
    classes = memberships.shape[1]
    found = Joined(np.arange(classes), float(shading(memberships).max(initial=0.0)))
    separate = found
    while found.segments > 1 and (found.shading > SHADES if segments is None else found.segments > segments):
        found = _joined_once(found, memberships)
    kept = segments is not None or found is separate or (found.segments > 1 and found.shading <= CLEAR)
    return found if kept else separate


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
