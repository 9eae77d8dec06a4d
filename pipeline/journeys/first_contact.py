"""Where customers were first seen. A log that begins in the middle of things does not know: its edge is told apart."""

from collections.abc import Iterator
from datetime import date

import ibis
import numpy as np
import pandas as pd

from pipeline.core.intervals import wilson
from pipeline.journeys.profile_rows import held_back, personas_and_all, rows


def first_contacts(events: ibis.Table, start: date, edge_days: float) -> ibis.Table:
    """`customer_id, event, channel, at_edge` of the first event of each customer in the whole log.

    `at_edge`: it lies within `edge_days` of the log's start, so that there may have been an earlier one.
    """
    order = [events["ts"], events["sequence"], events["event"], events["event_id"]]
    first = events.group_by("customer_id").aggregate(
        event=events["event"].first(order_by=order),
        channel=events["channel"].fill_null("").first(order_by=order),
        ts=events["ts"].min(),
    )
    edge = ibis.timestamp(f"{start} 00:00:00", timezone="UTC") + ibis.interval(seconds=round(edge_days * 86400))
    return first.select("customer_id", "event", "channel", at_edge=first["ts"] < edge).order_by("customer_id")


def first_contact(
    first: pd.DataFrame, stays: pd.DataFrame, personas: list[str], most: int, min_cell: int
) -> pd.DataFrame:
    """Rows of topic `first contact` of `stage_profile`, stage empty, of customers with a journey.

    `share` of each event and channel among those first seen after the edge, the `most` frequent; `seen at the log's
    edge` among all.
    """
    of = stays.drop_duplicates("customer_id")[["customer_id", "persona"]]
    known = of.merge(first, on="customer_id", how="inner")
    made = rows(_rows(known, personas, most))
    return held_back(made, made["base"], min_cell)


def _rows(known: pd.DataFrame, personas: list[str], most: int) -> Iterator[dict[str, object]]:
    for persona, part in personas_and_all(known, personas):
        own = {"persona": persona, "stage": "", "topic": "first contact", "unit": "share"}
        yield own | _share(int(part["at_edge"].sum()), len(part)) | {
            "measure": "seen at the log's edge", "base_is": "customers with a journey",
        }  # fmt: skip
        later = part[~part["at_edge"].astype(bool)]
        counted = later.groupby(["event", "channel"]).size()
        for event, channel in sorted(counted.index, key=lambda kind: (-counted[kind], kind))[:most]:
            yield own | _share(int(counted[event, channel]), len(later)) | {
                "measure": "share", "item": event, "channel": channel,
                "base_is": "customers first seen after the log's edge",
            }  # fmt: skip


def _share(count: int, base: int) -> dict[str, object]:
    share = count / base if base else np.nan
    lower, upper = wilson(share, base)
    return {"value": share, "lower": float(lower), "upper": float(upper), "count": count, "base": base}
