"""The second level: segments within a segment, by the same code and the same tests, where they are natural.

A segment is searched where two parts of `min_segment_share` of all customers each would fit into it. All columns are
looked at anew: what tells parts of a segment apart is mostly not what tells the segments apart. Only parts that are
natural (null data beaten, each part's Jaccard >= .75) are kept, so that a second level is the exception. Every part
lies within one segment by the way it is made.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from pipeline.core.progress import steps
from pipeline.core.workers import in_order
from pipeline.segments.schema import SUBSEGMENTS, UNASSIGNED
from pipeline.segments.segmentation import LEAST_CUSTOMERS, segment
from pipeline.segments.settings import StageParams

SHOWN_COLUMNS = 5


def subsegments(
    features: pd.DataFrame, dictionary: pd.DataFrame, members: pd.DataFrame, p: StageParams
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(`members` with the column `subsegment`: number within the segment, -1 = none; `schema.SUBSEGMENTS`)."""
    part = pd.Series(UNASSIGNED, index=members["customer_id"], dtype="int64")
    tables = [SUBSEGMENTS.empty()]
    segment_of = features["customer_id"].map(members.set_index("customer_id")["segment"]).to_numpy()
    sizes = {
        int(k): int(size) for k, size in zip(*np.unique(segment_of[segment_of >= 0], return_counts=True), strict=True)
    }
    searched = [k for k, size in sizes.items() if _could_hold_parts(size, len(members), p)]
    inside = (features[segment_of == k] for k in searched)
    found = in_order(partial(_parts, dictionary, len(members), p), inside, ahead=p.workers)
    for k in steps(searched, "segments within segments"):
        parts = next(found)
        if parts is not None:
            part.loc[parts.labels.index] = parts.labels
            tables.append(_table(k, sizes[k], parts.stability, parts.carriers))
    level = members["customer_id"].map(part).to_numpy()
    return members.assign(subsegment=level), pd.concat(tables, ignore_index=True)


@dataclass(frozen=True)
class _Parts:
    """Parts of a segment: their number by customer, and the columns that carry them."""

    labels: pd.Series
    stability: pd.DataFrame
    carriers: list[str]


def _could_hold_parts(size: int, customers: int, p: StageParams) -> bool:
    return p.most_subsegments > 1 and p.min_segment_share * customers <= size / 2 and size >= 2 * LEAST_CUSTOMERS


def _parts(dictionary: pd.DataFrame, customers: int, p: StageParams, inside: pd.DataFrame) -> _Parts | None:
    """The natural parts of the customers `inside` a segment; None where there are none."""
    share = min(p.min_segment_share * customers / len(inside), 0.49)
    narrowed = {"umap_seeds": 0, "max_segments": p.most_subsegments, "min_segment_share": share}
    found = segment(inside, dictionary, p.model_copy(update=narrowed), with_cut=False)
    if found.summary["verdict"] != "natural":
        return None
    labels = found.members.set_index("customer_id")["segment"]
    return _Parts(labels, found.stability, list(found.summary["carriers"]))  # type: ignore[call-overload]


def _table(segment: int, customers: int, stability: pd.DataFrame, carriers: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "segment": segment,
            "subsegment": stability["segment"],
            "size": stability["size"],
            "share": np.round(stability["size"] / customers, 6),
            "jaccard": stability["jaccard"],
            "verdict": stability["verdict"],
            "told_by": ", ".join(carriers[:SHOWN_COLUMNS]),
        }
    )
