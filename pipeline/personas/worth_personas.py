"""What each persona is worth: recency, frequency and money so far, and what to expect from here on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError
from pipeline.personas.schema import ALL, WORTH
from pipeline.personas.worth_buying import alive, expected_purchases
from pipeline.personas.worth_fit import Fit, delta_error
from pipeline.personas.worth_future import Models, Outlook, discounted_purchases, fit_models
from pipeline.personas.worth_orders import purchases, summary
from pipeline.personas.worth_pooled import pooled
from pipeline.personas.worth_spending import expected_amount

Numbers = NDArray[np.float64]
Z = 1.959963984540054
MOST_FOR_ERROR = 2000
_BUYING_TURN = np.array([[1.0, 0, 0, 0], [-1, 1, 0, 0], [0, 0, 1, -1], [0, 0, 0, 1]])
"""Logs of r, of the mean time alpha / r, of the odds a / b to leave, and of b, how little customers differ in them."""
_SPENDING_TURN = np.array([[1.0, 0, 0], [1, -1, 1], [0, 1, 0]])
"""Logs of p, of about the mean amount p gamma / q, and of q."""
OWN, OF_OTHERS = "own, drawn towards the others", "common mean of the others"
OF_ALL, OF_PARTS = "all customers", "sum of the groups"


@dataclass(frozen=True)
class Worth:
    """The table `WORTH`, empty where `status` says why there is none."""

    table: pd.DataFrame
    status: str


def persona_worth(
    orders: pd.DataFrame, personas: pd.Series, labels: Sequence[str], end: np.datetime64, view: Outlook, min_cell: int
) -> Worth:
    """Worth of everybody and of each group in `labels`, from rows of orders up to and with the day `end`.

    `orders`: customer, day, amount (refunds negative). `personas`: group of every customer, buyer or not, by id.
    Groups with fewer than `min_cell` buyers have no figures of money, and are not in everybody's: so these, less the
    figures of all other groups, leave nobody over.
    """
    if orders.empty or not (orders["amount"] > 0).any():
        return Worth(WORTH.empty(), "not supplied")
    bought = purchases(orders, end, "one", "net").rows
    buyers = summary(bought, end, view.unit_days, "repeat")
    try:
        overall = fit_models(buyers)
    except InputError as error:
        return Worth(WORTH.empty(), str(error))
    if overall.spending is None:
        return Worth(WORTH.empty(), "nobody who bought again paid anything: no mean amount to learn from")
    # By content: the ids of customers must not decide the order in which sums are taken.
    buyers["group"] = buyers["customer"].map(personas).astype("object")
    buyers = buyers.sort_values(["age", "recency", "frequency", "spent"], kind="stable").reset_index(drop=True)
    models = _models(buyers, labels, overall)
    sizes, found = personas.value_counts(), buyers["group"].value_counts()
    few = [label for label in labels if 0 < found.get(label, 0) < min_cell]
    told = buyers[~buyers["group"].isin(few)]
    rows = [_row(ALL, len(personas), told, overall, OF_ALL, view)]
    for label in labels:
        own = told[told["group"] == label]
        rows.append(_row(label, int(sizes.get(label, 0)), own, *models[label], view))
    table = pd.DataFrame(rows)
    if len(labels) > 1 and len(told) and told["group"].isin(labels).all():
        table = _with_sum(table)
    return Worth(_with_shares(table, min_cell), "supplied")


def _models(buyers: pd.DataFrame, labels: Sequence[str], overall: Models) -> dict[str, tuple[Models, str]]:
    """Models of each group and whose they are: too few who bought again are taken for everybody's."""
    buying: dict[str, Fit] = {}
    spending: dict[str, Fit] = {}
    for label in labels:
        try:
            own = fit_models(buyers[buyers["group"] == label])
        except InputError:
            continue
        if own.spending is not None:
            buying[label], spending[label] = own.buying, own.spending
    of_buying, common_buying = pooled(buying, _BUYING_TURN)
    of_spending, common_spending = pooled(spending, _SPENDING_TURN)
    others = (overall, OF_ALL)
    if common_buying is not None and common_spending is not None:
        others = (Models(common_buying, common_spending), OF_OTHERS)
    by_own = {label: (Models(of_buying[label], of_spending[label]), OWN) for label in of_buying}
    return {label: by_own.get(label, others) for label in labels}


def _row(group: str, customers: int, buyers: pd.DataFrame, models: Models, whose: str, view: Outlook) -> dict[str, Any]:
    row: dict[str, Any] = {"persona_id": group, "customers": customers, "buyers": len(buyers), "models": whose}
    if buyers.empty:
        return row
    x, seen, age = (buyers[name].to_numpy() for name in ("frequency", "recency", "age"))
    p = dict(zip(models.buying.names, models.buying.values, strict=True))
    value, error = _total(buyers, models, view)
    mean = value / len(buyers)
    return {
        **row,
        "revenue": float(buyers["spent"].sum()),
        "recency_days": float((buyers["age"] - buyers["recency"]).mean() * view.unit_days),
        "frequency": float(buyers["frequency"].mean() + 1),
        "monetary": float(buyers["spent"].sum() / (buyers["frequency"] + 1).sum()),
        "alive": float(alive(p, x, seen, age).mean()),
        "expected_purchases": float(expected_purchases(p, x, seen, age, view.horizon_days / view.unit_days).mean()),
        "future_value": mean,
        "lower": mean * float(np.exp(-Z * error)),
        "upper": mean * float(np.exp(Z * error)),
        "future_value_sum": value,
    }


