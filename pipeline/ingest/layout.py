"""How delimited text is laid out: its delimiter, and where its header is, for titles may stand above it."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.ingest.shown_columns import holds_data

DELIMITERS = ",;\t|"
MOST_ABOVE = 30
"""A header is looked for among so many records."""
_TITLE_CELLS = 2
_LEAST_COLUMNS = 3
_HEADER_SHARE = 0.6
"""A header fills so many of the columns."""
_ALIKE = 0.8
"""Share of the rows below a header that are as wide as most."""
_EXCEL_SEPARATOR = re.compile(r'^\ufeff?"?sep=(.)"?\s*$', re.IGNORECASE)
_NO_TABLE = ("{", "[", "<")
"""JSON and XML."""
_DIGITS = re.compile(r"^[^A-Za-z]*[0-9][^A-Za-z]*$")


class Start(NamedTuple):
    """The delimiter, and how many lines (of a workbook: rows) stand above the header."""

    delimiter: str
    above: int


def start_of(lines: Sequence[str]) -> Start:
    """Delimiter and header of a text by its first lines.

    The delimiter is the one most frequent in the first line, outside quotes; if the lines below do not bear it out,
    the one that they are made of. Excel's `sep=;` names it.

    >>> start_of(["Report, 2024\\n", "\\n", "id;plan;day\\n", "1;a;x\\n", "2;b;y\\n"])
    Start(delimiter=';', above=2)
    """
    named = _EXCEL_SEPARATOR.match(lines[0]) if lines else None
    if named:
        return Start(named[1], 1)
    usual = _most_frequent(lines)
    if next((line.lstrip("\ufeff \t") for line in lines if line.strip()), "").startswith(_NO_TABLE):
        return Start(usual, 0)
    if not lines:
        return Start(usual, 0)
    first, width = _try(lines, usual)
    others = [_try(lines, d) for d in DELIMITERS if d != usual]
    # A title may hold the decimal mark of the rows below: then these are as wide as it, and wider by another delimiter.
    wider = [found for found, columns in others if columns > width and (found.above or not width)]
    return wider[0] if wider else first


def header_at(records: Sequence[Sequence[str]]) -> int:
    """Index of the header among the first records: 0, but where titles stand above it.

    Titles are rows of one or two cells; a row below is the header if it fills most columns, with names and no values,
    and the rows after it are as wide.

    >>> header_at([["Report"], [], ["id", "plan", "day"], ["1", "a", "x"], ["2", "b", "y"]])
    2
    """
    widths = Counter(len(r) for r in records if len(r) > 1)
    width = max(widths, key=lambda w: (widths[w], w), default=0)
    if width < _LEAST_COLUMNS:
        return 0
    for index, record in enumerate(records[:MOST_ABOVE]):
        filled = _filled(record)
        if filled >= _HEADER_SHARE * width:
            return index if index and _is_header(records, index, width) else 0
        if filled > _TITLE_CELLS:
            return 0
    return 0


def _is_header(records: Sequence[Sequence[str]], index: int, width: int) -> bool:
    """Whether the row heads a table: names that differ, no values; below, rows as wide as most; apart from titles."""
    names = [cell.strip() for cell in records[index] if cell.strip()]
    below = [r for r in records[index + 1 :] if _filled(r)]
    apart = not _filled(records[index - 1]) or all(len(r) <= _TITLE_CELLS for r in records[:index])
    named = len(set(names)) == len(names) and not any(_DIGITS.match(n) for n in names) and not holds_data(names)
    return apart and named and len(below) > 1 and sum(len(r) == width for r in below) >= _ALIKE * len(below)


def _try(lines: Sequence[str], delimiter: str) -> tuple[Start, int]:
    """Where the header is under a delimiter, and its columns if the rows below are as wide as it; else 0."""
    records: list[list[str]] = []
    starts: list[int] = []
    reader = csv.reader(lines, delimiter=delimiter)
    before = 0
    try:
        for record in reader:
            records.append(record)
            starts.append(before)
            before = reader.line_num
    except csv.Error:
        return Start(delimiter, 0), 0
    index = header_at(records)
    below = [r for r in records[index + 1 :] if _filled(r)]
    width = len(records[index])
    borne_out = width > 1 and sum(len(r) == width for r in below) >= _ALIKE * len(below)
    return Start(delimiter, starts[index] if index else 0), width if borne_out else 0


def _most_frequent(lines: Sequence[str]) -> str:
    """The delimiter most frequent in the first line that is not blank, with the lines that its quotes span."""
    line = ""
    for part in lines:
        line += part
        if line.strip() and line.count('"') % 2 == 0:
            break
    outside = "".join(part for i, part in enumerate(line.split('"')) if i % 2 == 0)
    counts = {d: outside.count(d) for d in DELIMITERS}
    best = max(DELIMITERS, key=lambda d: counts[d])
    return best if counts[best] else ","


def _filled(record: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in record)
