"""Reviews, support tickets, e-mails and social posts: delimited text with one header row, or one JSON object per line.

Columns called text, written_at, document, speaker, title, rating, turn or consent are found by themselves; others are
declared under `columns` in sources.yaml. Keys of nested JSON objects are joined by dots, e.g. `author.id`.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.files import Layout, encoding_of, open_text
from pipeline.ingest.json_objects import json_object
from pipeline.ingest.privacy import words_of

EXPECTS = "one header row and one row per text, or one JSON object per line"
STANDARD = ("text", "written_at", "document", "speaker", "title", "rating", "turn", "consent")
_TEXT_NAMES = frozenset({"text", "body", "review", "review text", "review body", "comment", "message", "content",
                         "feedback", "post", "tweet", "description", "message body", "plain body"})  # fmt: skip
_COMPANIONS = frozenset({"rating", "stars", "score", "title", "subject", "headline", "ticket id", "review id",
                         "post id", "message id", "thread id", "ticket", "author", "written at",
                         "document", "summary", "reviewer id"})  # fmt: skip


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is empty or has no rows."""
    if not is_json_lines(path):
        return delimited_header(path)
    columns: dict[str, None] = {}
    for found in _objects(path):
        for key in found or ():
            columns.setdefault(key)
    if not columns:
        raise InputError(f"{path.name}: the JSON objects are empty. Export it again, or remove the source.")
    names = tuple(columns)
    return Header(names, 0, Layout(encoding_of(path), ""), read=partial(_rows, columns=names))


def matches(columns: tuple[str, ...]) -> bool:
    """Whether a header is that of texts: a column of words beside a title, a rating or a document."""
    names = {words_of(c) for c in columns}
    return bool(names & _TEXT_NAMES) and bool(names & _COMPANIONS) and not names & {"event", "event name"}


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export, for columns that bear the standard name."""
    columns = header(path).columns
    return {name: name for name in STANDARD if name in columns}


def is_json_lines(path: Path) -> bool:
    """Whether the first line that is not blank is a JSON object."""
    with open_text(path, encoding_of(path)) as file:
        while (line := file.readline(1 << 20)) and not line.strip("\ufeff \t\r\n"):
            pass
    return flat_object(line) is not None


def flat_object(line: str) -> dict[str, str] | None:
    """A line's JSON object as texts, nested keys joined by dots; None where it is no object.

    Numbers stay as they are written, null is blank, a list is its JSON.

    >>> flat_object('{"id": 0.10, "by": {"name": null}}')
    {'id': '0.10', 'by.name': ''}
    """
    found = json_object(line, parse_float=str, parse_int=str, parse_constant=str)
    return dict(_flat(found, "")) if found is not None else None


def _flat(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{prefix}{key}.")
        elif isinstance(inner, str):
            yield f"{prefix}{key}", inner
        else:
            yield f"{prefix}{key}", "" if inner is None else json.dumps(inner, ensure_ascii=False)


def _objects(path: Path) -> Iterator[dict[str, str] | None]:
    with open_text(path, encoding_of(path)) as file:
        for line in file:
            if line.strip("\ufeff \t\r\n"):
                yield flat_object(line)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """Rows of JSON lines; a line that is no object is a row without cells."""
    for found in _objects(path):
        yield [found.get(c, "") for c in columns] if found else []
