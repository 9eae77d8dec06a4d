"""Which columns keep together within the classes."""

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from pipeline.segments.answers import Scores
from pipeline.segments.mixture import Blocks, residual_correlation

LEAST = 0.12
"""Mean correlation within the classes from which columns keep together."""
CHANCE = 4.0
"""Standard errors that a correlation within the classes must have as well."""


def tied_columns(s: Scores, memberships: np.ndarray) -> Blocks:
    """Groups of two or more columns by average linkage of their correlations within the classes."""
    if len(s.known) < 2:
        return ()
    likeness = np.abs(residual_correlation(s, memberships))
    least = max(LEAST, CHANCE / np.sqrt(max(len(memberships), 1)))
    apart = 1 - np.clip((likeness + likeness.T) / 2, 0, 1)
    np.fill_diagonal(apart, 0.0)
    groups = fcluster(linkage(squareform(apart, checks=False), "average"), 1 - least, "distance")
    found = [tuple(int(j) for j in np.flatnonzero(groups == g)) for g in np.unique(groups)]
    return tuple(sorted(block for block in found if len(block) > 1))
