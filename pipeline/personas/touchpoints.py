"""What customers said at touchpoints, by group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.suppression import of_few
from pipeline.personas.intervals import mean_interval
from pipeline.personas.schema import ALL, TOUCHPOINTS, UNASSIGNED

NOT_NAMED = "not named"


def touchpoints(feedback: pd.DataFrame, personas: pd.Series, ids: Sequence[str], min_cell: int) -> pd.DataFrame:
    """The table `TOUCHPOINTS` from ingest's `feedback`; `personas`: persona by customer_id.

    A customer's scores of one touchpoint and measure are averaged first; scores of nobody in particular count as one
    person each, for `all` and `unassigned`. Student's t intervals. Few of a group who gave a score are in nobody's
    figures, not in those of `all` either, so that no other group is hidden with them.
    """
    if feedback.empty:
        return TOUCHPOINTS.empty()
    who = feedback["customer_id"].astype("object")
    group = feedback["customer_id"].map(personas).astype("object").fillna(UNASSIGNED)
    rows = pd.DataFrame(
        {
            "who": who.where(who.notna(), "unlinked " + feedback.index.astype("str")),
            "group": group,
            "touchpoint": feedback["touchpoint"].astype("object").fillna(NOT_NAMED),
            "measure": feedback["measure"],
            "share": feedback["share"],
        }
    )
    keys = ["touchpoint", "measure"]
    own = rows.groupby([*keys, "who", "group"], sort=True)["share"].agg(["mean", "size"]).reset_index()
    own["mean"] = own["mean"].round(12)
    cells = _moments(own, [*keys, "group"])
    cells = cells.assign(hide=of_few(cells["n"].to_numpy(dtype=np.int64), min_cell))
    told = own.merge(cells.loc[~cells["hide"], [*keys, "group"]], on=[*keys, "group"])
    # A touchpoint that no group tells of has a row that says so.
    every = cells[keys].drop_duplicates().assign(group=ALL)
    whole = every.merge(_moments(told, keys), on=keys, how="left").fillna({"n": 0, "answers": 0})
    whole = whole.assign(hide=whole["n"] < min_cell).astype({"n": np.int64, "answers": np.int64})
    return _table(pd.concat([whole, cells], ignore_index=True), [ALL, *ids, UNASSIGNED])


def _moments(own: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Mean and spread over customers, summed in order of value so that ids change no digit."""
    ordered = own.sort_values([*keys, "mean"], kind="stable").groupby(list(keys), sort=True)
    found = ordered["mean"].agg(["mean", "std", "size"]).rename(columns={"mean": "value", "size": "n"})
    return found.assign(answers=ordered["size"].sum()).reset_index()


def _table(rows: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    n = rows["n"].to_numpy(dtype=np.float64)
    lower, upper = mean_interval(rows["value"].to_numpy(), rows["std"].to_numpy(), n)
    shown = {"value": rows["value"], "lower": np.maximum(lower, 0), "upper": np.minimum(upper, 1)}
    frame = rows.assign(persona_id=rows["group"], **{k: np.where(rows["hide"], np.nan, v) for k, v in shown.items()})
    # The number of customers in a hidden cell is what is hidden.
    frame = frame.assign(n=frame["n"].where(~frame["hide"], 0), answers=frame["answers"].where(~frame["hide"], 0))
    order = {label: at for at, label in enumerate(labels)}
    frame = frame.sort_values(
        ["persona_id", "touchpoint", "measure"], key=lambda c: c.map(order) if c.name == "persona_id" else c
    )
    return frame[list(TOUCHPOINTS.columns)].reset_index(drop=True)
