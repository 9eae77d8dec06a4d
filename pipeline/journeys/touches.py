"""Touchpoints in their stage: every event of a journey looked up in the stay it fell into. Ibis expressions only.

An event that enters a stage is the first touchpoint of that stage, not the last of the one before. Events before a
journey's origin belong to none of its stages.
"""

import ibis
import pandas as pd
import pyarrow as pa

from pipeline.journeys.stages import MICROSECONDS_PER_DAY

_KEY = ["customer_id", "case_value"]
_MICROSECONDS_PER_HOUR = MICROSECONDS_PER_DAY // 24
_MICROSECONDS_PER_MINUTE = 60_000_000
_THURSDAY = 3
"""Weekday of the first day of 1970, Monday = 0."""
TOUCHPOINT = ["persona", "stage", "event", "channel"]


def stay_rows(stays: pd.DataFrame) -> ibis.Table:
    """The stays of `visits.visits` as rows of the engine."""
    columns = ["visit", *_KEY, "persona", "stage", "began", "ended"]
    return ibis.memtable(pa.Table.from_pandas(stays[columns], preserve_index=False))


def staged(watched: ibis.Table, stays: ibis.Table) -> ibis.Table:
    """Events of `stages.watched_events` with their stay: `visit, customer_id, case_value, persona, stage, began, ended,
    at, sequence, event, channel, utc_offset_minutes, amount_hundredths`. `channel` is empty where it is not known.
    """
    events = watched.select(
        *_KEY,
        "at",
        "sequence",
        "event",
        "utc_offset_minutes",
        "amount_hundredths",
        channel=watched.channel.fill_null(""),
    )
    met = events.join(stays, [*_KEY, events.at >= stays.began, events.at < stays.ended])
    return met.select("visit", *_KEY, "persona", "stage", "began", "ended", "at", "sequence", "event", "channel",
                      "utc_offset_minutes", "amount_hundredths")  # fmt: skip


def touch_sums(touches: ibis.Table) -> ibis.Table:
    """What reach, share and order of touchpoints need, one row per persona, stage, event and channel.

    Over the customers x of a persona in a stage, n_x their events there and m_x those of the touchpoint: `customers`
    with m_x > 0, `events` Σ m, `squares` Σ m², `products` Σ m n, and `places` Σ and `place_squares` Σ² of the
    touchpoint's place in order of first occurrence (0 = first, 1 = last of the different ones; 0.5 of a single one).
    """
    who = ["persona", "stage", "customer_id"]
    each = touches.group_by([*who, "event", "channel"]).aggregate(
        m=touches.count(), first_at=touches["at"].min(), first_sequence=touches["sequence"].min()
    )
    of_customer = ibis.window(group_by=who)
    in_order = ibis.window(group_by=who, order_by=["first_at", "first_sequence", "event", "channel"])
    each = each.mutate(n=each.m.sum().over(of_customer), kinds=each.count().over(of_customer),
                       rank=ibis.row_number().over(in_order))  # fmt: skip
    place = ibis.ifelse(each.kinds > 1, each["rank"].cast("float64") / (each.kinds - 1).nullif(0).cast("float64"), 0.5)
    each = each.mutate(place=place)
    return (
        each.group_by(TOUCHPOINT)
        .aggregate(
            customers=each.count(),
            events=each.m.sum(),
            squares=(each.m * each.m).sum(),
            products=(each.m * each.n).sum(),
            places=each.place.sum(),
            place_squares=(each.place * each.place).sum(),
        )
        .order_by(TOUCHPOINT)
    )


def channel_sums(touches: ibis.Table) -> ibis.Table:
    """`touch_sums` of whole channels, without places: one row per persona, stage and channel, of `in_channels`."""
    who = ["persona", "stage", "customer_id"]
    each = touches.group_by([*who, "channel"]).aggregate(m=touches.count())
    each = each.mutate(n=each.m.sum().over(ibis.window(group_by=who)))
    return (
        each.group_by(["persona", "stage", "channel"])
        .aggregate(
            customers=each.count(),
            events=each.m.sum(),
            squares=(each.m * each.m).sum(),
            products=(each.m * each.n).sum(),
        )
        .order_by(["persona", "stage", "channel"])
    )


def in_channels(touches: ibis.Table) -> ibis.Table:
    """The touchpoints whose channel is known."""
    return touches.filter(touches.channel != "")


def stage_sums(touches: ibis.Table) -> ibis.Table:
    """One row per persona and stage: `active` customers with any event, `events` Σ n, `squares` Σ n²."""
    each = touches.group_by(["persona", "stage", "customer_id"]).aggregate(n=touches.count())
    return (
        each.group_by(["persona", "stage"])
        .aggregate(active=each.count(), events=each.n.sum(), squares=(each.n * each.n).sum())
        .order_by(["persona", "stage"])
    )


def hours(touches: ibis.Table) -> ibis.Table:
    """One row per weekday and hour of the own clock with events: `persona, stage, weekday, hour, customers, events`.

    Rows of stage `all` count every customer of the persona once, whatever stages they were in.
    """
    own = touches["at"] + touches["utc_offset_minutes"].cast("int64") * _MICROSECONDS_PER_MINUTE
    clock = touches.mutate(
        weekday=((own // MICROSECONDS_PER_DAY + _THURSDAY) % 7).cast("int64"),
        hour=((own % MICROSECONDS_PER_DAY) // _MICROSECONDS_PER_HOUR).cast("int64"),
    )
    parts = [clock, clock.mutate(stage=ibis.literal("all"))]
    cells = ["persona", "stage", "weekday", "hour"]
    counted = [
        part.group_by(cells).aggregate(customers=part["customer_id"].nunique(), events=part.count()) for part in parts
    ]
    return ibis.union(*counted).order_by(cells)
