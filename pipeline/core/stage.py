"""How a stage is run from the command line: paths in, one summary line out, a clear error instead of a traceback."""

import argparse
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from pipeline.core.errors import PipelineError

Paths = argparse.Namespace
Summary = Mapping[str, object]
FAILED = 1

console = Console(stderr=True, highlight=False, soft_wrap=True)


def run(
    name: str,
    doc: str | None,
    paths: Mapping[str, str],
    main: Callable[[Paths], Summary],
    argv: list[str] | None = None,
) -> int:
    """Parse `--<path> PATH` options (name -> help text), run `main`, print one summary line.

    Returns the exit code: 0, or 1 after a `PipelineError`, whose message goes to standard error.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m pipeline.{name}.stage", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option, text in paths.items():
        parser.add_argument(f"--{option}", type=Path, required=True, help=text, metavar="PATH")
    given = parser.parse_args(argv)
    started = time.perf_counter()
    try:
        facts = main(given)
    except PipelineError as error:
        say(f"error in stage {name}: {error}")
        return FAILED
    shown = ", ".join(
        f"{value:,} {fact}" if isinstance(value, int) else f"{fact} {value}" for fact, value in facts.items()
    )
    say(f"{name}: {shown}; {time.perf_counter() - started:.1f} s, {_peak_mebibytes():,} MiB")
    return 0


def say(text: str) -> None:
    """One plain line on standard error."""
    console.print(text, markup=False)


def _peak_mebibytes() -> int:
    """Largest memory of this process so far; the kernel counts KiB on Linux and bytes on macOS."""
    divisor = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // divisor
