"""A table given to a command: CSV (also .gz) or Parquet, read as text, its columns checked as they are asked for.

Every cell is text until a column is asked for as numbers or days, so that an id such as `0012` or `NA` stays
itself. All mistakes of a table are told at once: file, row (the first below the header is 1), column, found, allowed.
"""

import csv
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.core.errors import InputError, gather, near_match

DayOrder = Literal["month first", "day first"]
SHOWN_MISTAKES = 10
ALL_OVER, SHOWN_OF_ALL = 0.9, 3
"""Of a column of which such a share is wrong, few cells tell as much as many."""
_DELIMITERS = ",;\t|"
_ROW_NUMBERS = re.compile("^__index_level_[0-9]+__$")
"""What pandas calls an index without a name in a Parquet file."""
_LONGEST_LINE = 1 << 20
"""Characters of a first line that are looked at."""
_LARGEST_WHOLE = 2.0**53
"""Beyond it a float no longer tells two whole numbers apart."""
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
_DECIMAL_COMMA = r"^[+-]?[0-9]+,[0-9]+$"
_ISO_DAY = re.compile(r"^([0-9]{4})[-/.]?([0-9]{2})[-/.]?([0-9]{2})(?:[ T].*)?$")
_YEAR_LAST = re.compile(r"^([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[ T].*)?$")


@dataclass(frozen=True)
class GivenTable:
    """The cells as text, blank where missing; `mistakes` are collected by the columns asked for."""

    name: str
    cells: pd.DataFrame
    mistakes: list[str] = field(default_factory=list)

    def text(self, column: str) -> pd.Series:
        """The column's cells, trimmed."""
        return self.cells[column].str.strip()

    def numbers(self, column: str, blank: bool = False) -> NDArray[np.float64]:
        """The column as numbers; blank cells are missing where `blank` is allowed, else a mistake."""
        texts = self.text(column)
        found = pd.to_numeric(texts.where(texts.str.match(_NUMBER), None), errors="coerce").to_numpy(dtype=np.float64)
        good = np.isfinite(found) | (blank & (texts == ""))
        self._refuse(column, texts[~good], "a number with a decimal point" + (", or blank" if blank else ""))
        return np.where(good, found, np.nan)

    def days(self, column: str, order: DayOrder | None = None) -> NDArray[np.datetime64]:
        """The column as calendar days; a clock time is cut off. Missing where the cell is a mistake.

        Read: 2024-03-12, 20240312, 2024/03/12, and with the year last where `order` or a day above 12 tells how.
        """
        texts = self.text(column)
        iso = texts.str.extract(_ISO_DAY.pattern)
        last = texts.str.extract(_YEAR_LAST.pattern)
        month, day = self._month_and_day(column, last, order)
        put = (iso[0] + "-" + iso[1] + "-" + iso[2]).fillna(last[3] + "-" + month + "-" + day)
        found = pd.to_datetime(put, format="%Y-%m-%d", errors="coerce")
        self._refuse(column, texts[found.isna()], "a day such as 2024-03-12")
        return found.to_numpy().astype("datetime64[D]")

    def _month_and_day(self, column: str, parts: pd.DataFrame, order: DayOrder | None) -> tuple[pd.Series, pd.Series]:
        one, two = parts[0].str.zfill(2), parts[2].str.zfill(2)
        shown = order or ("day first" if (one > "12").any() or (parts[1] == ".").any() else None)
        shown = shown or ("month first" if (two > "12").any() else None)
        if shown is None and (one.notna() & (one != two)).any():
            self.mistakes.append(
                f"column `{column}`: `{parts[0].dropna().iloc[0]}/{parts[2].dropna().iloc[0]}/…` can be read with the "
                "month or the day first. Say which: --dates 'month first' or --dates 'day first'."
            )
        return (two, one) if shown == "day first" else (one, two)

    def _refuse(self, column: str, wrong: pd.Series, allowed: str) -> None:
        """Tell the first wrong cells; where nearly all are wrong, few of them and what that mostly comes from."""
        all_over = len(wrong) > ALL_OVER * len(self.cells)
        most = SHOWN_OF_ALL if all_over else SHOWN_MISTAKES
        for row, found in wrong.head(most).items():
            shown = f"`{found}`" if found else "nothing"
            self.mistakes.append(f"row {int(str(row)) + 1}, column `{column}`: found {shown}, allowed: {allowed}.")
        if len(wrong) > most:
            commas = wrong.str.match(_DECIMAL_COMMA).all()
            fix = " Write the decimal comma as a point." if commas else f" Is `{column}` the column meant?"
            more = f"column `{column}`: {len(wrong) - most:,} more rows alike."
            self.mistakes.append(more + (fix if all_over or commas else ""))

    def check(self) -> None:
        """Raise one `InputError` that lists the mistakes found so far."""
        gather(InputError, self.mistakes, f"{self.name}: {len(self.mistakes)} mistake(s)")


