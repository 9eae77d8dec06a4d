"""Excel workbooks as records of text: one sheet is one table.

A sheet is named like a file in a folder, `crm.xlsx/Contacts`; a workbook with one filled sheet needs no name. Hidden
sheets are the vendor's, not the analyst's, and are not looked at.
"""

import math
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any

from pipeline.core.errors import InputError, near_match
from pipeline.ingest.packing import DAMAGED

SUFFIXES = (".xlsx", ".xlsm")
_HEADER_ROWS = 3
_PEEK_ROWS = 300
_BATCH_ROWS = 2_000
_BLOCK_BYTES = 1 << 20
_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\s(?:[^>]*?\s)?r=["']\s*([0-9]+)\s*["']""")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_workbook(path: Path, start: bytes) -> bool:
    """Whether a file that begins with `start` is an Excel workbook, whatever its name.

    Raises `InputError` for workbooks of the old format and for encrypted ones.
    """
    if start.startswith(_OLD_EXCEL):
        raise InputError(
            f"{path.name}: an Excel file of the old format (.xls), or protected by a password. Save it as .xlsx, open."
        )
    if not start.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except DAMAGED:
        return False


def split_sheet(path: Path) -> tuple[Path, str | None]:
    """The file and the sheet that a path names; None for a path without a sheet."""
    if path.parent.suffix.lower() in SUFFIXES and path.parent.is_file():
        return path.parent, path.name
    return path, None


def filled_sheets(path: Path) -> list[str]:
    """Visible sheets that hold anything, in the workbook's order."""
    return list(_filled(path, path.stat().st_mtime_ns))


def first_rows(path: Path) -> tuple[list[str], ...]:
    """The first filled rows of a sheet as texts, without the blank cells at their ends."""
    file, sheet = split_sheet(path)
    return _peek(file, _sheet_named(file, sheet), file.stat().st_mtime_ns)


def records(path: Path, above: int = 0) -> Iterator[list[str]]:
    """Rows of a sheet as texts, header rows included, blank rows left out; all padded to the width of the header rows.

    `above` filled rows stand above the header and are left out.

    Integers have no decimals, other numbers the 15 digits that Excel shows, dates are ISO 8601, truths TRUE and FALSE;
    a number formatted `0000` keeps its zeros. A formula is its last value.
    """
    file, sheet = split_sheet(path)
    name = _sheet_named(file, sheet)
    start = _peek(file, name, file.stat().st_mtime_ns)[above:]
    rest: Iterator[list[str]] = iter(())
    if len(start) + above == _PEEK_ROWS:
        rest = islice(_rows(file, name), _PEEK_ROWS, None)
    width = max((len(row) for row in start[:_HEADER_ROWS]), default=0)
    for row in chain(start, rest):
        yield [*row, *[""] * (width - len(row))]


def number_text(value: float) -> str:
    """A number as Excel shows it: at most 15 digits, no decimals where it has none.

    >>> number_text(12.0), number_text(0.1 + 0.2), number_text(19.99)
    ('12', '0.3', '19.99')
    """
    if not math.isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")


def time_text(value: datetime) -> str:
    """ISO 8601, to the millisecond; a midnight is a date.

    >>> time_text(datetime(2024, 3, 12, 9, 14, 4, 999_999)), time_text(datetime(2024, 3, 12))
    ('2024-03-12 09:14:05', '2024-03-12')
    """
    # Excel's serials are binary fractions of a day: they miss the second by some microseconds.
    milliseconds = round(value.microsecond / 1000)
    exact = value.replace(microsecond=0) + timedelta(milliseconds=milliseconds)
    if exact.time() == time(0):
        return exact.date().isoformat()
    return exact.isoformat(" ", "milliseconds" if exact.microsecond else "seconds")


def _sheet_named(file: Path, sheet: str | None) -> str:
    there = filled_sheets(file)
    if sheet is not None:
        if sheet not in there:
            raise InputError(
                f"{file.name}: no filled sheet `{sheet}`.{near_match(sheet, there)} There are: {', '.join(there)}."
            )
        return sheet
    if not there:
        raise InputError(f"{file.name}: the file is empty. Export it again, or remove the source.")
    if len(there) > 1:
        raise InputError(
            f"{file.name}: {len(there)} sheets hold rows: {', '.join(there)}. Name one, e.g. "
            f"`files: {file.name}/{there[0]}`."
        )
    return there[0]


@lru_cache(maxsize=16)
def _filled(file: Path, changed: int) -> tuple[str, ...]:
    """`changed` is the file's time of change: a workbook that was saved again is read again."""
    with _opened(file) as book:
        visible = [s.title for s in book.worksheets if s.sheet_state == "visible"]
    return tuple(name for name in visible if _peek(file, name, changed))


@lru_cache(maxsize=64)
def _peek(file: Path, sheet: str, changed: int) -> tuple[list[str], ...]:
    """The first rows, kept: a workbook is slow to open, and every format looks at them."""
    return tuple(islice(_rows(file, sheet), _PEEK_ROWS))


def _rows(file: Path, sheet: str) -> Iterator[list[str]]:
    with _opened(file) as book:
        _refuse_disorder(file, book[sheet]._worksheet_path, file.stat().st_mtime_ns)
        stream = book[sheet].iter_rows()
        while batch := _batch(file, stream):
            yield from (row for row in batch if row)


@lru_cache(maxsize=64)
def _refuse_disorder(file: Path, member: str, changed: int) -> None:
    """Raises `InputError` where a row's number is not above that of the row before: openpyxl leaves such rows out."""
    last, rest = 0, b""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(member) as content:
            while block := content.read(_BLOCK_BYTES):
                tags, mark, rest = (rest + block).rpartition(b"<")
                rest = mark + rest
                for number in map(int, _ROW_NUMBER.findall(tags)):
                    if number <= last:
                        raise InputError(
                            f"{file.name}: row {number:,} stands below row {last:,} in the file. Open the workbook in "
                            "a spreadsheet program and save it again."
                        )
                    last = number
    except (*DAMAGED, KeyError) as error:
        raise _broken(file, error) from None


def _batch(file: Path, stream: Iterator[tuple[Any, ...]]) -> list[list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # Of rows that a stray cell far below leaves between there can be a million.
            return [_trimmed([_text(c) for c in cells]) if cells else [] for cells in islice(stream, _BATCH_ROWS)]
        except Exception as error:  # a broken file raises whatever its broken part meets in openpyxl
            raise _broken(file, error) from None


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    with file.open("rb") as content:
        book = _book(file, content)
        try:
            yield book
        finally:
            book.close()


def _book(file: Path, content: IO[bytes]) -> Any:
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(content, read_only=True, data_only=True)
            for sheet in book.worksheets:
                # Some programs write a wrong size of the sheet; without one, all rows are read.
                sheet.reset_dimensions()
        except Exception as error:  # see _batch
            raise _broken(file, error) from None
    return book


def _broken(file: Path, error: Exception) -> InputError:
    return InputError(f"{file.name}: the workbook cannot be read ({type(error).__name__}). Export or save it again.")


def _trimmed(row: list[str]) -> list[str]:
    """The row without blank cells at its end."""
    filled = [i for i, cell in enumerate(row) if cell.strip()]
    return row[: filled[-1] + 1] if filled else []


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        shown = number_text(float(value)) if isinstance(value, float) else str(value)
        zeros = re.fullmatch("0+", cell.number_format or "")
        return shown.zfill(len(zeros[0])) if zeros and shown.isdigit() else shown
    return _moment(value)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, timedelta):
        return number_text(value.total_seconds())
    return value.isoformat() if isinstance(value, date | time) else str(value)
