"""The REACT card (Cowan; real, exact, actionable, clear, testable): every letter checked by machine."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from pipeline.core.settings import Settings
from pipeline.personas.schema import REACT, REACT_LETTERS

PASS, FAIL, ABSENT = "pass", "fail", "not supplied"
Share = Annotated[float, Field(ge=0, le=1)]


class ReactRules(Settings):
    """Thresholds of the card, the block `personas.react` of params.yaml."""

    covered: Share
    medoid_distance: float = Field(gt=0)
    stability: Share
    probability: Share
    large_traits: int = Field(ge=0)
    large_difference: float = Field(ge=0)
    customers_per_variable: float = Field(ge=0)
    share: Share
    reach: Share
    most_traits: int = Field(ge=0)
    words_per_sentence: float = Field(gt=0)
    reading_ease: float
    predictions: int = Field(ge=0)
    forecast_coverage: Share
    perception: float = Field(ge=1, le=7)


@dataclass(frozen=True)
class Evidence:
    """What the card of one persona is made from; None where it is not supplied.

    `covered` share of all customers in any persona; `probability` mean of membership of its members; `per_variable`
    customers per segmentation column; `channel` label and share of the channel that reaches most; `clarity` readers'
    mean of the construct on the Persona Perception Scale; `coverage` of registered predictions.
    """

    covered: float
    medoid: float | None
    stability: float | None
    probability: float | None
    differences: Sequence[float]
    per_variable: float | None
    share: float
    channel: tuple[str, float] | None
    worth: float | None
    narrative: Sequence[str]
    predictions: int
    coverage: float | None
    clarity: float | None


def react(evidence: Mapping[str, Evidence], rules: ReactRules) -> pd.DataFrame:
    """The table `REACT`, personas in the given order."""
    rows = [
        {"persona_id": persona, "letter": letter, **check}
        for persona, found in evidence.items()
        for letter, checks in zip(REACT_LETTERS, _checks(found, rules), strict=True)
        for check in checks
    ]
    return pd.DataFrame(rows, columns=list(REACT.columns)) if rows else REACT.empty()


def card(table: pd.DataFrame, persona: str) -> dict[str, str]:
    """Letter -> pass, fail or not supplied: it passes where no check fails and one passes."""
    own = table[table["persona_id"] == persona].groupby("letter")["result"].agg(set)
    return {letter: _letter(own.get(letter, set())) for letter in REACT_LETTERS}


def _letter(results: set[str]) -> str:
    return FAIL if FAIL in results else PASS if PASS in results else ABSENT


def _check(name: str, value: float | None, threshold: float, evidence: str, *, least: bool = True) -> dict[str, Any]:
    good = value is not None and (value >= threshold if least else value <= threshold)
    return {
        "check": name,
        "value": float("nan") if value is None else float(value),
        "threshold": float(threshold),
        "least": least,
        "result": ABSENT if value is None else PASS if good else FAIL,
        "evidence": evidence,
    }


def _checks(e: Evidence, r: ReactRules) -> list[list[dict[str, Any]]]:
    return [_real(e, r), _exact(e, r), _actionable(e, r), _clear(e, r), _testable(e, r)]


def _real(e: Evidence, r: ReactRules) -> list[dict[str, Any]]:
    return [
        _check("customers in a persona", e.covered, r.covered, "share of all observed customers; nobody is made up"),
        _check(
            "distance of the medoid",
            e.medoid,
            r.medoid_distance,
            "a real customer, to the persona's middle, in median distances of its members (table exemplars)",
            least=False,
        ),
    ]


def _exact(e: Evidence, r: ReactRules) -> list[dict[str, Any]]:
    large = sum(abs(d) >= r.large_difference for d in e.differences)
    return [
        _check("stability", e.stability, r.stability, "mean Jaccard index over resamples (table stability)"),
        _check("probability of belonging", e.probability, r.probability, "mean over its members (table members)"),
        _check(
            "large differences",
            large,
            r.large_traits,
            f"claims {r.large_difference:g} standardised or more from others",
        ),
        _check(
            "customers per variable",
            e.per_variable,
            r.customers_per_variable,
            "all customers by columns that segments were found by (Dolnicar and others 2014 ask for 60 to 100)",
        ),
    ]


def _actionable(e: Evidence, r: ReactRules) -> list[dict[str, Any]]:
    label, share = e.channel if e.channel else ("no channel known", None)
    return [
        _check("size", e.share, r.share, "share of all customers"),
        _check("reach", share, r.reach, f"share reached through {label} (table reach)"),
        _check("future value", e.worth, 0.0, "of a buyer within the horizon (table worth)"),
    ]


def _clear(e: Evidence, r: ReactRules) -> list[dict[str, Any]]:
    words, ease = readability(e.narrative) if e.narrative else (None, None)
    return [
        _check("traits", len(e.differences), r.most_traits, "claims to keep in mind", least=False),
        _check("words per sentence", words, r.words_per_sentence, "of the narrative", least=False),
        _check("reading ease", ease, r.reading_ease, "of the narrative: Flesch 1948, 100 is easiest, for English"),
        _check("readers find it clear", e.clarity, r.perception, "Persona Perception Scale, 1 to 7 (table perception)"),
    ]


def _testable(e: Evidence, r: ReactRules) -> list[dict[str, Any]]:
    return [
        _check("predictions", e.predictions, r.predictions, "figures expected in the next drop (table predictions)"),
        _check(
            "predictions that came true",
            e.coverage,
            r.forecast_coverage,
            "share inside their intervals, of all personas (table prediction_scores)",
        ),
    ]


def readability(sentences: Sequence[str]) -> tuple[float, float]:
    """Mean words per sentence (parts divided by semicolons are sentences) and Flesch reading ease, at most 100.

    206.835 - 1.015 words per sentence - 84.6 syllables per word (Flesch 1948); a syllable is a group of vowels, a last
    silent e apart.
    """
    parts = [part for sentence in sentences for part in re.split(r"[;:]", sentence) if re.search(r"\w", part)]
    words = [word for part in parts for word in re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", part)]
    if not words:
        return 0.0, 100.0
    syllables = sum(max(1, len(re.findall(r"[aeiouyäöü]+", re.sub(r"(?<=\w)e$", "", w.lower())))) for w in words)
    length = len(words) / len(parts)
    return length, min(100.0, 206.835 - 1.015 * length - 84.6 * syllables / len(words))
