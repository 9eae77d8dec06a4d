"""Header rows of survey exports: question texts as column names, whatever way they are written."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import unique_names
from pipeline.ingest.files import Layout, layout_of, records
from pipeline.ingest.layout import DELIMITERS
from pipeline.ingest.shown_columns import shown

Rows = list[list[str]]


def plain(text: str) -> str:
    """A heading without markup, line breaks and non-breaking spaces.

    >>> plain(" Which <b>one</b>?\\n")
    'Which one?'
    """
    broken = re.sub(r"</?(?:br|p|div|li|ul|ol|tr)\b[^<>]*>", " ", text.lstrip("\ufeff"))
    return " ".join(re.sub(r"</?[a-zA-Z][^<>]*>", "", broken).split())


def without_blank_end(row: Sequence[str]) -> list[str]:
    """The row without the empty cells that trailing delimiters make."""
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def column_names(headings: Sequence[str]) -> tuple[str, ...]:
    """Unique column names from headings; the blank end of the row is no column."""
    return unique_names([plain(h) for h in without_blank_end(headings)])


def found_layout(path: Path, count: int, fits: Callable[[Rows], bool]) -> tuple[Layout, Rows] | None:
    """The layout under which the first `count` records fit a format, and these records; none where there is none.

    A question text may hold more commas than the file has tabs: every delimiter is tried, the most frequent first.
    """
    first = layout_of(path)
    for delimiter in (first.delimiter, *(d for d in DELIMITERS if d != first.delimiter)):
        layout = replace(first, delimiter=delimiter)
        try:
            top = list(islice(records(path, layout), count))
        except csv.Error:
            continue
        if fits(top):
            return layout, top
    return None


def layout_or_refusal(
    path: Path, count: int, fits: Callable[[Rows], bool], expects: str, header_rows: int = 1
) -> tuple[Layout, Rows]:
    """As `found_layout`; raises `InputError` where the file is none of the format or nothing follows the header."""
    found = found_layout(path, count, fits)
    if found is None:
        raise not_this(path, expects)
    needs_rows(path, found[1], header_rows)
    return found


def not_this(path: Path, expects: str) -> InputError:
    """What to tell about a file that is none of a format."""
    try:
        top = list(islice(records(path, layout_of(path)), 1))
    except csv.Error as error:
        return InputError(f"{path.name}: cannot be read as delimited text: {error}.")
    found = shown([plain(c) for c in top[0]], 5) if top else "no rows"
    return InputError(f"{path.name}: expected {expects}, found {found}")


def needs_rows(path: Path, top: Rows, header_rows: int) -> None:
    """Raises `InputError` where nothing follows the header."""
    if len(top) <= header_rows:
        raise InputError(f"{path.name}: a header without rows. Export it again, or remove the source.")
