"""Errors an analyst can act on: they say what was found, where, what is allowed and what to fix.

Every error that a user's input can cause is a `PipelineError`; `core.stage.run` and the command line print it without a
traceback and leave earlier outputs alone, and so they do with what the machine refuses (`machine_trouble`). Anything
else that escapes is a bug of ours and keeps its traceback.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class PipelineError(Exception):
    """Base of all errors caused by input, parameters or tables; `str(error)` is the whole message."""


class InputError(PipelineError):
    """A raw export cannot be read as declared."""


class SettingsError(PipelineError):
    """`params.yaml` or `sources.yaml` does not fit its model."""


class SchemaError(PipelineError):
    """A table between stages breaks its schema."""


class BusyError(PipelineError):
    """Another process writes the same outputs at this moment."""


def near_match(found: str, allowed: Iterable[str]) -> str:
    """A hint naming the closest allowed word, whatever its case, or the empty string.

    >>> near_match("sede", ["seed", "sample"])
    ' Did you mean `seed`?'
    >>> near_match("ID", ["Mode", "Id"])
    ' Did you mean `Id`?'
    >>> near_match("zzz", ["seed"])
    ''
    """
    words = {word.strip().casefold(): word for word in sorted(allowed, reverse=True)}
    close = get_close_matches(found.strip().casefold(), list(words), n=1, cutoff=0.6)
    return f" Did you mean `{words[close[0]]}`?" if close else ""


def gather(kind: type[PipelineError], mistakes: Iterable[str], heading: str) -> None:
    """Raise one error that lists all mistakes; return quietly where there are none.

    >>> gather(InputError, [], "data/raw/x")
    >>> gather(InputError, ["a.csv: empty", "b.csv: missing"], "data/raw/x has 2 mistakes")
    Traceback (most recent call last):
    pipeline.core.errors.InputError: data/raw/x has 2 mistakes
      - a.csv: empty
      - b.csv: missing
    """
    lines = list(mistakes)
    if lines:
        raise kind("\n".join([heading, *(f"  - {line}" for line in lines)]))
