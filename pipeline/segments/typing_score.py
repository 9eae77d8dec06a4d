"""Type customers by the scorecard: add up the points of the answers that are known."""

import numpy as np
import pandas as pd

from pipeline.segments.schema import UNASSIGNED
from pipeline.segments.typing_tool import DOUBLING, Tool

LOG_ODDS_PER_POINT = float(np.log(2) / DOUBLING)


def score(tool: Tool, table: pd.DataFrame) -> pd.DataFrame:
    """`segment`, `probability`, `fields_known` of each row; -1 where nothing is known or no segment is likely enough.

    `table` holds numbers or texts as the fields read them; a field that is no column of it is not known. Of segments
    with equal points the one with the lower number is given.
    """
    points = np.tile(np.array(tool.base, dtype=np.int64), (len(table), 1))
    known = np.zeros(len(table), dtype=np.int64)
    for field in tool.fields:
        if field.column not in table:
            continue
        codes = field.codes(table[field.column])
        given = np.array([b.points for b in field.bins], dtype=np.int64)
        points += np.where(codes[:, None] >= 0, given[codes], 0)
        known += codes >= 0
    probability = 1 / np.exp((points - points.max(axis=1, keepdims=True)) * LOG_ODDS_PER_POINT).sum(axis=1)
    sure = (known > 0) & (probability >= tool.min_probability)
    return pd.DataFrame(
        {
            "segment": np.where(sure, points.argmax(axis=1), UNASSIGNED),
            "probability": probability,
            "fields_known": known,
        },
        index=table.index,
    )
