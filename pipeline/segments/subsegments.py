"""The second level: segments within a segment, by the same code and the same tests, where they are natural.

A segment is searched where two parts of `min_segment_share` of all customers each would fit into it. All columns are
looked at anew: what tells parts of a segment apart is mostly not what tells the segments apart. Only parts that are
natural (null data beaten, each part's Jaccard >= .75) are kept, so that a second level is the exception. Every part
lies within one segment by the way it is made.
"""

import numpy as np
import pandas as pd

from pipeline.core.progress import steps
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
    own = members.set_index("customer_id")["segment"]
    for k in steps(sorted(int(k) for k in own.unique() if k >= 0), "segments within segments"):
        inside = features[features["customer_id"].map(own).to_numpy() == k]
        share = p.min_segment_share * len(members) / max(len(inside), 1)
        if p.most_subsegments < 2 or share > 0.5 or len(inside) < 2 * LEAST_CUSTOMERS:
            continue
        narrowed = {"umap_seeds": 0, "max_segments": p.most_subsegments, "min_segment_share": min(share, 0.49)}
        found = segment(inside, dictionary, p.model_copy(update=narrowed), with_cut=False)
        if found.summary["verdict"] == "natural":
            labels = found.members.set_index("customer_id")["segment"]
            part.loc[labels.index] = labels
            tables.append(_table(k, len(inside), found.stability, list(found.summary["carriers"])))  # type: ignore[call-overload]
    level = members["customer_id"].map(part).to_numpy()
    return members.assign(subsegment=level), pd.concat(tables, ignore_index=True)


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
