"""Drafts of a shop's database in which one table has the orders, with who and when, and another their lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.ingest.draft_ids import event_columns, proposed_ids
from pipeline.ingest.draft_kinds import proposed_kind
from pipeline.ingest.draft_lookups import Owner, knows
from pipeline.ingest.draft_orders import priced
from pipeline.ingest.inspection import Column, Inspection

_PLAIN = ("csv", "xlsx", "parquet")


@dataclass(frozen=True)
class Lines:
    """A table of lines with the columns of the orders, which are the table `owner`."""

    table: Inspection
    owner: Owner


def lines_of_orders(found: Sequence[Inspection]) -> list[Lines]:
    """Tables of lines that have a price and a quantity, but neither a time nor anybody's id, and an order's number each
    that another table tells its rows apart by, which knows both and no amount."""
    result = []
    for f in found:
        if f.format not in _PLAIN or not priced(f) or any(c.kind == "time" for c in f.columns):
            continue
        orders = [(g, c) for c in f.columns if c.name in f.differing for g in found if _are_orders(g, c)]
        if orders:
            result.append(_joined(f, *orders[0]))
    return result


def in_their_place(found: Sequence[Inspection], lines: Sequence[Lines]) -> list[Inspection]:
    """The tables, those of lines with the columns of their orders."""
    by_file = {one.table.file: one.table for one in lines}
    return [by_file.get(f.file, f) for f in found]


def told_of_orders(lines: Lines, text: Callable[[str], str]) -> str:
    """The comment in place of the source of orders that the table of their lines is joined to."""
    return f"  # {text(lines.owner.file)}: joined to {text(lines.table.file)}, whose rows are the lines of its orders"


def _are_orders(g: Inspection, number: Column) -> bool:
    """Whether a table says of each order of that number who made it and when, and not what it amounts to."""
    if g.format not in _PLAIN or proposed_kind(g) != "events" or not knows(g, number):
        return False
    columns = event_columns(g)
    return bool(proposed_ids(g, "events")[0]) and not {"amount", "event"} & columns.keys()


def _joined(f: Inspection, orders: Inspection, number: Column) -> Lines:
    own = {c.name for c in f.columns}
    others = [c for c in orders.columns if c.name not in own]
    ids = proposed_ids(orders, "events")[0]
    standard = event_columns(replace(f, columns=[*f.columns, *others]))
    wanted = [c for c in dict.fromkeys(standard.values()) if c not in own and c not in ids.values()]
    kept = [c for c in others if c.name in {*wanted, *ids.values()}]
    times = [w for w in orders.warnings if "`timezone`" in w or "`dates`" in w]
    table = replace(f, columns=[*f.columns, *kept], warnings=[*f.warnings, *times])
    return Lines(table, Owner(orders.file, number.name, ids, tuple(wanted)))
