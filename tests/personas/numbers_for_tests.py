"""Whether the numbers of a sentence are figures of its claims."""

import json
import math

import pandas as pd

from pipeline.core.rounding import mean_decimals
from pipeline.personas.numerals import numbers_in


def supported(number: str, claim: pd.Series, field: pd.Series) -> bool:
    """Whether a number as written is a rounded figure of the claim, or stands in the words of its feature."""
    levels = json.loads(field["levels"])
    words = " ".join([field["label"], field["unit"], claim["level"], *levels, f"0 {len(levels) - 1}"])
    if number in numbers_in(words):
        return True
    decimals = len(number.partition(".")[2])
    scale = 100 if claim["statistic"] == "share" or field["kind"] == "share" else 1
    figures = [abs(scale * claim[name]) for name in ("value", "rest_value")]
    if claim["bound"]:
        down = [math.floor, math.ceil] if claim["bound"] == "at least" else [math.ceil, math.floor]
        figures = [nearest(round(figure, 9)) for nearest, figure in zip(down, figures, strict=True)]
    if number == f"{int(claim['n']):,}":
        return True
    if scale == 1 and not decimals and mean_decimals(claim["lower"], claim["upper"]) < 0:  # rounded to tens, hundreds
        figures = [round(figure, mean_decimals(claim["lower"], claim["upper"])) for figure in figures]
    return any(f"{figure:,.{decimals}f}" == number for figure in figures) or number in ("1", "99") and scale == 100


def unsupported(sentence: dict, claims: pd.DataFrame, dictionary: pd.DataFrame) -> list[str]:
    """Numbers of a narrative sentence that none of its claims holds."""
    rows = claims.set_index("claim_id").loc[sentence["claims"]]
    fields = dictionary.set_index("column")
    return [
        number
        for number in numbers_in(sentence["text"])
        if not any(supported(number, row, fields.loc[row["column"]]) for _, row in rows.iterrows())
    ]
