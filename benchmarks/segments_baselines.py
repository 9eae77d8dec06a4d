"""The usual ways to segment a mixed table, each with the number of segments unknown; -1 = in no segment."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import cross_val_predict
from sklearn.preprocessing import PowerTransformer

from benchmarks.segments_worlds import World
from pipeline.segments import latent_class
from pipeline.segments.categories import categorise

MOST = 9


def numbers(world: World, logs: bool) -> np.ndarray:
    """Number columns, gaps filled with the median, z-scored; with `logs`, skewed amounts on a log scale."""
    table = world.features.select_dtypes("number")
    filled = table.fillna(table.median())
    if logs:
        skewed = [c for c in filled if filled[c].min() >= 0 and filled[c].skew() > 1]
        filled = filled.assign(**{c: np.log1p(filled[c]) for c in skewed})
    values = filled.to_numpy(dtype=float)
    return (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), 1e-12)


def texts(world: World) -> pd.DataFrame:
    """Nominal columns, missing as a level."""
    return world.features.drop(columns="customer_id").select_dtypes("str").fillna("missing")


def one_hot(world: World, logs: bool) -> np.ndarray:
    """Z-scored numbers beside indicators of nominals."""
    return np.column_stack([numbers(world, logs), _indicators(world)])


def _indicators(world: World) -> np.ndarray:
    words = texts(world)
    return pd.get_dummies(words, dtype=float).to_numpy() if words.shape[1] else np.zeros((len(words), 0))


def _codes(world: World) -> np.ndarray:
    words = texts(world)
    return np.array([pd.factorize(words[c])[0] for c in words], dtype=int).reshape(-1, len(words)).T


def umap_hdbscan(world: World) -> np.ndarray:
    """Z-score + one-hot, UMAP in two dimensions, HDBSCAN."""
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _dense(UMAP(n_neighbors=30, min_dist=0.0, random_state=1, n_jobs=1).fit_transform(one_hot(world, False)))


def denseclus(world: World) -> np.ndarray:
    """As DenseClus does: a UMAP of power-transformed numbers and one of indicators (Dice), intersected; HDBSCAN."""
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        settings = {"n_neighbors": 30, "min_dist": 0.0, "random_state": 1, "n_jobs": 1}
        first = UMAP(**settings).fit(PowerTransformer().fit_transform(numbers(world, False)))
        words = _indicators(world)
        if words.shape[1] < 2:
            return _dense(first.embedding_)
        both = first * UMAP(metric="dice", **settings).fit(words)
        return _dense(np.nan_to_num(both.embedding_))


def _dense(points: np.ndarray) -> np.ndarray:
    from hdbscan import HDBSCAN

    return np.asarray(HDBSCAN(min_cluster_size=max(20, len(points) // 50)).fit_predict(points))


def k_means(world: World) -> np.ndarray:
    """K-means on logs, K by the silhouette."""
    points = one_hot(world, True)
    runs = [KMeans(k, n_init=5, random_state=0).fit_predict(points) for k in range(2, MOST + 1)]
    return max(runs, key=lambda labels: silhouette_score(points, labels, sample_size=1500, random_state=0))


def k_prototypes(world: World) -> np.ndarray:
    """Huang 1998, gamma half the mean spread of the numbers, K by the silhouette of the numbers and indicators."""
    points, codes = numbers(world, True), _codes(world)
    runs = [_prototypes(points, codes, k) for k in range(2, MOST + 1)]
    both = np.column_stack([points, 0.5 * _indicators(world)])
    return max(runs, key=lambda labels: silhouette_score(both, labels, sample_size=1500, random_state=0))


def _prototypes(points: np.ndarray, codes: np.ndarray, k: int) -> np.ndarray:
    best, least = np.zeros(len(points), dtype=int), np.inf
    for start in range(4):
        chosen = np.random.default_rng([k, start]).permutation(len(points))[:k]
        centres, modes, labels = points[chosen], codes[chosen], np.full(len(points), -1)
        for _ in range(40):
            cost = ((points[:, None] - centres) ** 2).sum(axis=2) + 0.5 * (codes[:, None] != modes).sum(axis=2)
            again = cost.argmin(axis=1)
            if (again == labels).all():
                break
            labels = again
            for c in np.unique(labels):
                centres[c] = points[labels == c].mean(axis=0)
                modes[c] = [np.bincount(column).argmax() for column in codes[labels == c].T]
        if cost.min(axis=1).sum() < least:
            best, least = labels, cost.min(axis=1).sum()
    return best


def gaussian_mixture(world: World) -> np.ndarray:
    """Gaussian mixtures on logs, full and diagonal, by BIC."""
    points = one_hot(world, True)
    fits = [
        GaussianMixture(k, covariance_type=kind, n_init=2, reg_covar=1e-3, random_state=0).fit(points)
        for k in range(1, MOST + 1)
        for kind in ("full", "diag")
    ]
    return min(fits, key=lambda f: f.bic(points)).predict(points)


def latent_classes(world: World) -> np.ndarray:
    """Latent class on columns cut into five categories, by BIC."""
    kinds = dict(zip(world.dictionary["column"], world.dictionary["kind"], strict=True))
    table = categorise(world.features[list(kinds)], kinds, 5)
    d = latent_class.design(table)
    best, top = np.zeros(len(world.truth), dtype=int), latent_class.log_likelihood_of_one_class(d) * 2
    for k in range(2, MOST + 1):
        fit = latent_class.fit(d, k, 10, np.random.default_rng(k))
        score = 2 * fit.log_likelihood - (k - 1) * (1 + (table.levels - 1).sum()) * np.log(len(world.truth))
        if score > top:
            best, top = fit.posterior.argmax(axis=1), score
    return best


def forest(world: World) -> np.ndarray:
    """Not a rival: a random forest that is told the truth of four fifths of the customers at a time."""
    columns = [numbers(world, False), _codes(world), world.features.isna()]
    points = np.column_stack([np.asarray(part, dtype=float) for part in columns])
    model = RandomForestClassifier(200, min_samples_leaf=2, random_state=0, n_jobs=1)
    return cross_val_predict(model, points, world.truth, cv=5) if len(set(world.truth)) > 1 else world.truth


BASELINES: dict[str, Callable[[World], np.ndarray]] = {
    "umap-hdbscan": umap_hdbscan,
    "denseclus": denseclus,
    "k-means": k_means,
    "k-prototypes": k_prototypes,
    "gaussian-mixture": gaussian_mixture,
    "latent-class": latent_classes,
    "forest": forest,
}
