"""What readers see instead of column names, ids and codes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pandas as pd

from pipeline.core.scales import ends_of_scale, lowest_number

THEMES = {
    "demographic": "Who they are",
    "activity": "What they do",
    "behavioural": "What they do",
    "channel": "Channels they come by",
    "device": "Devices they use",
    "technographic": "What they use",
    "hours": "When they are active",
    "need": "What they need",
    "motivation": "What moves them",
    "pain": "What hurts",
    "decision factor": "What decides",
    "interest": "What interests them",
    "attitudinal": "What they say",
    "other": "What they say",
    "satisfaction": "How satisfied they are",
    "value": "What they are worth",
}
"""Heading of each theme of the dictionary, in the order in which pages show them."""


@dataclass(frozen=True)
class Entry:
    """One feature of the dictionary, `levels` lowest first."""

    column: str
    label: str
    block: str
    kind: str
    role: str
    theme: str
    source: str
    unit: str
    levels: tuple[str, ...]
    missing_share: float
    description: str

    @property
    def positive(self) -> str | None:
        """The level of a binary that says yes."""
        return self.levels[-1] if self.kind == "binary" and self.levels else None

    @property
    def mean_unit(self) -> str:
        """The unit of a mean; an ordinal's is a place on its scale, in no unit."""
        return "" if self.kind == "ordinal" else self.unit

    @property
    def lowest(self) -> int | None:
        """What to add to a mean position to have it in the scale's own numbers; None where it has none."""
        return lowest_number(self.levels) if self.kind == "ordinal" else 0


Dictionary = Mapping[str, Entry]


def read_dictionary(frame: pd.DataFrame) -> dict[str, Entry]:
    """The table `dictionary` by column, in its order."""
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return {r["column"]: Entry(**{**r, "levels": _levels(r["kind"], r["levels"])}) for r in rows}


def _levels(kind: str, declared: str) -> tuple[str, ...]:
    """The declared levels; a binary's codes 0 and 1 read "no" and "yes", as in the profile."""
    levels = tuple(str(v) for v in json.loads(declared))
    return ("no", "yes") if kind == "binary" and levels == ("0", "1") else levels


def entry_of(dictionary: Dictionary, column: str) -> Entry:
    """The entry of `column`; a column that the dictionary does not list speaks for itself."""
    if column in dictionary:
        return dictionary[column]
    words = column.replace("_", " ").capitalize()
    return Entry(column, words, "behavioural", "numeric", "describe", "other", "", "", (), 0.0, "")


def trait_label(entry: Entry, level: str) -> str:
    """Feature and level in words; a binary that says yes needs no level, a mean position the ends of its scale."""
    if not level and entry.lowest is None and entry.levels:
        return f"{entry.label} ({ends_of_scale(entry.levels)})"
    return entry.label if not level or level == entry.positive else f"{entry.label}: {level}"


def split_choice(entry: Entry) -> tuple[str, str]:
    """Question and choice of a multi-select's feature, labelled `question: choice`; else nothing and the label.

    >>> entry = Entry("n", "Needs: Ordering in bulk", "attitudinal", "binary", "describe", "need", "", "", (), 0, "")
    >>> split_choice(entry)
    ('Needs', 'Ordering in bulk')
    """
    question, mark, choice = entry.label.partition(": ")
    return (question, choice) if mark and entry.kind == "binary" else ("", entry.label)


def theme_title(theme: str) -> str:
    """Heading of a theme; an unknown theme is its own heading."""
    return THEMES.get(theme, theme[:1].upper() + theme[1:])


def theme_order(theme: str) -> tuple[int, str]:
    """Sort key that puts themes in the order of `THEMES`, unknown ones last."""
    names = list(THEMES)
    return (names.index(theme), theme) if theme in THEMES else (len(names), theme)


def anchor(claim_id: str) -> str:
    """The element id of a claim: the claim id without white space.

    >>> anchor("persona-1-device-mobile phone")
    'persona-1-device-mobile-phone'
    """
    return re.sub(r"\s+", "-", claim_id.strip())


def link_to(element_id: str) -> str:
    """A link to an element of the same page.

    >>> link_to("persona-1-plan-50%")
    '#persona-1-plan-50%25'
    """
    return "#" + quote(element_id, safe="")


def sentence_case(text: str) -> str:
    """First letter upper case, a full stop at the end."""
    text = text.strip()
    if not text:
        return text
    closed = text if text[-1] in ".!?…" else text + "."
    return closed[0].upper() + closed[1:]
