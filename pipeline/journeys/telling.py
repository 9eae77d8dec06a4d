"""Events that may tell anything of a journey, picked in one pass over a log in which they stand in order already.

Stage `ingest` writes the events of a customer together and in order of time. Where they are found so, an event's
neighbours are those of the file, and most events can be left out before any are put in order. The same pass compares
each row with the one before it: rows that all follow each other are in order, whatever the engine promised. Ibis
expressions only, for an engine whose windows without an order go through the rows of files as they stand.

Events of one moment and `sequence` may stand in another order than the one they are walked in, which depends on the
stages they enter. Therefore all of them but the first are kept, and of repeats only those of the lowest stage are left
out: nothing that is walked before them at their moment enters a stage.
"""

import ibis

from pipeline.core.sources import StageSettings
from pipeline.journeys.stages import base_mask, counted_mask, is_counted, journey_rows, longest_gap

_COUNTED = -1
"""In place of the mask of an event whose stages depend on how many came before it."""
_FIRST_STAGE = 1
"""Mask of events that enter the first stage alone."""
_CUSTOMERS_IN_A_PART = 1 << 40


def telling_events(inside: ibis.Table, stages: StageSettings, part: int = 0) -> ibis.Table:
    """Of `stages.journey_events` without cases, those that may change a stage, and the first of each customer.

    `number` numbers the customers as they stand in this `part` of the log; `customer_id` is missing but where the
    customer `begins`, and what `kind` (the mask of stages, where it is known) tells already is missing as well.
    `previous_at`: moment of the customer's event before; `unsettled`: it may have to go to another event of the same
    moment; `disordered`: does not follow the row before. Of use only where none is, and each customer begins once.
    """
    rows = _beside_the_row_before(inside, stages)
    begins = (rows.customer_id != rows.customer_before).fill_null(True)
    wait, steps = rows["at"] - rows.at_before, rows.sequence - rows.sequence_before
    repeats = (rows.kind == _FIRST_STAGE) & (rows.kind_before == _FIRST_STAGE)
    rows = rows.mutate(
        begins=begins,
        gap=ibis.literal(False) if stages.dropoff is None else wait > longest_gap(stages.dropoff.inactivity_days),
        tied=(wait == 0) & (steps == 0),
        disordered=((wait < 0) | ((wait == 0) & (steps < 0))) & ~begins,
        repeats=(repeats & (wait > 0) & (rows.at_before != rows.at_two_before)).fill_null(False),
    )
    changes = (rows.kind != 0) & ~rows.repeats
    rows = rows.filter(rows.begins | rows.gap | rows.tied | rows.disordered | changes)
    begun = rows.begins.nullif(False).count().over(ibis.cumulative_window())
    counted = rows.kind == _COUNTED
    return rows.select(
        "at",
        "sequence",
        "kind",
        "begins",
        "disordered",
        number=begun + part * _CUSTOMERS_IN_A_PART,
        customer_id=ibis.ifelse(rows.begins, rows.customer_id, ibis.null("string")),
        previous_at=ibis.ifelse(rows.begins, ibis.null("int64"), rows.at_before),
        unsettled=~rows.begins & (rows.gap | rows.tied),
        **{name: ibis.ifelse(counted, rows[name], ibis.null("string")) for name in _looked_at(stages)},
    )


def picked_with_masks(picked: ibis.Table, stages: StageSettings) -> ibis.Table:
    """`stages.with_masks` of telling events."""
    counted = picked.kind == _COUNTED
    some, others = picked.filter(counted), picked.filter(~counted)
    return ibis.union(
        some.mutate(mask=counted_mask(some, stages, ["number"])), others.mutate(mask=others.kind.cast("int64"))
    ).drop("kind", *_looked_at(stages))


def in_order(picked: ibis.Table) -> bool:
    """Whether each row followed the one before it, and each customer's rows stood together."""
    found = picked.aggregate(
        disordered=picked.disordered.sum(), begun=picked.begins.sum(), customers=picked.customer_id.nunique()
    )
    counts = found.to_pyarrow().to_pylist()[0]
    return not counts["disordered"] and (counts["begun"] or 0) == counts["customers"]


def picked_journeys(picked: ibis.Table, inside: ibis.Table, breakdowns: list[str]) -> ibis.Table:
    """`stages.journey_rows` with the `number` of each customer."""
    numbers = picked.filter(picked.begins).select("customer_id", "number")
    return journey_rows(inside, breakdowns).join(numbers, "customer_id").order_by("customer_id")


def _beside_the_row_before(inside: ibis.Table, stages: StageSettings) -> ibis.Table:
    kind = ibis.ifelse(is_counted(inside, stages), ibis.literal(_COUNTED, type="int64"), base_mask(inside, stages))
    rows = inside.select("customer_id", "at", "sequence", *_looked_at(stages), kind=kind)
    as_they_stand = ibis.window()
    return rows.mutate(
        customer_before=rows.customer_id.lag().over(as_they_stand),
        at_before=rows["at"].lag().over(as_they_stand),
        at_two_before=rows["at"].lag(2).over(as_they_stand),
        sequence_before=rows.sequence.lag().over(as_they_stand),
        kind_before=rows.kind.lag().over(as_they_stand),
    )


def _looked_at(stages: StageSettings) -> list[str]:
    """Columns that say which stages an event enters."""
    needs_properties = any(entry.where for entries in stages.enter.values() for entry in entries)
    return ["event", *(["properties"] if needs_properties else [])]
