"""Names of columns in messages. A file without its header has personal data where names are expected: not shown."""

import re
from collections.abc import Sequence

from pipeline.ingest.cells import GROUPED, NUMBER
from pipeline.ingest.privacy import EMAIL, scrub_patterns
from pipeline.ingest.times import TIME

HEADLESS = 0.3
"""Share of names that are times or numbers in a row of data; pivoted tables aside, a header has none."""
_DAY = r"^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{4}"
_VALUE = re.compile(f"{TIME}|{NUMBER}|{GROUPED['comma']}|{_DAY}")
_TIME = re.compile(TIME)
_MOST_DAYS = 2
"""More columns that are called by days are a table of days."""
_OF_PERSONS = re.compile(rf"\s*(?:{EMAIL}|\+?[0-9][0-9 ()/-]{{6,}})\s*")
_LONGEST = 60
_NO_NAMES = "what looks like a row of data, not shown here: is the header missing?"


def holds_data(columns: Sequence[str]) -> bool:
    """Whether column names look like values: an e-mail, a phone or long number, or many times and numbers.

    >>> holds_data(["id", "2024", "e-mail", "plan"]), holds_data(["17", "ann@example.org", "small"])
    (False, True)
    """
    if any(_OF_PERSONS.fullmatch(name) for name in columns if len(columns) > 1):
        return True
    values = sum(bool(_VALUE.match(name)) for name in columns)
    return len(columns) > 1 and values > HEADLESS * len(columns)


def shown(columns: Sequence[str], most: int) -> str:
    """The first names for a message, each on one line, short, without what identifies a person.

    >>> shown(["id", "plan", "city"], 2), shown(["17", "ann@example.org", "small"], 2)
    ('id, plan …', 'what looks like a row of data, not shown here: is the header missing?')
    """
    if holds_data(columns):
        return _NO_NAMES
    names = [scrub_patterns(" ".join(name[: 2 * _LONGEST].split()))[:_LONGEST] for name in columns[:most]]
    return ", ".join(names) + (" …" if len(columns) > most else "")


def masked(columns: Sequence[str]) -> tuple[str, ...]:
    """The names, or their positions where they are surely data: years and months may well head a pivoted table.

    >>> masked(["2023", "2024"]), masked(["Ann", "1990-02-01"])
    (('2023', '2024'), ('column 1', 'column 2'))
    """
    days = sum(bool(_TIME.match(name)) for name in columns)
    persons = any(_OF_PERSONS.fullmatch(name) for name in columns)
    sure = len(columns) > 1 and (persons or 0 < days <= _MOST_DAYS)
    return tuple(f"column {i}" for i, _ in enumerate(columns, 1)) if sure else tuple(columns)
