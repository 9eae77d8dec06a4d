"""Personas as forecasts: what is expected of each in the next drop of data, and how that came out."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from pipeline.personas.intervals import LEVEL
from pipeline.personas.schema import PREDICTION_SCORES, PREDICTIONS

SIZE = "share of customers"
VERSION = 1
KEY = ["persona_id", "column", "level"]


def predictions(claims: pd.DataFrame, profile: pd.DataFrame, sizes: Mapping[str, int], customers: int) -> pd.DataFrame:
    """The table `PREDICTIONS`: every claim's figure, and each persona's share of all customers."""
    whole = profile[profile["group_by"] == "all"].set_index(["column", "level"])["value"].rename("everybody")
    own = claims.join(whole, on=["column", "level"])
    own = own[own["everybody"].notna() & own["lower"].notna() & (own["n"] >= 2)]
    n = own["n"].to_numpy(dtype=np.float64)
    share = (own["statistic"] == "share").to_numpy()
    value = own["value"].to_numpy(dtype=np.float64)
    # Half the width of a mean's interval is its t times its standard error; rounding may leave it just below nothing
    # where all customers of a persona have one value.
    half = np.maximum((own["upper"] - own["lower"]).to_numpy(dtype=np.float64) / 2, 0)
    spread = np.where(
        share, np.sqrt(np.clip(value * (1 - value), 0, None)), half / stdtrit(n - 1, 0.5 + LEVEL / 2) * np.sqrt(n)
    )
    rows = own.assign(deviation=spread, std_error=spread / np.sqrt(n))
    of_size = pd.DataFrame(
        {
            "persona_id": list(sizes),
            "column": SIZE,
            "level": "",
            "statistic": "share",
            "value": [size / customers for size in sizes.values()],
            "n": customers,
            "everybody": 1 / max(len(sizes), 1),
        }
    )
    spread_of_size = np.sqrt(of_size["value"] * (1 - of_size["value"]))
    of_size = of_size.assign(deviation=spread_of_size, std_error=spread_of_size / np.sqrt(max(customers, 1)))
    names = list(PREDICTIONS.columns)
    parts = [part[names] for part in (rows, of_size) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else PREDICTIONS.empty()


def fingerprint(features: pd.DataFrame) -> str:
    """A digest of the customers' features, whatever their order and pseudonyms: equal data, equal digest."""
    rows = pd.util.hash_pandas_object(features.drop(columns="customer_id"), index=False).to_numpy(dtype=np.uint64)
    return hashlib.sha256(np.sort(rows).tobytes() + "|".join(sorted(features.columns)).encode()).hexdigest()[:16]


def register(rows: pd.DataFrame, data: str) -> dict[str, Any]:
    """The predictions as `baseline/predictions.json`: shares and means of personas only."""
    listed = [{k: _plain(v) for k, v in row.items()} for row in rows.to_dict("records")]
    return {"version": VERSION, "data": data, "predictions": listed}


def _plain(value: Any) -> Any:
    return float(f"{value:.9g}") if isinstance(value, float) else value


def score(
    registered: Mapping[str, Any], profile: pd.DataFrame, sizes: Mapping[str, int], customers: int
) -> pd.DataFrame:
    """The table `PREDICTION_SCORES`: registered predictions against the profile of this drop.

    The interval is for another sample of so many customers: expectation ± t √(error of the expectation² + deviation² /
    n). Brier: mean squared error of the share as the forecast of every single customer, (p - o)² + o (1 - o).
    """
    rows = PREDICTIONS.check(pd.DataFrame(registered["predictions"], columns=list(PREDICTIONS.columns)))
    now = (
        profile[profile["group_by"] == "persona"].rename(columns={"group": "persona_id"}).set_index(KEY)[["value", "n"]]
    )
    own = pd.DataFrame(
        {"value": [size / customers for size in sizes.values()], "n": customers},
        index=pd.MultiIndex.from_tuples([(one, SIZE, "") for one in sizes], names=KEY),
    )
    came = pd.concat([part for part in (now, own) if len(part)]) if len(now) or len(own) else now
    joined = rows.merge(came.rename(columns={"value": "observed", "n": "n_now"}).reset_index(), on=KEY, how="left")
    n = joined["n_now"].fillna(0).to_numpy(dtype=np.float64)
    freedom = np.maximum(joined["n"].to_numpy(dtype=np.float64) - 1, 1)
    # A share that nobody has now may be one of a few next time: its spread is never taken for nothing.
    share = (joined["statistic"] == "share").to_numpy()
    before = joined["n"].to_numpy(dtype=np.float64)
    p = joined["value"].to_numpy(dtype=np.float64)
    steady = (np.clip(p, 0, 1) * before + 1) / (before + 2)
    deviation = np.where(share, np.sqrt(steady * (1 - steady)), joined["deviation"])
    error = np.where(share, deviation / np.sqrt(np.maximum(before, 1)), joined["std_error"])
    half = stdtrit(freedom, 0.5 + LEVEL / 2) * np.sqrt(error**2 + deviation**2 / np.maximum(n, 1))
    lower, upper = (
        np.where(share, np.maximum(p - half, 0), p - half),
        np.where(share, np.minimum(p + half, 1), p + half),
    )
    o = joined["observed"].to_numpy(dtype=np.float64)
    everybody = joined["everybody"].to_numpy(dtype=np.float64)
    about = {"lower": lower, "upper": upper, "inside": (lower <= o) & (o <= upper), "n": n.astype(np.int64)}
    single = share & (joined["column"] != SIZE).to_numpy()
    brier = {
        "brier": np.where(single, (p - o) ** 2 + o * (1 - o), np.nan),
        "brier_everybody": np.where(single, (everybody - o) ** 2 + o * (1 - o), np.nan),
    }
    return joined.assign(predicted=p, **about, **brier)[list(PREDICTION_SCORES.columns)]


def summary(scores: pd.DataFrame, status: str) -> dict[str, Any]:
    """The key `predictions` of personas.json."""
    seen = scores[scores["observed"].notna()]
    known = seen[seen["brier"].notna()]
    return {
        "status": status,
        "scored": len(seen),
        "gone": int(len(scores) - len(seen)),
        "coverage": _mean(seen["inside"]),
        "brier": _mean(known["brier"]),
        "brier_everybody": _mean(known["brier_everybody"]),
    }


def _mean(values: pd.Series | Sequence[float]) -> float | None:
    return float(f"{float(np.mean(values)):.6g}") if len(values) else None
