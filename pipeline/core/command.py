"""What the commands share: a user's mistake, or what the machine refuses, ends one with a message and no traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from pipeline.core.errors import PipelineError
from pipeline.core.machine_trouble import refused_by_machine
from pipeline.core.stage import FAILED, insist


@contextmanager
def told_plainly() -> Iterator[None]:
    """Inside, a `PipelineError`, or what the machine refuses, is said in one message and ends with exit code 1."""
    try:
        yield
    except Exception as error:
        told = str(error) if isinstance(error, PipelineError) else refused_by_machine(error)
        if told is None:
            raise
        insist(f"error: {told}")
        raise typer.Exit(FAILED) from None
