"""One pass over the bytes of a file: whether it is UTF-8 and whether its lines have an end."""

import codecs
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import IO

from pipeline.core.errors import InputError

LONGEST_LINE = 2**24
"""Bytes. No export has longer lines, and memory must hold a line."""
_BLOCK = 1 << 20


def is_utf8(path: Path, opened: Callable[[Path], IO[bytes]]) -> bool:
    """Whether all bytes are UTF-8; raises `InputError` for a broken gzip file and for a line without end.

    A file that was not changed since is not read again.
    """
    at = path.stat()
    return _scanned(path, at.st_mtime_ns, at.st_size, opened)


@lru_cache(maxsize=256)
def _scanned(path: Path, changed: int, size: int, opened: Callable[[Path], IO[bytes]]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    good, since_line_end = True, 0
    try:
        with opened(path) as file:
            while block := file.read(_BLOCK):
                last = max(block.rfind(b"\n"), block.rfind(b"\r"))
                since_line_end = len(block) - last - 1 if last >= 0 else since_line_end + len(block)
                if since_line_end > LONGEST_LINE:
                    raise InputError(
                        f"{path.name}: a line is longer than {LONGEST_LINE // 2**20} MiB. Export it again with one "
                        "record per line; a JSON array can be written as one object per line."
                    )
                good = good and ((block.isascii() and not decoder.getstate()[0]) or _decodes(decoder, block))
        return good and _decodes(decoder, b"", final=True)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name}: cannot be read: {error}. Copy or export it again.") from None


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True
