"""Touchpoints and channels per persona and stage: who meets them, how much of all contact they are, how early."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.core.intervals import Z, wilson
from pipeline.journeys.groups import ALL
from pipeline.journeys.profile_rows import held_back, rows
from pipeline.journeys.spell_columns import Floats


def with_all(sums: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows per persona, and their sums as persona `all`: a customer has one persona."""
    overall = sums.drop(columns="persona").groupby(keys, sort=True).sum().reset_index().assign(persona=ALL)
    return pd.concat([overall, sums], ignore_index=True)


def touchpoints(
    sums: pd.DataFrame, stage_sums: pd.DataFrame, stays: pd.DataFrame, min_cell: int, most: int
) -> pd.DataFrame:
    """Rows of topic `touchpoint` of `stage_profile` from `touches.touch_sums`, `touches.stage_sums` and the stays.

    Of each persona and stage the `most` touchpoints that most customers meet. Measures: `reach` (of customers who were
    in the stage), `share of contact` (of all events there), `place in order` (0 = first of the different touchpoints
    that a customer met, 1 = last).
    """
    each = _beside_the_whole(with_all(sums, ["stage", "event", "channel"]), stage_sums, stays)
    each = each.sort_values(
        ["persona", "stage", "customers", "event", "channel"], ascending=[True, True, False, True, True], kind="stable"
    )
    each = each[each.groupby(["persona", "stage"]).cumcount() < most].reset_index(drop=True)
    made = held_back(rows(_rows(each)), np.repeat(each["base"].to_numpy(), 3), min_cell)
    # Share and place also need enough customers who met the touchpoint.
    met = np.repeat(each["customers"].to_numpy(), 3)
    return held_back(made, np.where(made["measure"] == "reach", min_cell, met), min_cell)


def channels(sums: pd.DataFrame, stage_sums: pd.DataFrame, stays: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    """Rows of topic `channel` from `touches.channel_sums` and `touches.stage_sums` of events whose channel is known.

    Measures: `reach` and `share of contact` as of touchpoints, the latter of all events in a known channel.
    """
    each = _beside_the_whole(with_all(sums, ["stage", "channel"]), stage_sums, stays)
    each = each.sort_values(["persona", "stage", "channel"], kind="stable", ignore_index=True)
    made = rows(_rows(each.assign(event=""), "channel", "events in known channels in the stage"))
    made = held_back(made, np.repeat(each["base"].to_numpy(), 2), min_cell)
    met = np.repeat(each["customers"].to_numpy(), 2)
    return held_back(made, np.where(made["measure"] == "reach", min_cell, met), min_cell)


def _beside_the_whole(each: pd.DataFrame, stage_sums: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """The rows with the sums of their stage (`…_whole`) and `base`, the customers who were in it."""
    whole = with_all(stage_sums, ["stage"]).set_index(["persona", "stage"])
    each = each.join(whole.add_suffix("_whole"), on=["persona", "stage"])
    return each.assign(base=pd.MultiIndex.from_frame(each[["persona", "stage"]]).map(_customers(stays)))


def _customers(stays: pd.DataFrame) -> pd.Series:
    found = stays.groupby(["persona", "stage"], observed=True)["customer_id"].nunique()
    overall = stays.groupby("stage", observed=True)["customer_id"].nunique()
    overall.index = pd.MultiIndex.from_product([[ALL], overall.index], names=found.index.names)
    return pd.concat([overall, found])


def _rows(
    each: pd.DataFrame, topic: str = "touchpoint", contact: str = "events in the stage"
) -> Iterator[dict[str, object]]:
    """`each` without `places` gives no rows of the place in order; `contact`: what the base of a share counts."""
    reach = each["customers"] / each["base"]
    low, high = wilson(reach, each["base"])
    share = each["events"] / each["events_whole"]
    # A ratio of sums over customers: V = Σ (m - share n)² / (Σ n)² · k / (k - 1), k the customers with any event.
    k = each["active_whole"].to_numpy(dtype=float)
    left = each["squares"] - 2 * share * each["products"] + share**2 * each["squares_whole"]
    correction = np.divide(k, k - 1, out=np.full(len(k), np.nan), where=k > 1)
    share_error = np.sqrt(np.maximum(left, 0) * correction) / each["events_whole"]
    place, place_error = _places(each) if "places" in each else (None, None)
    for i, row in enumerate(each.itertuples()):
        who = {"persona": row.persona, "stage": row.stage, "topic": topic, "item": row.event,
               "channel": row.channel}  # fmt: skip
        yield who | {
            "measure": "reach", "value": reach[i], "lower": low[i], "upper": high[i], "unit": "share",
            "count": row.customers, "base": row.base, "base_is": "customers in the stage",
        }  # fmt: skip
        yield who | {
            "measure": "share of contact", "value": share[i], "lower": max(share[i] - Z * share_error[i], 0.0),
            "upper": min(share[i] + Z * share_error[i], 1.0), "unit": "share",
            "count": row.events, "base": row.events_whole, "base_is": contact,
        }  # fmt: skip
        if place is None or place_error is None:
            continue
        yield who | {
            "measure": "place in order", "value": place[i], "lower": max(place[i] - Z * place_error[i], 0.0),
            "upper": min(place[i] + Z * place_error[i], 1.0), "unit": "0 = first, 1 = last",
            "count": row.customers, "base": row.customers, "base_is": "customers who met it",
        }  # fmt: skip


def _places(each: pd.DataFrame) -> tuple[Floats, Floats]:
    """Mean place in order of each touchpoint, and its standard error."""
    met = each["customers"].to_numpy(dtype=float)
    place = each["places"].to_numpy(dtype=float) / met
    spread = np.maximum(each["place_squares"].to_numpy(dtype=float) - met * place**2, 0)
    return place, np.sqrt(np.divide(spread, met * (met - 1), out=np.full(len(met), np.nan), where=met > 1))
