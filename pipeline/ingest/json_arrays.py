"""JSON objects one per line, however they were written: in an array, or each over several lines.

An array is streamed: no more of it is in memory than the object that is being read.
"""

import io
import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO

from pipeline.core.errors import InputError

LONGEST_OBJECT = 1 << 24
"""Characters. One that is longer is an array inside of an object, or does not end."""
PEEK = 4_096
"""Signs by which `is_spread` tells."""
_BLOCK = 1 << 20
_ARRAY_INSIDE = "Where an array stands in it, write the array alone: `jq '.events' export.json > events.json`."
_BETWEEN = re.compile(r"[\s,\ufeff]*")
_LINE_ENDS = re.compile(r"[\r\n]+")


def one_per_line(file: IO[str], name: str) -> Iterator[str]:
    r"""The lines of a text as they are, or a line for each element of its array, or each object over several lines.

    Raises `InputError` naming the file and the element where an array or such an object breaks off.

    >>> list(one_per_line(io.StringIO('[{"a": 1},\n {"a":\n  2}]'), "x.json"))
    ['{"a": 1}\n', '{"a":   2}\n']
    """
    start = file.read(PEEK)
    if is_spread(start):
        return (_LINE_ENDS.sub(" ", element) + "\n" for element in _elements(_Signs(file, start), name))
    whole = start if start.endswith("\n") else start + file.readline()
    return chain(io.StringIO(whole, newline=""), file)


def is_spread(start: str) -> bool:
    """Whether a text that begins like that is an array of objects, or of objects each over several lines."""
    begins = start.lstrip("\ufeff \t\r\n")
    if begins.startswith("["):
        return begins[1:].lstrip().startswith("{")
    first, _, rest = begins.partition("\n")
    return first.startswith("{") and first.rstrip().endswith(tuple("{[,:")) and rest.lstrip()[:1] not in ("", "{")


class _Signs:
    """A text of which a part is in memory."""

    def __init__(self, file: IO[str], start: str) -> None:
        self._file, self._text, self._at = file, start, 0
        self._decoder = json.JSONDecoder()

    def next(self) -> str:
        """The next sign that is no white space and no comma; empty at the end."""
        while True:
            between = _BETWEEN.match(self._text, self._at)
            self._at = between.end() if between else self._at
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def skip(self) -> None:
        """Leave the next sign out."""
        self._at += 1

    def element(self) -> str | None:
        """The JSON that begins at the next sign, as it is written; None where there is none, or it is too long."""
        end = self._end()
        # What reaches the end of the part may go on: 12 of 123.
        while end in (None, len(self._text)) and len(self._text) - self._at <= LONGEST_OBJECT and self._more():
            end = self._end()
        if end is None:
            return None
        found, self._at = self._text[self._at : end], end
        return found

    def _end(self) -> int | None:
        try:
            return self._decoder.raw_decode(self._text, self._at)[1]
        except (ValueError, RecursionError):
            return None

    def _more(self) -> bool:
        """Read on; at the end of the file all places stay as they are."""
        block = self._file.read(max(_BLOCK, len(self._text) - self._at))
        if block:
            self._text, self._at = self._text[self._at :] + block, 0
        return bool(block)


def _elements(signs: _Signs, name: str) -> Iterator[str]:
    """The elements of one array after the other, or what stands outside of arrays."""
    inside, arrays, number = False, 0, 0
    while sign := signs.next():
        if sign == ("]" if inside else "["):
            inside = not inside
            arrays += inside
            signs.skip()
            continue
        number += 1
        element = signs.element()
        if element is None:
            raise _broken(name, number)
        yield element
    if inside:
        raise _broken(name, number + 1)
    if number == 1 and not arrays:
        raise found_one(name)


def found_one(name: str) -> InputError:
    """What to tell about a file that is one object, in which the rows may stand as a list."""
    return InputError(f"{name}: expected many JSON objects, found one. {_ARRAY_INSIDE}")


def _broken(name: str, number: int) -> InputError:
    return InputError(
        f"{name}: object {number:,} of the JSON cannot be read, is longer than {LONGEST_OBJECT >> 20} MiB, or the file "
        f"breaks off there. Export it again. {_ARRAY_INSIDE}"
    )
