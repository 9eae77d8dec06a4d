"""`personas doctor`: is this machine fit for a run, and what to do where it is not."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly
from pipeline.core.errors import SettingsError
from pipeline.core.stage import FAILED

MARKS = {"ok": "ok", "warning": "warn", "error": "FAIL"}


def doctor(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")] = Path(),
) -> None:
    """Look at versions, Java, memory, disk, browser and DVC's settings, and say what to do where one is not well.

    Ends with 1 where a run could not succeed, else with 0. Nothing is changed, nothing is asked of a network.
    """
    from pipeline.desk.doctor import examine
    from pipeline.desk.machine import facts

    with told_plainly():
        if not (project / "pyproject.toml").is_file() or not (project / "dvc.yaml").is_file():
            raise SettingsError(f"{project.resolve().name}: no project here (pyproject.toml and dvc.yaml are missing).")
        found = examine(facts(project))
    for one in found:
        typer.echo(f"{MARKS[one.level]:4}  {one.what:11}  {one.told}")
    wrong = sum(one.level == "error" for one in found)
    doubtful = sum(one.level == "warning" for one in found)
    typer.echo(f"{wrong} to mend, {doubtful} to know of." if wrong or doubtful else "All is well.")
    if wrong:
        raise typer.Exit(FAILED)
