"""What the commands of the stages share: an error of ours ends a command with its message and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pipeline.core.errors import PipelineError
from pipeline.core.stage import FAILED, insist


@contextmanager
def told_plainly() -> Iterator[None]:
    """Inside, a `PipelineError` is said in one message and ends the command with exit code 1."""
    try:
        yield
    except PipelineError as error:
        insist(f"error: {error}")
        raise typer.Exit(FAILED) from None
