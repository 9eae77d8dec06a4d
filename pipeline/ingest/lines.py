"""Records of delimited text in which a quote may be missing: one broken row costs one row, never those after it."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator

MOST_LINES = 2_000
MOST_CHARACTERS = 2**22
"""A record that spans more has a quote that is never closed."""
HEADER_ROWS = 3
"""No format has more; the rows of a header need not be equally wide."""


class _Lines:
    """Lines that can be put back. Pretends to be at the end where one record has taken too many."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._ahead: deque[str] = deque()
        self._lines = iter(lines)
        self._size = 0
        self.taken: list[str] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MOST_LINES or self._size > MOST_CHARACTERS:
            raise StopIteration
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        return line

    def begin(self, put_back: int = 0) -> None:
        """Start a new record; of the lines taken the last `put_back` are given out again."""
        self._ahead.extendleft(reversed(self.taken[len(self.taken) - put_back :]))
        self.taken, self._size = [], 0


def split_records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    r"""Records of delimited text, blank lines left out; an empty list for a line whose quotes are broken.

    A cell may span lines where it is quoted as RFC 4180 has it and its row, if it is none of the header's, is as wide
    as the first, empty cells at the ends aside. Otherwise a quote is missing: the first line is the broken one and
    reading goes on at the second.

    >>> list(split_records(["a,b\n", '1,"x\n', "2,y\n"], ","))
    [['a', 'b'], [], ['2', 'y']]
    """
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter)
    width = least = given = 0
    while True:
        source.begin()
        try:
            record = next(reader, None)
        except csv.Error:
            source.begin(len(source.taken) - 1)
            yield []
            continue
        if record is None:
            return
        given += 1
        width, least = (width, least) if width else (len(record), _filled(record))
        unlike = given > HEADER_ROWS and (len(record) < least or _filled(record) > width)
        if len(source.taken) > 1 and (unlike or not _is_whole(source.taken, delimiter)):
            source.begin(len(source.taken) - 1)
            yield []
        elif record:
            yield record


def _filled(record: list[str]) -> int:
    """Cells up to the last that holds something."""
    return max((i for i, cell in enumerate(record, 1) if cell.strip()), default=0)


def _is_whole(lines: list[str], delimiter: str) -> bool:
    """Whether lines are one record with its quotes in order."""
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False
