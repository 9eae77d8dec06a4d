"""Share of journeys in each stage by days since the origin."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.journeys.multistate import Errors, aalen_johansen, count_before

COLUMNS = ["day", "state", "probability", "std_error", "lower", "upper", "at_risk"]
MOST_JACKKNIFED = 100_000
"""Of more spells the errors of the curve come from counts: for 40 days and a million spells a second, not minutes."""


def curves(spells: pd.DataFrame, states: Sequence[str], window_days: float, points: int) -> pd.DataFrame:
    """State-occupation probabilities at `points` equally spaced days from 0 to `window_days`; columns COLUMNS.

    The stages in which journeys begin are estimated from those watched from their origin on; where there are none, all
    begin in the first. Missing where nobody was watched that long.
    """
    days = np.linspace(0.0, window_days, points)
    if not len(spells):
        index = pd.MultiIndex.from_product([days, states], names=["day", "state"])
        empty = pd.DataFrame(np.nan, index=index, columns=COLUMNS[2:]).reset_index()
        return empty.assign(at_risk=0)
    errors: Errors = "jackknife" if len(spells) <= MOST_JACKKNIFED else "counts"
    start = None if (spells["start"] <= 0).any() else states[0]
    result = aalen_johansen(spells, days, states=states, start=start, since=0.0, errors=errors)
    result = result.rename(columns={"time": "day"})
    result.loc[result["followed"] == 0, ["probability", "std_error", "lower", "upper"]] = np.nan
    begin, stop = spells["start"].to_numpy(), spells["stop"].to_numpy()
    at_risk = count_before(begin, days) - count_before(stop, days)
    at_risk[0] += int((begin == 0).sum())
    return result.assign(at_risk=np.repeat(at_risk, len(states)))[COLUMNS]
