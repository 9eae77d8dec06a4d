"""`personas curves` gives the figures of R survival: probabilities to 1e-8, errors to 1e-6. Recipe: survfit/survfit.R.

85 made-up customers who enter late and in three stages, go in loops, are out of sight of the clock of others, with ties
between moves and censoring, and with weights.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipeline.cli import app

HERE = Path(__file__).parent / "survfit"


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return pd.read_csv(HERE / "expected.csv")


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("by", [[], ["--by", "group"]])
def test_curves_and_stays_of_a_table(expected, weighted, by, tmp_path):
    out = tmp_path / "curves.csv"
    words = ["curves", str(HERE / "spells.csv"), "--at", "5,12.5,30", "--stay", "25", "--out", str(out), *by]
    result = CliRunner().invoke(app, words if weighted else [*words, "--unweighted"])
    assert result.exit_code == 0, result.output

    found = pd.read_csv(out).merge(
        pd.read_csv(tmp_path / "curves.stay.csv"), on=["group", "state"], suffixes=("", "_m")
    )
    asked = expected[(expected["weighted"] == weighted) & ((expected["group"] == "all") == (not by))]
    both = asked.merge(found, on=["group", "time", "state"], suffixes=("_r", ""))
    assert len(both) == len(asked) == len(found)
    np.testing.assert_allclose(both["probability"], both["probability_r"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(both["std_error"], both["std_error_r"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(both["mean_time"], both["mean_time_r"], rtol=0, atol=1e-11)
    if not weighted:
        np.testing.assert_allclose(both["std_error_m"], both["mean_time_error"], rtol=0, atol=1e-11)
