"""Themes in free texts: TF-IDF and non-negative matrix factorisation, as many as come back when texts are left out.

Lee and Seung 1999 for the factorisation, started from the singular vectors (Boutsidis and Gallopoulos 2008), hence
without chance. The number of themes: Greene, O'Callaghan and Cunningham 2014, How many topics? - a theme is stable if
its words come back in the same theme when a part of the texts is left out.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from pipeline.personas.theme_words import words_of

Numbers = NDArray[np.float64]
NO_THEME = -1
LABEL_WORDS = 4
COMPARED_WORDS = 10
KEPT_SHARE = 0.8
MOST_WORDS = 5000
FEWEST_TEXTS_OF_A_WORD = 2
LEAST_FIT = 0.2
"""Cosine of a text with its theme below which the text has no theme."""


@dataclass(frozen=True)
class ThemeRules:
    """`least_texts`: below it no themes are sought; `fit_texts`: at most so many are looked at to find them."""

    least_texts: int
    most_themes: int
    resamples: int
    min_stability: float
    fit_texts: int
    seed: int


@dataclass(frozen=True)
class Themes:
    """`labels`: the words of each theme; `stability`: 0 to 1; `of_text`: theme of each text or `NO_THEME`.

    `centrality`: how near each text is to the middle of its theme, 0 to 1. Themes are ordered by how many texts have
    them.
    """

    labels: tuple[str, ...]
    stability: tuple[float, ...]
    of_text: NDArray[np.int64]
    centrality: Numbers


def find_themes(texts: pd.Series, language: str, rules: ThemeRules) -> Themes | None:
    """Themes of the texts, None where there are fewer than `least_texts` with words or nothing comes back.

    Equal texts have equal themes, and neither order nor ids of texts matter: they are sorted and counted first.
    """
    distinct, where, counts = np.unique(texts.to_numpy(dtype="object"), return_inverse=True, return_counts=True)
    matrix, words = _weighed([str(text) for text in distinct], counts, language)
    spoken = np.flatnonzero(matrix.getnnz(axis=1))
    if counts[spoken].sum() < rules.least_texts or len(spoken) < 4:
        return None
    looked_at = _looked_at(spoken, rules)
    # One thread: small products gain nothing from more, and sums must not depend on the number of cores.
    with threadpool_limits(limits=1):
        found = _stable_topics(matrix[looked_at], counts[looked_at].astype(np.float64), rules)
    if found is None:
        return None
    topics, stability = found
    theme, centrality = _assigned(matrix, topics)
    return _ordered(topics, stability, words, theme[where.ravel()], centrality[where.ravel()])


def _weighed(texts: Sequence[str], counts: NDArray, language: str) -> tuple[csr_matrix, NDArray]:
    """TF-IDF rows of length 1, and the words of the columns. Texts said often make their words common."""
    from sklearn.feature_extraction.text import CountVectorizer

    try:
        counted = CountVectorizer(analyzer=words_of(language))
        matrix = csr_matrix(counted.fit_transform(texts), dtype=np.float64)
    except ValueError:  # no words at all
        return csr_matrix((len(texts), 0)), np.array([])
    matrix.data = 1 + np.log(matrix.data)
    present = csr_matrix((np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)
    said = present.T @ counts.astype(np.float64)
    words = counted.get_feature_names_out()
    keep = np.flatnonzero(said >= FEWEST_TEXTS_OF_A_WORD)
    keep = np.sort(keep[np.lexsort((words[keep], -said[keep]))][:MOST_WORDS])
    idf = np.log((1 + counts.sum()) / (1 + said[keep])) + 1
    matrix = csr_matrix(matrix[:, keep].multiply(idf))
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return csr_matrix(matrix.multiply(1 / np.where(length > 0, length, 1.0)[:, None])), words[keep]


def _looked_at(spoken: NDArray, rules: ThemeRules) -> NDArray:
    if len(spoken) <= rules.fit_texts:
        return spoken
    return np.sort(np.random.default_rng(rules.seed).choice(spoken, rules.fit_texts, replace=False))


def _stable_topics(matrix: csr_matrix, counts: Numbers, rules: ThemeRules) -> tuple[Numbers, Numbers] | None:
    """As many themes as give the texts the most stable ones: the mean over texts of the stability of their theme.

    A theme below `min_stability` counts as none, and is dropped.
    """
    rng = np.random.default_rng(rules.seed)
    left = [rng.binomial(counts.astype(np.int64), KEPT_SHARE).astype(np.float64) for _ in range(rules.resamples)]
    best: tuple[Numbers, Numbers] | None = None
    highest = 0.0
    # With fewer than two different texts a theme, each theme would be a text.
    for k in _tried(min(rules.most_themes, matrix.shape[0] // 2, matrix.shape[1] - 1)):
        topics = _topics(matrix, counts, k)
        again = [_topics(matrix[some > 0], some[some > 0], k) for some in left if (some > 0).sum() > k]
        stability = np.mean([_returned(topics, other) for other in again], axis=0) if again else np.zeros(k)
        stable = stability >= rules.min_stability
        theme, _ = _assigned(matrix, topics)
        worth = np.where((theme != NO_THEME) & stable[theme], stability[theme], 0.0)
        score = float((counts * worth).sum() / counts.sum())
        if score > highest + 1e-9:
            highest, best = score, (topics[stable], stability[stable])
    return best


def _tried(most: int) -> list[int]:
    """Numbers of themes: every one up to 6, then in steps of about a fifth."""
    tried = [2]
    while tried[-1] < most:
        tried.append(min(most, max(tried[-1] + 1, round(tried[-1] * 1.2))))
    return [k for k in tried if k <= most]


def _topics(matrix: csr_matrix, counts: Numbers, k: int) -> Numbers:
    """k rows of word weights. A text said n times weighs as n texts: its row is taken times the root of n."""
    from sklearn.decomposition import non_negative_factorization
    from sklearn.exceptions import ConvergenceWarning

    weighed = csr_matrix(matrix.multiply(np.sqrt(counts)[:, None]))
    with warnings.catch_warnings():
        # What is left after 400 steps moves no word of a label.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # The class would also take the root of what is left of the texts: below 0 by rounding where nothing is.
        _, topics, _ = non_negative_factorization(
            weighed, n_components=k, init="nndsvda", solver="cd", max_iter=400, tol=1e-3, random_state=0
        )
    length = np.linalg.norm(topics, axis=1, keepdims=True)
    return np.asarray(topics / np.where(length > 0, length, 1.0), dtype=np.float64)


def _returned(topics: Numbers, other: Numbers) -> Numbers:
    """Of each theme the share of its foremost words in the theme of `other` that fits best, one to one."""
    from scipy.optimize import linear_sum_assignment

    mine, theirs = _foremost(topics), _foremost(other)
    shared = mine @ theirs.T
    either = mine.sum(axis=1)[:, None] + theirs.sum(axis=1)[None, :] - shared
    jaccard = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
    rows, columns = linear_sum_assignment(-jaccard)
    found = np.zeros(len(topics))
    found[rows] = jaccard[rows, columns]
    return found


def _foremost(topics: Numbers) -> Numbers:
    """1 for the words of a theme with the highest weight, 0 for the others."""
    ranks = np.argsort(np.argsort(-topics, axis=1, kind="stable"), axis=1, kind="stable")
    return ((ranks < COMPARED_WORDS) & (topics > 0)).astype(np.float64)


def _assigned(matrix: csr_matrix, topics: Numbers) -> tuple[NDArray[np.int64], Numbers]:
    """Theme and centrality of each text: by how far its words are the theme's (cosine)."""
    fit = np.asarray(matrix @ topics.T)
    strongest = fit.argmax(axis=1)
    best = fit[np.arange(len(fit)), strongest]
    told = best >= LEAST_FIT
    return np.where(told, strongest, NO_THEME).astype(np.int64), np.where(told, best, 0.0)


def _ordered(topics: Numbers, stability: Numbers, words: NDArray, theme: NDArray[np.int64], near: Numbers) -> Themes:
    labels = [_label(row, words) for row in topics]
    sizes = np.bincount(theme[theme != NO_THEME], minlength=len(labels))
    order = sorted(range(len(labels)), key=lambda at: (-sizes[at], labels[at]))
    place = np.empty(len(labels) + 1, dtype=np.int64)
    place[order] = np.arange(len(labels))
    place[-1] = NO_THEME
    return Themes(tuple(labels[at] for at in order), tuple(float(stability[at]) for at in order), place[theme], near)


def _label(weights: Numbers, words: NDArray) -> str:
    """The foremost words, equal weights in alphabetical order."""
    order = [at for at in np.lexsort((words, -weights.round(12))) if weights[at] > 0]
    return ", ".join(str(words[at]) for at in order[:LABEL_WORDS])
