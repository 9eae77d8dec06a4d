"""HDBSCAN on several UMAP layouts, and the consensus of their clusters by co-association (Fred and Jain 2005)."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_rand_score

from pipeline.segments.embed import neighbours, umap

MOST_DIMENSIONS = 5
TOGETHER = 0.5
"""Customers in one cluster in more than this share of the layouts belong together."""


@dataclass(frozen=True)
class Density:
    """Labels (-1 = none) and the mean adjusted Rand index between the layouts; None where there are none."""

    labels: np.ndarray
    agreement: float | None


def density_clusters(points: np.ndarray, least: int, count: int, layouts: int, seed: int) -> Density:
    """Clusters of at least `least` customers that most of `layouts` UMAP layouts agree on."""
    nearest = neighbours(points, points, count)
    dimensions = min(MOST_DIMENSIONS, points.shape[1])
    runs = [hdbscan(umap(points, dimensions, count, 1000 * seed + i, nearest), least) for i in range(layouts)]
    pairs = [adjusted_rand_score(a, b) for i, a in enumerate(runs) for b in runs[:i]]
    return Density(consensus(np.column_stack(runs), least), float(np.mean(pairs)) if pairs else 1.0)


def hdbscan(points: np.ndarray, least: int) -> np.ndarray:
    """Labels of HDBSCAN (excess of mass), -1 = in no cluster."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside the package
        from hdbscan import HDBSCAN

        return np.asarray(
            HDBSCAN(min_cluster_size=max(least, 2), min_samples=5, core_dist_n_jobs=1).fit_predict(points)
        )


def consensus(runs: np.ndarray, least: int) -> np.ndarray:
    """Average-linkage clusters of how often two customers share a cluster (`runs`: customers x layouts)."""
    patterns, pattern, counts = np.unique(runs, axis=0, return_inverse=True, return_counts=True)
    together = ((patterns[:, None, :] == patterns[None, :, :]) & (patterns[:, None, :] >= 0)).mean(axis=2)
    np.fill_diagonal(together, 1.0)
    groups = (
        fcluster(linkage(squareform(1 - together), "average"), 1 - TOGETHER, "distance")
        if len(patterns) > 1
        else np.ones(1, int)
    )
    nowhere = (patterns < 0).mean(axis=1) > TOGETHER
    sizes = np.bincount(groups, weights=np.where(nowhere, 0, counts))
    kept = [group for group in np.argsort(-sizes, kind="stable") if sizes[group] >= least]
    names = {int(group): position for position, group in enumerate(kept)}
    labels = np.array([-1 if out else names.get(int(group), -1) for group, out in zip(groups, nowhere, strict=True)])
    return labels[pattern.reshape(-1)]
