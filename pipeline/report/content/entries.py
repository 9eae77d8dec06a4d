"""Which events lead to which stage, and as readers are told of them."""

from collections.abc import Sequence

from pipeline.core.sources import EntrySettings, StageSettings
from pipeline.core.words import in_words


def entering(stages: StageSettings | None) -> dict[str, set[str]]:
    """Names of the events that lead to each stage of the ladder."""
    found = stages.enter if stages else {}
    return {stage: {entry.event for entry in entries} for stage, entries in found.items()}


def told_entries(stages: StageSettings | None) -> dict[str, str]:
    """In words, per stage of the ladder; empty where nothing leads to it."""
    return {stage: _told(stages.enter.get(stage, [])) for stage in stages.ladder} if stages else {}


def _told(entries: Sequence[EntrySettings]) -> str:
    """Every event, with what it must be like and how often it must have happened.

    >>> _told([EntrySettings(event="plan_compared"), EntrySettings(event="order", where={"type": "box"}, at_least=2)])
    'plan compared; order (type: box), 2 times'
    """
    return "; ".join(
        in_words(entry.event)
        + (f" ({', '.join(f'{name}: {value}' for name, value in entry.where.items())})" if entry.where else "")
        + (f", {entry.at_least} times" if entry.at_least > 1 else "")
        for entry in entries
    )
