"""`personas experiment`: effects of an experiment from a table with one row per customer."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly

ALLOCATION_ALPHA = 0.001
"""Below it the arms' sizes are no chance; a sample ratio is tested often and should seldom cry wolf."""


def experiment(
    table: Annotated[Path, typer.Argument(help="One row per customer: CSV (also .gz) or Parquet.")],
    variant: Annotated[str, typer.Option(help="Column of the arm.")],
    control: Annotated[str, typer.Option(help="Which arm is the control.")],
    outcome: Annotated[list[str], typer.Option(help="Column of an outcome, 0/1, yes/no or a number; repeatable.")],
    out: Annotated[Path, typer.Option(help="CSV of effects to write.")],
    by: Annotated[str | None, typer.Option(help="Column of the persona, or any other group.")] = None,
    covariate: Annotated[
        str | None, typer.Option(help="Column of a number from before, to adjust with (CUPED).")
    ] = None,
    ratio: Annotated[
        list[str] | None, typer.Option(help="Intended part of an arm, e.g. control=2; repeatable.")
    ] = None,
    correction: Annotated[str, typer.Option(help="holm, bh or none: for how many comparisons.")] = "holm",
    interval: Annotated[str, typer.Option(help="Of differences of shares: newcombe or wald.")] = "newcombe",
    pool: Annotated[bool, typer.Option("--pool", help="Add groups' effects drawn towards each other.")] = False,
    matters: Annotated[float | None, typer.Option(help="Smallest difference worth finding, for `powered`.")] = None,
    power: Annotated[float, typer.Option(help="Chance to find it that counts as powered.")] = 0.8,
    alpha: Annotated[float, typer.Option(help="Level of the tests.")] = 0.05,
    arms: Annotated[Path | None, typer.Option(help="CSV of the arms' sizes and means to write, too.")] = None,
) -> None:
    """Compare every variant with control, overall and by group: interval, corrected p-value, whether powered."""
    with told_plainly():
        from pipeline.experiments.trial import Rules, judge, written
        from pipeline.experiments.trial_options import check_options, intended, with_interval
        from pipeline.experiments.trial_table import Columns, read_trial
        from pipeline.experiments.trial_words import lines

        chosen = check_options(correction, interval, matters, power, alpha)
        given = read_trial(table, Columns(variant, control, outcome, by, covariate))
        check = intended(given.trial, ratio or [], ALLOCATION_ALPHA)
        result = judge(given.trial, Rules(alpha, power, chosen, matters))
        effects = with_interval(result.effects, given.trial, interval, adjusted=covariate is not None)
        said = lines(given.trial, given.counts, check, result, alpha, by)
        for path, frame in ((out, written(effects, pool)), (arms, result.arms)):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                frame.to_csv(path, index=False)
    typer.echo("\n".join(said))
