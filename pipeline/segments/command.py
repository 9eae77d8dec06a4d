"""`personas segment`: segments of one's own table, by the stage's code, without a project around it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.core.command import told_plainly

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.segments.settings import StageParams
    from pipeline.segments.typing_tool import Tool

DEFAULTS = Path(__file__).with_name("defaults.yaml")
HEADER = ["customer_id", "segment", "probability"]


def segment_table(
    table: Annotated[Path, typer.Argument(help="CSV (also .gz) or Parquet, one row per customer.")],
    out: Annotated[Path, typer.Option(help="File to write: customer_id,segment,probability (-1 = unassigned).")],
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column with the customers' ids; left out: rows are numbered.")
    ] = None,
    roles: Annotated[Path | None, typer.Option(help="YAML that says what columns are: {column: {kind, role}}.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the seed in the params.")] = None,
    tool: Annotated[
        Path | None, typer.Option(help="Typing tool to write (JSON; the page and the SQL are written beside it).")
    ] = None,
    partition_anyway: Annotated[
        bool, typer.Option("--partition-anyway", help="Cut the customers into groups even where there are no segments.")
    ] = False,
) -> None:
    """Segment any table of customers and say honestly whether the segments are real.

    Kinds of columns are inferred, printed, and can be set in --roles. Without segment structure every customer gets
    -1. Parameters are those of params.yaml where there is one in this folder, else the packaged ones.
    """
    with told_plainly():
        _segment(table, out, id_column, roles, seed, partition_anyway, tool)


def _segment(
    path: Path,
    out: Path,
    id_column: str | None,
    roles: Path | None,
    seed: int | None,
    partition_anyway: bool,
    tool_path: Path | None,
) -> None:
    from threadpoolctl import threadpool_limits

    from pipeline.core.workers import pool
    from pipeline.segments.customer_table import read_customers
    from pipeline.segments.own_features import own_features
    from pipeline.segments.partition import partition
    from pipeline.segments.roles import read_roles
    from pipeline.segments.segmentation import segment
    from pipeline.segments.told import about_columns, about_segments, counted
    from pipeline.segments.typing_tool import build

    p, source = _params(seed)
    customers, notes = read_customers(path, id_column)
    own = own_features(customers, read_roles(roles, [c for c in customers.columns if c != "customer_id"]))
    size = f"{counted(len(customers), 'customer')}, {counted(len(own.dictionary), 'column')} besides the id"
    typer.echo(f"{path}: {size}; {source}.")
    for line in [*notes, *about_columns(own)]:
        typer.echo(line)
    with threadpool_limits(limits=1), pool(p.processes(len(customers))):
        found = segment(own.features, own.dictionary, p)
        none = found.summary["verdict"] == "none"
        table = partition(own.features, own.dictionary, p) if none and partition_anyway else found.members
    asked = own.dictionary.assign(role=own.dictionary["role"].replace("describe", "exclude"))
    tool = build(own.features, asked, table, p)  # an outcome, or what is else only described, is not asked for
    _write(table, out)
    for line in about_segments(found, table, own, tool):
        typer.echo(line)
    if tool_path is not None:
        _write_tool(tool_path, tool, id_column or "row")
    typer.echo(f"{out}: {counted(len(table), 'row')}.")


def _write_tool(path: Path, tool: "Tool | None", key: str) -> None:
    """The typing tool in the table's own words, and the page and the SQL beside it."""
    from pipeline.segments.typing_outputs import NO_TOOL, files, reading_words

    path.parent.mkdir(parents=True, exist_ok=True)
    for name, content in files(reading_words(tool) if tool else None, path.name, key).items():
        path.with_name(name).write_text(content, encoding="utf-8")
    typer.echo(f"{path}: {'typing tool, with a page and SQL beside it.' if tool else NO_TOOL}")


def _params(seed: int | None) -> "tuple[StageParams, str]":
    """The block of params.yaml in this folder, if it has one, else the packaged one; and where it came from."""
    from pipeline.core import params
    from pipeline.core.settings import read_yaml
    from pipeline.segments.settings import StageParams

    here = params.PARAMS_FILE.is_file() and "segments" in read_yaml(params.PARAMS_FILE)
    p = params.load("segments", StageParams, params.PARAMS_FILE if here else DEFAULTS)
    source = "parameters of params.yaml" if here else "packaged parameters (no params.yaml here)"
    return (p if seed is None else p.model_copy(update={"seed": seed})), source


def _write(members: "pd.DataFrame", out: Path) -> None:
    from pipeline.core.errors import InputError

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        table = members[HEADER].assign(probability=members["probability"].round(6))
        table.to_csv(out, index=False, lineterminator="\n")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}.") from None
