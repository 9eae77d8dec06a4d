"""What customers felt in each stage: scores they gave there, good and bad ones apart. Nobody asked, no row."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from pipeline.core.intervals import Z, wilson
from pipeline.core.sources import QuestionSettings
from pipeline.journeys.profile_rows import FEW, MEASURED, personas_and_all, rows
from pipeline.journeys.stages import MICROSECONDS_PER_DAY

BEFORE = "before the journey"
_EPOCH = pd.Timestamp("1970-01-01", tz="UTC")
SCORES = ["customer_id", "at", "measure", "touchpoint", "share"]
_NPS = (0.6, 0.9)
"""Detractors up to 6 of 10, promoters from 9 (Reichheld 2003)."""
_OTHERS = (0.25, 0.75)
"""The lowest and the highest quarter of the scale: 1-2 and 4-5 of five."""
_RATED = ("likert", "single", "numeric")
_MOST_POINTS = 10


def scores(feedback: pd.DataFrame, responses: pd.DataFrame, questions: Mapping[str, QuestionSettings]) -> pd.DataFrame:
    """Columns SCORES of linked customers at a known time: `share` 0 = worst, 1 = best; `at` in microseconds since 1970.

    From `feedback`, and of `responses` the NPS questions and rated questions with the theme satisfaction.
    """
    parts = [feedback.rename(columns={"given_at": "time"})[["customer_id", "time", "measure", "touchpoint", "share"]]]
    for name, question in questions.items():
        answers = responses[responses["question"] == name].dropna(subset=["value", "answered_at"])
        share = _position(answers["value"], question)
        if share is not None and len(answers):
            kind = "nps" if question.kind == "nps" else name
            part = answers.assign(time=answers["answered_at"], measure=kind, touchpoint=None, share=share)
            parts.append(part[["customer_id", "time", "measure", "touchpoint", "share"]])
    table = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    table = table.dropna(subset=["customer_id", "time", "share"])
    since = (table["time"] - _EPOCH) // pd.Timedelta(microseconds=1)
    return table.assign(at=since.astype("int64"))[SCORES].reset_index(drop=True)


def _position(value: pd.Series, question: QuestionSettings) -> pd.Series | None:
    """Place of the answer between the worst and the best; None where the question is no score or its ends not known."""
    if question.kind == "nps":
        return value / 10
    if question.theme != "satisfaction" or question.kind not in _RATED:
        return None
    if question.levels:
        share = value / max(len(question.levels) - 1, 1)
        return 1 - share if question.reverse else share
    whole = len(value) > 0 and (value % 1 == 0).all() and value.between(0, _MOST_POINTS).all()
    lowest = 0.0 if (value == 0).any() else 1.0
    return (value - lowest) / (value.max() - lowest) if whole and value.max() > lowest else None


def staged_scores(given: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """The scores with `persona, stage, visit, since` (days since entry): where the customer was then.

    Scores from before a customer's first journey are in stage `before the journey`. Where a customer was on several
    journeys at once nobody knows which is meant: such scores are left out, as are those of customers without a journey.
    """
    met = given.reset_index(names="score").merge(
        stays[["customer_id", "persona", "stage", "visit", "began", "ended"]], on="customer_id", how="inner"
    )
    inside = met[(met["at"] >= met["began"]) & (met["at"] < met["ended"])]
    inside = inside[~inside["score"].duplicated(keep=False)]
    first = met.groupby("score")["began"].transform("min")
    early = met[met["at"] < first].drop_duplicates("score").assign(stage=BEFORE, visit=-1)
    found = pd.concat([early, inside], ignore_index=True).sort_values("score", kind="stable", ignore_index=True)
    return found.assign(since=(found["at"] - found["began"]) / MICROSECONDS_PER_DAY)[
        ["persona", "stage", "visit", "since", *SCORES]
    ]


def emotions(staged: pd.DataFrame, personas: list[str], states: list[str], min_cell: int) -> pd.DataFrame:
    """Rows of topic `emotion` of `stage_profile`: of each measure the positive and the negative share, and the mean.

    Of several scores of a customer in a stage the latest counts.
    """
    latest = staged.sort_values(["at", "share"], kind="stable").drop_duplicates(
        ["customer_id", "stage", "measure"], keep="last"
    )
    return rows(_rows(latest, personas, [BEFORE, *states], min_cell))


def _rows(latest: pd.DataFrame, personas: list[str], states: list[str], min_cell: int) -> Iterator[dict[str, object]]:
    for persona, of_persona in personas_and_all(latest, personas):
        grouped = of_persona.groupby(["stage", "measure"])["share"]
        for stage in states:
            for measure in sorted(m for s, m in grouped.groups if s == stage):
                share = grouped.get_group((stage, measure)).to_numpy()
                yield from (
                    {"persona": persona, "stage": stage, "topic": "emotion", "item": measure,
                     "base": len(share), "base_is": "customers who gave a score there",
                     "status": MEASURED if len(share) >= min_cell else FEW}
                    | row for row in _figures(share, measure, len(share) >= min_cell)
                )  # fmt: skip


def _figures(share: np.ndarray, measure: str, enough: bool) -> Iterator[dict[str, object]]:
    worst, best = bounds(measure)
    counts = {"positive share": int((share >= best - 1e-9).sum()), "negative share": int((share <= worst + 1e-9).sum())}
    for name, count in counts.items():
        value = count / len(share) if enough else np.nan
        lower, upper = wilson(value, len(share))
        yield {
            "measure": name,
            "value": value,
            "lower": float(lower),
            "upper": float(upper),
            "unit": "share",
            "count": count,
        }
    mean, error = share.mean(), share.std(ddof=1) / np.sqrt(len(share)) if len(share) > 1 else np.nan
    ends = (mean, max(mean - Z * error, 0.0), min(mean + Z * error, 1.0)) if enough else (np.nan,) * 3
    yield {"measure": "mean", **dict(zip(("value", "lower", "upper"), ends, strict=True)),
           "unit": "0 = worst, 1 = best", "count": len(share)}  # fmt: skip


def bounds(measure: str) -> tuple[float, float]:
    """Up to where a score is bad, and from where it is good."""
    return _NPS if measure == "nps" else _OTHERS
