"""Counts over the event log, one row per customer, from before the cut-off only. Everything is an integer.

The only file of this stage that meets one row per event; it is Ibis throughout, so that the engine does the work.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import ibis
import pandas as pd

from pipeline.core.sources import DatasetSettings, Observation

HOUR_BLOCKS = ("night", "morning", "working", "weekend_day", "evening")
MINUTES_OF_A_DAY, SECONDS_OF_A_DAY = 1440, 86_400
_SATURDAY = 5


@dataclass(frozen=True)
class Activity:
    """Integer counts before the cut-off; `totals` and `orders` have one row per customer, `levels` one per
    customer and level.

    totals    events, active_days, weekend, one column per hour block, first_s, last_s (seconds since 1970, UTC)
    orders    events (of every name), orders, refunds, order_hundredths, first_order_s, last_order_s
    levels    channel, event, device, os, browser -> customer_id, level, events
    gadgets   customer_id, gadgets: distinct pairs of device type and operating system

    `orders_are_outcomes`: whether any event with a positive amount is one that later stages treat as an outcome.
    """

    totals: pd.DataFrame
    orders: pd.DataFrame
    levels: dict[str, pd.DataFrame]
    gadgets: pd.DataFrame
    cutoff_s: int
    orders_are_outcomes: bool


def outcome_events(settings: DatasetSettings) -> set[str]:
    """Names of events that later stages treat as outcomes; what leads to them must not contain them.

    An event that enters the first stage alone is none: it starts a journey, and many logs have little but page views.
    Nor is one that enters later stages by coming again (`at_least`), as where all a log has are orders: customers are
    told apart by those before the cut-off, and journeys are of those after it.
    """
    names = {event for s in settings.sources.values() for event in s.stage_dates}
    if settings.stages:
        enter, first = settings.stages.enter, settings.stages.ladder[0]
        starts = [(entry.event, entry.where) for entry in enter.get(first, [])]
        later = (entry for stage, entries in enter.items() if stage != first for entry in entries)
        names |= {e.event for e in later if e.at_least == 1 or (e.event, e.where) not in starts}
    return names | {experiment.outcome.event for experiment in settings.experiments.values()}


def count_activity(events: ibis.Table, observation: Observation, outcomes: Sequence[str]) -> Activity:
    """All counts over `events` (ingest's table) with start <= ts < features_until.

    Events named in `outcomes` count only in `orders`, so that value is known even where orders mark a stage.
    """
    known = _with_local_time(_before_cutoff(events, observation))
    behaviour = known.filter(known.event.notin(sorted(outcomes))) if outcomes else known
    return Activity(
        totals=_run(_totals(behaviour), "customer_id"),
        orders=_run(_orders(known), "customer_id"),
        levels={
            name: _run(_by_level(behaviour, name), "customer_id", "level")
            for name in ("channel", "event", "device", "os", "browser")
        },
        gadgets=_run(_gadgets(behaviour), "customer_id"),
        cutoff_s=_seconds(observation.features_until),
        orders_are_outcomes=_any_order(known, outcomes),
    )


def _any_order(t: ibis.Table, names: Sequence[str]) -> bool:
    if not names:
        return False
    marked = t.filter((t.amount_hundredths > 0) & t.event.isin(sorted(names)))
    return bool(marked.count().to_pyarrow().as_py())


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())


def _before_cutoff(events: ibis.Table, observation: Observation) -> ibis.Table:
    seconds = events.ts.truncate("s").epoch_seconds().cast("int64")
    inside = events.mutate(seconds=seconds)
    return inside.filter(
        (inside.seconds >= _seconds(observation.start)) & (inside.seconds < _seconds(observation.features_until))
    )


def _with_local_time(events: ibis.Table) -> ibis.Table:
    """Adds local day (days since 1970), weekday (0 = Monday) and minute of the day, all integers."""
    local = events.mutate(local=(events.seconds + events.utc_offset_minutes.cast("int64") * 60))
    day = (local.local // SECONDS_OF_A_DAY).cast("int64")
    local = local.mutate(day=day, minute=((local.local - day * SECONDS_OF_A_DAY) // 60).cast("int64"))
    return local.mutate(weekday=((local.day + 3) % 7).cast("int64"))  # 1970-01-01 was a Thursday


def _how_many(condition: ibis.expr.types.BooleanValue) -> ibis.expr.types.IntegerScalar:
    return condition.cast("int64").sum().cast("int64")


def hour_block(t: ibis.Table) -> dict[str, ibis.expr.types.BooleanValue]:
    """Five blocks that cover the week once: each event lies in exactly one."""
    weekend, by_day = t.weekday >= _SATURDAY, (t.minute >= 9 * 60) & (t.minute < 17 * 60)
    return {
        "night": t.minute < 6 * 60,
        "morning": (t.minute >= 6 * 60) & (t.minute < 9 * 60),
        "working": by_day & ~weekend,
        "weekend_day": by_day & weekend,
        "evening": t.minute >= 17 * 60,
    }


def _totals(t: ibis.Table) -> ibis.Table:
    blocks = {name: _how_many(inside) for name, inside in hour_block(t).items()}
    return t.group_by("customer_id").aggregate(
        events=t.count().cast("int64"),
        active_days=t.day.nunique().cast("int64"),
        weekend=_how_many(t.weekday >= _SATURDAY),
        first_s=t.seconds.min(),
        last_s=t.seconds.max(),
        **blocks,
    )


def _orders(t: ibis.Table) -> ibis.Table:
    ordered, refunded = t.amount_hundredths > 0, t.amount_hundredths < 0
    return t.group_by("customer_id").aggregate(
        events=t.count().cast("int64"),
        orders=_how_many(ordered),
        refunds=_how_many(refunded),
        order_hundredths=ibis.ifelse(ordered, t.amount_hundredths, 0).cast("int64").sum().cast("int64"),
        first_order_s=t.seconds.min(where=ordered),
        last_order_s=t.seconds.max(where=ordered),
    )


def _by_level(t: ibis.Table, column: str) -> ibis.Table:
    known = t.filter(t[column].notnull())
    return known.group_by("customer_id", level=known[column]).aggregate(events=known.count().cast("int64"))


def _gadgets(t: ibis.Table) -> ibis.Table:
    pairs = t.filter(t.device.notnull() | t.os.notnull()).select("customer_id", "device", "os").distinct()
    return pairs.group_by("customer_id").aggregate(gadgets=pairs.count().cast("int64"))


def _run(expression: ibis.Table, *order: str) -> pd.DataFrame:
    return expression.order_by(list(order)).to_pyarrow().to_pandas()
