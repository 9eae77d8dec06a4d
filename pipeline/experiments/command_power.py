"""`personas power`: how many customers an experiment needs, overall and by persona, and how many weeks."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly


def power(
    effect: Annotated[float, typer.Option(help="Difference to find, in the outcome's unit: 0.02 is two points.")],
    table: Annotated[Path | None, typer.Argument(help="Customers today, with their outcome: CSV or Parquet.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Column of the outcome in the table.")] = None,
    by: Annotated[str | None, typer.Option(help="Column of the persona, or any other group.")] = None,
    baseline: Annotated[float | None, typer.Option(help="In place of a table: the share, or mean, today.")] = None,
    std_dev: Annotated[
        float | None, typer.Option(help="With --baseline: the outcome is a mean that so spreads.")
    ] = None,
    arms: Annotated[int, typer.Option(help="Arms, with the control.")] = 2,
    chance: Annotated[float, typer.Option("--power", help="Chance to find the effect.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Level of the test.")] = 0.05,
    weekly: Annotated[float | None, typer.Option(help="Customers a week, in all.")] = None,
    weeks: Annotated[float | None, typer.Option(help="Weeks at hand: what could be found in them.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV to write: one row per group.")] = None,
) -> None:
    """Say how many customers are needed to find an effect, overall and by group, and how many weeks that takes."""
    with told_plainly():
        from pipeline.experiments.planning import Plan, plan, sentences
        from pipeline.experiments.planning_table import alone, check_plan, known_today

        p = Plan(effect, arms, chance, alpha, weekly, weeks)
        check_plan(p, table, outcome, by, baseline, std_dev)
        if table is None or outcome is None:
            frame, said = None, alone(baseline or 0.0, std_dev, p)
        else:
            kind, labels, values, everybody = known_today(table, outcome, by)
            frame = plan(kind, labels, values, everybody, p)
            said = sentences(frame, p)
        if out is not None and frame is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            frame.to_csv(out, index=False)
    typer.echo("\n".join(said))
