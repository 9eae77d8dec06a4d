"""The table `feedback`: satisfaction and effort scores, each at one touchpoint and time."""

import pandas as pd

from pipeline.ingest.cells import numbers
from pipeline.ingest.privacy import scrub_cell
from pipeline.ingest.rejects import Account, rejected_by, stacked
from pipeline.ingest.rows import Rows
from pipeline.ingest.schema import FEEDBACK
from pipeline.ingest.standard_columns import known, times


def read_feedback(rows: Rows, customer_ids: pd.Series) -> tuple[pd.DataFrame, Account]:
    """Scores of one source. Of rows with one `feedback_id` the latest counts; without, every row is one.

    A score outside the declared scale is rejected: it is none, or the scale is wrong.
    """
    scale = rows.settings.score
    if scale is None:
        raise ValueError(f"source {rows.source}: no scale; `check` lets none through")
    score = numbers(known(rows, "score"))[0]
    read = pd.DataFrame(
        {
            "customer_id": customer_ids,
            "source": rows.source,
            "measure": scale.measure,
            "touchpoint": known(rows, "touchpoint").map(scrub_cell, na_action="ignore"),
            "channel": known(rows, "channel").str.lower().map(scrub_cell, na_action="ignore"),
            "score": score,
            "share": (score - scale.worst) / (scale.best - scale.worst),
            "given_at": times(rows, "given_at"),
        }
    )
    reason = pd.Series(None, index=read.index, dtype=object)
    reason[read["given_at"].isna()] = "the time cannot be read"
    reason[~read["share"].between(0, 1)] = "the score is not on the scale"
    reason[score.isna()] = "the score is no number"
    good = read.assign(own_id=known(rows, "feedback_id"))[reason.isna()]
    good = good.sort_values(["given_at", "touchpoint", "score", "customer_id", "channel"], kind="stable")
    kept = good[good["own_id"].isna() | ~good["own_id"].duplicated(keep="last")]
    rejects = stacked([rows.rejects, *rejected_by(rows.source, reason)])
    account = Account(
        rows.source,
        rows.settings.format,
        rows.files,
        rows.read,
        len(kept),
        len(good) - len(kept),
        len(rejects),
        rejects,
    )
    return FEEDBACK.check(kept[list(FEEDBACK.columns)].reset_index(drop=True)), account
