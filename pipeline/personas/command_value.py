"""`personas value`: what customers are worth, from a table of orders or of renewals."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.core.command import told_plainly
from pipeline.core.errors import SettingsError

_Table = Annotated[Path, typer.Argument(help="Orders, or renewals with --contract: CSV (also .gz) or Parquet.")]
_Out = Annotated[Path, typer.Option(help="CSV to write: one row per customer (per period with --contract).")]


def value(
    table: _Table,
    out: _Out,
    customer: Annotated[str | None, typer.Option(help="Column of the customer's id.")] = None,
    date: Annotated[str | None, typer.Option(help="Column of the day of the order.")] = None,
    amount: Annotated[str | None, typer.Option(help="Column of money. Left out: purchases only.")] = None,
    unit: Annotated[str, typer.Option(help="Unit of time: days or weeks.")] = "weeks",
    end: Annotated[str | None, typer.Option(help="Last day of observation; later rows are left out.")] = None,
    horizon: Annotated[float | None, typer.Option(help="Units of time to look ahead. Left out: a year.")] = None,
    discount: Annotated[float, typer.Option(help="Rate a year; 0.1 is 10 %. With --contract: a period.")] = 0.0,
    same_day: Annotated[str, typer.Option(help="Rows of one day: `one` purchase (published) or `each`.")] = "one",
    spend: Annotated[str, typer.Option(help="Mean amount of `repeat` purchases (published) or of `all`.")] = "repeat",
    refunds: Annotated[str, typer.Option(help="Negative amounts: `net` of purchases, or `ignore`.")] = "net",
    dates: Annotated[str | None, typer.Option(help="`month first` or `day first`, if 3/4/2024 is unclear.")] = None,
    currency: Annotated[str | None, typer.Option(help="Column of the currency's code.")] = None,
    into: Annotated[str | None, typer.Option("--in", help="Currency to count in, where there are several.")] = None,
    rate: Annotated[list[str] | None, typer.Option(help="What one unit is worth, e.g. USD=0.92; repeatable.")] = None,
    contract: Annotated[bool, typer.Option("--contract", help="Renewals: how many are left per period (sBG).")] = False,
    period: Annotated[str | None, typer.Option(help="Column of the period, 0 is the start.")] = None,
    alive: Annotated[str | None, typer.Option(help="Column of customers (or their share) still there.")] = None,
    customers: Annotated[float | None, typer.Option(help="Customers at the start, if --alive is a share.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object in place of lines.")] = False,
) -> None:
    """Fit BG/NBD and Gamma-Gamma (orders) or sBG (renewals), print parameters, write what each customer is worth."""
    given: dict[str, Any] = dict(locals())
    with told_plainly():
        from pipeline.personas.worth_report import contract_worth, orders_worth, shown

        missing = [
            f"--{name}" for name in (("period", "alive") if contract else ("customer", "date")) if not given[name]
        ]
        if missing:
            needs = "a table of renewals needs" if contract else "a table of orders needs"
            raise SettingsError(f"{table}: {needs} {' and '.join(missing)}.")
        frame, facts = contract_worth(given) if contract else orders_worth(given)
        out.parent.mkdir(parents=True, exist_ok=True)
        frame.to_csv(out, index=False, float_format="%.10g")
    typer.echo(shown(facts, as_json))
