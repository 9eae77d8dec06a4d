"""The Persona Perception Scale (Salminen, Santos, Kwak, An, Jung and Jansen 2020, IJHCS 141:102437): form and scorer.

Seven-point agreement with statements on seven constructs. The scale's items on a picture are left out, as no face is
shown, and are replaced by nothing.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.core.errors import InputError, gather, near_match
from pipeline.personas.intervals import mean_interval
from pipeline.personas.schema import ALL, PERCEPTION

POINTS = (1, 7)
FORM: dict[str, dict[str, str]] = {
    "credibility": {
        "credibility_1": "The persona seems like a real person.",
        "credibility_2": "I have met people like this persona.",
        "credibility_3": "The persona seems to have a personality.",
    },
    "consistency": {
        "consistency_1": "The quotes of the persona fit the rest of its page.",
        "consistency_2": "What is said of the persona does not contradict itself.",
        "consistency_3": "The persona's demographics fit the rest of its page.",
    },
    "completeness": {
        "completeness_1": "The page is detailed enough to decide about the customers it describes.",
        "completeness_2": "The page seems complete.",
        "completeness_3": "The page tells enough to understand the people it describes.",
        "completeness_4": "The page does not lack anything vital.",
    },
    "clarity": {
        "clarity_1": "What is said of the persona is well presented.",
        "clarity_2": "The page's text is clear enough to read.",
        "clarity_3": "The page is easy to understand.",
    },
    "empathy": {
        "empathy_1": "I feel that I understand this persona.",
        "empathy_2": "I feel close to this persona.",
        "empathy_3": "I can imagine a day in the life of this persona.",
    },
    "likability": {
        "likability_1": "I find this persona likable.",
        "likability_2": "I could be friends with this persona.",
        "likability_3": "This persona is interesting.",
    },
    "willingness to use": {
        "use_1": "I would like to know more about this persona.",
        "use_2": "This persona would help me to decide about the customers it describes.",
        "use_3": "I would make use of this persona in my work.",
    },
}
"""Construct -> item -> statement."""

ITEMS = {item: construct for construct, items in FORM.items() for item in items}


def form_rows() -> list[list[str]]:
    """The form as rows of a table: a header for answers, and below it what each column asks."""
    statements = [text for items in FORM.values() for text in items.values()]
    return [["reader", "persona_id", *ITEMS], ["who you are", "which persona", *statements]]


def read_answers(path: Path) -> pd.DataFrame:
    """The filled form as `reader`, `persona_id` and items; no rows where there is no file.

    Raises `InputError` that lists unknown columns and answers that are not 1 to 7. Blank answers are not known.
    """
    if not path.is_file():
        return pd.DataFrame(columns=["reader", "persona_id", *ITEMS])
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    expected = ["reader", "persona_id", *ITEMS]
    mistakes = [
        f"`{c}` is not a column of the form.{near_match(c, expected)}" for c in rows.columns if c not in expected
    ]
    mistakes += [f"the column `{c}` is missing." for c in ("reader", "persona_id") if c not in rows.columns]
    gather(InputError, mistakes, f"{path}: not a filled form of the Persona Perception Scale")
    # The form's own second row says what the columns ask.
    rows = rows[rows["reader"] != form_rows()[1][0]].reset_index(drop=True)
    items = [c for c in rows.columns if c in ITEMS]
    values = rows[items].apply(lambda column: pd.to_numeric(column.str.strip().replace("", None), errors="coerce"))
    wrong = (rows[items].apply(lambda c: c.str.strip()) != "") & ~(values.isin(range(POINTS[0], POINTS[1] + 1)))
    bad = [
        f"row {row + 1}, `{item}`: {rows.at[row, item]!r} is not a whole number from 1 to 7."
        for row, item in zip(*np.nonzero(wrong.to_numpy()), strict=True)
        for item in [items[item]]
    ]
    gather(InputError, bad, f"{path}: answers off the scale")
    return rows[["reader", "persona_id"]].join(values)


def perception(answers: pd.DataFrame) -> pd.DataFrame:
    """The table `PERCEPTION` from filled forms: one row per reader and persona, items 1 to 7, missing where blank."""
    parts = []
    for construct, items in FORM.items():
        own = answers[[item for item in items if item in answers]]
        if own.empty or own.shape[1] == 0:
            continue
        score = own.mean(axis=1)
        alpha = _alpha(own)
        for label, rows in [(ALL, score), *score.groupby(answers["persona_id"], sort=True)]:
            known = rows.dropna()
            if known.empty:
                continue
            n, spread = np.array([float(len(known))]), np.array([known.std() if len(known) > 1 else np.nan])
            lower, upper = mean_interval(np.array([known.mean()]), spread, n)
            parts.append(
                {
                    "persona_id": label,
                    "construct": construct,
                    "value": float(known.mean()),
                    "lower": float(np.maximum(lower[0], POINTS[0])),
                    "upper": float(np.minimum(upper[0], POINTS[1])),
                    "n": len(known),
                    "alpha": alpha,
                }
            )
    return pd.DataFrame(parts, columns=list(PERCEPTION.columns)) if parts else PERCEPTION.empty()


def _alpha(items: pd.DataFrame) -> float:
    """Cronbach's alpha over complete answers; missing for one item, or where the sum does not vary."""
    complete = items.dropna()
    k = complete.shape[1]
    total = complete.sum(axis=1).var(ddof=1) if len(complete) > 2 else np.nan
    if k < 2 or not total > 0:
        return float("nan")
    return float(k / (k - 1) * (1 - complete.var(ddof=1).sum() / total))
