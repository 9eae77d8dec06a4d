"""Find and open raw exports: globs, gzip, byte order marks, encodings, delimiters, workbooks, Parquet.

Everything is read as text; what a text means is decided later, by its declared type.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Literal

from pipeline.core.errors import InputError
from pipeline.ingest import columnar, workbook
from pipeline.ingest.json_arrays import PEEK, is_spread
from pipeline.ingest.layout import header_at, start_of
from pipeline.ingest.lines import split_records
from pipeline.ingest.packing import DAMAGED, engine_can_unpack, open_bytes, other_than_text, packing_of
from pipeline.ingest.scan import Utf8, utf8_in

Container = Literal["text", "xlsx", "parquet"]
CONTAINERS: Mapping[Container, str] = {
    "text": "delimited text",
    "xlsx": "an Excel workbook",
    "parquet": "a Parquet file",
}

_PEEK_BYTES = 262_144
_PEEK_LINES = 60
_LONGEST_HEADER = 1 << 20
_WIDE_MARKS = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32"}
csv.field_size_limit(2**27)


@dataclass(frozen=True)
class Layout:
    """How a file is written; the encoding and the delimiter of a `container` other than text are those of `as_utf8`.

    `above` is the number of lines (of a workbook: of filled rows) that stand above the header and are left out.
    """

    encoding: str
    delimiter: str
    container: Container = "text"
    above: int = 0


def find(dataset: Path, pattern: str) -> list[Path]:
    """Files of `dataset` that match the glob `pattern`, in order of name; raises `InputError` naming near files."""
    try:
        found = sorted(p for p in dataset.glob(pattern) if p.is_file()) if not Path(pattern).is_absolute() else []
        found = found or _sheets(dataset, pattern)
    except ValueError as error:
        raise InputError(
            f"`{pattern}`: no pattern of files ({error}). Write `crm.csv`, `log/*.csv`, `**/*.csv`."
        ) from None
    if found:
        return found
    there = sorted(p.relative_to(dataset).as_posix() for p in dataset.rglob("*") if p.is_file())
    sheets = [path.relative_to(dataset).as_posix() for path in _sheets(dataset, f"{pattern.rpartition('/')[0]}/*")]
    near = sheets[:10] or get_close_matches(pattern, there, n=3, cutoff=0.4)
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
    """The first bytes of a file, unpacked where it is gzip or a zip of one table."""
    try:
        with open_bytes(path) as file:
            return file.read(size)
    except DAMAGED as error:
        packing = packing_of(path) if path.is_file() else "plain"
        raise InputError(
            f"{path.name}: cannot be read as {'a file' if packing == 'plain' else packing}: {error}."
        ) from None


def encoding_of(path: Path) -> str:
    """The text encoding, by byte order mark, else UTF-8 where most bytes allow it, else Windows-1252.

    Raises `InputError` for a file that is empty or no text.
    """
    if container_of(path) != "text":
        raise InputError(f"{path.name}: a workbook or Parquet file, where text is expected.")
    start, utf8 = head(path), _utf8(path)
    if not start.strip(b"\xef\xbb\xbf\r\n\t \x00"):
        raise InputError(f"{path.name}: the file is empty. Export it again, or remove the source.")
    wide = _wide_encoding(start)
    if wide:
        return wide
    other = other_than_text(path, start)
    if other:
        raise other
    return "utf-8-sig" if utf8.likely else "cp1252"


def _wide_encoding(start: bytes) -> str | None:
    """UTF-32 and UTF-16 by their marks; UTF-16 without one where every second byte is zero."""
    if start[:4] in _WIDE_MARKS:
        return _WIDE_MARKS[start[:4]]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    even, odd = start[:4096:2].count(0), start[1:4096:2].count(0)
    pairs = max(1, len(start[:4096]) // 2)
    if max(even, odd) < 0.7 * pairs or min(even, odd) > 0.02 * pairs:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _utf8(path: Path) -> Utf8:
    return utf8_in(path, open_bytes)


def doubts(path: Path, layout: Layout) -> list[str]:
    """What to tell about how a file was read: bytes that are no UTF-8, lines above the header."""
    told = []
    if layout.container == "text" and layout.encoding == "cp1252":
        told.append("not UTF-8: read as Windows-1252")
    elif layout.container == "text" and layout.encoding == "utf-8-sig" and _utf8(path).broken:
        told.append(f"{_utf8(path).broken:,} byte(s) are no UTF-8, as the rest is: each became \ufffd")
    if layout.above:
        told.append(f"{layout.above:,} line(s) above the header are left out")
    return told


def open_text(path: Path, encoding: str) -> IO[str]:
    """The file as text with its line ends as they are (the csv module needs them)."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline="")


def is_spread_json(path: Path, encoding: str) -> bool:
    """Whether a text is an array of JSON objects, or of objects each over several lines."""
    with open_text(path, encoding) as file:
        return is_spread(file.read(PEEK))


def layout_of(path: Path) -> Layout:
    """Encoding, delimiter and the lines above the header, see `layout.start_of`."""
    container = container_of(path)
    if container == "parquet":
        return Layout("utf-8", ",", container)
    if container == "xlsx":
        return Layout("utf-8", ",", container, header_at(workbook.first_rows(path)))
    at = path.stat()
    return _text_layout(path, at.st_mtime_ns, at.st_size)


@lru_cache(maxsize=256)
def _text_layout(path: Path, changed: int, size: int) -> Layout:
    """Kept while the file is as it was: every format asks for it."""
    encoding = encoding_of(path)
    lines, length = [], 0
    if is_spread_json(path, encoding):
        raise InputError(f"{path.name}: expected delimited text, found an array of JSON objects")
    with open_text(path, encoding) as file:
        for line in islice(file, _PEEK_LINES):
            lines.append(line)
            length += len(line)
            if length > _LONGEST_HEADER:
                break
    start = start_of(lines)
    return Layout(encoding, start.delimiter, above=start.above)


def records(path: Path, layout: Layout) -> Iterator[list[str]]:
    """Records of a file, header rows included, blank lines left out; quoted newlines are part of a cell."""
    if layout.container == "xlsx":
        yield from workbook.records(path, layout.above)
        return
    if layout.container == "parquet":
        yield from columnar.records(path)
        return
    with open_text(path, layout.encoding) as file:
        yield from split_records(islice(file, layout.above, None), layout.delimiter)


def as_utf8(path: Path, scratch: Path, above: int = 0) -> Path:
    """`path` itself where the engine can read it, else a copy in UTF-8 in `scratch`; of a table as CSV.

    Of text, the first `above` lines are left out: those above the header, in formats that have one.
    """
    container = container_of(path)
    if container != "text":
        copy = scratch / f"{path.name}.csv"
        with copy.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows(records(path, layout_of(path)))
        return copy
    encoding = encoding_of(path)
    if encoding == "utf-8-sig" and not above and not _utf8(path).broken and engine_can_unpack(path):
        return path
    copy = scratch / f"{path.name}.utf8"
    with open_text(path, encoding) as source, copy.open("w", encoding="utf-8", newline="") as target:
        for _ in range(above):
            source.readline()
        while block := source.read(1 << 20):
            target.write(block)
    return copy
