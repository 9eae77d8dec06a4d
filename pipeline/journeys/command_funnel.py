"""The command `personas funnel`: the funnel of any table of events."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly


class Ordering(StrEnum):
    """How the steps must follow each other."""

    ordered = "ordered"
    strict = "strict"
    any = "any"


Events = Annotated[Path, typer.Argument(help="CSV (also .gz) or Parquet, one row per event.")]
Out = Annotated[Path, typer.Option(help="Table to write: CSV, or Parquet where the name ends so.")]
Steps = Annotated[str, typer.Option(help="Names of the steps' events, such as a,b,c; a name may come again.")]
WindowText = Annotated[
    str, typer.Option("--window", help="Time from the first step: 30m, 36h, 14d, 2w; a number where times are numbers.")
]
Customer = Annotated[str, typer.Option("--id", help="Column of the customer, or of the case.")]
Event = Annotated[str, typer.Option(help="Column of the event's name.")]
Time = Annotated[str, typer.Option(help="Column of the moment; without a zone it is UTC.")]
By = Annotated[str | None, typer.Option(help="Column of groups, taken from the customer's first step.")]
Order = Annotated[Ordering, typer.Option(help="In this order; each the very next event; or in any order.")]
Exclude = Annotated[str | None, typer.Option(help="Events between two steps that end the attempt, such as x,y.")]
Sequence = Annotated[str | None, typer.Option(help="Column of numbers that orders events of one moment.")]
End = Annotated[str | None, typer.Option(help="First moment not observed; without it the log's last event.")]


def funnel(
    events: Events,
    steps: Steps,
    window: WindowText,
    out: Out,
    customer: Customer = "customer_id",
    event: Event = "event",
    time: Time = "ts",
    by: By = None,
    order: Order = Ordering.ordered,
    exclude: Exclude = None,
    sequence: Sequence = None,
    end: End = None,
) -> None:
    """Customers who complete each step within a window after their first: of all who entered, and of the step before.

    Beside the observed shares, with Wilson intervals and the share not yet followed up, those that account for
    customers still under way. One row per group and step.
    """
    from pipeline.core.stage import say
    from pipeline.journeys.curve_table import write_table
    from pipeline.journeys.event_file import Names, parse_window, read_log
    from pipeline.journeys.funnel_table import Plan, funnels

    with told_plainly():
        plan = Plan.of(steps, exclude, order.value, parse_window(window))
        names = Names(customer, event, time, by, sequence)
        given = read_log(events, names, plan.kinds, plan.window, end, whole=order is Ordering.strict)
        for note in given.notes:
            say(note)
        table = funnels(given, plan)
        write_table(table, out)
        entered = int(table.loc[table["step"] == 1, "entered"].sum())
        typer.echo(
            f"{out}: {entered:,} customers entered, {table['group'].nunique()} group(s), {len(plan.steps)} steps"
        )
