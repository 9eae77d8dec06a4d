"""A draft of the journey: which events there are, and a ladder of stages to be filled in, as comments."""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from pipeline.ingest.draft_ids import event_columns, proposed_ids
from pipeline.ingest.draft_shops import shop_of
from pipeline.ingest.id_names import words_of_id
from pipeline.ingest.inspection import Inspection
from pipeline.ingest.privacy import words_of
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
_OF_NOTHING = frozenset(
    ("events", "logs", "actions", "activities", "records", "entries", "rows", "exports", "extracts", "results",
     "details", "files", "users", "customers", "clients", "members", "people", "contacts", "items", "lines", "parts",
     "hits", "tables", "samples", "days", "months", "years", "histories", "products", "states")
)  # fmt: skip
"""Names of files that do not say what a row of them is."""
_OF_NO_KNOWN = ("start", "middle", "end")
"""Stages whose events have no word that is known."""
_FAR_APART = 0.3
"""Of mean places from 0 to 1: what comes early and what comes late."""
_BY_EVENT = (
    "# stages:                      # ? the journey: uncomment, name its stages and the events that enter them",
    "#   ladder: [{0}, {1}, {2}]",
    "#   enter:",
    "#     {0}: [{{event: {3}}}]",
    "#     {1}: [{{event: {4}}}]",
    "#     {2}: [{{event: {5}}}]",
    "#   moves: {{{0}: [{1}, {2}], {1}: [{2}]}}",
    "#   dropoff: {{inactivity_days: 30, from_stages: [{0}, {1}]}}",
)
_BY_COUNT = (
    "# stages:                      # ? the journey: uncomment; of events of one kind, by how many there were",
    "#   ladder: [first, second, regular]",
    "#   enter:",
    "#     first: [{{event: {event}}}]",
    "#     second: [{{event: {event}, at_least: 2}}]",
    "#     regular: [{{event: {event}, at_least: 4}}]",
    "#   moves: {{first: [second], second: [regular]}}",
    "#   dropoff: {{inactivity_days: 90, from_stages: [first, second]}}",
)


def stage_lines(logs: Sequence[Inspection], text: Callable[[str], str]) -> list[str]:
    """The lines after the sources; none where there are no events."""
    names: dict[str, int] = {}
    places: dict[str, float] = {}
    for f in logs:
        reader = READERS[f.format]
        column = (reader.standard(Path()).get("event") if reader.nested else None) or event_columns(f).get("event")
        for c in (c for c in f.columns if c.name == column):
            places = {**c.places, **places}
            for name, rows in c.levels.items():
                names[name] = names.get(name, 0) + rows
    frequent = sorted(((n, name) for name, n in names.items() if n >= FEWEST_ROWS), key=lambda one: (-one[0], one[1]))
    shown = ", ".join(text(name) for _, name in frequent[:_MOST_NAMES])
    told = [f"# events seen most: {shown}"] if shown else []
    constants = [name for name in map(constant_event, logs) if name]
    if len(constants) == len(logs) > 0:
        counted = "order" if "order" in constants else constant_event(max(logs, key=lambda f: f.rows))
        return [line.format(event=text(counted)) for line in _BY_COUNT]
    stages, events = _entries([name for _, name in frequent[:_MOST_NAMES]], places)
    ladder = [line.format(*stages, *map(text, events)) for line in _BY_EVENT]
    return [*told, *ladder] if logs else []


def constant_event(f: Inspection) -> str:
    """The name that all rows of a log without a column of events get; empty where it has one.

    Rows that do not say whose they are, as the lines of orders, are no orders themselves. Others are called as their
    file is: those of `ratings.csv` are a `rating` each, of `2024-01.csv` something that `happened`.
    """
    found = event_columns(f)
    if READERS[f.format].nested or f.format not in ("csv", "xlsx", "parquet") or "event" in found:
        return ""
    shop = shop_of(f)
    if shop and shop.event:
        return shop.event
    sold = "amount" in found or "order" in words_of_id(found.get("event_id", ""))
    return "order" if sold and proposed_ids(f, "events")[0] else _one_of(PurePosixPath(f.file).name.split(".")[0])


def _one_of(many: str) -> str:
    """What one row of a file is, by the file's name; `happened` where that is no plural, or one of nothing special.

    >>> [_one_of(name) for name in ("ratings", "hotel_bookings", "web searches", "queries", "user_events", "address")]
    ['rating', 'booking', 'search', 'query', 'happened', 'happened']
    """
    last = (words_of(many).split() or [""])[-1]
    if not re.fullmatch("[a-z]+[^sui]s", last.replace("ics", "")) or last in _OF_NOTHING:
        return "happened"
    return re.sub("(?<=ch|sh|ss)e$|(?<=x)e$", "", re.sub("ies$", "ys", last)[:-1])


def _entries(names: Sequence[str], places: Mapping[str, float]) -> tuple[Sequence[str], Sequence[str]]:
    """Stages, and an event for each, of names ordered from the most frequent: the first whose words fit a stage each.

    Where a stage has none, what comes first, last and halfway in the rows of customers (`places`) stands for all; where
    that is not known either, the three that are seen least: a journey narrows.
    """
    fitting = [next((n for n in names if re.search(words, n, re.IGNORECASE)), "") for words in _STAGES.values()]
    if all(fitting) and len(set(fitting)) == len(fitting):
        return list(_STAGES), fitting
    placed = [n for n in names if n in places]
    if len(placed) >= len(_STAGES):
        first, last = min(placed, key=places.__getitem__), max(placed, key=places.__getitem__)
        halfway = (places[first] + places[last]) / 2
        between = min((n for n in placed if n not in (first, last)), key=lambda n: abs(places[n] - halfway))
        if places[last] - places[first] >= _FAR_APART:
            return _OF_NO_KNOWN, [first, between, last]
    rarest = list(names[-len(_STAGES) :])
    return list(_STAGES), rarest if len(rarest) == len(_STAGES) else ["EVENT"] * len(_STAGES)
