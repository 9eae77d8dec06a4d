"""The options and tables of `personas value`, checked: every mistake is told at once."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError, SettingsError, gather, near_match
from pipeline.core.table_input import GivenTable, read_table
from pipeline.personas.worth_orders import DAYS

Numbers = NDArray[np.float64]
_CHOICES = {
    "unit": tuple(DAYS),
    "same_day": ("one", "each"),
    "spend": ("repeat", "all"),
    "refunds": ("net", "ignore"),
    "dates": ("month first", "day first"),
}


def check_options(given: Mapping[str, Any]) -> None:
    """Raise one `SettingsError` that lists options with values that are not allowed."""
    gather(SettingsError, _wrong_options(given), "personas value: options")


def read_orders(given: Mapping[str, Any]) -> pd.DataFrame:
    """customer, day, amount of the table; all mistakes are told in one message."""
    names = [given[key] for key in ("customer", "date", "amount", "currency") if given[key]]
    table = read_table(given["table"], names)
    days = table.days(given["date"], given["dates"])
    amount = table.numbers(given["amount"]) if given["amount"] else np.ones(len(table.cells))
    if given["currency"]:
        amount = amount * _rates(table, given)
    table.check()
    return pd.DataFrame({"customer": table.text(given["customer"]), "day": days, "amount": amount})


def read_renewals(given: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """Periods 0, 1, 2 … and the customers still there; all mistakes are told in one message."""
    table = read_table(given["table"], [given["period"], given["alive"]])
    periods, alive = table.numbers(given["period"]), table.numbers(given["alive"])
    table.check()
    order = np.argsort(periods, kind="stable")
    periods, alive = periods[order], alive[order]
    gather(InputError, _wrong_renewals(periods, alive), f"{given['table'].name}: not a table of renewals")
    return periods, alive * (given["customers"] / alive[0] if given["customers"] else 1.0)


def _wrong_options(given: Mapping[str, Any]) -> list[str]:
    mistakes = [
        f"--{name.replace('_', '-')}: found `{given[name]}`.{near_match(given[name], allowed)} "
        f"Allowed: {', '.join(allowed)}."
        for name, allowed in _CHOICES.items()
        if given[name] is not None and given[name] not in allowed
    ]
    if given["end"]:
        try:
            date.fromisoformat(given["end"])
        except ValueError:
            mistakes.append(f"--end: found `{given['end']}`; allowed: a day such as 2024-03-12.")
    if given["horizon"] is not None and not 0 < given["horizon"] < math.inf:
        mistakes.append(f"--horizon: found {given['horizon']:g}; allowed: a number above 0.")
    if not 0 <= given["discount"] < math.inf:
        mistakes.append(f"--discount: found {given['discount']:g}; allowed: 0 or more, 0.1 is 10 % a year.")
    return mistakes


def _rates(table: GivenTable, given: Mapping[str, Any]) -> np.ndarray:
    """What one unit of each row's currency is worth; a mistake of the table where it is not said."""
    codes = table.text(given["currency"]).str.upper()
    found = codes.value_counts()
    told = {}
    for text in given["rate"] or []:
        code, _, number = text.partition("=")
        told[code.strip().upper()] = float(number) if number.replace(".", "", 1).isdigit() else np.nan
    into = (given["into"] or (found.index[0] if len(found) == 1 else "")).upper()
    rates = {**{into: 1.0}, **told}
    for code, rows in found.items():
        if not rates.get(code, np.nan) > 0:
            table.mistakes.append(
                f"column `{given['currency']}`: {rows:,} row(s) in `{code}` cannot be added to the others. Say which "
                f"currency to count in and what others are worth, e.g. --in {found.index[0]} --rate {code}=1.1."
            )
    return codes.map(rates).to_numpy(dtype=np.float64)


def _wrong_renewals(periods: np.ndarray, alive: np.ndarray) -> list[str]:
    mistakes = []
    if len(periods) < 3 or not np.array_equal(periods, np.arange(len(periods))):
        found = ", ".join(f"{p:g}" for p in periods[:8])
        mistakes.append(f"periods: found {found}; allowed: 0 (the start), 1, 2 … without a gap, 3 rows or more.")
    if (alive < 0).any() or not alive[0] > 0:
        mistakes.append("customers still there: found a negative number or none at the start; allowed: above 0.")
    if (np.diff(alive) > 0).any():
        at = int(np.flatnonzero(np.diff(alive) > 0)[0]) + 1
        mistakes.append(
            f"period {at}: more customers ({alive[at]:g}) than before ({alive[at - 1]:g}); nobody comes back."
        )
    if not mistakes and alive[0] == alive[-1]:
        mistakes.append("nobody left: there is no loss to learn from.")
    return mistakes
