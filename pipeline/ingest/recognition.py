"""Which format a file looks like, from its content: for the draft of sources.yaml and for hints in errors."""

import re
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.files import head
from pipeline.ingest.readers.registry import READERS

_GENERIC = ("transcript", "texts", "jsonl", "xlsx", "parquet", "csv")
"""Formats that take files which others recognise better: tried after all others, in this order."""


ARRAY = (
    "a JSON array, which cannot be streamed. Write one object per line: `jq -c '.[]' export.json > export.jsonl` (or "
    "`jq -c '.events[]'` where the array stands in an object)."
)


SPOKEN = (
    "turns of speech, `Speaker: words` on each line, and no table. Put all of them in one CSV with the columns doc_id, "
    "speaker, turn and text (docs/formats/texts-and-others.md)."
)
_TURN = re.compile(r"^\W?(?:[0-9]{1,2}:)?(?:[0-9]{1,2}:[0-9]{2}[^\w:]*)?\s*[^\W\d][\w .'-]{0,30}:\s+\w+[ ,.?!']")
_FEWEST_TURNS = 4
_MOST_TURNS = 0.9


def is_array(path: Path) -> bool:
    """Whether a file is a JSON array of objects, on one line or on many."""
    if not path.is_file():
        return False
    start = head(path, 4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"[") and start[1:].lstrip().startswith(b"{")


def _is_spoken(path: Path) -> bool:
    """Whether a file is text of turns, `Speaker: words` on each line, or with a time before it."""
    lines = [line for line in head(path, 8192).decode("utf-8", "replace").splitlines()[:-1] if line.strip()]
    turns = sum(bool(_TURN.match(line)) for line in lines)
    return len(lines) >= _FEWEST_TURNS and turns >= _MOST_TURNS * len(lines)


def most_specific_first() -> list[str]:
    """All formats, in the order of the registry; the generic ones last."""
    return [*(name for name in READERS if name not in _GENERIC), *(name for name in _GENERIC if name in READERS)]


def recognise(path: Path) -> tuple[str, Header]:
    """The format and the header of a file; raises `InputError` where no reader can take it."""
    if is_array(path):
        raise InputError(f"{path.name}: {ARRAY}")
    if path.is_file() and _is_spoken(path):
        raise InputError(f"{path.name}: {SPOKEN}")
    problem = InputError(f"{path.name}: no known format. Known: {', '.join(sorted(READERS))}.")
    for name in most_specific_first():
        try:
            header = READERS[name].header(path)
        except InputError as error:
            problem = error
            continue
        signature = READERS[name].signature
        if signature is None or signature(header.columns):
            return name, header
    raise problem


def looks_like(path: Path) -> str:
    """A hint for a file that is not as declared, or the empty string."""
    if is_array(path):
        return f" It is {ARRAY}"
    try:
        name, _ = recognise(path)
    except InputError:
        return ""
    return f" The file looks like `format: {name}`."
