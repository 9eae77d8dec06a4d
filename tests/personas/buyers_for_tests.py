"""Customers drawn from the models themselves, with known parameters, and their orders as a table."""

import numpy as np
import pandas as pd

BUYING = {"r": 0.6, "alpha": 5.0, "a": 0.8, "b": 2.5}
SPENDING = {"p": 6.0, "q": 4.0, "gamma": 16.0}
WEEKS = 52.0


def orders_of(customers: int, seed: int, weeks: float = WEEKS) -> pd.DataFrame:
    """id, day (a Monday is day 0), amount, to the cent; first orders are spread over twelve weeks."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(BUYING["r"], 1 / BUYING["alpha"], customers)
    leaves = rng.beta(BUYING["a"], BUYING["b"], customers)
    scale = rng.gamma(SPENDING["q"], 1 / SPENDING["gamma"], customers)
    time = rng.integers(0, 84, customers) / 7
    there = np.ones(customers, dtype=bool)
    rows = []
    while there.any():
        who = np.flatnonzero(there)
        amount = rng.gamma(SPENDING["p"], 1 / scale[who]).round(2)
        rows.append(pd.DataFrame({"id": who, "week": time[who], "amount": np.maximum(amount, 0.01)}))
        first = len(rows) == 1
        stays = np.ones(len(who), dtype=bool) if first else rng.random(len(who)) >= leaves[who]
        time[who] += rng.exponential(1 / np.maximum(rate[who], 1e-12))
        there[who] = stays & (time[who] < weeks)
    table = pd.concat(rows, ignore_index=True)
    day = np.datetime64("2024-01-01") + (table["week"].to_numpy() * 7).astype(np.int64)
    return pd.DataFrame({"id": table["id"].map("{:05d}".format), "day": day.astype("str"), "amount": table["amount"]})
