"""Drafts of a folder whose tables refer to one another, as a shop's database is exported: what is joined to what.

A table of things, as of products, is no source where others know the persons; and a table of what happened that does
not say to whom, as the lines of orders, finds it in the table of those.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.ingest.draft_ids import proposed_ids
from pipeline.ingest.draft_kinds import proposed_kind
from pipeline.ingest.draft_spaces import Spaces
from pipeline.ingest.id_names import names_a_thing, names_persons, space_of
from pipeline.ingest.inspection import SAMPLE_ROWS, Column, Inspection
from pipeline.ingest.readers.registry import READERS

_PLAIN = ("csv", "xlsx", "parquet")
_OF_PERSONS = ("events", "texts", "feedback")
"""Kinds of which somebody must be known."""
_MOST_KNOWN = 0.5
"""Share of a column's values that the other table must have."""
_FEWEST = 20
_FEWEST_HEADINGS = 5
_MOST_HEADINGS = 0.5
"""Share of a table's headings that a book of its codes has: metadata may be left out."""
_SHOWN = 4


@dataclass(frozen=True)
class Owner:
    """The table `file` that knows, by the column `on`, who a row is of: its ids, space -> column; and `more` of it."""

    file: str
    on: str
    ids: Mapping[str, str]
    more: tuple[str, ...] = ()


def owners(found: Sequence[Inspection], joins: Spaces) -> dict[str, Owner]:
    """File of what happened to nobody named -> the table that names them."""
    knowing = {f.file: _persons(f, joins[f.file]) for f in found}
    result = {}
    for f in found:
        if proposed_kind(f) not in _OF_PERSONS or f.format not in (*_PLAIN, "texts") or knowing[f.file]:
            continue
        known = [(g, c) for g in found if knowing[g.file] and g.format in _PLAIN for c in f.columns if knows(g, c)]
        if known:
            table, column = known[0]
            result[f.file] = Owner(table.file, column.name, knowing[table.file])
    return result


def no_sources(found: Sequence[Inspection], joins: Spaces, owned: Mapping[str, Owner]) -> set[str]:
    """Files of things that persons are known of elsewhere in the folder, and that do not say who."""
    with_persons = [f for f in found if _persons(f, joins[f.file]) or f.file in owned]
    spaces = {space for own in joins.values() for space in own.values()}
    return {
        f.file
        for f in found
        if with_persons and f.format in _PLAIN and f not in with_persons and _is_of_things(f, found, spaces)
    }


def code_books(found: Sequence[Inspection]) -> dict[str, str]:
    """File that says what the columns of another mean -> that other: one of its columns holds the other's headings."""
    headings = {f.file: {hash(c.name.strip().lower()) for c in f.columns} for f in found}
    result: dict[str, str] = {}
    for f in (f for f in found if f.format in (*_PLAIN, "texts")):
        about = [
            file
            for file, names in headings.items()
            if file != f.file
            and any(len(names & c.values) >= max(_FEWEST_HEADINGS, _MOST_HEADINGS * len(names)) for c in f.columns)
        ]
        result |= {f.file: about[0]} if about else {}
    return result


def told_of_book(file: str, about: str) -> str:
    """The comment that stands in place of the source of a book of codes."""
    return f"  # {file}: says what the columns of {about} mean, so no source of its own"


def told_of(f: Inspection, text: Callable[[str], str]) -> list[str]:
    """The comment that stands in place of such a file's source, with how to join it where a column tells rows apart."""
    key = next((c for c in f.columns if c.named_as_id and _tells_apart(c, f)), None)
    wanted = [
        c.name for c in f.columns if c is not key and not c.named_as_id and c.kind in ("nominal", "binary", "numeric")
    ]
    told = f"  # {f.file}: no column says whose a row is, so no source of its own"
    if not key or not wanted:
        return [told]
    listed = ", ".join(text(name) for name in wanted[:_SHOWN])
    join = f"join: [{{files: {text(f.file)}, on: {text(key.name)}, columns: [{listed}]}}]"
    return [f"{told}; where a source has {' '.join(key.name.split())}, it may", f"  #   {join}"]


def join_line(owner: Owner, text: Callable[[str], str]) -> str:
    """The line that joins the table that knows who did it."""
    columns = ", ".join(text(c) for c in (*owner.ids.values(), *owner.more))
    says = "who it was, and when" if owner.more else "who it was"
    return f"    join: [{{files: {text(owner.file)}, on: {text(owner.on)}, columns: [{columns}]}}]   # ? says {says}"


def _persons(f: Inspection, joins: Mapping[str, str]) -> Mapping[str, str]:
    """Ids of persons that a file has, space -> column."""
    own, _ = proposed_ids(f, proposed_kind(f))
    if READERS[f.format].nested or f.format not in _PLAIN:
        return own
    named = {space: column for space, column in own.items() if not names_a_thing(space)}
    sure = {s: c for s, c in named.items() if c in joins or names_persons(c) or s == "email"}
    return {space: c for c, space in joins.items()} | sure


def _is_of_things(f: Inspection, found: Sequence[Inspection], spaces: set[str]) -> bool:
    """Whether all that a file is told apart by is a thing, or stands in another table more than once.

    A table that nothing tells apart says of nobody either.
    """
    kind = proposed_kind(f)
    own, others = proposed_ids(f, kind)
    if kind == "events":
        return not own and bool(others)
    if kind != "customers" or spaces & set(own):
        return False
    repeated = {c.name for g in found if g is not f for c in g.columns if not c.id}
    keys = [c.name for c in f.columns if c.id and c.named_as_id]
    if any(names_a_thing(space_of(name)) and name in repeated for name in keys):
        return True
    return not own or all(
        names_a_thing(space) or (column in repeated and space != "contact") for space, column in own.items()
    )


def knows(g: Inspection, c: Column) -> bool:
    """Whether a table tells its rows apart by a column of the same name, and has the other's values."""
    own = next((one for one in g.columns if one.name == c.name and one.id), None)
    if own is None or not c.named_as_id or len(c.values) < _FEWEST or not _tells_apart(own, g):
        return False
    return len(c.values & own.values) >= _MOST_KNOWN * len(c.values) or g.rows > SAMPLE_ROWS


def _tells_apart(c: Column, f: Inspection) -> bool:
    return c.missing == 0 and c.distinct == min(f.rows, SAMPLE_ROWS)
