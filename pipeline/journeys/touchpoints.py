"""Touchpoints per persona and stage: who meets them, how much of all contact they are, how early they come."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.core.intervals import Z, wilson
from pipeline.journeys.groups import ALL
from pipeline.journeys.profile_rows import held_back, rows


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
    each = with_all(sums, ["stage", "event", "channel"])
    whole = with_all(stage_sums, ["stage"]).set_index(["persona", "stage"])
    there = _customers(stays)
    each = each.join(whole.add_suffix("_whole"), on=["persona", "stage"])
    each["base"] = pd.MultiIndex.from_frame(each[["persona", "stage"]]).map(there)
    each = each.sort_values(
        ["persona", "stage", "customers", "event", "channel"], ascending=[True, True, False, True, True], kind="stable"
    )
    each = each[each.groupby(["persona", "stage"]).cumcount() < most].reset_index(drop=True)
    made = held_back(rows(_rows(each)), np.repeat(each["base"].to_numpy(), 3), min_cell)
    # Share and place also need enough customers who met the touchpoint.
    met = np.repeat(each["customers"].to_numpy(), 3)
    return held_back(made, np.where(made["measure"] == "reach", min_cell, met), min_cell)


def _customers(stays: pd.DataFrame) -> pd.Series:
    found = stays.groupby(["persona", "stage"], observed=True)["customer_id"].nunique()
    overall = stays.groupby("stage", observed=True)["customer_id"].nunique()
    overall.index = pd.MultiIndex.from_product([[ALL], overall.index], names=found.index.names)
    return pd.concat([overall, found])


def _rows(each: pd.DataFrame) -> Iterator[dict[str, object]]:
    reach = each["customers"] / each["base"]
    low, high = wilson(reach, each["base"])
    share = each["events"] / each["events_whole"]
    # A ratio of sums over customers: V = Σ (m - share n)² / (Σ n)² · k / (k - 1), k the customers with any event.
    k = each["active_whole"].to_numpy(dtype=float)
    left = each["squares"] - 2 * share * each["products"] + share**2 * each["squares_whole"]
    correction = np.divide(k, k - 1, out=np.full(len(k), np.nan), where=k > 1)
    share_error = np.sqrt(np.maximum(left, 0) * correction) / each["events_whole"]
    met = each["customers"].to_numpy(dtype=float)
    place = each["places"] / met
    spread = np.maximum(each["place_squares"] - met * place**2, 0)
    place_error = np.sqrt(np.divide(spread, met * (met - 1), out=np.full(len(met), np.nan), where=met > 1))
    for i, row in enumerate(each.itertuples()):
        who = {"persona": row.persona, "stage": row.stage, "topic": "touchpoint", "item": row.event,
               "channel": row.channel}  # fmt: skip
        yield who | {
            "measure": "reach", "value": reach[i], "lower": low[i], "upper": high[i], "unit": "share",
            "count": row.customers, "base": row.base, "base_is": "customers in the stage",
        }  # fmt: skip
        yield who | {
            "measure": "share of contact", "value": share[i], "lower": max(share[i] - Z * share_error[i], 0.0),
            "upper": min(share[i] + Z * share_error[i], 1.0), "unit": "share",
            "count": row.events, "base": row.events_whole, "base_is": "events in the stage",
        }  # fmt: skip
        yield who | {
            "measure": "place in order", "value": place[i], "lower": max(place[i] - Z * place_error[i], 0.0),
            "upper": min(place[i] + Z * place_error[i], 1.0), "unit": "0 = first, 1 = last",
            "count": row.customers, "base": row.customers, "base_is": "customers who met it",
        }  # fmt: skip
