"""How long customers stay in a stage before they leave it: quantiles in which those still there count as long as seen.

Kaplan & Meier's estimate (1958) of the time from entering a stage to leaving it for whichever next stage. The interval
of a quantile is Woodruff's (1952, JASA 47:635): the times at which the curve comes to the quantile's share, plus and
minus 1.96 standard errors of the curve there, and these by the influence of each customer, however often they came.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from pipeline.core.intervals import Z
from pipeline.journeys.conversion import conversion, time_to_share
from pipeline.journeys.profile_rows import FEW, MEASURED, NOT_REACHED, personas_and_all, rows
from pipeline.journeys.spell_columns import Floats, Integers

QUANTILES = {"quarter have left by": 0.25, "half have left by": 0.5, "three quarters have left by": 0.75}


def dwell(stays: pd.DataFrame, personas: list[str], states: Sequence[str], min_cell: int) -> pd.DataFrame:
    """Rows of topic `dwell` of `stage_profile` from `visits.visits`: three quantiles of every persona and stage.

    `count` is how many stays were seen to end, `base` all that were watched from their beginning. `not reached`: too
    few ever left.
    """
    return rows(_rows(stays[stays["from_entry"]], personas, states, min_cell))


def _rows(
    stays: pd.DataFrame, personas: list[str], states: Sequence[str], min_cell: int
) -> Iterator[dict[str, object]]:
    for persona, of_persona in personas_and_all(stays, personas):
        for stage in states:
            part = of_persona[of_persona["stage"] == stage]
            watched, left = part["days"].to_numpy(dtype=float), part["to"].notna().to_numpy()
            customer = pd.factorize(part["customer_id"])[0]
            enough = part["customer_id"].nunique() >= min_cell
            for measure, share in QUANTILES.items():
                value, lower, upper = quantile(watched, left, share, customer) if enough else (np.nan,) * 3
                yield {
                    "persona": persona, "stage": stage, "topic": "dwell", "measure": measure,
                    "value": value, "lower": lower, "upper": upper, "unit": "days",
                    "count": int(left.sum()), "base": len(part), "base_is": "stays in the stage",
                    "status": FEW if not enough else NOT_REACHED if np.isnan(value) else MEASURED,
                }  # fmt: skip


def quantile(watched: Floats, left: np.ndarray, share: float, customer: Integers) -> tuple[float, float, float]:
    """Time by which `share` have left, and its 95 % interval; missing where not reached, or the end not reached.

    `watched` is how long each stay was seen, `left` whether it ended then, `customer` the number of its customer.

    >>> quantile(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True]), 0.5, np.arange(4))[0]
    2.0
    """
    time = np.where(left, watched, np.inf)
    value = time_to_share(time, watched, share)
    if np.isnan(value):
        return value, np.nan, np.nan
    each = np.bincount(customer, conversion(time, watched, value).influence)
    reach = Z * float(np.sqrt((each**2).sum()))
    low, high = share - reach, share + reach
    lower = time_to_share(time, watched, low) if low > 0 else 0.0
    return value, lower, time_to_share(time, watched, high) if high < 1 else np.nan
