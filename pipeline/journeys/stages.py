"""Events become stage events: the few rows per journey that can change its stage. Ibis expressions only.

An event may qualify for several stages (the second purchase is also a purchase), so it carries a mask: bit k is set
where the event enters stage k of the ladder. An entry with `at_least: n` is met by the n-th such event since
`features_until` and by every later one.

Events at one instant are ordered by `sequence`, then by ladder rank (masks sort by their highest stage, and activity
that enters no stage comes first). What remains equal is interchangeable: whichever comes first, the rows are the same.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from pipeline.core.sources import EntrySettings, Observation, StageSettings

MICROSECONDS_PER_DAY = 86_400_000_000
KEY = ("customer_id", "case_value")
"""Columns that name a journey."""
_CONTENT = ("at", "sequence", "event", "properties")
"""By which events are counted; those alike in all of it are interchangeable."""
_WALKED = ("at", "sequence", "mask")
NO_CASE = ""


def journey_events(events: ibis.Table, stages: StageSettings, observation: Observation) -> ibis.Table:
    """Events in the journeys' window, with `at` (microseconds since 1970) and `case_value`.

    `features_until` <= ts < `end`. Where the stages declare a case, events without that property belong to no journey
    and are left out; elsewhere `case_value` is empty.
    """
    inside = events.filter(
        events.ts >= ibis.timestamp(f"{observation.features_until} 00:00:00", timezone="UTC"),
        events.ts < ibis.timestamp(f"{observation.end} 00:00:00", timezone="UTC"),
    )
    case = ibis.literal(NO_CASE) if stages.case is None else _property(inside, stages.case)
    inside = inside.mutate(case_value=case, at=epoch_us(inside.ts))
    return inside.filter(inside.case_value.notnull())


def with_masks(inside: ibis.Table, stages: StageSettings) -> ibis.Table:
    """The events with the stages that each enters, `mask`."""
    if not _counted(stages):
        return inside.mutate(mask=base_mask(inside, stages))
    # Only events that an entry counts are put in order to count them: they are few, and the order is dear.
    counted = is_counted(inside, stages)
    some, others = inside.filter(counted), inside.filter(~counted)
    return ibis.union(some.mutate(mask=counted_mask(some, stages, KEY)), others.mutate(mask=base_mask(others, stages)))


def watched_events(events: ibis.Table, stages: StageSettings, observation: Observation) -> ibis.Table:
    """`journey_events` of the log with the stages that each enters, `mask`."""
    return with_masks(journey_events(events, stages, observation), stages)


def is_counted(events: ibis.Table, stages: StageSettings) -> ir.BooleanValue:
    """Whether the stages that an event enters may depend on how many of its kind came before."""
    return reduce(or_, (_fits(events, entry) for entry in _counted(stages)), ibis.literal(False))


def base_mask(events: ibis.Table, stages: StageSettings) -> ir.IntegerValue:
    """Stages that each event enters whatever came before it."""
    return _mask(events, stages, None)


def counted_mask(events: ibis.Table, stages: StageSettings, key: Sequence[str]) -> ir.IntegerValue:
    """Stages that each event enters, by what came before it in the journey that the columns `key` name."""
    return _mask(events, stages, key)


def _counted(stages: StageSettings) -> list[EntrySettings]:
    return [entry for entries in stages.enter.values() for entry in entries if entry.at_least > 1]


def entering_sources(watched: ibis.Table, among: Sequence[str]) -> list[str]:
    """Those of the sources `among` of which any event enters a stage, in alphabetical order."""
    found = watched.filter(watched.mask > 0, watched.source.isin(list(among))).select("source").distinct()
    return sorted(found.to_pyarrow().column("source").to_pylist())


def stage_rows(watched: ibis.Table, inactivity_days: float | None) -> ibis.Table:
    """Rows that may change the stage: `customer_id, case_value, at, sequence, mask, previous_at, after_gap`, in order.

    `after_gap` says that more than `inactivity_days` passed since the journey's activity before this event, which was
    at `previous_at` (missing without a gap). Kept are the first activity after a gap and stage events, but not one that
    enters the same single stage as the stage event before it: it can change nothing.

    Of events picked by `telling.py`, which know what was before them, journeys go by their `number`.
    """
    picked = "number" in watched.columns
    key = ["number"] if picked else list(KEY)
    events = _with_activity_before(watched, key, picked)
    gap: ir.BooleanValue = ibis.literal(False)
    if inactivity_days is not None:
        gap = (events["at"] - events.previous_at > longest_gap(inactivity_days)).fill_null(False)
    events = events.mutate(after_gap=gap, is_stage=events.mask > 0)
    single = (events.mask & (events.mask - 1)) == 0
    events = events.mutate(may_repeat=events.is_stage & single & ~events.after_gap)
    # Most repeats follow each other at once: without them the second order is that of few rows.
    at_once = (events.may_repeat & (events.mask == events.previous_mask)).fill_null(False)
    telling = events.filter((events.is_stage | events.after_gap) & ~at_once)
    # Of equal events the first has the gap before it.
    order = [*_WALKED, ibis.desc("after_gap")]
    among_stages = ibis.window(group_by=[*key, "is_stage"], order_by=order)
    same = (telling.mask == telling.mask.lag().over(among_stages)).fill_null(False)
    telling = telling.mutate(
        repeated=telling.may_repeat & same,
        previous_at=ibis.ifelse(telling.after_gap, telling.previous_at, ibis.null("int64")),
    )
    return telling.filter(~telling.repeated).select(*key, *_WALKED, "previous_at", "after_gap").order_by([*key, *order])


def _with_activity_before(watched: ibis.Table, key: list[str], picked: bool) -> ibis.Table:
    """`previous_at` and `previous_mask` of the journey's event before each, in the order in which they are walked."""
    if not picked:
        events = watched.select(*key, *_WALKED)
        in_journey = ibis.window(group_by=key, order_by=_WALKED)
        return events.mutate(
            previous_at=events["at"].lag().over(in_journey), previous_mask=events.mask.lag().over(in_journey)
        )
    events = watched.select(*key, *_WALKED, "previous_at", "unsettled", previous_mask=ibis.null("int64"))
    # Of events at one moment, the first to be walked has before it what the first in the file had.
    settled, others = events.filter(~events.unsettled), events.filter(events.unsettled)
    at_once = [*key, "at", "sequence"]
    first = ibis.row_number().over(ibis.window(group_by=at_once, order_by="mask")) == 0
    before = others.previous_at.min().over(ibis.window(group_by=at_once))
    return ibis.union(settled, others.mutate(previous_at=ibis.ifelse(first, before, others["at"])))


