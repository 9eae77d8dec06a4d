"""Customers of whom nothing is known to segment by: they shape no segment, and get none."""

import numpy as np
import pandas as pd

from pipeline.segments.schema import UNASSIGNED


def known_rows(features: pd.DataFrame, dictionary: pd.DataFrame) -> np.ndarray:
    """Whether a customer has a value in any column whose role is `segment`; all True where there is no such column."""
    columns = dictionary.loc[dictionary["role"] == "segment", "column"]
    if columns.empty:
        return np.ones(len(features), dtype=bool)
    return features[list(columns)].notna().any(axis=1).to_numpy()


def with_unknown(members: pd.DataFrame, customers: pd.Series) -> pd.DataFrame:
    """`members` and, unassigned, `customers`, whose soft memberships are the segments' shares of the others."""
    soft = [name for name in members.columns if name.startswith("p_")]
    shares = members[soft].mean()
    unknown = pd.DataFrame(
        {
            "customer_id": customers.to_numpy(),
            "segment": UNASSIGNED,
            "probability": float(shares.max()) if soft else 0.0,
            "assigned_by": "unassigned",
            **{name: float(shares[name]) for name in soft},
        }
    )
    return pd.concat([members, unknown]).sort_values("customer_id", kind="stable").reset_index(drop=True)


def sentence(count: int) -> str:
    """What readers are told of them."""
    return f"Of {count:,} more nothing is known to segment by: they are unassigned."
