"""Laws of the field, as helpers that any test may call."""

import numpy as np
import pandas as pd


def assert_same_after_shuffling_rows(estimate, table, seed=7):
    """`estimate(table)` is identical, to the last bit, whatever the order of the rows."""
    shuffled = table.sample(frac=1, random_state=seed).reset_index(drop=True)
    pd.testing.assert_frame_equal(estimate(shuffled), estimate(table), check_exact=True)


def assert_same_after_renaming(estimate, table, column, seed=7):
    """`estimate(table)` is identical, to the last bit, when the ids in `column` become others in another order."""
    ids = pd.unique(table[column])
    new = dict(zip(ids, [f"id-{n}" for n in np.random.default_rng(seed).permutation(len(ids))], strict=True))
    renamed = table.assign(**{column: table[column].map(new)})
    pd.testing.assert_frame_equal(estimate(renamed), estimate(table), check_exact=True)


def assert_state_probabilities(table):
    """Probabilities of all states lie in 0..1 and sum to 1 at each time; intervals hold the estimate."""
    assert table["probability"].between(0, 1).all()
    np.testing.assert_allclose(table.groupby("time")["probability"].sum(), 1, rtol=0, atol=1e-12)
    assert (table["lower"] <= table["probability"] + 1e-12).all()
    assert (table["upper"] >= table["probability"] - 1e-12).all()
    assert table["lower"].ge(0).all()
    assert table["upper"].le(1).all()