def journey_rows(watched: ibis.Table, breakdowns: list[str]) -> ibis.Table:
    """One row per journey with any activity: `customer_id, case_value, last_at`, and each breakdown property.

    A breakdown is taken from the journey's first event that has it; missing where none has.
    """
    values = {f"breakdown_{i}": _property(watched, name) for i, name in enumerate(breakdowns)}
    events = watched.mutate(**values) if values else watched
    order = [events[column] for column in _CONTENT]
    found = {key: events[key].first(order_by=order) for key in values}
    return (
        events.group_by("customer_id", "case_value")
        .aggregate(last_at=events["at"].max(), **found)
        .rename(dict(zip(breakdowns, values, strict=True)))
        .order_by(["customer_id", "case_value"])
    )


def longest_gap(inactivity_days: float) -> int:
    """Microseconds without activity after which a journey has dropped off."""
    return round(inactivity_days * MICROSECONDS_PER_DAY)


def _mask(events: ibis.Table, stages: StageSettings, key: Sequence[str] | None) -> ir.IntegerValue:
    """Stages that each event enters; with the `key` of journeys also those entered by the n-th event of a kind only."""
    mask: ir.IntegerValue = ibis.literal(0, type="int64")
    for rank, stage in enumerate(stages.ladder):
        for entry in stages.enter.get(stage, []):
            fits = _fits(events, entry)
            if entry.at_least > 1:
                if key is None:
                    continue
                order = [column for column in _CONTENT if column in events.columns]
                so_far = ibis.cumulative_window(group_by=list(key), order_by=order)
                fits = fits & (fits.cast("int64").sum().over(so_far) >= entry.at_least)
            mask = mask | ibis.ifelse(fits, ibis.literal(1 << rank, type="int64"), 0)
    return mask


def _fits(events: ibis.Table, entry: EntrySettings) -> ir.BooleanValue:
    """Whether an event is of the entry's kind; never missing."""
    fits = events["event"] == entry.event
    for name, value in entry.where.items():
        fits = fits & (_property(events, name) == value)
    return fits.fill_null(False)


@ibis.udf.scalar.builtin
def epoch_us(moment) -> int:  # type: ignore[no-untyped-def,empty-body]
    """Microseconds since 1970 in UTC. As a number a time is counted; Ibis' own difference would look up a calendar."""


def _property(events: ibis.Table, name: str) -> ir.StringValue:
    """A property as text: a key of the JSON in `properties`; missing where the event has none."""
    value = events["properties"].cast("json")[name]
    return ibis.coalesce(value.str, value.cast("string").nullif("null"))
