"""What a partition tells about the columns: the one yardstick for solutions of every family, and for every column.

For a column j with L_j categories, known for n_j customers, and a partition into G groups (hard or soft),

    gain_j = 2 Σ_gl n_gl log( (n_gl / n_g.) / (n_.l / n_j) ) - (G-1)(L_j-1) log n_j

is the gain in BIC of letting the column depend on the group. A column with gain_j > 0 carries the partition.
"""

import numpy as np

from pipeline.segments.latent_class import Design


def column_gains(d: Design, memberships: np.ndarray) -> np.ndarray:
    """gain_j of each column; `memberships` is customers x G with rows that sum to 1."""
    counts = (memberships.astype(np.float32).T @ d.indicators).astype(np.float64)
    edges = d.starts[:-1]
    by_group = np.repeat(np.add.reduceat(counts, edges, axis=1), np.diff(d.starts), axis=1)
    by_level = counts.sum(axis=0)
    by_column = np.repeat(np.add.reduceat(by_level, edges), np.diff(d.starts))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(counts > 0, np.log(counts / by_group) - np.log(by_level / by_column), 0.0)
    told = 2 * np.add.reduceat((counts * ratio).sum(axis=0), edges)
    return told - (memberships.shape[1] - 1) * (np.diff(d.starts) - 1) * np.log(np.maximum(d.known, 2))


def yardstick(d: Design, labels: np.ndarray) -> float:
    """Gain of the whole partition per customer, net of naming everybody's group; the unassigned are a group.

    Σ_j max(gain_j, 0) less 2 n H(labels): the integrated classification likelihood (Biernacki, Celeux and Govaert
    2000) against one group, each column either carrying the partition or not.
    """
    groups, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    n = len(labels)
    if len(groups) < 2:
        return 0.0
    entropy = -2 * float((sizes * np.log(sizes / n)).sum())
    gains = column_gains(d, np.eye(len(groups))[codes])
    return (float(np.maximum(gains, 0).sum()) - entropy - (len(groups) - 1) * float(np.log(n))) / n
