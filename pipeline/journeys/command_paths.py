"""The command `personas paths`: the ways that customers took through any table of events."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly
from pipeline.core.errors import SettingsError

Events = Annotated[Path, typer.Argument(help="CSV (also .gz) or Parquet, one row per event.")]
Out = Annotated[
    Path | None, typer.Option(help="Table of whole paths to write: CSV, or Parquet where the name ends so.")
]
Moves = Annotated[Path | None, typer.Option(help="Table to write of which event follows which.")]
Customer = Annotated[str, typer.Option("--id", help="Column of the customer, or of the case.")]
Event = Annotated[str, typer.Option(help="Column of the event's name.")]
Time = Annotated[str, typer.Option(help="Column of the moment; without a zone it is UTC.")]
Sequence = Annotated[str | None, typer.Option(help="Column of numbers that orders events of one moment.")]
Top = Annotated[int, typer.Option(min=1, help="Paths to write, the most frequent ones.")]


def paths(
    events: Events,
    out: Out = None,
    moves: Moves = None,
    customer: Customer = "customer_id",
    event: Event = "event",
    time: Time = "ts",
    sequence: Sequence = None,
    top: Top = 100,
) -> None:
    """Whole paths of customers (variants) by how many took them, and which event follows which.

    Counted, not estimated: who is still under way has a short path. For shares that account for them: personas funnel.
    """
    from pipeline.journeys import paths as ways
    from pipeline.journeys.curve_table import write_table
    from pipeline.journeys.event_file import Names, read_events

    with told_plainly():
        if out is None and moves is None:
            raise SettingsError("nothing to write: name a table of paths by --out, or one of moves by --moves.")
        rows, kinds = read_events(events, Names(customer, event, time, None, sequence))
        if out is not None:
            table = ways.paths(rows).to_pyarrow().to_pandas()
            write_table(table.head(top), out)
            customers = int(table["customers"].sum())
            typer.echo(f"{out}: {min(top, len(table)):,} of {len(table):,} paths of {customers:,} customers")
        if moves is not None:
            write_table(ways.moves(rows, kinds).to_pyarrow().to_pandas(), moves)
            typer.echo(f"{moves}: which event follows which")
