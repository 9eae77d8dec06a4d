"""What a reader hands over: an export's header, and its rows as text."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.ingest.files import Layout, layout_of, records

NUMBERED = re.compile(r"(.+) \([0-9]+\)", re.DOTALL)
"""A name that `unique_names` gave to a repeated one."""
_PEEK_ROWS = 1000
"""Rows that tell whether anything stands below the empty headings at the end."""


@dataclass(frozen=True)
class Header:
    """Columns of one file. `labels` are question texts where the format has them; `zone` where it names a time zone.

    `read` gives the rows after the header of a file that is no delimited text (a spreadsheet, JSON lines), each a list
    of texts, one per column. `derived` are columns that arise when the rows are reshaped. `blank_end` counts the empty
    headings that trailing delimiters make: what stands below them fits no column.
    """

    columns: tuple[str, ...]
    rows: int
    layout: Layout
    labels: dict[str, str] = field(default_factory=dict)
    zone: str | None = None
    read: Callable[[Path], Iterator[list[str]]] | None = None
    derived: tuple[str, ...] = ()
    blank_end: int = 0


@dataclass(frozen=True)
class Export:
    """Rows of one source, all text. The index is (file, row); the first row after the header is row 1.

    `ragged` lists rows whose number of cells does not fit the header, as (file, row, cells found, cells expected).
    """

    rows: pd.DataFrame
    ragged: list[tuple[str, int, int, int]]


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Trimmed column names; a repeated one gets its number, a blank one its position.

    >>> unique_names([" a", "a", ""])
    ('a', 'a (2)', 'column 3')
    """
    seen: dict[str, int] = {}
    result = []
    for position, raw in enumerate(names, 1):
        name = raw.strip().lstrip("\ufeff") or f"column {position}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(result)


def delimited_header(path: Path) -> Header:
    """The header of a file with one header row; raises `InputError` where it is empty or has no rows."""
    layout = layout_of(path)
    try:
        stream = records(path, layout)
        first = next(stream, None)
        second = next(stream, None)
    except csv.Error as error:
        raise InputError(f"{path.name}: cannot be read as delimited text: {error}.") from None
    if first == []:
        raise InputError(f"{path.name}: the header has a quote that is never closed. Export it again.")
    if first is None:
        raise InputError(f"{path.name}: the file is empty. Export it again, or remove the source.")
    if second is None:
        raise InputError(f"{path.name}: a header without rows. Export it again, or remove the source.")
    named = _filled(first)
    used = max(map(_filled, (second, *islice(stream, _PEEK_ROWS))), default=0) if 0 < named < len(first) else 0
    width = named if named and used <= named else len(first)
    return Header(unique_names(first[:width]), 1, layout, blank_end=len(first) - width)


def _filled(record: Sequence[str]) -> int:
    """Cells up to the last that holds something."""
    return max((i for i, cell in enumerate(record, 1) if cell.strip("\ufeff \t\r\n")), default=0)


def read_rows(paths: Sequence[Path], headers: Sequence[Header], dataset: Path, limit: int | None = None) -> Export:
    """All rows of the parts of one source; columns that a part lacks are empty there."""
    frames, ragged = [], []
    for path, header in zip(paths, headers, strict=True):
        name = path.relative_to(dataset).as_posix() if path.is_relative_to(dataset) else path.name
        frame, wrong = _one_file(path, header, name, limit)
        frames.append(frame)
        ragged += wrong
    rows = pd.concat(frames).fillna("") if len(frames) > 1 else frames[0]
    return Export(rows, ragged)


def _one_file(
    path: Path, header: Header, name: str, limit: int | None
) -> tuple[pd.DataFrame, list[tuple[str, int, int, int]]]:
    width = len(header.columns)
    cells, numbers, ragged = [], [], []
    stream = header.read(path) if header.read else islice(records(path, header.layout), header.rows, None)
    for number, record in enumerate(islice(stream, limit), 1):
        if len(record) > width and not any(cell.strip() for cell in record[width:]):
            record = record[:width]
        if len(record) != width:
            ragged.append((name, number, len(record), width))
            continue
        cells.append(record)
        numbers.append(number)
    index = pd.MultiIndex.from_arrays([[name] * len(numbers), numbers], names=["file", "row"])
    return pd.DataFrame(cells, columns=list(header.columns), index=index, dtype="str"), ragged
