"""Which format a file looks like, from its content: for the draft of sources.yaml and for hints in errors."""

from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.readers.registry import READERS

_GENERIC = ("transcript", "texts", "jsonl", "xlsx", "parquet", "csv")
"""Formats that take files which others recognise better: tried after all others, in this order."""


def most_specific_first() -> list[str]:
    """All formats, in the order of the registry; the generic ones last."""
    return [*(name for name in READERS if name not in _GENERIC), *(name for name in _GENERIC if name in READERS)]


def recognise(path: Path) -> tuple[str, Header]:
    """The format and the header of a file; raises `InputError` where no reader can take it."""
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
    try:
        name, _ = recognise(path)
    except InputError:
        return ""
    return f" The file looks like `format: {name}`."
