"""Which personas differ in what: Wald tests of censoring-aware shares, and equivalence where they do not.

Personas share no customers, so the error of a difference is the root of the sum of squares. A large p-value is no
evidence of equality: "no difference" is said only where the 90 % interval lies within the margin (two one-sided tests
at 5 %; Schuirmann 1987, J Pharmacokinet Biopharm 15:657).
"""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

COLUMNS = [
    "stage", "persona", "other", "difference", "std_error", "lower", "upper", "p_value", "p_holm", "p_bh",
    "margin", "finding",
]  # fmt: skip
DIFFER, ALIKE, OPEN = "differ", "no difference", "not enough data"


def compare(funnel: pd.DataFrame, margin: float) -> pd.DataFrame:
    """Every pair of personas at every stage but the first of `group, step, stage, probability, std_error`; COLUMNS.

    `finding`: `differ` where Holm's p-value, over all pairs and stages, is below 5 %; `no difference` where the 90 %
    interval lies within ± margin; else `not enough data`. Rows without both figures have no p-value.
    """
    later = funnel[funnel["step"] > 0]
    rows = []
    for stage, part in later.groupby("stage", sort=False):
        known = part.set_index("group")[["probability", "std_error"]]
        for one, other in combinations(known.index, 2):
            gap = known.loc[one, "probability"] - known.loc[other, "probability"]
            error = float(np.hypot(known.loc[one, "std_error"], known.loc[other, "std_error"]))
            rows.append((stage, one, other, gap, error))
    table = pd.DataFrame(rows, columns=COLUMNS[:5]).astype({"difference": float, "std_error": float})
    return _judged(table, margin)


def _judged(table: pd.DataFrame, margin: float) -> pd.DataFrame:
    gap, error = table["difference"].to_numpy(), table["std_error"].to_numpy()
    known = np.isfinite(gap) & (error > 0)
    p, holm, bh = (np.full(len(table), np.nan) for _ in range(3))
    p[known] = 2 * norm.sf(np.abs(gap[known]) / error[known])
    if known.any():
        holm[known] = multipletests(p[known], method="holm")[1]
        bh[known] = multipletests(p[known], method="fdr_bh")[1]
    alike = known & (np.abs(gap) + norm.ppf(0.95) * error < margin)
    finding = np.select([holm < 0.05, alike], [DIFFER, ALIKE], OPEN).astype(object)
    reach = norm.ppf(0.975) * error
    return table.assign(
        lower=gap - reach, upper=gap + reach, p_value=p, p_holm=holm, p_bh=bh, margin=float(margin), finding=finding
    )[COLUMNS]
