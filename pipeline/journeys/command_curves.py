"""The command `personas curves`: state-occupation curves and lengths of stay of any table of spells."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly


class ErrorsFrom(StrEnum):
    """How standard errors are found."""

    jackknife = "jackknife"
    counts = "counts"


Spells = Annotated[
    Path, typer.Argument(help="CSV (also .gz) or Parquet: customer_id, from, to (blank = censored), start, stop.")
]
Out = Annotated[Path, typer.Option(help="Table to write: CSV, or Parquet where the name ends so.")]
At = Annotated[str | None, typer.Option(help="Times of the curve, such as 30,90,365.", show_default=False)]
By = Annotated[str | None, typer.Option(help="Column of groups; without it all are one.", show_default=False)]
Cluster = Annotated[
    str | None,
    typer.Option(help="Column within which customers are not independent, such as account_id.", show_default=False),
]
Stay = Annotated[
    float | None,
    typer.Option(help="Expected time in each stage up to here; beside --at, to OUT with `.stay` in its name."),
]
Start = Annotated[str | None, typer.Option("--from", help="Stage in which all begin; without it the mix is estimated.")]
Since = Annotated[float | None, typer.Option(help="Only moves after this time count; the clock starts here.")]
Landmark = Annotated[
    bool, typer.Option("--landmark", help="Follow only those who are in --from at --since: needs no Markov property.")
]
How = Annotated[ErrorsFrom, typer.Option(help="Standard errors per customer, or from counts.")]
States = Annotated[str | None, typer.Option(help="The only stages allowed, in order, such as a,b,c.")]
Customer = Annotated[str, typer.Option("--id", help="Column of the customer, or of the journey.")]
Weight = Annotated[str | None, typer.Option(help="Column of weights; without it `weight`, where there is one.")]
Unweighted = Annotated[bool, typer.Option("--unweighted", help="Every spell counts 1.")]


def curves(
    spells: Spells,
    out: Out,
    at: At = None,
    by: By = None,
    cluster: Cluster = None,
    stay: Stay = None,
    start: Start = None,
    since: Since = None,
    only_there: Landmark = False,
    errors: How = ErrorsFrom.jackknife,
    states: States = None,
    customer: Customer = "customer_id",
    weight: Weight = None,
    unweighted: Unweighted = False,
) -> None:
    """State probabilities (Aalen-Johansen) of spells (start, stop], with standard errors and 95 % intervals.

    Left-truncated starts, re-entry, ties and weights are exact. Without --from the stages in which customers begin are
    estimated from those at risk just before the first move, and their sampling error is part of the standard error.
    Writes group, time, state, probability, std_error, lower, upper; for --stay group, tau, state, mean_time, std_error.
    """
    from pipeline.core.errors import SettingsError
    from pipeline.journeys.curve_table import curve_table, landmark, numbers_of, stay_table, words_of, write_table
    from pipeline.journeys.multistate import Setting
    from pipeline.journeys.spell_file import Names, read_spells

    with told_plainly():
        times = numbers_of(at, "--at") if at is not None else None
        if times is None and stay is None:
            raise SettingsError(
                "nothing to do: give the times of the curve with --at 30,90,365, or --stay 365, or both."
            )
        if unweighted and weight:
            raise SettingsError(f"--weight {weight} and --unweighted exclude each other.")
        names = Names(customer, by, cluster, weight, weighted=not unweighted)
        given = read_spells(spells, names, words_of(states, "--states") if states is not None else None)
        given = landmark(given, start, since) if only_there else given
        setting = Setting(start, since, errors.value)
        counted = (
            f"{len(given.spells.origin):,} spells, {len(given.groups)} group(s), {len(given.spells.states)} stages"
        )
        typer.echo(f"{spells.name}: {counted}" + (f", weights from column `{given.weight}`" if given.weight else ""))
        for note in given.notes:
            typer.echo(f"{spells.name}: {note}")
        if times is not None:
            write_table(curve_table(given, times, setting), out)
            typer.echo(f"{out}: state probabilities at {len(times)} time(s)")
        if stay is not None:
            path = out if times is None else out.with_suffix(f".stay{out.suffix}")
            write_table(stay_table(given, stay, setting), path)
            typer.echo(f"{path}: expected time in each stage up to {stay:g}")
