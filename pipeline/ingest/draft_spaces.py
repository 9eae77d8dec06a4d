"""Drafts of ids that join: columns of several exports that hold the same values are one space of ids."""

from collections.abc import Mapping, Sequence

from pipeline.ingest.id_names import ID_WORDS, names_persons, words_of_id
from pipeline.ingest.inspection import Column, Inspection

_MOST_LIKELY = 0.5
"""Share of a column's values that must be ids of the other: a log knows visitors that no table of customers has."""
_NUMBERS = 0.9
"""The same for plain numbers, which agree by chance where both count from one."""
_FEWEST = 20
"""Distinct values below which agreement says nothing."""

Spaces = Mapping[str, Mapping[str, str]]
"""File -> column -> space."""


def shared_spaces(found: Sequence[Inspection], ids: Mapping[str, Mapping[str, str]]) -> Spaces:
    """Columns of each file whose values are ids of a table of customers, with the space of those.

    `ids` gives, of each table of customers, space -> column. A plain number joins only a column that is named as an id
    or differs in every row of its own table, and only ids that it may be of by its name.
    """
    anchors = [
        (f.file, space, column)
        for f in found
        for space, name in ids.get(f.file, {}).items()
        for column in f.columns
        if column.name == name and len(column.values) >= _FEWEST
    ]
    return {
        f.file: {
            c.name: space
            for c in f.columns
            for file, space, anchor in reversed(anchors)
            if file != f.file and _joins(c, anchor)
        }
        for f in found
    }


def _joins(column: Column, anchor: Column) -> bool:
    if len(column.values) < _FEWEST:
        return False
    numbers = anchor.kind == "numeric"
    if numbers and not ((column.id or column.named_as_id) and _may_be_one(column.name, anchor.name)):
        return False
    share = len(column.values & anchor.values) / len(column.values)
    return share >= (_NUMBERS if numbers else _MOST_LIKELY)


def _may_be_one(column: str, anchor: str) -> bool:
    """Whether two columns may count the same things: called alike, of persons both, or one of nothing in particular.

    >>> _may_be_one("customer_id", "id"), _may_be_one("user_id", "member"), _may_be_one("Person - ID", "Deal - ID")
    (True, True, False)
    """
    one, other = (set(words_of_id(name)) - ID_WORDS - {"record"} for name in (column, anchor))
    return one == other or not one or not other or (names_persons(column) and names_persons(anchor))
