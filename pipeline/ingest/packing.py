"""Open a file by what its bytes are, whatever its name: plain, gzip, or a zip of one table."""

import gzip
import io
import lzma
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import IO, Literal, cast

from pipeline.core.errors import InputError

Packing = Literal["plain", "gzip", "zip"]

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, ValueError)
"""What unpacking raises over broken bytes; `RuntimeError` over a password or a method that is not known."""
_OF_JSON = (".json", ".jsonl", ".ndjson", ".gz")
"""Members of archives that are read as parts, see `readers/json_lines.py`."""
_BESIDE_DATA = ("__MACOSX", "Thumbs.db")
_ABOUT_DATA = ("readme", "license")
_MOST_NAMES = 5
_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"7z\xbc\xaf\x27\x1c", "an archive (7z)"),
    (b"Rar!", "an archive (RAR)"),
    (b"BZh", "an archive (bzip2)"),
    (b"\xfd7zXZ", "an archive (xz)"),
    (b"\x28\xb5\x2f\xfd", "an archive (Zstandard)"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
)
_PAGE = (b"<!doctype html", b"<html")


def packing_of(path: Path) -> Packing:
    """How a file is packed; a zip counts where it holds one file that is no log of JSON objects."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(GZIP):
        return "gzip"
    return "zip" if start == ZIP and _only_member(path) else "plain"


def open_bytes(path: Path) -> IO[bytes]:
    """The unpacked bytes."""
    packing = packing_of(path)
    if packing == "gzip":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if packing == "zip":
        archive = zipfile.ZipFile(path)
        member = archive.open(str(_only_member(path)))
        archive.close()  # The member keeps the file open.
        return io.BufferedReader(cast(io.RawIOBase, member))
    return path.open("rb")


def engine_can_unpack(path: Path) -> bool:
    """Whether the engine, which goes by names, reads the file as it is."""
    return packing_of(path) == ("gzip" if path.suffix.lower() == ".gz" else "plain")


def other_than_text(path: Path, start: bytes) -> InputError | None:
    """What to tell about bytes that are no export; none where they may be text."""
    begins = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(GZIP):
        return InputError(f"{path.name}: gzip inside of gzip. Unpack it once.")
    if start.startswith(ZIP):
        return InputError(f"{path.name}: {_archive(path)}.")
    for mark, what in _OTHER:
        if begins.startswith(mark):
            return InputError(f"{path.name}: {what}, no export. Export the table as CSV, XLSX or Parquet.")
    if begins[:20].lower().startswith(_PAGE):
        return InputError(f"{path.name}: a web page (HTML), no export: a log-in page? Export it again.")
    if b"\x00" in start:
        return InputError(f"{path.name}: not a text file. Save spreadsheets as CSV (UTF-8) and unpack archives.")
    return None


def _archive(path: Path) -> str:
    names = _members(path)
    if not names:
        return "an archive that is empty or damaged. Export it again, spreadsheets as XLSX or CSV"
    listed = ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
    return f"an archive of {len(names)} file(s), {listed}. Unpack it: each table is a source of its own"


def _only_member(path: Path) -> str | None:
    names = _members(path)
    return names[0] if len(names) == 1 and not names[0].lower().endswith(_OF_JSON) else None


def _members(path: Path) -> tuple[str, ...]:
    at = path.stat()
    return _listed(path, at.st_mtime_ns, at.st_size)


@lru_cache(maxsize=64)
def _listed(path: Path, changed: int, size: int) -> tuple[str, ...]:
    """`files_in` an archive; none where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(files_in(archive))
    except DAMAGED:
        return ()


def files_in(archive: zipfile.ZipFile) -> list[str]:
    """Names of the files in an archive, without what a system puts beside them; a damaged one may have a blank name."""
    names = [i.filename for i in archive.infolist() if not i.filename.endswith("/")]
    return [name for name in names if not _is_beside_data(name)]


def _is_beside_data(name: str) -> bool:
    """Whether a system put a file there, or hid it, or it tells of the others."""
    path = PurePosixPath(name)
    hidden = any(part in _BESIDE_DATA or part.startswith(".") for part in path.parts if part != "..")
    return hidden or path.stem.lower() in _ABOUT_DATA
