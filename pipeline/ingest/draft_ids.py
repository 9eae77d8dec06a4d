"""Drafts of ids: which columns may say who somebody is, by the vendor's rule, by name and by what a column holds."""

from collections.abc import Callable, Mapping, Sequence

from pipeline.ingest.column_kinds import MOST_LEVELS
from pipeline.ingest.draft_once import once
from pipeline.ingest.draft_orders import order_number, priced
from pipeline.ingest.draft_shops import shop_of
from pipeline.ingest.id_names import (
    PERSONS,
    names_a_person,
    names_a_thing,
    names_an_event,
    names_an_id,
    names_an_individual,
    space_of,
    words_of_id,
)
from pipeline.ingest.inspection import SAMPLE_ROWS, Column, Inspection
from pipeline.ingest.order_numbers import names_an_order
from pipeline.ingest.privacy import is_direct_identifier, words_of
from pipeline.ingest.readers.registry import READERS

_ALIKE = "# ? spaces must be named alike in all sources"
_EVENT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "event": ("event", "event name", "event type", "activity", "action", "type", "activity name"),
    "amount": ("amount", "total", "revenue", "sales value", "line total", "row total", "line amount", "item total",
               "total amount", "total price", "order total", "grand total", "price", "value", "purchase revenue",
               "sales"),
    "channel": ("channel", "utm medium", "medium", "traffic source", "acquisition channel", "marketing channel",
                "utm source", "via"),
    "device": ("device", "device type", "device category"),
    "os": ("os", "operating system", "platform", "os name"),
    "browser": ("browser", "browser name"),
}  # fmt: skip
_DEVICES = ("desktop", "mobile", "tablet")
_MOST_AGAIN = 0.5
"""Distinct ids per row, below which they are of groups."""
_ROWS_OF_ONE = 20
"""Rows on average of each of a few values, beyond which these are kinds of something."""


@once
def proposed_ids(f: Inspection, kind: str) -> tuple[Mapping[str, str], Sequence[str]]:
    """Identity space -> column of one source by itself, and further columns that may be ids."""
    shop = shop_of(f)
    proposed = (shop and shop.ids) or _of_log(f) or dict(READERS[f.format].ids([c.name for c in f.columns]))
    if not proposed and f.format == "transcript":
        proposed = {"contact": "respondent_id"}
    return (proposed, []) if proposed else _by_columns(f, kind)


def ids_of_persons(f: Inspection) -> dict[str, str]:
    """Identity space -> column of a table of customers; ids of products, campaigns and the like are left out."""
    return {space: column for space, column in proposed_ids(f, "customers")[0].items() if not names_a_thing(space)}


def ids_lines(f: Inspection, kind: str, joins: Mapping[str, str], text: Callable[[str], str]) -> list[str]:
    """The line of `ids` for one source of a kind, and what to ask about it.

    `joins` are the columns that hold the ids of another source, with the space of those.
    """
    proposed, others = proposed_ids(f, kind)
    proposed = _joined(proposed, joins, f)
    if not proposed and kind in ("events", "feedback", "mentions"):
        more = f"; possible: {', '.join(others[:3])}" if others else ""
        return [f"    ids: {{}}                      # ? which column says who did it, e.g. {{user: user_id}}{more}"]
    if not proposed:
        unique = [" ".join(c.name.split()) for c in f.columns if c.id and not is_direct_identifier(c.name)]
        told = f"; nearly all differ in {', '.join(unique[:3])}" if unique else ""
        return [f'    ids: {{row: "*"}}              # ? no id column found: every row a customer of its own{told}']
    more = f"; also possible: {', '.join(others[:3])}" if others else ""
    thing = kind == "customers" and all(map(names_a_thing, proposed))
    asked = ["    # ? no persons? Then it is no source of its own, but the table of a `join`, or not needed"]
    return [*(asked if thing else []), f"{ids_line(proposed, text)}   {_ALIKE}{more}"]


def ids_line(ids: Mapping[str, str], text: Callable[[str], str]) -> str:
    """The line of these ids, space -> column."""
    return f"    ids: {{{', '.join(f'{space}: {text(column)}' for space, column in ids.items())}}}"


def _joined(proposed: Mapping[str, str], joins: Mapping[str, str], f: Inspection) -> dict[str, str]:
    """The ids with the spaces of the columns that hold ids of another source; where none does, such a column first."""
    if any(column in joins for column in proposed.values()):
        return {joins.get(column, space): column for space, column in proposed.items()}
    known = {joins[c.name]: c.name for c in reversed(f.columns) if c.name in joins}
    first = dict(list(known.items())[-1:])
    return {**first, **{space: column for space, column in proposed.items() if space not in first}}


