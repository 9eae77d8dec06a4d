"""What was done and what it cannot say, in plain words; and the words themselves."""

from typing import Any

from pipeline.core.rounding import percent, plain
from pipeline.report.content.labels import Dictionary, entry_of
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import chance, known

FEW_FEATURES = 8
"""As many features are named in a sentence; more are left to the list."""
GLOSSARY = {
    "Persona": "A segment that earned a profile. Its number and colour follow from its size rank, the largest first.",
    "Segment": "A group of customers who resemble each other in the features that find segments.",
    "Unassigned": "Customers who belong to no segment clearly enough. They are counted and shown, never spread over "
    "the personas.",
    "Feature": "One thing known about a customer: demographic, behavioural, technographic or attitudinal.",
    "95% interval": "The range that would hold the true figure in 95 of 100 repetitions. A wide one means: not enough "
    "data.",
    "Base": "How many customers a figure rests on.",
    "The others": "All customers who are not in the persona, the unassigned included.",
    "Stability": "How much of a persona comes back when it is looked for again in redrawn data: 1 is all of it, 0 "
    "nothing. From 0.85 highly stable, from 0.75 valid, below 0.6 not shown.",
    "Stage": "A state of the journey. Which event leads to which stage is declared with the data.",
    "Spell": "The time a customer spends in one stage, ending in a move or in the end of observation.",
    "Funnel": "The share of journeys that reach each stage. Counted: of those that began, moves seen by the end of "
    "the data. Accounting for open ends: the chance within the window, for journeys followed long enough and not "
    "long enough alike.",
    "Not yet followed up": "Journeys that have not reached the stage and were watched for less than the window: they "
    "still may.",
    "Cut-off": "The day before which everything was known that describes customers; the first page names it. What "
    "they did from it on is the journey.",
    "Drop-off": "No activity for the declared number of days.",
    "Open end": "A journey whose end was not seen because the data stop (right censoring).",
    "Evidence": "The row of figures behind a statement: value, interval, base and source columns.",
}
TRAITS = (
    "Traits compare the persona with everybody else. The strength of a difference is told by its standardised size "
    "(Cohen’s h for shares, d for means), not by a p-value: features that found the segments differ between them by "
    "construction."
)
JOURNEYS = (
    "Journeys are estimated with the Aalen–Johansen method: journeys whose end was not seen count for as long as they "
    "were watched, and drop-off competes with every other move. The intervals treat all journeys of one customer as "
    "one observation."
)
LIMITS = (
    "A persona is a summary: no single customer need have all of its traits.",
    "Differences between personas are observed, not caused; only experiments speak of causes.",
    "Missing is not zero: a customer without a value is left out of that figure, and those who answer surveys may "
    "differ from those who do not.",
)
LOGGED = "Journeys rest on what was logged: other contacts are not seen, and drop-off is inferred from silence."


def glossary() -> list[dict[str, str]]:
    """Words and what they mean here, in alphabetical order."""
    return [{"word": word, "means": GLOSSARY[word]} for word in sorted(GLOSSARY, key=str.lower)]


def methods(inputs: Inputs, dictionary: Dictionary, min_cell: int) -> list[str]:
    """What was done, one paragraph per part."""
    segments = inputs.segments
    small = f"Figures that rest on fewer than {min_cell} customers are not shown, nor remainders that would tell them."
    told = [_segments(segments, dictionary), _null_test(segments), _continuum(segments), _agreement(segments), TRAITS]
    return [text for text in [*told, JOURNEYS if len(inputs.funnel) else "", small] if text]


def _segments(segments: dict[str, Any], dictionary: Dictionary) -> str:
    names = [entry_of(dictionary, c).label for c in segments.get("columns", [])]
    if not names:
        return ""
    those = "; ".join(names) if len(names) <= FEW_FEATURES else "the list of features says which"
    return (
        f"Segments were looked for in {len(names)} features ({those}). Every solution tried is listed with its scores."
    )


def _null_test(segments: dict[str, Any]) -> str:
    p = known(segments.get("null_p"))
    if p is None:
        return ""
    return f"In data of the same shape without any groups, segments at least as clear turn up with chance {chance(p)}."


def _continuum(segments: dict[str, Any]) -> str:
    share = known(segments.get("beyond_continuum"))
    if share is None:
        return ""
    if share <= 0:
        return "None of the structure found goes beyond what customers on a mere continuum would show."
    return f"{percent(share)} of the structure found goes beyond what customers on a mere continuum would show."


def _agreement(segments: dict[str, Any]) -> str:
    agreement = known(segments.get("reference_agreement"))
    if agreement is None:
        return ""
    return (
        f"A second method of another kind agrees with the chosen solution by {plain(agreement, 2)} "
        "(adjusted Rand index: 0 is chance, 1 the same groups)."
    )


def limits(inputs: Inputs) -> list[str]:
    """What the report cannot say."""
    alone = _alone(inputs.personas["unassigned"]["share"], inputs.personas["customers_are"])
    found = [*(alone if inputs.personas["personas"] else []), *LIMITS, *([LOGGED] if len(inputs.funnel) else [])]
    dropped = len(inputs.segments.get("dropped_columns") or {})
    if dropped:
        those = "One feature was" if dropped == 1 else f"{dropped} features were"
        found.append(f"{those} set aside before segments were looked for: the page “Segments” says why.")
    return found


def _alone(share: Any, customers: str) -> list[str]:
    """That some are in no persona; a share that is not zero is told as such.

    >>> _alone(0.0012, "guests")
    ['Under 1% of the guests belong to no persona clearly enough; the personas do not speak of them.']
    """
    part = known(share) or 0.0
    told = percent(part) if part >= 0.005 else "Under 1%"
    those = f"{told} of the {customers} belong to no persona clearly enough"
    return [f"{those}; the personas do not speak of them."] if part else []
