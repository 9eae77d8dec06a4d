"""Which format a file looks like, from its content: for the draft of sources.yaml and for hints in errors."""

import re
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.files import container_of, head
from pipeline.ingest.readers import json_lines, json_rows, plain_text
from pipeline.ingest.readers.registry import READERS

_PLAIN_TEXT = "plain-text"
"""Any text could be one: told by its lines."""
_GENERIC = ("transcript", _PLAIN_TEXT, "texts", "jsonl", "xlsx", "parquet", "csv")
"""Formats that take files which others recognise better: tried after all others, in this order."""


_XML = re.compile(rb"\s*(?:<\?xml|<(?:\w+:)?log[\s>])")
_OTHER_XML = "an XML document that is no event log (XES). Export it as CSV."


def _is_json(path: Path) -> bool:
    """Whether a file begins with a JSON object or with an array of such."""
    try:
        return container_of(path) == "text" and json_rows.is_json(path)
    except InputError:
        return False


def _keys(path: Path) -> tuple[str, ...]:
    """The keys of the first JSON objects, those of nested ones joined by dots; none where they cannot be read."""
    try:
        found = json_lines.first_objects(path)
    except InputError:
        return ()
    return tuple(dict.fromkeys(key for one in found for key in json_lines.paths_of(one)))


def most_specific_first() -> list[str]:
    """All formats, in the order of the registry; the generic ones last."""
    return [*(name for name in READERS if name not in _GENERIC), *(name for name in _GENERIC if name in READERS)]


def recognise(path: Path) -> tuple[str, Header]:
    """The format and the header of a file; raises `InputError` where no reader can take it."""
    name = format_of(path)
    return name, READERS[name].header(path)


def format_of(path: Path) -> str:
    """The format of a file by its beginning; raises `InputError` where no reader can take it.

    Of JSON objects with fixed columns the first objects tell: their reader looks for keys in all of them.
    """
    if path.is_file() and _XML.match(head(path, 4096).replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")):
        _refuse_other_xml(path)
        return "xes"
    problem = InputError(f"{path.name}: no known format. Known: {', '.join(sorted(READERS))}.")
    objects = _is_json(path)
    keys = _keys(path) if objects else ()
    for name in most_specific_first():
        reader = READERS[name]
        if objects and not reader.nested:
            if reader.of_objects and reader.of_objects(keys):
                return name
            continue
        try:
            header = reader.header(path)
        except InputError as error:
            problem = error
            continue
        signature = reader.signature
        fits = plain_text.matches(path) if name == _PLAIN_TEXT else signature is None or signature(header.columns)
        if fits:
            return name
    raise problem


def _refuse_other_xml(path: Path) -> None:
    """Raises `InputError` for XML that is no event log: no other format has a word for what is wrong in it."""
    start = head(path, 65_536).replace(b"\x00", b"")
    if b"<log" not in start and b":log" not in start:
        raise InputError(f"{path.name}: {_OTHER_XML}")


def looks_like(path: Path) -> str:
    """A hint for a file that is not as declared, or the empty string."""
    try:
        return f" The file looks like `format: {format_of(path)}`."
    except InputError:
        return ""
