"""What customers are worth from here on: both models fitted, then purchases and money to expect within a horizon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError
from pipeline.personas.worth_buying import alive, expected_purchases, fit_buying
from pipeline.personas.worth_fit import Fit, delta_error
from pipeline.personas.worth_orders import DAYS_A_YEAR
from pipeline.personas.worth_spending import expected_amount, fit_spending

Numbers = NDArray[np.float64]
Z = 1.959963984540054
FEWEST_REPEAT = 10
"""Customers who bought again, below which neither model is fitted."""
STEPS = 4
"""Parts of the horizon; what is bought within a part is discounted from its middle."""


@dataclass(frozen=True)
class Outlook:
    """How far ahead and in which unit: `horizon` and `unit_days` in days, `discount` a rate a year (0.1 = 10 %)."""

    horizon_days: float
    unit_days: float
    discount: float


@dataclass(frozen=True)
class Models:
    """The fitted models; `spending` is missing where the table has no amounts."""

    buying: Fit
    spending: Fit | None


def fit_models(customers: pd.DataFrame) -> Models:
    """Both models of the customers in `worth_orders.summary`. Means of zero or below say nothing of spending.

    Raises `InputError` where fewer than `FEWEST_REPEAT` customers bought again.
    """
    again = int((customers["frequency"] > 0).sum())
    if again < FEWEST_REPEAT:
        raise InputError(
            f"{again} of {len(customers):,} customers bought on more than one day; a model of buying again needs at "
            f"least {FEWEST_REPEAT}. Give a longer time of orders, or see whether --end lies before most of them."
        )
    buying = fit_buying(*(customers[name].to_numpy() for name in ("frequency", "recency", "age")))
    paid = customers[(customers["times"] > 0) & (customers["monetary"] > 0)]
    if paid.empty:
        return Models(buying, None)
    if len(paid) < FEWEST_REPEAT or paid["monetary"].nunique() < 2:
        raise InputError(
            f"{len(paid):,} customers have a mean amount above zero, {paid['monetary'].nunique()} different: too few "
            f"to fit how spending varies (at least {FEWEST_REPEAT}, not all alike). Leave --amount out for purchases."
        )
    return Models(buying, fit_spending(paid["times"].to_numpy(), paid["monetary"].to_numpy()))


def outlook(customers: pd.DataFrame, models: Models, view: Outlook) -> pd.DataFrame:
    """Per row of `customers`: alive, purchases, amount, value, value_lower, value_upper, all expectations.

    `value` is discounted; its 95 % interval is of the expectation (uncertainty of the fitted parameters, delta method
    on the log scale), not of what one customer will happen to spend.
    """
    rows, where = np.unique(
        customers[["frequency", "recency", "age", "times", "monetary"]].fillna({"monetary": 0.0}).to_numpy(),
        axis=0,
        return_inverse=True,
    )
    x, seen, age, times, mean = rows.T
    p = _named(models.buying)
    found = {
        "alive": alive(p, x, seen, age),
        "purchases": expected_purchases(p, x, seen, age, view.horizon_days / view.unit_days),
    }
    if models.spending is not None:
        amount = expected_amount(_named(models.spending), times, mean)
        discounted = discounted_purchases(p, x, seen, age, view)
        value = amount * discounted
        relative = np.sqrt(
            _relative(models.buying, lambda q: discounted_purchases(q, x, seen, age, view), discounted) ** 2
            + _relative(models.spending, lambda q: expected_amount(q, times, mean), amount) ** 2
        )
        found |= {"amount": amount, "value": value}
        found |= {"value_lower": value * np.exp(-Z * relative), "value_upper": value * np.exp(Z * relative)}
    return pd.DataFrame(found).iloc[where.ravel()].set_index(customers.index)


def discounted_purchases(p: Mapping[str, float], x: Numbers, seen: Numbers, age: Numbers, view: Outlook) -> Numbers:
    """Purchases to expect within the horizon, each worth less the later it comes."""
    edges = np.linspace(0.0, view.horizon_days, STEPS + 1)
    if view.discount == 0:
        return expected_purchases(p, x, seen, age, view.horizon_days / view.unit_days)
    so_far = np.zeros(len(x))
    worth = np.zeros(len(x))
    for begin, end in zip(edges[:-1], edges[1:], strict=True):
        up_to = expected_purchases(p, x, seen, age, end / view.unit_days)
        worth += (up_to - so_far) / (1 + view.discount) ** ((begin + end) / 2 / DAYS_A_YEAR)
        so_far = up_to
    return worth


def _named(fit: Fit) -> dict[str, float]:
    return {name: float(value) for name, value in zip(fit.names, fit.values, strict=True)}


def _relative(fit: Fit, estimate: Callable[[Mapping[str, float]], Numbers], found: Numbers) -> Numbers:
    """Standard error of the estimate's log; missing where the estimate is."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(found > 0, delta_error(fit, estimate) / found, 0.0)
