"""How far apart the segments are, for pictures: how often customers meet again, and silhouettes. No customer in it."""

import numpy as np
import pandas as pd

from pipeline.segments.schema import CONSENSUS, SILHOUETTE
from pipeline.segments.stability import Stability

MOST_STEPS, LEAST_PER_STEP = 19, 10
"""Quantiles of silhouettes per segment, each step of which stands for ten customers or more."""


def consensus_table(stability: Stability | None, order: np.ndarray) -> pd.DataFrame:
    """`schema.CONSENSUS`; `order`: position in the candidate of segment 0, 1, …."""
    if stability is None or not len(order):
        return CONSENSUS.empty()
    together = stability.together[np.ix_(order, order)]
    segment, other = np.indices(together.shape).reshape(2, -1)
    return pd.DataFrame({"segment": segment, "other": other, "together": together.reshape(-1).round(6)})


def silhouette_table(points: np.ndarray, labels: np.ndarray | None) -> pd.DataFrame:
    """`schema.SILHOUETTE` of customers (rows of `points`) in the segments `labels`, if any; -1 takes no part."""
    if labels is None:
        return SILHOUETTE.empty()
    inside = np.flatnonzero(labels >= 0)
    segments = np.unique(labels[inside])
    if len(segments) < 2 or points.shape[1] == 0 or len(inside) <= len(segments):
        return SILHOUETTE.empty()
    from sklearn.metrics import silhouette_samples

    widths = silhouette_samples(points[inside], labels[inside])
    return pd.concat([_quantiles(int(k), widths[labels[inside] == k]) for k in segments], ignore_index=True)


def _quantiles(segment: int, widths: np.ndarray) -> pd.DataFrame:
    steps = min(MOST_STEPS, len(widths) // LEAST_PER_STEP - 1)
    shares = np.arange(1, steps + 1) / (steps + 1)
    found = np.quantile(widths, shares) if steps > 0 else np.zeros(0)
    return pd.DataFrame({"segment": segment, "share": shares.round(6), "silhouette": found.round(6)})
