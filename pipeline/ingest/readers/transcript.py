"""Interview transcripts as delimited text, one row per turn.

Columns: `doc_id, respondent_id (or any id), date, speaker, turn, text`, and `consent`, where "no" keeps a turn out.
The format is our own: dates in it are UTC unless sources.yaml says otherwise.
"""

from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.shown_columns import shown

REQUIRED = ("doc_id", "speaker", "turn", "text")
EXPECTS = f"one header row with {', '.join(REQUIRED)}"


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format."""
    found = delimited_header(path)
    if not matches(found.columns):
        raise InputError(f"{path.name}: expected {EXPECTS}, found {shown(found.columns, 8)}")
    return found


def matches(columns: tuple[str, ...]) -> bool:
    """Whether a header has the signature of the format."""
    return set(REQUIRED) <= set(columns)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    known = {
        "document": "doc_id",
        "speaker": "speaker",
        "turn": "turn",
        "text": "text",
        "written_at": "date",
        "consent": "consent",
    }
    columns = header(path).columns
    return {name: column for name, column in known.items() if column in columns}
