"""`personas reproduce`: run a revision anew, from git alone, and hold its key figures against those that git has."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly
from pipeline.core.errors import InputError
from pipeline.core.stage import FAILED, say

SCRATCH = Path("build") / "reproduce"


def reproduce(
    revision: Annotated[str, typer.Argument(help="The git revision whose figures are held to account.")] = "HEAD",
    relative: Annotated[float, typer.Option(help="Relative difference up to which figures agree.", min=0)] = 0.02,
    absolute: Annotated[float, typer.Option(help="Absolute difference up to which figures agree.", min=0)] = 0.005,
    keep: Annotated[bool, typer.Option("--keep", help=f"Leave the run in {SCRATCH}, to look at.")] = False,
) -> None:
    """Run a revision anew in a clone, without any cache, and compare its key figures with those in git.

    Two figures agree within 2 % or 0.005; texts must be equal. On one machine a run repeats to the last byte: the
    tolerance is for other processors and mathematics libraries, whose last digits differ. Ends with 1 if one differs.
    """
    with told_plainly():
        from pipeline.desk.reproduction import differing
        from pipeline.desk.runs import flat, metrics_of, of_folder, of_revision

        published = flat(metrics_of(of_revision(revision, Path())))
        if not published:
            raise InputError(f"{revision}: git has no key figures of this revision (reports/metrics).")
        clone = _clone(revision)
        try:
            say(f"running {revision} anew in {SCRATCH}: as long as a first run, no cache is used")
            _run(clone)
            anew = flat(metrics_of(of_folder(clone)))
        finally:
            if not keep:
                shutil.rmtree(clone, ignore_errors=True)
        wrong = differing(published, anew, relative, absolute)
    for line in wrong:
        typer.echo(f"  {line}")
    typer.echo(
        f"{len(published)} key figures of {revision}: {len(published) - len(wrong)} found again, {len(wrong)} not."
    )
    if wrong:
        raise typer.Exit(FAILED)


def _clone(revision: str) -> Path:
    """The project at `revision` in the scratch folder; raw exports, which git does not hold, are those at hand."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.parent.mkdir(parents=True, exist_ok=True)
    _call(["git", "clone", "--quiet", "--no-checkout", ".", str(SCRATCH)], Path())
    commit = subprocess.run(["git", "rev-parse", revision], capture_output=True, text=True, check=True).stdout.strip()
    _call(["git", "checkout", "--quiet", "--detach", commit], SCRATCH)
    from pipeline.core.params import PARAMS_FILE, load_general

    dataset = load_general(SCRATCH / PARAMS_FILE).dataset
    raw = Path("data") / "raw" / dataset
    if dataset != "sample":
        if not raw.is_dir():
            raise InputError(f"{raw}: git does not hold raw exports, and they are not here either.")
        shutil.copytree(raw, SCRATCH / raw)
    return SCRATCH


def _run(folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(["dvc", "repro", "report"], cwd=folder, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        raise InputError(f"the run failed in {folder}; what it said stands above.")


def _call(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise InputError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