def read_table(path: Path, columns: Iterable[str]) -> GivenTable:
    """The table in `path`; raises `InputError` where it cannot be read or has not all `columns` (near match named)."""
    if not path.is_file():
        there = [p.name for p in path.parent.iterdir() if p.is_file()] if path.parent.is_dir() else []
        hint = near_match(path.name, there)
        raise InputError(f"{path}: {'a folder, not a file' if path.is_dir() else 'no such file'}.{hint}")
    if not path.stat().st_size:
        raise InputError(f"{path.name}: the file is empty. Export it again.")
    _refuse_other_formats(path)
    cells = _parquet_cells(path) if _starts_with(path, b"PAR1") else _delimited_cells(path)
    if cells.empty:
        raise InputError(f"{path.name}: the table has no rows below its header.")
    have = [str(name) for name in cells.columns]
    gather(InputError, _absent(have, columns), f"{path.name}: a column is missing")
    return GivenTable(path.name, cells)


def _absent(have: Sequence[str], columns: Iterable[str]) -> list[str]:
    return [
        f"no column `{name}`.{near_match(name, have)} Columns: {', '.join(have)}."
        for name in dict.fromkeys(columns)
        if name not in have
    ]


def _alike(names: pd.Index) -> list[str]:
    return [f"two are called `{name}` but for blanks: rename one." for name in names[names.duplicated()].unique()]


def _refuse_other_formats(path: Path) -> None:
    if _starts_with(path, b"PK\x03\x04"):
        raise InputError(f"{path.name}: a workbook or another archive. Save the sheet as CSV.")
    if _starts_with(path, b"\xff\xfe") or _starts_with(path, b"\xfe\xff"):
        raise InputError(f"{path.name}: the text is UTF-16. Save it as UTF-8.")


def _starts_with(path: Path, mark: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(mark)) == mark


def _delimited_cells(path: Path) -> pd.DataFrame:
    compression: Literal["gzip"] | None = "gzip" if _is_gzip(path) else None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)  # it would cut off cells
                frame = pd.read_csv(
                    path,
                    sep=start_of_text(path)[0],
                    dtype="str",
                    keep_default_na=False,
                    na_filter=False,
                    encoding=encoding,
                    compression=compression,
                    skipinitialspace=True,
                    index_col=False,
                )
        except UnicodeDecodeError:
            continue
        except pd.errors.ParserWarning:
            raise InputError(
                f"{path.name}: a row has more cells than the header. Quote cells that hold commas."
            ) from None
        except (pd.errors.EmptyDataError, pd.errors.ParserError, OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path.name}: cannot be read as CSV: {' '.join(str(error).split())}.") from None
        frame.columns = frame.columns.str.strip()
        gather(InputError, _alike(frame.columns), f"{path.name}: names of columns")
        return frame
    raise InputError(f"{path.name}: the text is neither UTF-8 nor Windows-1252. Save it as UTF-8.")


def start_of_text(path: Path) -> tuple[str, list[str]]:
    """The delimiter of a CSV file (also .gz), and the trimmed names in its header; blank ones are called by place."""
    with gzip.open(path, "rb") if _is_gzip(path) else path.open("rb") as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
        first = text.readline(_LONGEST_LINE)
        while first and not first.strip():
            first = text.readline(_LONGEST_LINE)
        counts = {mark: first.count(mark) for mark in _DELIMITERS}
        delimiter = max(counts, key=lambda mark: counts[mark])
        header = next(csv.reader(chain([first], text), delimiter=delimiter), [])
    return delimiter, [name.strip() or f"column {place}" for place, name in enumerate(header, 1)]


def _is_gzip(path: Path) -> bool:
    return _starts_with(path, b"\x1f\x8b")


def _parquet_cells(path: Path) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # With its metadata pandas would make an index of the column that was one, and nobody could ask for it.
        frame = pq.read_table(path).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path.name}: the Parquet file cannot be read ({type(error).__name__}).") from None
    return pd.DataFrame({str(c): _as_text(frame[c]) for c in frame.columns if not _ROW_NUMBERS.match(str(c))})


def _as_text(values: pd.Series) -> pd.Series:
    if pd.api.types.is_float_dtype(values.dtype):
        known = values.dropna()
        whole = ((known % 1 == 0) & (known.abs() <= _LARGEST_WHOLE)).all()
        values = values.astype("Int64") if whole else values
    texts = values.astype("str").astype("object")
    return texts.where(values.notna(), "").astype("str")
