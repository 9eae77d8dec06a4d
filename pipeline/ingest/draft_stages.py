"""A draft of the journey: which events there are, and a ladder of stages to be filled in, as comments."""

import re
from collections.abc import Callable, Sequence

from pipeline.ingest.draft_ids import event_columns
from pipeline.ingest.inspection import Inspection
from pipeline.ingest.readers.registry import READERS

_MOST_NAMES = 12
FEWEST_ROWS = 5
"""Rows of a name from which it is shown: what comes again and again names a kind of event, nobody."""
_STAGES = {
    "awareness": "page.?view|visit|session|open|landing|impression|view",
    "consideration": "sign.?up|signed|register|cart|basket|checkout|trial|demo|quote|compare|search|wish",
    "purchase": "purchase|order|bought|buy|paid|payment|charge|subscri|transaction|convert",
}
"""Stage -> words in the names of events that often enter it."""
_BEFORE = (
    "# stages:                      # ? the journey: uncomment, name its stages and the events that enter them",
    "#   ladder: [awareness, consideration, purchase]",
    "#   enter:",
)
_AFTER = (
    "#   moves: {awareness: [consideration, purchase], consideration: [purchase]}",
    "#   dropoff: {inactivity_days: 30, from_stages: [awareness, consideration]}",
)


def stage_lines(logs: Sequence[Inspection], text: Callable[[str], str]) -> list[str]:
    """The lines after the sources; none where there are no events."""
    names: dict[str, int] = {}
    for f in logs:
        reader = READERS[f.format]
        column = event_columns(f).get("event") if not reader.nested else None
        for c in f.columns:
            if c.name == column:
                for name, rows in c.levels.items():
                    names[name] = names.get(name, 0) + rows
    frequent = sorted(((n, name) for name, n in names.items() if n >= FEWEST_ROWS), key=lambda one: (-one[0], one[1]))
    shown = ", ".join(text(name) for _, name in frequent[:_MOST_NAMES])
    told = [f"# events seen most: {shown}"] if shown else []
    events = _entries([name for _, name in frequent[:_MOST_NAMES]])
    enter = [f"#     {stage}: [{{event: {text(event)}}}]" for stage, event in zip(_STAGES, events, strict=True)]
    return [*told, *_BEFORE, *enter, *_AFTER] if logs else []


def _entries(names: Sequence[str]) -> list[str]:
    """An event for each stage, of names ordered from the most frequent: the first whose words fit a stage each.

    Where a stage has none, the three that are seen least stand for all: a journey narrows.
    """
    fitting = [next((n for n in names if re.search(words, n, re.IGNORECASE)), "") for words in _STAGES.values()]
    if all(fitting) and len(set(fitting)) == len(fitting):
        return fitting
    rarest = list(names[-len(_STAGES) :])
    return rarest if len(rarest) == len(_STAGES) else ["EVENT"] * len(_STAGES)
