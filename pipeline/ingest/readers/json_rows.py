"""JSON objects as the rows of a table: customers, answers, exposures, texts …, one object per line or in an array.

Keys of nested objects are joined by dots, e.g. `author.id`; lists are JSON.
"""

import json
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.files import Layout, container_of, encoding_of, is_spread_json, open_text
from pipeline.ingest.json_arrays import one_per_line
from pipeline.ingest.json_objects import json_object
from pipeline.ingest.readers.json_lines import refuse_one

EXPECTS = "one JSON object per line, or an array of objects"
_LONGEST_PEEK = 1 << 20


def header(path: Path) -> Header:
    """The keys of all objects; raises `InputError` where the file holds none, or objects without keys."""
    if container_of(path) != "text" or not is_json(path):
        raise InputError(f"{path.name}: expected {EXPECTS}, found something else")
    refuse_one(path)
    about = path.stat()
    names = _columns(path, about.st_mtime_ns, about.st_size)
    if not names:
        raise InputError(f"{path.name}: the JSON objects are empty. Export it again, or remove the source.")
    return Header(names, 0, Layout(encoding_of(path), ""), read=partial(_rows, columns=names))


@lru_cache(maxsize=64)
def _columns(path: Path, changed: int, size: int) -> tuple[str, ...]:
    """The keys of all objects; kept while the file is as it was, as it is read to its end for them."""
    columns: dict[str, None] = {}
    for found in _objects(path):
        for key in found or ():
            columns.setdefault(key)
    return tuple(columns)


def is_json(path: Path) -> bool:
    """Whether the first line that is not blank is a JSON object, or the text an array of such."""
    encoding = encoding_of(path)
    if is_spread_json(path, encoding):
        return True
    with open_text(path, encoding) as file:
        while (line := file.readline(_LONGEST_PEEK)) and not line.strip("\ufeff \t\r\n"):
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
        for line in one_per_line(file, path.name):
            if line.strip(" \t\r\n"):
                yield flat_object(line)


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[list[str]]:
    """Rows of JSON objects; a line that is no object is a row without cells."""
    for found in _objects(path):
        yield [found.get(c, "") for c in columns] if found else []
