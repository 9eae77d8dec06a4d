"""Through which channels a group can be reached: seen in events, or named in a survey."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.core.suppression import hidden_shares, of_few
from pipeline.personas.groups import NO_GROUP, Grouping
from pipeline.personas.intervals import Numbers, share_interval
from pipeline.personas.schema import REACH

ANY = "any"


def reach(
    features: pd.DataFrame, dictionary: pd.DataFrame, groupings: Sequence[Grouping], min_cell: int
) -> pd.DataFrame:
    """The table `REACH`: per group and channel the share of its customers; small cells are missing, and groups of few
    are in no base, not in everybody's either.

    A channel is a feature of theme `channel`: a share of activity above 0 counts as seen, of all customers of the
    group; a yes counts as named, of those who answered. Where a group's share of what was seen is missing, so is
    everybody's, and no other group's; how many of all named a channel the profile tells, so that another group's is.
    """
    channels = dictionary[(dictionary["theme"] == "channel") & (dictionary["role"] != "exclude")]
    seen, named = channels[channels["kind"] == "share"], channels[channels["kind"] == "binary"]
    parts = []
    if len(seen):
        used = (features[list(seen["column"])].to_numpy(dtype=np.float64) > 0).astype(np.float64)
        parts += _rows(used.max(axis=1), ANY, "Any channel", "seen", groupings, min_cell)
        for at, (column, label) in enumerate(zip(seen["column"], seen["label"], strict=True)):
            parts += _rows(used[:, at], column, _channel(label), "seen", groupings, min_cell)
    for column, label in zip(named["column"], named["label"], strict=True):
        parts += _rows(
            features[column].to_numpy(dtype=np.float64), column, _channel(label), "named", groupings, min_cell
        )
    return pd.concat(parts, ignore_index=True)[list(REACH.columns)] if parts else REACH.empty()


def best_channel(found: pd.DataFrame, persona: str) -> tuple[str, float] | None:
    """Label and share of the channel that reaches most of a persona; None where none is shown."""
    own = found[(found["persona_id"] == persona) & (found["column"] != ANY) & found["value"].notna()]
    if own.empty:
        return None
    top = own.sort_values(["value", "column"], ascending=[False, True]).iloc[0]
    return str(top["label"]), float(top["value"])


def _channel(label: str) -> str:
    """The channel's own name at the end of a feature's label."""
    for mark in (" through ", ": "):
        if mark in label:
            return label.rsplit(mark, 1)[1]
    return label


def _rows(
    used: Numbers, column: str, label: str, how: str, groupings: Sequence[Grouping], min_cell: int
) -> list[pd.DataFrame]:
    frames = []
    for grouping in groupings:
        used = _without_few(used, grouping, min_cell)
    for grouping in groupings:
        inside = (grouping.codes != NO_GROUP) & ~np.isnan(used)
        size = len(grouping.labels)
        n = np.bincount(grouping.codes[inside], minlength=size)
        count = np.bincount(grouping.codes[inside], weights=used[inside], minlength=size)
        small = hidden_shares(count.astype(np.int64), n, min_cell, total_known=how == "named")
        lower, upper = share_interval(count.astype(np.float64), n.astype(np.float64))
        value = np.divide(count, n, out=np.full(size, np.nan), where=n > 0)
        frame = pd.DataFrame({"persona_id": list(grouping.labels), "column": column, "label": label, "how": how})
        shown = {"value": value, "lower": lower, "upper": upper}
        frames.append(frame.assign(**{name: np.where(small, np.nan, v) for name, v in shown.items()}, n=n))
    if how == "seen" and any((f["value"].isna() & (f["n"] > 0)).any() for f in frames):
        # Nothing else tells how many of all were seen there: without it no group gives another away.
        frames = [f.assign(**dict.fromkeys(shown, np.nan)) if len(f) == 1 else f for f in frames]
    return frames


def _without_few(used: Numbers, grouping: Grouping, min_cell: int) -> Numbers:
    """Not known of groups of few: they are in nobody's base, and give no other group away."""
    inside = (grouping.codes != NO_GROUP) & ~np.isnan(used)
    few = of_few(np.bincount(grouping.codes[inside], minlength=len(grouping.labels)), min_cell)
    return np.where(inside & few[np.maximum(grouping.codes, 0)], np.nan, used)
