"""Every customer's segment and soft memberships, from the chosen model."""

import numpy as np
import pandas as pd

from pipeline.segments.schema import UNASSIGNED


def size_order(memberships: np.ndarray, known: np.ndarray, min_probability: float) -> np.ndarray:
    """Positions of the segments by the number of customers who are surely in them, the largest first."""
    sure = known & (memberships.max(axis=1, initial=0.0) >= min_probability)
    sizes = np.bincount(memberships[sure].argmax(axis=1), minlength=memberships.shape[1]) if sure.any() else np.zeros(0)
    return np.argsort(-sizes[: memberships.shape[1]], kind="stable")


def members(
    customers: pd.Series, memberships: np.ndarray, fitted: np.ndarray, known: np.ndarray, min_probability: float
) -> pd.DataFrame:
    """`schema.MEMBERS`, ordered by customer_id.

    memberships  customers x K, rows that sum to 1
    fitted       whether the model was fitted on the customer (or on one with the same values)
    known        whether anything is known of the customer in the columns that carry the segments
    """
    top = memberships.max(axis=1, initial=0.0)
    sure = known & (top >= min_probability)
    segment = np.where(sure, memberships.argmax(axis=1) if memberships.shape[1] else UNASSIGNED, UNASSIGNED)
    soft = {f"p_{k}": memberships[:, k] for k in range(memberships.shape[1])}
    by = np.where(~sure, "unassigned", np.where(fitted, "fit", "nearest"))
    frame = pd.DataFrame(
        {"customer_id": customers.to_numpy(), "segment": segment, "probability": top, "assigned_by": by, **soft}
    )
    return frame.sort_values("customer_id", kind="stable").reset_index(drop=True)
