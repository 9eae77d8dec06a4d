"""Small frames as the earlier stages would write them."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.segments.schema import MEMBERS, STABILITY


def customer_ids(count: int, salt: int = 0) -> list[str]:
    """`count` ids in the shape of pseudonyms; another salt gives another order."""
    return [f"{(i * 2654435761 + salt * 97_003) % 2**64:016x}" for i in range(count)]


def entry(
    column: str,
    kind: str,
    *,
    label: str = "",
    levels: Sequence[str] = (),
    block: str = "behavioural",
    role: str = "segment",
    theme: str = "",
    unit: str = "",
) -> dict[str, object]:
    """One row of the dictionary."""
    return {
        "column": column,
        "label": label or column.replace("_", " ").capitalize(),
        "block": block,
        "kind": kind,
        "role": role,
        "theme": theme or block,
        "source": f"contacts: {column}",
        "unit": unit,
        "levels": json.dumps(list(levels)),
        "missing_share": 0.0,
        "description": "made for a test",
    }


def dictionary_of(*entries: dict[str, object]) -> pd.DataFrame:
    """The entries as the table `dictionary`."""
    return DICTIONARY.check(pd.DataFrame(list(entries), columns=list(DICTIONARY.columns)))


def features_of(columns: dict[str, object], ids: Sequence[str] | None = None) -> pd.DataFrame:
    """A features table from columns of equal length."""
    frame = pd.DataFrame(columns)
    frame.insert(0, "customer_id", list(ids) if ids is not None else customer_ids(len(frame)))
    return FEATURES.check(frame)


def members_of(ids: Sequence[str], segments: Sequence[int]) -> pd.DataFrame:
    """The table `members` for hard labels."""
    labels = np.asarray(segments)
    return MEMBERS.check(
        pd.DataFrame(
            {
                "customer_id": list(ids),
                "segment": labels,
                "probability": np.where(labels < 0, 0.4, 0.95),
                "assigned_by": np.where(labels < 0, "unassigned", "fit"),
            }
        )
    )


def stability_of(verdicts: Sequence[str], sizes: Sequence[int] | None = None) -> pd.DataFrame:
    """The table `stability`, segment 0 first."""
    count = len(verdicts)
    return STABILITY.check(
        pd.DataFrame(
            {
                "segment": list(range(count)),
                "size": list(sizes) if sizes is not None else [1] * count,
                "jaccard": [0.5 if verdict == "not shown" else 0.9 for verdict in verdicts],
                "verdict": list(verdicts),
            },
            columns=list(STABILITY.columns),
        )
    )
