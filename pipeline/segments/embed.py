"""UMAP of encoded customers, from exact neighbours (no approximate index to compile, the same on every run)."""

import warnings
from contextlib import suppress
from functools import cache

import numpy as np
from sklearn.neighbors import NearestNeighbors

LEAST_ROWS = 50
EPOCHS = 200


def neighbours(points: np.ndarray, others: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(positions, distances) of the `count` nearest of `points` to each of `others`, nearest first."""
    count = min(count, len(points))
    search = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(points)
    distances, positions = search.kneighbors(others)
    return positions, distances


def umap(
    points: np.ndarray, dimensions: int, count: int, seed: int, nearest: tuple[np.ndarray, np.ndarray] | None = None
) -> np.ndarray:
    """A layout of `points`; its principal axes where there are too few rows for neighbours to mean anything."""
    if len(points) < LEAST_ROWS or points.shape[1] < 2:
        return _pad(points[:, :dimensions], dimensions)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no TensorFlow; neighbours without a search index: neither is needed
        from umap import UMAP

        _keep_compiled()
        positions, distances = nearest or neighbours(points, points, count)
        layout = UMAP(
            n_components=dimensions,
            n_neighbors=positions.shape[1],
            min_dist=0.0,
            n_epochs=EPOCHS,
            random_state=seed,
            n_jobs=1,
            init="pca",
            precomputed_knn=(positions, distances.astype(np.float32)),
        )
        return np.asarray(layout.fit_transform(points.astype(np.float32)), dtype=float)


@cache
def _keep_compiled() -> None:
    """Let numba keep what it compiles of UMAP, as it keeps UMAP's smaller functions: each process is quicker by 10 s.

    They are kept beside the package, else in the user's cache; where neither can be written to, nothing changes.
    """
    from umap import layouts, umap_

    for module, name in (
        (umap_, "smooth_knn_dist"),
        (umap_, "compute_membership_strengths"),
        (layouts, "_nb_optimize_layout_euclidean_single_epoch"),
    ):
        with suppress(AttributeError, RuntimeError):
            getattr(module, name).enable_caching()


def vote(points: np.ndarray, labels: np.ndarray, others: np.ndarray, count: int = 15) -> np.ndarray:
    """Share of each label 0 … K-1 among the nearest of `points` (others x K); -1 takes its share away from all."""
    positions, _ = neighbours(points, others, count)
    near = labels[positions]
    return np.stack([(near == k).mean(axis=1) for k in range(int(labels.max(initial=-1)) + 1)], axis=1)


def _pad(points: np.ndarray, dimensions: int) -> np.ndarray:
    return np.column_stack([points, np.zeros((len(points), dimensions - points.shape[1]))])
