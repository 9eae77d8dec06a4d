"""The ways that customers took through their events: whole paths, and which event follows which. Ibis expressions."""

import ibis

SEPARATOR = " > "
_ORDER = ["moment", "sequence", "place"]


def paths(events: ibis.Table) -> ibis.Table:
    """Whole paths by how many customers took them: `path, customers, share`, the most frequent first.

    `events` is that of `event_file.read_events`; of one moment and sequence the events are in alphabetical order.
    """
    taken = events.group_by("customer").aggregate(path=events.event.group_concat(SEPARATOR, order_by=_order(events)))
    counted = taken.group_by("path").aggregate(customers=ibis._.count())
    whole = ibis.window(group_by=[])
    counted = counted.mutate(share=counted.customers / counted.customers.sum().over(whole))
    return counted.order_by([ibis.desc("customers"), "path"])


def moves(events: ibis.Table, kinds: ibis.Table) -> ibis.Table:
    """Which event follows which: `from, to, count, share` (of all that follow `from`), by `from`, most frequent first.

    `events` and `kinds` are those of `event_file.read_events`. The customer's last event is followed by nothing, which
    is no row: shares are of the events that are followed.
    """
    in_order = ibis.window(group_by="customer", order_by=_order(events))
    followed = events.select("place", after=events.place.lead().over(in_order))
    pairs = followed.filter(followed.after.notnull()).group_by("place", "after").aggregate(count=ibis._.count())
    # Events go by their place in the alphabet until they are counted: numbers are quicker to put in order than names.
    names = kinds.select("place", "event").distinct()
    first, second = (names.rename({f"{side}_place": "place", side: "event"}) for side in ("from", "to"))
    named = pairs.left_join(first, pairs.place == first.from_place)
    named = named.left_join(second, named.after == second.to_place).select("from", "to", "count")
    of_all = named["count"].sum().over(ibis.window(group_by="from"))
    return named.mutate(share=named["count"] / of_all).order_by(["from", ibis.desc("count"), "to"])


def _order(events: ibis.Table) -> list[str]:
    return [column for column in _ORDER if column in events.columns]
