"""Who the figures are about: personas, the unassigned, all customers, each with a name, a colour and a page."""

from collections.abc import Sequence
from typing import Any, TypedDict

COLOURS = 9
"""Distinct persona colours; a tenth persona starts over, told apart by its number."""


class Group(TypedDict):
    """A group of customers as readers meet it. `colour` is a token of the palette, `mark` the text on its badge."""

    id: str
    name: str
    mark: str
    colour: str
    page: str | None


def persona_number(persona_id: str) -> int:
    """The number in `persona-<number>`.

    >>> persona_number("persona-12")
    12
    """
    return int(persona_id.rsplit("-", 1)[-1])


def colour_of(number: int) -> str:
    """The palette's token of the persona of that number.

    >>> colour_of(1), colour_of(10)
    ('p1', 'p1')
    """
    return f"p{(number - 1) % COLOURS + 1}"


def persona_group(persona: dict[str, Any]) -> Group:
    """The group of one entry of `personas.json`; its colour follows from its number, so it survives a re-run."""
    number = persona_number(persona["persona_id"])
    name, mark = str(persona["name"]), str(number)
    return {
        "id": persona["persona_id"],
        "name": name,
        "mark": mark,
        "colour": colour_of(number),
        "page": f"{persona['persona_id']}.html",
    }


def unassigned_group() -> Group:
    """Those who belong to no segment clearly enough."""
    return {"id": "unassigned", "name": "Unassigned", "mark": "–", "colour": "p0", "page": None}


def all_group(customers_are: str) -> Group:
    """Everybody."""
    return {"id": "all", "name": f"All {customers_are}", "mark": "all", "colour": "ink", "page": None}


def find(groups: Sequence[Group], group_id: str) -> Group | None:
    """The group with that id."""
    return next((g for g in groups if g["id"] == group_id), None)