@once
def event_columns(f: Inspection) -> Mapping[str, str]:
    """Standard columns of a table of events, by the names of its columns and by what they hold."""
    shop = shop_of(f)
    if shop:
        return shop.columns
    # A time that every event has is the event's own; others are of what some of them led to.
    times = sorted((c for c in f.columns if c.kind == "time"), key=lambda c: round(c.missing, 1))
    found = {"ts": times[0].name} if times else {"ts": ""}
    by_words = {_told(c): c for c in reversed(f.columns)}
    for standard, names in _EVENT_COLUMNS.items():
        fits = {"event": ("nominal", "binary", "identifier"), "amount": ("numeric",)}.get(standard, ("nominal",))
        column = next((by_words[n] for n in names if n in by_words and by_words[n].kind in fits), None)
        found |= {standard: column.name} if column else {}
    row = priced(f)
    if row and found.get("amount", row.price) == row.price:
        found |= {"amount": row.price, "quantity": row.quantity}
    unique = [c.name for c in f.columns if c.id and (names_an_event(c.name) or names_an_order(c.name))]
    number, _ = order_number(f, found)
    found |= {"event_id": number} if number else {"event_id": unique[0]} if unique else {}
    order = by_words.get("order")
    if order and order.kind == "numeric" and times and times[0].zone == "days only":
        found |= {"order": order.name}
    return found


def _of_log(f: Inspection) -> dict[str, str]:
    """Ids that a vendor's event log has; where none of them was seen, the vendor's own identity."""
    log = READERS[f.format].log
    seen = {c.name for c in f.columns}
    if log.ids and log.previous_of and not {log.path_of(c) for c in log.ids.values()} & seen:
        return {"user": log.previous_of[0]}
    return dict(log.ids)


def _by_columns(f: Inspection, kind: str) -> tuple[dict[str, str], list[str]]:
    """Identity space -> column, persons first, and further columns that may be ids.

    A column that differs in every row is the id of a customer in a table of customers, of the event in one of events.
    Events of things alone, as of products, are nobody's.
    """
    emails = _addresses(f)
    candidates = [c for c in f.columns if c.name not in emails and c.kind not in ("time", "empty", "text")]
    named = [c for c in candidates if names_an_id(c.name) or _person(c)]
    ids = [c for c in named if c.id] or [c for c in named if "id" in words_of_id(c.name) or _person(c)]
    if kind not in ("customers", "responses", "exposures"):
        ids = [c for c in named if not c.id and ("id" in words_of_id(c.name)[1:] or _person(c))]
        ids = ids or [c for c in named if _person(c)]
    elif not ids and kind in ("customers", "responses"):
        ids = [c for c in candidates if c.id and c.kind != "numeric"]
    ordered = sorted(ids, key=lambda c: (not _person(c), names_a_thing(space_of(c.name))))
    others = [c.name for c in (*ordered, *named) if _person(c) or c in ids]
    if kind == "events" and not emails and ordered and all(names_a_thing(space_of(c.name)) for c in ordered):
        return {}, list(dict.fromkeys(others))
    first = {space_of(ordered[0].name): ordered[0].name} if ordered else {}
    if kind == "responses" and "contact" in first and not _person(ordered[0]):
        first = {"response": first["contact"]}  # the `id` of a response is no contact's
    first |= _beyond_rows(f, kind, ordered)
    others = [name for name in dict.fromkeys(others) if name not in first.values()]
    return first | ({"email": emails[0]} if emails else {}), others


def _beyond_rows(f: Inspection, kind: str, ordered: Sequence[Column]) -> dict[str, str]:
    """A further id of the same persons that comes again where that of the rows never does: it says who they are.

    `customer_unique_id` beside a `customer_id` that each order has anew.
    """
    if kind != "customers" or not ordered or not names_an_individual(ordered[0].name):
        return {}
    who = words_of_id(ordered[0].name)[0]
    again = [c for c in f.columns if names_an_individual(c.name) and words_of_id(c.name)[0] == who and not c.id]
    return {space_of(c.name): c.name for c in again[:1] if c.distinct >= _MOST_AGAIN * min(f.rows, SAMPLE_ROWS)}


def _addresses(f: Inspection) -> list[str]:
    """Columns of e-mail addresses, those first that are called so; they may be kept as a hash, of which there are many.

    `Which channels? [E-mail]` is called so too, and holds ticks.
    """
    named = [c for c in f.columns if "email" in words_of(c.name).replace("e mail", "email").split()]
    known = [c.name for c in named if c.addresses or c.kind == "path" or c.distinct > MOST_LEVELS]
    return [*known, *(c.name for c in f.columns if c.addresses and c.name not in known)]


def _told(c: Column) -> str:
    """The column's name in words, without the object it stood in.

    A `platform` that is desktop or mobile is the kind of device, not the system.
    """
    words = words_of(c.name)
    shorter = words.removeprefix("event ").removeprefix("properties ")
    words = words if words in _EVENT_COLUMNS["event"] else shorter
    return "device" if words == "platform" and c.values & {hash(name) for name in _DEVICES} else words


def _person(c: Column) -> bool:
    """Whether a column holds ids of persons, by its name; one that is called `contact` alone may hold how they were
    reached, a few ways that come again and again."""
    few = len(c.levels) > 0 and sum(c.levels.values()) > _ROWS_OF_ONE * len(c.levels)
    bare = words_of(c.name) in PERSONS and not few
    return c.kind != "binary" and (bare or names_a_person(c.name))
