"""The work behind `personas value`: models fitted to what was given, facts put into words."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from pipeline.core.errors import InputError
from pipeline.personas.worth_contract import counts_of_survivors, fit_contract, projection
from pipeline.personas.worth_fit import Fit
from pipeline.personas.worth_future import Models, Outlook, fit_models, outlook
from pipeline.personas.worth_given import check_options, read_orders, read_renewals
from pipeline.personas.worth_orders import DAYS, DAYS_A_YEAR, purchases, summary

Facts = dict[str, Any]
PERIODS_AHEAD = 5


def orders_worth(given: Mapping[str, Any]) -> tuple[pd.DataFrame, Facts]:
    """The table to write and the facts to print, from the options of `personas value`."""
    check_options(given)
    orders = read_orders(given)
    days = orders["day"].to_numpy().astype("datetime64[D]")
    end = np.datetime64(given["end"]) if given["end"] else days.max()
    bought = purchases(orders, end, given["same_day"], given["refunds"])
    if bought.rows.empty:
        raise InputError(f"{given['table'].name}: no purchase up to {end}; the first row is of {days.min()}.")
    unit = DAYS[given["unit"]]
    horizon = given["horizon"] * unit if given["horizon"] else DAYS_A_YEAR
    customers = summary(bought.rows, end, unit, given["spend"])
    models = fit_models(customers if given["amount"] else customers.assign(monetary=np.nan, times=0.0))
    view = Outlook(horizon, unit, given["discount"])
    frame = _written(customers, outlook(customers, models, view), with_money=bool(given["amount"]))
    return frame, _facts(given, bought.counts, customers, models, frame, end, horizon / unit)


def contract_worth(given: Mapping[str, Any]) -> tuple[pd.DataFrame, Facts]:
    """The projection to write and the facts to print, from a table of customers still there per period."""
    check_options(given)
    periods, alive = read_renewals(given)
    fit = fit_contract(*counts_of_survivors(periods, alive))
    frame = projection(fit, periods, alive, PERIODS_AHEAD, given["discount"])
    facts: Facts = {
        "model": "sBG",
        "customers": float(alive[0]),
        "renewals": int(periods[-1]),
        "discount_per_period": given["discount"],
        "parameters": _parameters(fit),
        "log_likelihood": fit.log_likelihood,
        "warnings": _edge(fit),
    }
    return frame, facts


def shown(facts: Facts, as_json: bool) -> str:
    """The facts as lines for a reader, or as one JSON object."""
    if as_json:
        return json.dumps(_plain(facts), ensure_ascii=False)
    lines = [
        f"{key.replace('_', ' ')}: {_line(value)}" for key, value in facts.items() if value is not None and value != []
    ]
    return "\n".join(lines)


def _written(customers: pd.DataFrame, found: pd.DataFrame, with_money: bool) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "customer": customers["customer"],
        "frequency": customers["frequency"].astype("int64"),
        "recency": customers["recency"],
        "T": customers["age"],
        **({"monetary_mean": customers["monetary"]} if with_money else {}),
        "probability_alive": found["alive"],
        "expected_purchases": found["purchases"],
    }
    if "value" in found:
        columns |= {
            "expected_spend": found["amount"],
            "expected_value": found["value"],
            "expected_value_lower": found["value_lower"],
            "expected_value_upper": found["value_upper"],
        }
    return pd.DataFrame(columns)


def _facts(
    given: Mapping[str, Any],
    counts: Mapping[str, int],
    customers: pd.DataFrame,
    models: Models,
    frame: pd.DataFrame,
    end: np.datetime64,
    horizon: float,
) -> Facts:
    again = customers["frequency"] > 0
    facts: Facts = {
        "rows": {what: n for what, n in counts.items() if n or what in ("rows", "purchases")},
        "customers": len(customers),
        "customers_who_bought_again": int(again.sum()),
        "observed_until": str(end),
        "unit_of_time": given["unit"],
        "horizon": horizon,
        "discount_per_year": given["discount"],
        "BG/NBD": {**_parameters(models.buying), "log_likelihood": models.buying.log_likelihood},
    }
    if given["unit"] == "days":
        # Published parameters are those of weeks; of the four only alpha has a unit.
        alpha = (models.buying["alpha"], *models.buying.interval("alpha"))
        names = ("value", "lower", "upper")
        facts["alpha_in_weeks"] = {name: v / DAYS["weeks"] for name, v in zip(names, alpha, strict=True)}
    warnings = _edge(models.buying)
    if models.spending is not None:
        paid = customers[(customers["times"] > 0) & (customers["monetary"] > 0)]
        facts["Gamma-Gamma"] = {
            **_parameters(models.spending),
            "log_likelihood": models.spending.log_likelihood,
            "customers": len(paid),
        }
        facts["correlation_of_frequency_and_spend"] = _correlation(paid)
        facts["expected_value_of_all"] = float(frame["expected_value"].sum())
        warnings += _edge(models.spending)
    facts["expected_purchases_of_all"] = float(frame["expected_purchases"].sum())
    return {**facts, "warnings": warnings}


def _correlation(paid: pd.DataFrame) -> float | None:
    if paid["frequency"].nunique() < 2 or paid["monetary"].nunique() < 2:
        return None
    return float(np.corrcoef(paid["frequency"], paid["monetary"])[0, 1])


def _parameters(fit: Fit) -> dict[str, Any]:
    return {
        name: {"value": fit[name], "lower": fit.interval(name)[0], "upper": fit.interval(name)[1]} for name in fit.names
    }


def _edge(fit: Fit) -> list[str]:
    if fit.at_edge:
        return [f"{', '.join(fit.at_edge)} ran to the edge: these data do not tell it; read intervals with care."]
    if np.isnan(fit.covariance).any():
        return [f"the likelihood is flat around {', '.join(fit.names)}: no intervals can be given."]
    return []


def _line(value: Any) -> str:
    if isinstance(value, dict) and "lower" in value:
        return f"{_line(value['value'])} ({_line(value['lower'])} to {_line(value['upper'])})"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_line(part)}" for name, part in value.items())
    if isinstance(value, list):
        return " ".join(str(part) for part in value)
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e5 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _plain(value: Any) -> Any:
    """Numbers as JSON knows them; what is missing or without end is null."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
