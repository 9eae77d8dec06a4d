"""Columns that keep together within the segments make no segments of their own."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from pipeline.segments import answers, mixture
from pipeline.segments.blocks import tied_columns
from pipeline.segments.categories import MISSING, Categories, categorise
from pipeline.segments.mixture import Fit
from pipeline.segments.sweep import Sweep, sweep

N = 900


def table(segments: int, tied: int, free: int, seed: int = 0) -> tuple[Categories, np.ndarray]:
    """Numbers and zero-inflated counts: `tied` ones share a factor, `free` ones move with the segment."""
    rng = np.random.default_rng(seed)
    truth = np.sort(rng.integers(segments, size=N))
    factor = rng.normal(size=(N, 1))
    block = 0.8 * factor + 0.6 * rng.normal(size=(N, tied))
    moves = rng.normal(scale=1.6, size=(segments, free))
    values = pd.DataFrame(np.column_stack([block, moves[truth] + rng.normal(size=(N, free))])).add_prefix("c")
    values["c0"] = np.exp(values["c0"]).mask(rng.random(N) < 0.3, 0.0)
    kinds = dict.fromkeys(values, "numeric") | {"c0": "count"}
    return categorise(values, kinds, 8), truth


@pytest.fixture(scope="module")
def swept() -> tuple[Categories, np.ndarray, Sweep]:
    categories, truth = table(3, 5, 8)
    return categories, truth, sweep(categories, 6, 5, 1)


def test_a_block_of_tied_columns_adds_no_class(swept):
    categories, truth, found = swept
    assert found.best == 3
    labels = found.fits[3].posterior.argmax(axis=1)
    assert adjusted_rand_score(truth, labels) > 0.9
    assert set(found.carriers) == set(range(5, 13)), "the block carries no segments"


def test_without_blocks_it_would(swept):
    categories, _, found = swept
    s = answers.scores(categories)
    three = mixture.fit(s, found.fits[3].posterior, (), 60)
    halves = (categories.codes[:, 1] > 3).astype(int)
    six = mixture.fit(
        s, np.repeat(found.fits[3].posterior, 2, axis=1) * np.eye(2)[halves].repeat(3, 1)[:, [0, 3, 1, 4, 2, 5]], (), 60
    )
    assert six.bic > three.bic
    tied = mixture.fit(s, found.fits[3].posterior, tied_columns(s, found.fits[3].posterior), 60)
    assert tied.bic > six.bic


def test_one_factor_alone_is_a_continuum_and_no_columns_tied_is_nothing():
    gradient, _ = table(1, 10, 1)
    found = sweep(gradient, 4, 4, 1)
    assert found.best == 1
    assert found.fits[1].blocks == (tuple(range(10)),)
    alone, _ = table(1, 1, 8)
    found = sweep(alone, 4, 4, 1)
    assert found.best == 1
    assert found.fits[1].blocks == ()
    assert found.fits[1].bic == pytest.approx(0, abs=1.0)


def by_hand(f: Fit, codes: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Likelihood of every customer in every class, cell by cell."""
    rows = []
    for row in codes:
        likely = np.exp(f.log_sizes)
        for columns, weights, logs in zip(f.columns, f.log_weights, f.log_shares, strict=True):
            inner = np.tile(np.exp(weights), (f.classes, 1))
            starts = np.concatenate([[0], np.cumsum(levels[columns])])
            for j, column in enumerate(columns):
                if row[column] != MISSING:
                    inner = inner * np.exp(logs[starts[j] + row[column]])
            likely = likely * inner.sum(axis=1)
        rows.append(likely)
    return np.array(rows)


def test_the_likelihood_is_that_of_the_formula():
    categories, _ = table(2, 3, 3)
    codes = categories.codes[:80].copy()
    codes[::7, 1] = MISSING
    small = Categories(categories.names, codes, categories.levels, categories.ordered, categories.floor)
    first = np.eye(2)[np.arange(80) % 2]
    f = mixture.fit(answers.scores(small), first, ((0, 1, 2),), 10)
    expected = by_hand(f, codes, categories.levels)
    assert f.log_likelihood == pytest.approx(np.log(expected.sum(axis=1)).sum(), rel=1e-5)
    np.testing.assert_allclose(f.posterior, expected / expected.sum(axis=1, keepdims=True), atol=1e-4)
    np.testing.assert_allclose(mixture.memberships(f, small), f.posterior, atol=1e-5)
    for logs, columns in zip(f.log_shares, f.columns, strict=True):
        edges = np.concatenate([[0], np.cumsum(categories.levels[columns])])[:-1]
        np.testing.assert_allclose(np.add.reduceat(np.exp(logs), edges, axis=0), 1.0)


def test_em_never_makes_it_worse():
    categories, _ = table(3, 4, 4)
    s = answers.scores(categories)
    first = np.random.default_rng(0).dirichlet(np.ones(3), size=N)
    likelihoods = [mixture.fit(s, first, ((0, 1, 2, 3),), steps).log_likelihood for steps in range(0, 24, 3)]
    assert (np.diff(likelihoods) > -1e-3 * np.abs(likelihoods[0])).all()
    assert likelihoods[-1] > likelihoods[0]


def test_scores_are_orthonormal_and_few():
    categories, _ = table(2, 2, 2)
    s = answers.scores(categories)
    assert s.class_sizes.tolist() == [3, 2, 2, 2], "place, spread, and for the count the floor"
    assert s.trait_sizes.tolist() == [2, 1, 1, 1]
    for j, (a, b) in enumerate(zip(s.starts[:-1], s.starts[1:], strict=True)):
        basis = s.classes[a:b, : s.class_sizes[j]]
        np.testing.assert_allclose(basis.T @ (basis * s.shares[a:b, None]), np.eye(s.class_sizes[j]), atol=1e-6)
        np.testing.assert_allclose(s.shares[a:b] @ basis, 0, atol=1e-6)
