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

_EPOCH = ibis.timestamp("1970-01-01 00:00:00")
MICROSECONDS_PER_DAY = 86_400_000_000
_CONTENT = ("ts", "sequence", "event", "properties")
NO_CASE = ""


def watched_events(events: ibis.Table, stages: StageSettings, observation: Observation) -> ibis.Table:
    """Events in the journeys' window, with `at` (microseconds since 1970), `case_value` and `mask`.

    `features_until` <= ts < `end`. Where the stages declare a case, events without that property belong to no journey
    and are left out; elsewhere `case_value` is empty.
    """
    inside = events.filter(
        events.ts >= ibis.timestamp(f"{observation.features_until} 00:00:00", timezone="UTC"),
        events.ts < ibis.timestamp(f"{observation.end} 00:00:00", timezone="UTC"),
    )
    case = ibis.literal(NO_CASE) if stages.case is None else _property(inside, stages.case)
    inside = inside.mutate(case_value=case, at=_microseconds(inside.ts))
    inside = inside.filter(inside.case_value.notnull())
    counted = [entry for entries in stages.enter.values() for entry in entries if entry.at_least > 1]
    if not counted:
        return inside.mutate(mask=_mask(inside, stages))
    # Only events that an entry counts are put in order to count them: they are few, and the order is dear.
    ordered = reduce(or_, (_fits(inside, entry) for entry in counted))
    parts = (inside.filter(ordered), inside.filter(~ordered))
    return ibis.union(
        *(part.mutate(mask=_mask(part, stages, count)) for part, count in zip(parts, (True, False), strict=True))
    )


def entering_sources(watched: ibis.Table, among: Sequence[str]) -> list[str]:
    """Those of the sources `among` of which any event enters a stage, in alphabetical order."""
    found = watched.filter(watched.mask > 0, watched.source.isin(list(among))).select("source").distinct()
    return sorted(found.to_pyarrow().column("source").to_pylist())


def stage_rows(watched: ibis.Table, inactivity_days: float | None) -> ibis.Table:
    """Rows that may change the stage: `customer_id, case_value, at, sequence, mask, previous_at, after_gap`, in order.

    `previous_at` is the journey's activity before this event; `after_gap` says that more than `inactivity_days` passed
    since then. Kept are the first activity after a gap and stage events, but not one that enters the same single stage
    as the stage event before it: it can change nothing.
    """
    order = ["at", "sequence", "mask"]
    events = watched.select("customer_id", "case_value", *order)
    in_journey = ibis.window(group_by=["customer_id", "case_value"], order_by=order)
    events = events.mutate(
        previous_at=events.at.lag().over(in_journey), previous_mask=events.mask.lag().over(in_journey)
    )
    gap: ir.BooleanValue = ibis.literal(False)
    if inactivity_days is not None:
        gap = (events.at - events.previous_at > longest_gap(inactivity_days)).fill_null(False)
    events = events.mutate(after_gap=gap, is_stage=events.mask > 0)
    single = (events.mask & (events.mask - 1)) == 0
    events = events.mutate(may_repeat=events.is_stage & single & ~events.after_gap)
    # Most repeats follow each other at once: without them the second order is that of few rows.
    at_once = (events.may_repeat & (events.mask == events.previous_mask)).fill_null(False)
    telling = events.filter((events.is_stage | events.after_gap) & ~at_once)
    among_stages = ibis.window(group_by=["customer_id", "case_value", "is_stage"], order_by=order)
    same = (telling.mask == telling.mask.lag().over(among_stages)).fill_null(False)
    telling = telling.mutate(repeated=telling.may_repeat & same)
    return (
        telling.filter(~telling.repeated)
        .select("customer_id", "case_value", "at", "sequence", "mask", "previous_at", "after_gap")
        .order_by(["customer_id", "case_value", "at", "sequence", "mask"])
    )


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


def _mask(events: ibis.Table, stages: StageSettings, count: bool = False) -> ir.IntegerValue:
    """Stages that each event enters; with `count` also those entered by the n-th event of a kind only."""
    mask: ir.IntegerValue = ibis.literal(0, type="int64")
    for rank, stage in enumerate(stages.ladder):
        for entry in stages.enter.get(stage, []):
            if entry.at_least == 1 or count:
                mask = mask | ibis.ifelse(_enters(events, entry), ibis.literal(1 << rank, type="int64"), 0)
    return mask


def _enters(events: ibis.Table, entry: EntrySettings) -> ir.BooleanValue:
    """Whether an event is the entry's n-th or a later one of its journey; never missing."""
    fits = _fits(events, entry)
    if entry.at_least == 1:
        return fits
    so_far = ibis.cumulative_window(group_by=["customer_id", "case_value"], order_by=list(_CONTENT))
    return fits & (fits.cast("int64").sum().over(so_far) >= entry.at_least)


def _fits(events: ibis.Table, entry: EntrySettings) -> ir.BooleanValue:
    """Whether an event is of the entry's kind; never missing."""
    fits = events["event"] == entry.event
    for name, value in entry.where.items():
        fits = fits & (_property(events, name) == value)
    return fits.fill_null(False)


def _microseconds(moment: ir.TimestampValue) -> ir.IntegerValue:
    """Since 1970 in UTC, the session's zone. Without its zone a time is counted, not looked up in a calendar."""
    return moment.cast("timestamp").delta(_EPOCH, unit="microsecond")


def _property(events: ibis.Table, name: str) -> ir.StringValue:
    """A property as text: a key of the JSON in `properties`; missing where the event has none."""
    value = events["properties"].cast("json")[name]
    return ibis.coalesce(value.str, value.cast("string").nullif("null"))