def _with_sum(rows: pd.DataFrame) -> pd.DataFrame:
    """Everybody's future is the sum of the groups': one model for all would take their differences for chance."""
    parts = rows[(rows.index > 0) & (rows["buyers"] > 0)]
    value = parts["future_value_sum"].sum(skipna=False)
    # Half the interval's width on the log scale is 1.96 standard errors.
    error = np.log(parts["upper"] / parts["lower"]) / 2 * parts["future_value_sum"]
    half = float(np.sqrt((error**2).sum(skipna=False)) / value) if value > 0 else np.nan
    mean = value / rows["buyers"].iloc[0]
    found = {
        "future_value_sum": value,
        "future_value": mean,
        "lower": mean * np.exp(-half),
        "upper": mean * np.exp(half),
    }
    expected = (parts["expected_purchases"] * parts["buyers"]).sum(skipna=False) / rows["buyers"].iloc[0]
    alive_share = (parts["alive"] * parts["buyers"]).sum(skipna=False) / rows["buyers"].iloc[0]
    found |= {"expected_purchases": expected, "alive": alive_share, "models": OF_PARTS}
    return rows.assign(**{name: rows[name].where(rows.index > 0, one) for name, one in found.items()})


def _total(buyers: pd.DataFrame, models: Models, view: Outlook) -> tuple[float, float]:
    """Discounted money to expect of all buyers together, and the standard error of its log.

    The error is taken from every n-th buyer (they are in order of their history): a part tells it well.
    """
    assert models.spending is not None
    whole = _money(buyers, models.buying, models.spending, view)
    some = buyers.iloc[:: len(buyers) // MOST_FOR_ERROR + 1]
    part = _money(some, models.buying, models.spending, view)
    if not part > 0:
        return whole, np.nan
    buying, spending = models.buying, models.spending
    errors = (
        delta_error(buying, lambda p: np.array([_money(some, p, spending, view)]))[0],
        delta_error(spending, lambda q: np.array([_money(some, buying, q, view)]))[0],
    )
    return whole, float(np.hypot(*errors) / part)


def _money(
    buyers: pd.DataFrame, buying: Fit | Mapping[str, float], spending: Fit | Mapping[str, float], view: Outlook
) -> float:
    p, q = (dict(zip(m.names, m.values, strict=True)) if isinstance(m, Fit) else m for m in (buying, spending))
    x, seen, age, times = (buyers[name].to_numpy() for name in ("frequency", "recency", "age", "times"))
    monetary = buyers["monetary"].fillna(0.0).to_numpy()
    return float((discounted_purchases(p, x, seen, age, view) * expected_amount(q, times, monetary)).sum())


def _with_shares(rows: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """The table with shares of everybody; figures of small groups are missing."""
    frame = rows.reindex(columns=list(WORTH.columns))
    whole = frame.iloc[0]
    frame["share_of_customers"] = frame["customers"] / whole["customers"]
    frame["share_of_revenue"] = frame["revenue"] / whole["revenue"] if whole["revenue"] > 0 else np.nan
    sums = rows["future_value_sum"] if "future_value_sum" in rows else pd.Series(np.nan, index=rows.index)
    frame["share_of_future_value"] = sums / sums.iloc[0] if sums.iloc[0] > 0 else np.nan
    small = rows["buyers"] < min_cell
    kept = ("persona_id", "customers", "share_of_customers", "models")
    frame.loc[small, [name for name in frame if name not in kept]] = np.nan
    return frame


def worth_kpis(worth: Worth, currency: str, horizon_days: float) -> list[pd.DataFrame]:
    """Rows for the table `KPIS`: share of revenue so far, and future value per buyer; none where there is no worth."""
    known = worth.table[worth.table["revenue"].notna()]
    if known.empty:
        return []
    about = known[["persona_id"]].assign(n=known["buyers"].astype("int64"))
    share = about.assign(
        kpi="share of revenue", label="Share of revenue so far", unit="share", lower=np.nan, upper=np.nan
    )
    label = f"Value to expect of a buyer within {horizon_days:g} days, discounted"
    future = about.assign(kpi="future value per buyer", label=label, unit=currency, lower=known["lower"])
    return [
        share.assign(value=known["share_of_revenue"]),
        future.assign(value=known["future_value"], upper=known["upper"])[known["future_value"].notna()],
    ]


def with_worth(content: Mapping[str, Any], worth: Worth, horizon_days: float, discount: float) -> dict[str, Any]:
    """personas.json with what customers are worth: `worth`, and the same key of each persona."""
    personas = [{**persona, "worth": _of_persona(worth, persona["persona_id"])} for persona in content["personas"]]
    about = {"status": worth.status, "horizon_days": horizon_days, "discount": discount}
    return {**content, "personas": personas, "worth": about}


def _of_persona(worth: Worth, persona: str) -> dict[str, Any] | None:
    rows = worth.table[(worth.table["persona_id"] == persona) & worth.table["future_value"].notna()]
    if rows.empty:
        return None
    names = ("share_of_customers", "share_of_revenue", "share_of_future_value", "future_value", "lower", "upper")
    return {name: None if pd.isna(value := rows[name].iloc[0]) else float(value) for name in names}
