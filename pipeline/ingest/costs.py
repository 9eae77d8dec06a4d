"""The table `costs`: what campaigns cost, per day, campaign and channel."""

import pandas as pd

from pipeline.ingest.cells import numbers
from pipeline.ingest.privacy import scrub_cell
from pipeline.ingest.rejects import Account, rejected_by, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import COSTS
from pipeline.ingest.standard_columns import known, written

_DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:$|[T ])"


def read_costs(rows: Rows, currency: str) -> tuple[pd.DataFrame, Account]:
    """Costs of one source; `currency` is the dataset's, for rows that name none. Equal rows are different costs."""
    cost = numbers(known(rows, "cost"))[0]
    day = pd.to_datetime(written(rows, "day").str.extract(_DAY)[0], errors="coerce", format="%Y-%m-%d", utc=True)
    read = pd.DataFrame(
        {
            "source": rows.source,
            "day": day,
            "campaign": known(rows, "campaign").map(scrub_cell, na_action="ignore"),
            "channel": known(rows, "channel").str.lower().map(scrub_cell, na_action="ignore"),
            "cost": cost,
            "currency": known(rows, "currency").fillna(currency or None),
        }
    )
    reason = pd.Series(None, index=read.index, dtype=object)
    reason[cost.isna() | (cost.abs() >= 1e13)] = "the cost is no number"
    reason[day.isna()] = "the day cannot be read"
    good = read[reason.isna()]
    table = good.assign(cost_hundredths=(good["cost"] * 100).round().astype("int64")).drop(columns="cost")
    table = table.sort_values(["day", "campaign", "channel", "cost_hundredths", "currency"], kind="stable")
    rejects = stacked([rows.rejects, *rejected_by(rows.source, reason)])
    other = int((good["currency"] != currency).sum()) if currency else 0
    warnings = [f"{other:,} cost(s) are in another currency than {currency}; they are not converted"] if other else []
    account = Account(
        rows.source, rows.settings.format, rows.files, rows.read, len(table), 0, len(rejects), rejects, warnings
    )
    return COSTS.check(table.reset_index(drop=True)), account
