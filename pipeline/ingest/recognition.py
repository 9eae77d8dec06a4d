"""Which format a file looks like, from its content: for the draft of sources.yaml and for hints in errors."""

from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.readers.registry import READERS

_MOST_SPECIFIC_FIRST = ("segment", "qualtrics", "hubspot-contacts", "transcript", "csv")


def recognise(path: Path) -> tuple[str, Header]:
    """The format and the header of a file; raises `InputError` where no reader can take it."""
    problem = InputError(f"{path.name}: no known format. Known: {', '.join(sorted(READERS))}.")
    for name in _MOST_SPECIFIC_FIRST:
        try:
            return name, READERS[name].header(path)
        except InputError as error:
            problem = error
    raise problem


def looks_like(path: Path) -> str:
    """A hint for a file that is not as declared, or the empty string."""
    try:
        name, _ = recognise(path)
    except InputError:
        return ""
    return f" The file looks like `format: {name}`."
