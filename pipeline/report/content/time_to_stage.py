"""Time to each stage: one line a persona, as long as enough of its journeys were watched."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from pipeline.core.coarse import up_to
from pipeline.report.content.groups import Group
from pipeline.report.content.journey import select
from pipeline.report.inputs import Inputs
from pipeline.report.numbers import known


def time_to_stage(inputs: Inputs, groups: Sequence[Group], min_cell: int) -> list[dict[str, Any]]:
    """One entry per stage after the first: {stage, series}, a series per group with `min_cell` journeys at least."""
    found = []
    for stage in dict.fromkeys(inputs.reached["stage"]):
        rows = inputs.reached[inputs.reached["stage"] == stage]
        series = [
            {**group, **_line(own, inputs.funnel, min_cell)}
            for group in groups
            if len(own := _own(rows, inputs.funnel, group, min_cell))
        ]
        if series:
            found.append({"stage": str(stage), "series": series})
    return found


def _own(rows: pd.DataFrame, funnel: pd.DataFrame, group: Group, min_cell: int) -> pd.DataFrame:
    """The group's rows; none where fewer than `min_cell` journeys began, reached the stage or did not."""
    own = select(rows, "persona", group["id"])
    steps = select(funnel, "persona", group["id"])
    step = steps[steps["stage"].isin(own["stage"])]
    if not len(step):
        return own.iloc[:0]
    reached, entered = int(step["reached"].iloc[0]), int(step["entered"].iloc[0])
    small = entered < min_cell or 0 < reached < min_cell or 0 < entered - reached < min_cell
    held = bool(step["hold_reached"].iloc[0] or step["hold_entered"].iloc[0])
    return own.iloc[:0] if small or held else own.sort_values("day")


def _line(rows: pd.DataFrame, funnel: pd.DataFrame, min_cell: int) -> dict[str, Any]:
    """In steps of `min_cell` of the journeys that began, up to the share at the end, which the funnel tells."""
    values = {"values": "probability", "lower": "lower", "upper": "upper"}
    row = rows.iloc[0]
    began = int(select(funnel, row["group_by"], row["group"])["entered"].max())
    watched = rows[rows["probability"].notna()]
    told = watched.assign(**{c: up_to(watched[c], began, min_cell) for c in values.values()})
    return {
        "days": [round(float(day), 3) for day in rows["day"]],
        **{name: [_rounded(v) for v in told[column].reindex(rows.index)] for name, column in values.items()},
    }


def _rounded(value: Any) -> float | None:
    share = known(value)
    return None if share is None else round(share, 5)
