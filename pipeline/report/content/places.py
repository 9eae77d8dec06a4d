"""Points of a picture that lie on one another, laid side by side."""

from math import pi

import numpy as np
import pandas as pd

AREA = 0.2
"""Of the picture, for all points if they lay at one place."""
GOLDEN_ANGLE = pi * (3 - 5**0.5)
DECIMALS = 6
"""Places that differ by less are one: no screen would show it."""
TELLING = 0.5
"""Share of points that share their place with others from which a picture says that they were moved."""


def side_by_side(points: pd.DataFrame, width: float, height: float) -> tuple[pd.DataFrame, bool]:
    """`points` with those of one place (x, y) as a disc around it, and whether that is how most of them are shown.

    The k-th of a place lies on a sunflower's spiral (Vogel 1979), so that a disc's area tells how many are in it. A
    point that is alone stays. `width` and `height` are the picture's; the order of the rows decides who is innermost.
    """
    if points.empty:
        return points, False
    place = [points[axis].round(DECIMALS) for axis in ("x", "y")]
    order = points.groupby(place, sort=False).cumcount().to_numpy()
    many = points.groupby(place, sort=False)["x"].transform("size").to_numpy()
    radius = np.sqrt(AREA * width * height / (pi * len(points)) * order)
    spans = [np.ptp(points[axis]) or 1.0 for axis in ("x", "y")]
    moved = points.assign(
        x=points["x"] + radius * np.cos(order * GOLDEN_ANGLE) * spans[0] / width,
        y=points["y"] + radius * np.sin(order * GOLDEN_ANGLE) * spans[1] / height,
    )
    return moved, bool((many > 1).mean() >= TELLING)
