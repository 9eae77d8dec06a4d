"""Reviews, support tickets, e-mails and social posts: delimited text with one header row, or one JSON object per line.

Columns called text, written_at, document, speaker, title, rating, turn or consent are found by themselves; others are
declared under `columns` in sources.yaml. Keys of nested JSON objects are joined by dots, e.g. `author.id`.
"""

from pathlib import Path

from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.privacy import words_of
from pipeline.ingest.readers import json_rows

EXPECTS = "one header row and one row per text, or one JSON object per line"
STANDARD = ("text", "written_at", "document", "speaker", "title", "rating", "turn", "consent")
_TEXT_NAMES = frozenset({"text", "body", "review", "review text", "review body", "comment", "message", "content",
                         "feedback", "post", "tweet", "description", "message body", "plain body"})  # fmt: skip
_COMPANIONS = frozenset({"rating", "stars", "score", "title", "subject", "headline", "ticket id", "review id",
                         "post id", "message id", "thread id", "ticket", "author", "written at",
                         "document", "summary", "reviewer id"})  # fmt: skip


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is empty or has no rows."""
    return json_rows.header(path) if json_rows.is_json(path) else delimited_header(path)


def matches(columns: tuple[str, ...]) -> bool:
    """Whether a header is that of texts: a column of words beside a title, a rating or a document."""
    names = {words_of(c) for c in columns}
    return bool(names & _TEXT_NAMES) and bool(names & _COMPANIONS) and not names & {"event", "event name"}


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export, for columns that bear the standard name."""
    columns = header(path).columns
    return {name: name for name in STANDARD if name in columns}
