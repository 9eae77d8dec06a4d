"""Which format a file looks like, from its content: for the draft of sources.yaml and for hints in errors."""

import re
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.files import container_of, head
from pipeline.ingest.readers import json_rows, plain_text
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


def most_specific_first() -> list[str]:
    """All formats, in the order of the registry; the generic ones last."""
    return [*(name for name in READERS if name not in _GENERIC), *(name for name in _GENERIC if name in READERS)]


def recognise(path: Path) -> tuple[str, Header]:
    """The format and the header of a file; raises `InputError` where no reader can take it."""
    if path.is_file() and _XML.match(head(path, 4096).replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")):
        return "xes", _of_xml(path)
    problem = InputError(f"{path.name}: no known format. Known: {', '.join(sorted(READERS))}.")
    objects = _is_json(path)
    for name in most_specific_first():
        if objects and not (READERS[name].nested or READERS[name].of_objects):
            continue
        try:
            header = READERS[name].header(path)
        except InputError as error:
            problem = error
            continue
        signature = READERS[name].signature
        fits = plain_text.matches(path) if name == _PLAIN_TEXT else signature is None or signature(header.columns)
        if fits:
            return name, header
    raise problem


def _of_xml(path: Path) -> Header:
    """The header of an XML document: no other format has a word for what is wrong in one."""
    start = head(path, 65_536).replace(b"\x00", b"")
    if b"<log" not in start and b":log" not in start:
        raise InputError(f"{path.name}: {_OTHER_XML}")
    return READERS["xes"].header(path)


def looks_like(path: Path) -> str:
    """A hint for a file that is not as declared, or the empty string."""
    try:
        name, _ = recognise(path)
    except InputError:
        return ""
    return f" The file looks like `format: {name}`."
