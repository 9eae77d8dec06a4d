"""`personas activate`: which persona each customer is, where on the journey, and what to do, for a CRM or a mailing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.core.command import told_plainly

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED = ("reports", "data", "baseline", "review")
"""Folders that are published, cached or put into git: no list with real ids is written there."""


def activate(
    out: Annotated[Path, typer.Option(help="CSV to write, one row per customer.")],
    customers: Annotated[
        Path | None,
        typer.Argument(
            help="Your list of customers (CSV or Parquet). Left out: all, by pseudonym.", show_default=False
        ),
    ] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="Column of the list with the ids.")] = None,
    space: Annotated[str | None, typer.Option(help="What these ids are in sources.yaml, e.g. contact, email.")] = None,
    dataset: Annotated[Path | None, typer.Option(help="Folder of the dataset; left out: that of params.yaml.")] = None,
    data: Annotated[Path, typer.Option(help="Folder with the tables of the run.")] = Path("data"),
    report: Annotated[Path, typer.Option(help="Folder of the report.")] = Path("reports"),
) -> None:
    """Hand the personas to the tools that act on them: persona, stage of the journey now, and the report's plan for it.

    Without a list, customers stand under their pseudonyms. With your own list and the key of the dataset they stand in
    its order under its ids; the file then holds personal data, and is not written into a folder that is published.
    """
    with told_plainly():
        _activate(out, customers, id_column, space, dataset, data, report)


def _activate(
    out: Path, listed: Path | None, id_column: str | None, space: str | None, dataset: Path | None, data: Path, to: Path
) -> None:
    from pipeline.core import params, tables
    from pipeline.core.errors import InputError, SettingsError
    from pipeline.journeys.schema import SPELLS, SUMMARY_FILE
    from pipeline.personas.schema import PERSONAS_FILE
    from pipeline.report.activation import activation, stages_now
    from pipeline.report.schema import CONTENT_FILE
    from pipeline.segments.schema import MEMBERS

    if listed and not (id_column and space):
        raise SettingsError("a list of customers needs --id (its column) and --space (what these ids are).")
    if listed and any(out.resolve().is_relative_to(Path(folder).resolve()) for folder in PUBLISHED):
        raise SettingsError(f"{out}: real ids do not belong into {', '.join(PUBLISHED)}. Write the list elsewhere.")
    if not (to / CONTENT_FILE).is_file():
        raise InputError(f"{to / CONTENT_FILE}: no such file. Run `dvc repro` first.")
    content = tables.read_json(to / CONTENT_FILE, "report")
    summary = tables.read_json(data / "journeys" / SUMMARY_FILE, "journeys")
    table = activation(
        tables.read(data / "segments", MEMBERS),
        tables.read_json(data / "personas" / PERSONAS_FILE, "personas"),
        stages_now(tables.read(data / "journeys", SPELLS), summary.get("ladder") or []),
        {own: page["plan"] for own, page in content["pages"].items()},
    )
    if listed and id_column and space:
        folder = dataset or Path("data/raw") / params.load_general().dataset
        table = _by_list(table, listed, id_column, space, folder, data)
    out.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(out, index=False)
    unassigned = int((table["persona_id"] == "unassigned").sum())
    unknown = int(table["persona_id"].isna().sum())
    typer.echo(
        f"{out}: {len(table):,} rows, {len(table) - unassigned - unknown:,} with a persona, {unassigned:,} unassigned"
        + (f", {unknown:,} of the list not among the customers" if listed else "")
        + "."
    )


def _by_list(
    table: "pd.DataFrame", listed: Path, id_column: str, space: str, dataset: Path, data: Path
) -> "pd.DataFrame":
    from pipeline.core import tables
    from pipeline.core.errors import InputError, SettingsError
    from pipeline.core.pseudonym import cleaned, load_key, pseudonym
    from pipeline.core.table_input import read_table
    from pipeline.ingest.schema import IDENTITIES
    from pipeline.report.activation import for_list

    identities = tables.read(data / "ingest", IDENTITIES)
    spaces = sorted(identities["space"].unique())
    if space not in spaces:
        raise SettingsError(f"--space {space}: no such ids in this run; there are {', '.join(spaces)}.")
    ids = read_table(listed, [id_column]).text(id_column)
    if not dataset.is_dir():
        raise InputError(f"{dataset}: no such dataset; its key says who is who. Name its folder with --dataset.")
    key = load_key(dataset, make=False)
    hidden = [pseudonym(key, space, value) for value in cleaned(ids, space).fillna("")]
    found = for_list(table, identities, hidden, space)
    if len(found) and found["persona_id"].isna().all():
        raise InputError(
            f"{listed}, column `{id_column}`: none of the {len(ids):,} ids is a customer of this run. "
            f"Is --space {space} what they are, and is the key of the dataset the one that the run had?"
        )
    return found.assign(**{id_column: ids.to_numpy()})[[id_column, *found.columns]]
