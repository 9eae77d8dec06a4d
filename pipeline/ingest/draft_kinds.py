"""Drafts of scores, mentions and costs: what a table with one header row seems to hold, by the names of its columns."""

from collections.abc import Callable, Collection, Mapping, Set

from pipeline.ingest.draft_once import once
from pipeline.ingest.draft_shops import shop_of
from pipeline.ingest.id_names import PERSONS, names_an_id, names_an_individual, words_of_id
from pipeline.ingest.inspection import SAMPLE_ROWS, Column, Inspection
from pipeline.ingest.privacy import is_direct_identifier, words_of
from pipeline.ingest.readers.registry import READERS
from pipeline.ingest.scales import in_order, with_opinion

FURTHER_KINDS = ("feedback", "mentions", "costs")
_SCORES = {
    "csat": ("csat", "csat score", "satisfaction", "satisfaction score", "satisfaction rating"),
    "effort": ("ces", "ces score", "effort", "effort score", "customer effort score"),
    "nps": ("nps", "nps score"),
    "rating": ("rating", "score", "stars"),
}
_NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "feedback": {
        "given_at": ("given at", "submitted at", "submitted", "created at", "timestamp", "date", "time", "answered at"),
        "touchpoint": ("touchpoint", "touch point", "asked about", "interaction", "event", "survey", "moment"),
        "channel": ("channel", "medium"),
        "feedback_id": ("feedback id", "ticket id", "response id"),
    },
    "mentions": {
        "competitor": ("competitor", "competitor name", "rival", "competitor mentioned"),
        "mentioned_at": ("mentioned at", "date", "timestamp", "created at"),
    },
    "costs": {
        "day": ("date", "day", "spend date", "reporting date"),
        "cost": ("cost", "spend", "amount spent", "costs", "media cost"),
        "campaign": ("campaign", "campaign name", "utm campaign"),
        "channel": ("channel", "source medium", "medium", "platform", "source"),
        "currency": ("currency", "currency code"),
    },
}
_TIMES = ("given_at", "mentioned_at", "day")
_OF_LOGS = {
    "event", "event name", "event type", "activity", "activity name", "action", "order id", "amount", "total",
}  # fmt: skip
"""Names of columns that a table of events has and one of customers has not."""
_OF_ANSWERS = {"response", "respondent", "interview"}
_WIDE = 12
"""Columns that no log has without a word for what happened or for whom."""
_SEVERAL = 0.9
"""Distinct ids per row, below which these come again and again."""
_FEWEST_ASKED = 3
_OF_TICKETS = {"ticket", "review", "conversation", "comment", "message", "post"}
"""What a table of texts is about, by words of its columns' names."""


@once
def proposed_kind(f: Inspection) -> str:
    """The kind of source that a file seems to be: by its format, the names of its columns and what they hold."""
    kinds = READERS[f.format].kinds
    if len(kinds) == 1:
        return kinds[0]
    names = {words_of(c.name) for c in f.columns}
    if names & {"variant", "arm", "treatment"}:
        return "exposures"
    has_time = any(c.kind == "time" for c in f.columns)
    further = kind_by_names(names, has_time)
    if further:
        return further
    if shop_of(f):
        return "events"
    if has_time and text_column(f) and _OF_TICKETS & {word for name in names for word in name.split()}:
        return "texts"
    if _asks(f):
        return "responses"
    return "events" if has_time and _is_log(f, names) else "customers"


def _is_log(f: Inspection, names: Set[str]) -> bool:
    """Whether rows with a time are what happened: they are called so, somebody has several, or none has an id.

    Many columns of which none is an id are no log's: each row tells of somebody else.
    """
    if names & _OF_LOGS or any(_has_several(c, f) for c in f.columns):
        return True
    nobody = len(f.columns) > _WIDE and not any(c.addresses or names_an_id(c.name) or words_of(c.name) in PERSONS
                                                for c in f.columns)  # fmt: skip
    return not any(c.id for c in f.columns) and not nobody


def _has_several(c: Column, f: Inspection) -> bool:
    """Whether a column holds ids of persons who have several rows each."""
    rows = (1 - c.missing) * min(f.rows, SAMPLE_ROWS)
    return names_an_individual(c.name) and c.kind not in ("binary", "empty") and c.distinct < _SEVERAL * rows


def _asks(f: Inspection) -> bool:
    """Whether a table is a survey: rows are called responses, or many headings are questions, have several ticks or the
    answers of a known scale."""
    ids = [c.name for c in f.columns if c.id and names_an_id(c.name)]
    if any(_OF_ANSWERS & set(words_of_id(name)) for name in ids):
        return True
    if any(c.addresses or is_direct_identifier(c.name) for c in f.columns):
        return False  # contacts have several tags, interests and lists
    asked = sum(c.name.rstrip().endswith("?") or bool(c.joined or in_order(with_opinion(c.levels))) for c in f.columns)
    return asked >= _FEWEST_ASKED


def text_column(f: Inspection) -> str:
    """The last column of free text, as the subject of a ticket stands before its words; empty where there is none."""
    return next((c.name for c in reversed(f.columns) if c.kind == "text"), "")


def kind_by_names(names: Collection[str], has_time: bool) -> str | None:
    """Which further kind a table seems to be, by its columns' names as words; None where it is none.

    >>> kind_by_names({"date", "campaign", "spend"}, True), kind_by_names({"touchpoint", "csat", "date"}, True)
    ('costs', 'feedback')
    >>> kind_by_names({"customer id", "date", "amount"}, True)
    """
    asked = _NAMES["feedback"]["touchpoint"][:4]
    if has_time and _first(names, _NAMES["costs"]["cost"]) and _first(names, _NAMES["costs"]["campaign"]):
        return "costs"
    if has_time and _score(names)[1] and _first(names, asked):
        return "feedback"
    return "mentions" if _first(names, _NAMES["mentions"]["competitor"]) else None


def further_columns(kind: str, by_words: Mapping[str, str], text: Callable[[str], str]) -> list[str]:
    """The lines that map the columns of one of these kinds; `by_words` gives a column by its name as words."""
    found = {standard: _first(by_words, names) for standard, names in _NAMES[kind].items()}
    lines = []
    if kind == "feedback":
        measure, name = _score(by_words)
        found["score"] = name
        lines = [f"    score: {{measure: {measure}, worst: 1, best: 5}}   # ? ends of the scale"]
    listed = ", ".join(f"{standard}: {text(by_words[name])}" for standard, name in found.items() if name)
    rest = [standard for standard, name in found.items() if not name]
    return [*lines, f"    columns: {{{listed}}}   # ? {'also ' + ', '.join(rest) if rest else 'right?'}"]


def further_time(kind: str, by_words: Mapping[str, str]) -> str:
    """The column with the time of a row of one of these kinds, of those of times by their names as words."""
    known = next((names for standard, names in _NAMES[kind].items() if standard in _TIMES), ())
    return by_words.get(_first(by_words, known) or "", "")


def _score(names: Collection[str]) -> tuple[str, str | None]:
    """The measure, and the name of the column with the scores."""
    found = ((measure, _first(names, known)) for measure, known in _SCORES.items())
    return next(((measure, name) for measure, name in found if name), ("rating", None))


def _first(names: Collection[str], wanted: Collection[str]) -> str | None:
    return next((name for name in wanted if name in names), None)
