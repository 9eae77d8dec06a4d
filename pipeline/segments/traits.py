"""What is most unlike all customers in each segment: the answers whose share stands out most, in words."""

import numpy as np
import pandas as pd

from pipeline.segments.typing_fields import Field, fields_of

MOST = 3


def traits(features: pd.DataFrame, dictionary: pd.DataFrame, members: pd.DataFrame) -> dict[int, list[str]]:
    """Segment -> `column: answer 80% (of all 30%)`, the `MOST` columns that stand out most first; -1 included."""
    segment = features["customer_id"].map(members.set_index("customer_id")["segment"]).to_numpy()
    found: dict[int, list[tuple[float, str]]] = {int(k): [] for k in np.unique(segment)}
    for field in fields_of(features, dictionary, {}):
        codes = field.codes(features[field.column])
        everybody = _shares(codes, len(field.bins))
        for k in found:
            own = _shares(codes[segment == k], len(field.bins))
            found[k].append(_stands_out(field, own, everybody))
    return {
        k: [text for gap, text in sorted(stands, key=lambda s: (-s[0], s[1]))[:MOST] if gap > 0.05]
        for k, stands in found.items()
    }


def _shares(codes: np.ndarray, bins: int) -> np.ndarray:
    known = codes[codes >= 0]
    return np.bincount(known, minlength=bins) / max(len(known), 1)


def _stands_out(field: Field, own: np.ndarray, everybody: np.ndarray) -> tuple[float, str]:
    """(how much larger the share of the answer that stands out most is, in words)."""
    best = int(np.argmax(own - everybody))
    text = f"{field.column}: {field.bins[best].label} {own[best]:.0%} (of all {everybody[best]:.0%})"
    return float(own[best] - everybody[best]), text
