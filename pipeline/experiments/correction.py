"""P-values corrected for how many comparisons were made."""

from typing import Literal

import pandas as pd

Correction = Literal["holm", "bh", "none"]
_METHODS = {"holm": "holm", "bh": "fdr_bh"}


def adjusted(p_values: pd.Series, correction: Correction) -> pd.Series:
    """Holm 1979 (family-wise) or Benjamini and Hochberg 1995 (false discovery rate), by statsmodels.

    Missing p-values stay missing and do not count as comparisons.
    """
    found = p_values.astype("float64")
    known = found.dropna()
    if correction == "none" or known.empty:
        return found
    from statsmodels.stats.multitest import multipletests

    found[known.index] = multipletests(known, method=_METHODS[correction])[1]
    return found
