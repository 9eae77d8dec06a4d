"""Find and open raw exports: globs, gzip, byte order marks, encodings, delimiters, workbooks, Parquet.

Everything is read as text; what a text means is decided later, by its declared type.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Literal

from pipeline.core.errors import InputError
from pipeline.ingest import columnar, workbook
from pipeline.ingest.lines import split_records
from pipeline.ingest.scan import is_utf8

Container = Literal["text", "xlsx", "parquet"]
CONTAINERS: Mapping[Container, str] = {
    "text": "delimited text",
    "xlsx": "an Excel workbook",
    "parquet": "a Parquet file",
}

DELIMITERS = ",;\t|"
_PEEK_BYTES = 262_144
_LONGEST_HEADER = 1 << 20
csv.field_size_limit(2**27)


@dataclass(frozen=True)
class Layout:
    """How a file is written; the encoding and the delimiter of a `container` other than text are those of `as_utf8`."""

    encoding: str
    delimiter: str
    container: Container = "text"


def find(dataset: Path, pattern: str) -> list[Path]:
    """Files of `dataset` that match the glob `pattern`, in order of name; raises `InputError` naming near files."""
    found = sorted(p for p in dataset.glob(pattern) if p.is_file()) if not Path(pattern).is_absolute() else []
    found = found or _sheets(dataset, pattern)
    if found:
        return found
    there = sorted(p.relative_to(dataset).as_posix() for p in dataset.rglob("*") if p.is_file())
    near = get_close_matches(pattern, there, n=3, cutoff=0.4)
    hint = f" Near: {', '.join(near)}." if near else f" There are: {', '.join(there[:10]) or 'no files'}."
    raise InputError(f"`{pattern}`: no such file in {dataset}.{hint}")


def _sheets(dataset: Path, pattern: str) -> list[Path]:
    """Sheets of workbooks that match a pattern such as `crm.xlsx/Contacts`."""
    books, slash, sheet = pattern.rpartition("/")
    if not slash or not books.lower().endswith(workbook.SUFFIXES) or Path(books).is_absolute():
        return []
    found = sorted(p for p in dataset.glob(books) if p.is_file())
    return [p / name for p in found for name in workbook.filled_sheets(p) if fnmatchcase(name, sheet)]


def tables_in(path: Path) -> list[Path]:
    """The file itself, or the sheets of a workbook that has several filled ones."""
    if container_of(path) != "xlsx":
        return [path]
    sheets = workbook.filled_sheets(path)
    return [path / name for name in sheets] if len(sheets) > 1 else [path]


def container_of(path: Path) -> Container:
    """What the bytes say that a file is, whatever its name; raises `InputError` for what cannot be opened."""
    file, _ = workbook.split_sheet(path)
    start = head(file, 8)
    if workbook.is_workbook(file, start):
        return "xlsx"
    return "parquet" if columnar.is_parquet(start) else "text"


def head(path: Path, size: int = _PEEK_BYTES) -> bytes:
    """The first bytes of a file, unpacked where it is gzip."""
    try:
        with _open_bytes(path) as file:
            return file.read(size)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path.name}: cannot be read as {'gzip' if path.suffix == '.gz' else 'a file'}: {error}."
        ) from None


def encoding_of(path: Path) -> str:
    """The text encoding, by byte order mark, else UTF-8 where the bytes allow it, else Windows-1252.

    Raises `InputError` for a file that is empty or no text.
    """
    if container_of(path) != "text":
        raise InputError(f"{path.name}: a workbook or Parquet file, where text is expected.")
    start, utf8 = head(path), is_utf8(path, _open_bytes)
    if start[:2] == b"\x1f\x8b":
        raise InputError(f"{path.name}: a gzip file. Give it a name that ends in `.gz`.")
    if not start.strip(b"\xef\xbb\xbf\r\n\t \x00"):
        raise InputError(f"{path.name}: the file is empty. Export it again, or remove the source.")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if b"\x00" in start or start[:4] == b"PK\x03\x04":
        raise InputError(f"{path.name}: not a text file. Save spreadsheets as CSV (UTF-8) and unpack archives.")
    return "utf-8-sig" if utf8 else "cp1252"


def open_text(path: Path, encoding: str) -> IO[str]:
    """The file as text with its line ends as they are (the csv module needs them)."""
    return io.TextIOWrapper(_open_bytes(path), encoding=encoding, errors="replace", newline="")


def layout_of(path: Path) -> Layout:
    """Encoding and delimiter; the delimiter is the one most frequent in the first line, outside quotes."""
    container = container_of(path)
    if container != "text":
        return Layout("utf-8", ",", container)
    encoding = encoding_of(path)
    with open_text(path, encoding) as file:
        line = _first_line(file)
    outside = "".join(part for i, part in enumerate(line.split('"')) if i % 2 == 0)
    counts = {d: outside.count(d) for d in DELIMITERS}
    best = max(DELIMITERS, key=lambda d: counts[d])
    return Layout(encoding, best if counts[best] else ",")


def records(path: Path, layout: Layout) -> Iterator[list[str]]:
    """Records of a file, header rows included, blank lines left out; quoted newlines are part of a cell."""
    if layout.container != "text":
        yield from (workbook if layout.container == "xlsx" else columnar).records(path)
        return
    with open_text(path, layout.encoding) as file:
        yield from split_records(file, layout.delimiter)


def as_utf8(path: Path, scratch: Path) -> Path:
    """`path` itself where the engine can read it, else a copy in UTF-8 in `scratch`; of a table as CSV."""
    container = container_of(path)
    if container != "text":
        copy = scratch / f"{path.name}.csv"
        with copy.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows(records(path, layout_of(path)))
        return copy
    encoding = encoding_of(path)
    if encoding == "utf-8-sig":
        return path
    copy = scratch / f"{path.name}.utf8"
    with open_text(path, encoding) as source, copy.open("w", encoding="utf-8", newline="") as target:
        while block := source.read(1 << 20):
            target.write(block)
    return copy


def _open_bytes(path: Path) -> IO[bytes]:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def _first_line(file: IO[str]) -> str:
    """The first line that is not blank, with the lines that its quotes span."""
    line = ""
    for part in file:
        line += part
        if (line.strip() and line.count('"') % 2 == 0) or len(line) > _LONGEST_HEADER:
            break
    return line
