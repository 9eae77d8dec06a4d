"""A draft of the journey: which events there are, and a ladder of stages to be filled in, as comments."""

from collections.abc import Callable, Sequence

from pipeline.ingest.draft_ids import event_columns
from pipeline.ingest.inspection import Inspection
from pipeline.ingest.readers.registry import READERS

_MOST_NAMES = 12
FEWEST_ROWS = 5
"""Rows of a name from which it is shown: what comes again and again names a kind of event, nobody."""
_STAGES = ("awareness", "consideration", "purchase")
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
    # A journey narrows: of the names told, the three that are seen least stand for its stages.
    rarest = [text(name) for _, name in frequent[:_MOST_NAMES]][-len(_STAGES) :]
    events = rarest if len(rarest) == len(_STAGES) else ["EVENT"] * len(_STAGES)
    enter = [f"#     {stage}: [{{event: {event}}}]" for stage, event in zip(_STAGES, events, strict=True)]
    return [*told, *_BEFORE, *enter, *_AFTER] if logs else []
