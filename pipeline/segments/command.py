"""`personas segment`: segments of one's own table, by the stage's code, without a project around it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.core.command import told_plainly

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.segments.own_features import OwnFeatures
    from pipeline.segments.segmentation import Segmentation
    from pipeline.segments.settings import StageParams

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
        members, own, p = _segment(table, out, id_column, roles, seed, partition_anyway)
        if tool is not None:
            _write_tool(tool, members, own, p)


def _segment(
    path: Path, out: Path, id_column: str | None, roles: Path | None, seed: int | None, partition_anyway: bool
) -> "tuple[pd.DataFrame, OwnFeatures, StageParams]":
    from threadpoolctl import threadpool_limits

    from pipeline.segments.customer_table import read_customers
    from pipeline.segments.own_features import own_features
    from pipeline.segments.partition import partition
    from pipeline.segments.roles import read_roles
    from pipeline.segments.segmentation import segment

    p, source = _params(seed)
    customers, notes = read_customers(path, id_column)
    own = own_features(customers, read_roles(roles, [c for c in customers.columns if c != "customer_id"]))
    typer.echo(f"{path}: {len(customers):,} customers, {len(own.dictionary)} columns besides the id; {source}.")
    for note in notes:
        typer.echo(note)
    typer.echo(_shown(own))
    with threadpool_limits(limits=1):
        found = segment(own.features, own.dictionary, p)
        none = found.summary["verdict"] == "none"
        table = partition(own.features, own.dictionary, p) if none and partition_anyway else found.members
    _write(table, out)
    for line in _told(found, table, own):
        typer.echo(line)
    typer.echo(f"{out}: {len(table):,} rows.")
    return table, own, p


def _write_tool(path: Path, members: "pd.DataFrame", own: "OwnFeatures", p: "StageParams") -> None:
    """A typing tool of the table's own words; what is only described, such as an outcome, is not asked for."""
    from pipeline.segments.typing_outputs import facts, files, reading_words
    from pipeline.segments.typing_tool import build

    asked = own.dictionary.assign(role=own.dictionary["role"].replace("describe", "exclude"))
    tool = build(own.features, asked, members, p)
    path.parent.mkdir(parents=True, exist_ok=True)
    for name, content in files(reading_words(tool) if tool else None, path.name).items():
        path.with_name(name).write_text(content, encoding="utf-8")
    told = facts(tool)
    typer.echo(
        f"{path}: {', '.join(told['fields'])}: {told['accuracy']:.1%} of customers it had not seen are typed right."
        if tool
        else f"{path}: {told['why']}"
    )


def _params(seed: int | None) -> "tuple[StageParams, str]":
    """The block of params.yaml in this folder, if it has one, else the packaged one; and where it came from."""
    from pipeline.core import params
    from pipeline.core.settings import read_yaml
    from pipeline.segments.settings import StageParams

    here = params.PARAMS_FILE.is_file() and "segments" in read_yaml(params.PARAMS_FILE)
    p = params.load("segments", StageParams, params.PARAMS_FILE if here else DEFAULTS)
    source = "parameters of params.yaml" if here else "packaged parameters (no params.yaml here)"
    return (p if seed is None else p.model_copy(update={"seed": seed})), source


def _shown(own: "OwnFeatures") -> str:
    """One line per column: kind, role, how much is known, and what is odd."""
    rows = [("column", "kind", "role", "known", "")]
    for entry in own.dictionary.to_dict("records"):
        kind = entry["kind"] if entry["role"] != "exclude" else "-"
        name = str(entry["column"])
        known = f"{1 - entry['missing_share']:.1%}"
        rows.append((_short(name), kind, entry["role"], known, own.notes[name]))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join([*(row[i].ljust(widths[i]) for i in range(4)), row[4]]).rstrip() for row in rows]
    return "\n".join([*lines, *(f"note: {warning}" for warning in own.warnings)])


def _short(name: str, most: int = 48) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _write(members: "pd.DataFrame", out: Path) -> None:
    from pipeline.core.errors import InputError

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        table = members[HEADER].assign(probability=members["probability"].round(6))
        table.to_csv(out, index=False, lineterminator="\n")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}.") from None


def _told(found: "Segmentation", table: "pd.DataFrame", own: "OwnFeatures") -> list[str]:
    """What was left out and why, the segments' sizes, and last the verdict."""
    dropped = found.summary["dropped_columns"]
    assert isinstance(dropped, dict)
    lines = [f"not used: {name}: {why}" for name, why in dropped.items()]
    sizes = table["segment"].value_counts().sort_index()
    lines += [f"{_name(segment)}: {size:,} customers ({size / len(table):.1%})" for segment, size in sizes.items()]
    lines.append(str(found.summary["sentence"]))
    if found.summary["verdict"] == "none" and (table["segment"] >= 0).any():
        lines.append(
            f"The partition into {table['segment'].max() + 1} groups that was written is one useful way to cut a "
            "continuum, as asked for by --partition-anyway: other cuts are as good."
        )
    return lines


def _name(segment: int) -> str:
    return "unassigned" if segment < 0 else f"segment {segment}"
