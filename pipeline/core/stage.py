"""How a stage is run from the command line: paths in, one summary line out, a clear error instead of a traceback."""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from pipeline.core.errors import PipelineError
from pipeline.core.machine_trouble import refused_by_machine

Paths = argparse.Namespace
Summary = Mapping[str, object]
FAILED = 1
INTERRUPTED = 130
"""As shells have it: 128 and the number of the signal."""

QUIET = "PERSONAS_QUIET"
"""Environment variable: where it is set, only errors and warnings are said, and summary lines that count some."""

console = Console(stderr=True, highlight=False, soft_wrap=True)
_warned: list[str] = []
"""Warnings of the stage that runs."""


def run(
    name: str,
    doc: str | None,
    paths: Mapping[str, str],
    main: Callable[[Paths], Summary],
    argv: list[str] | None = None,
) -> int:
    """Parse `--<path> PATH` options (name -> help text), run `main`, print one summary line.

    Returns the exit code: 0; 1 after a `PipelineError` or what the machine refuses, told on standard error; 130 after
    Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m pipeline.{name}.stage",
        description=doc,
        epilog=f"Example: dvc repro --single-item {name}    (the whole command stands in dvc.yaml)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for option, text in paths.items():
        parser.add_argument(f"--{option}", type=Path, required=True, help=text, metavar="PATH")
    parser.add_argument("--quiet", action="store_true", help=f"say errors and warnings only; also {QUIET}=1")
    given = parser.parse_args(argv)
    if given.quiet:
        os.environ[QUIET] = "1"
    _warned.clear()
    started = time.perf_counter()
    try:
        facts = main(given)
    except PipelineError as error:
        insist(f"error in stage {name}: {error}")
        return FAILED
    except KeyboardInterrupt:
        insist(f"stage {name} was interrupted; it leaves no half-written table")
        return INTERRUPTED
    except Exception as error:
        refused = refused_by_machine(error)
        if refused is None:
            raise
        insist(f"error in stage {name}: {refused}")
        return FAILED
    shown = ", ".join(
        f"{value:,} {fact}" if isinstance(value, int) else f"{fact} {value}" for fact, value in facts.items()
    )
    count = "1 warning" if len(_warned) == 1 else f"{len(_warned)} warnings"
    line = f"{name}: {shown}; {time.perf_counter() - started:.1f} s, {_peak_mebibytes():,} MiB, {count}"
    if _warned:
        insist(line)
    else:
        say(line)
    return 0


def is_quiet() -> bool:
    """Whether only errors and warnings are wanted."""
    return bool(os.environ.get(QUIET))


def say(text: str) -> None:
    """One plain line on standard error, unless quiet is wanted."""
    if not is_quiet():
        insist(text)


def warn(text: str) -> None:
    """A line that is said even where quiet is wanted, and counted in the stage's summary."""
    _warned.append(text)
    insist(f"  warning: {text}")


def insist(text: str) -> None:
    """One plain line on standard error, even where quiet is wanted."""
    console.print(text, markup=False)


def _peak_mebibytes() -> int:
    """Largest memory of this process so far; the kernel counts KiB on Linux and bytes on macOS."""
    divisor = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // divisor
