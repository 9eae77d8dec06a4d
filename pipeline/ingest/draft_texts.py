"""Drafts for texts of customers: which columns of tickets, reviews and posts are the standard ones."""

from collections.abc import Callable

from pipeline.ingest.draft_kinds import text_column
from pipeline.ingest.draft_times import time_column
from pipeline.ingest.inspection import Inspection
from pipeline.ingest.privacy import words_of
from pipeline.ingest.readers.texts import STANDARD

_NAMES = {
    "text": ("body", "review", "review text", "review body", "comment", "message", "content", "feedback", "post"),
    "title": ("subject", "headline", "review title", "ticket subject", "summary"),
    "rating": ("stars", "score", "overall"),
    "document": ("review id", "ticket id", "ticket", "post id", "thread id", "message id"),
    "speaker": ("author", "author role", "from"),
}


def text_lines(f: Inspection, text: Callable[[str], str]) -> list[str]:
    """The line that maps columns of other names to the standard ones; none where there are none, as in transcripts."""
    if f.format == "transcript":
        return []
    own = {c.name for c in f.columns}
    by_words = {words_of(c.name): c.name for c in f.columns if c.name not in STANDARD}
    found = {
        standard: next((by_words[n] for n in names if n in by_words), "")
        for standard, names in _NAMES.items()
        if standard not in own
    }
    if not found.get("text", "text"):
        found["text"] = text_column(f)
    written_at = time_column(f, "texts")
    found |= {"written_at": written_at} if written_at and "written_at" not in own else {}
    listed = ", ".join(f"{standard}: {text(column)}" for standard, column in found.items() if column)
    return [f"    columns: {{{listed}}}   # ? also turn, consent"] if listed else []
