"""`personas inspect`: say what exports seem to be, and draft the sources.yaml of a folder."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly
from pipeline.core.errors import SettingsError, near_match
from pipeline.core.sources import SOURCES_FILE
from pipeline.core.stage import say

SCHEMA = Path("docs") / "reference" / "sources.schema.json"
"""In the project's folder, where commands are called."""
RAW = Path("data") / "raw"
_SHOWN = 10


def inspect(
    path: Annotated[Path, typer.Argument(help="A raw export, or a folder of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the draft into the folder as sources.yaml, if there is none yet.")
    ] = False,
) -> None:
    """Say what a file seems to be; for a folder, draft its sources.yaml with questions to answer."""
    from pipeline.ingest.inspection import inspect_file, inspect_folder
    from pipeline.ingest.workbook import split_sheet

    with told_plainly():
        if not split_sheet(path)[0].exists():
            raise SettingsError(f"{path}: no such file or folder.{_beside(path)}")
        if write:
            _refuse_to_write(path)
        if path.is_dir():
            found, problems = inspect_folder(path)
            if as_json:
                content = {"files": [f.as_dict() for f in found], "problems": problems}
                typer.echo(json.dumps(content, ensure_ascii=False))
                return
            _draft(path, found, problems, write)
            return
        one = inspect_file(path)
    typer.echo(json.dumps(one.as_dict(), ensure_ascii=False) if as_json else _shown(one.as_dict()))


def _beside(path: Path) -> str:
    """Where the file is, or what is there in place of it."""
    elsewhere = [f for f in sorted(RAW.glob("*/*")) if f.name == path.name]
    if elsewhere:
        return f" Did you mean `{elsewhere[0]}`?"
    there = sorted(p.name for p in path.parent.iterdir() if p.name[0] != ".") if path.parent.is_dir() else []
    return near_match(path.name, there) + (f" {path.parent} has {', '.join(there[:_SHOWN])}." if there else "")


def _refuse_to_write(path: Path) -> None:
    if not path.is_dir():
        raise SettingsError(f"--write is for a folder, and {path} is a file.")
    if (path / SOURCES_FILE).exists():
        raise SettingsError(
            f"{path / SOURCES_FILE} exists and is left alone: it may hold your answers. "
            "Delete or rename it first, or leave out --write to see the draft."
        )


def _draft(folder: Path, found: list, problems: list[str], write: bool) -> None:
    from pipeline.ingest.advice import open_questions
    from pipeline.ingest.draft import draft_sources

    draft = draft_sources(folder.name, found, problems)
    if not write:
        typer.echo(draft, nl=False)
        return
    target = folder / SOURCES_FILE
    target.write_text(_for_editors(folder) + draft, encoding="utf-8")
    count = len(open_questions(draft))
    say(f"{target}: drafted from {len(found)} file(s), {count} lines marked `?`. Answer them, then `personas check`.")
    for problem in problems:
        say(f"  not readable: {problem}")


def _for_editors(folder: Path) -> str:
    """A line by which editors know the keys of the file, where the project's schema is at hand."""
    if not SCHEMA.is_file():
        return ""
    return f"# yaml-language-server: $schema={Path(os.path.relpath(SCHEMA, folder)).as_posix()}\n"


def _shown(found: dict) -> str:
    head = f"{found['file']}: format {found['format']}, {found['rows']:,} rows, "
    head += f"{found['header_rows']} header row(s), {found['encoding']}"
    head += f", delimiter {found['delimiter']!r}" if found["delimiter"] else ""
    lines = [
        f"  {c['name']}: {c['kind']}, missing {c['missing_share']:.1%}, {c['distinct']:,} distinct"
        f"{', candidate id' if c['candidate_id'] else ''}{_doubts(c)}"
        if c["kind"] != "path"
        else f"  {c['name']}"
        for c in found["columns"]
    ]
    return "\n".join([head, *(f"  warning: {w}" for w in found["warnings"]), *lines])


def _doubts(column: dict) -> str:
    """Of a column's times whether the zone is certain; texts that may mean that a value is not known."""
    zone = f", time zone {column['time_zone']}" if column["time_zone"] else ""
    told = ", ".join(f"{text!r} {n:,} times" for text, n in column["placeholders"].items())
    return zone + (f", missing too? {told}" if told else "")
