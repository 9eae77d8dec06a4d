"""One pass over the bytes of a file: whether it is UTF-8 and whether its lines have an end."""

import codecs
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

from pipeline.core.errors import InputError
from pipeline.ingest.json_arrays import PEEK, is_spread
from pipeline.ingest.packing import DAMAGED

LONGEST_LINE = 2**24
"""Bytes. No export has longer lines, and memory must hold a line."""
_BLOCK = 1 << 20


class Utf8(NamedTuple):
    """How many signs beyond ASCII are UTF-8, and how many bytes are not."""

    signs: int
    broken: int

    @property
    def likely(self) -> bool:
        """Whether the text is UTF-8: a byte or two may be damaged, while in Windows-1252 hardly any pair fits."""
        return not self.broken or self.signs > self.broken


def utf8_in(path: Path, opened: Callable[[Path], IO[bytes]]) -> Utf8:
    """Whether the bytes are UTF-8; raises `InputError` for a broken gzip file and for a line without end.

    A file that was not changed since is not read again. Signs are counted only where a byte is none of UTF-8.
    """
    at = path.stat()
    if _scanned(path, at.st_mtime_ns, at.st_size, opened):
        return Utf8(0, 0)
    return _counted(path, at.st_mtime_ns, at.st_size, opened)


@lru_cache(maxsize=256)
def _counted(path: Path, changed: int, size: int, opened: Callable[[Path], IO[bytes]]) -> Utf8:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    signs = broken = 0
    with opened(path) as file:
        while block := file.read(_BLOCK):
            text = decoder.decode(block)
            wrong = text.count("\ufffd")
            signs += len(text) - len(text.encode("ascii", "ignore")) - wrong
            broken += wrong
    return Utf8(signs, broken + decoder.decode(b"", True).count("\ufffd"))


@lru_cache(maxsize=256)
def _scanned(path: Path, changed: int, size: int, opened: Callable[[Path], IO[bytes]]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    good, since_line_end, lines = True, 0, None
    try:
        with opened(path) as file:
            while block := file.read(_BLOCK):
                last = max(block.rfind(b"\n"), block.rfind(b"\r"))
                since_line_end = len(block) - last - 1 if last >= 0 else since_line_end + len(block)
                # An array is read object by object, whatever its lines.
                lines = not is_spread(block[:PEEK].decode("utf-8", "replace")) if lines is None else lines
                if lines and since_line_end > LONGEST_LINE:
                    raise InputError(
                        f"{path.name}: a line is longer than {LONGEST_LINE // 2**20} MiB. Export it again with one "
                        "record per line."
                    )
                good = good and ((block.isascii() and not decoder.getstate()[0]) or _decodes(decoder, block))
        return good and _decodes(decoder, b"", final=True)
    except DAMAGED as error:
        raise InputError(f"{path.name}: cannot be read: {error}. Copy or export it again.") from None


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
