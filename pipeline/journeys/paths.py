"""The ways that customers took through their events: whole paths, and which event follows which. Ibis expressions."""

import ibis

SEPARATOR = " > "
_ORDER = ["moment", "sequence", "event"]


def paths(events: ibis.Table) -> ibis.Table:
    """Whole paths by how many customers took them: `path, customers, share`, the most frequent first.

    `events` has `customer, event, moment, sequence`; of one moment and sequence the events are in alphabetical order.
    """
    taken = events.group_by("customer").aggregate(path=events.event.group_concat(SEPARATOR, order_by=_ORDER))
    counted = taken.group_by("path").aggregate(customers=ibis._.count())
    whole = ibis.window(group_by=[])
    counted = counted.mutate(share=counted.customers / counted.customers.sum().over(whole))
    return counted.order_by([ibis.desc("customers"), "path"])


def moves(events: ibis.Table) -> ibis.Table:
    """Which event follows which: `from, to, count, share` (of all that follow `from`), by `from`, most frequent first.

    The customer's last event is followed by nothing, which is no row: shares are of the events that are followed.
    """
    in_order = ibis.window(group_by="customer", order_by=_ORDER)
    followed = events.select("event", to=events.event.lead().over(in_order))
    pairs = followed.filter(followed.to.notnull()).rename({"from": "event"})
    counted = pairs.group_by("from", "to").aggregate(count=ibis._.count())
    of_all = counted["count"].sum().over(ibis.window(group_by="from"))
    return counted.mutate(share=counted["count"] / of_all).order_by(["from", ibis.desc("count"), "to"])
