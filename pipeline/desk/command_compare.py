"""`personas compare`: what changed in personas and key figures between two runs, and what they were made of."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly


def compare_runs(
    first: Annotated[str, typer.Argument(help="A git revision, a DVC experiment, a folder of a project, `workspace`.")],
    second: Annotated[str, typer.Argument(help="The run to compare it with.")] = "workspace",
    project: Annotated[Path, typer.Option(help="Folder of the project whose revisions are meant.")] = Path(),
    every_figure: Annotated[bool, typer.Option("--all", help="List every key figure that differs.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what changed in personas and key figures between two finished runs, and why: data, code, params.

    Tables of a revision come from DVC's cache or remote; where they are in neither, key figures alone are compared.
    """
    import json

    with told_plainly():
        from pipeline.desk.compare import compare
        from pipeline.desk.compare_words import told
        from pipeline.desk.runs import open_run

        runs = [open_run(where, project) for where in (first, second)]
        found = compare(*runs)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    typer.echo("\n".join(told(first, second, found, every_figure)))
