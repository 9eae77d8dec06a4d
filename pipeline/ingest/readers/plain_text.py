"""Plain text, a file per document: interviews and calls whose lines are turns of speech, or a text as it was written.

A turn is `Speaker: words`, with or without a time before it (`[00:01:12] Anna: …`); a line without a speaker goes on
with the turn above it. A file without turns is one text. The document is the file's name without its ending.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.files import Layout, container_of, encoding_of, open_text
from pipeline.ingest.layout import DELIMITERS

EXPECTS = "plain text: turns of speech, `Speaker: words` on each line, or the words of one text"
COLUMNS = ("document", "turn", "speaker", "text")
_TURN = re.compile(
    r"^\W?(?:[0-9]{1,2}:)?(?:[0-9]{1,2}:[0-9]{2}[^\w:]*)?\s*(?P<speaker>[^\W\d][\w .'-]{0,30}):\s+(?P<words>\S.*)$"
)
_OF_SPEECH = re.compile(r"\w+(?: |[,.?!'])")
"""Begins the words of a turn; what follows a name in a list of settings is one word."""
_FEWEST_TURNS = 4
_MOST_TURNS = 0.9
"""Share of the lines that are turns, in a text in which they are meant so."""
_SOME_TURNS = 0.3
"""The same where a turn goes on over several lines."""
_NOBODY = "system"
"""Says what stands above the first turn; no words of customers."""
_PEEK_LINES = 200
_LONG_LINE = 1 << 16
_FEWEST_WORDS = 5
"""On a line of prose."""
_ENDS = re.compile(r"[.!?…][\"'”)]?(?:\s|$)")


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is empty or no text."""
    _first_lines(path)
    return Header(COLUMNS, 0, Layout(encoding_of(path), ""), read=rows_of)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column, which bear the same names."""
    return {name: name for name in COLUMNS}


def matches(path: Path) -> bool:
    """Whether a file is meant so: turns of speech under any name, or words under the name of a text."""
    lines = _first_lines(path)
    return is_spoken(lines) or (path.name.lower().removesuffix(".gz").endswith(".txt") and is_prose(lines))


def is_spoken(lines: Sequence[str]) -> bool:
    """Whether nearly all lines are turns, or enough of them where turns go on over several lines.

    >>> is_spoken(["Anna: How was it?", "Ben: Slow, to be honest."] * 2), is_spoken(["name: x", "unit: y"] * 2)
    (True, False)
    """
    turns = [m for m in map(_TURN.match, lines) if m and _OF_SPEECH.match(m["words"])]
    enough = len(turns) >= _FEWEST_TURNS
    again = len({m["speaker"].lower() for m in turns}) <= len(turns) / 2
    return enough and (len(turns) >= _MOST_TURNS * len(lines) or (again and len(turns) >= _SOME_TURNS * len(lines)))


def is_prose(lines: Sequence[str]) -> bool:
    """Whether lines are sentences, and no rows of a table.

    >>> is_prose(["The delivery was slow, and nobody told me why."]), is_prose(["id,name,city,day,hour"])
    (True, False)
    """
    words = sum(len(line.split()) for line in lines)
    if not any(_ENDS.search(line) for line in lines) or words < _FEWEST_WORDS * len(lines):
        return False
    marks = [{line.count(mark) for line in lines} for mark in DELIMITERS]
    alike = any(len(counts) == 1 and max(counts) > 0 for counts in marks)
    return not alike or bool(_ENDS.search(lines[0]))  # names of columns are no sentence


def rows_of(path: Path) -> Iterator[list[str]]:
    """Document, turn, speaker and words of each turn; one row without a speaker where there are none."""
    document = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    if not is_spoken(_first_lines(path)):
        with open_text(path, encoding_of(path)) as file:
            yield [document, "0", "", "\n".join(line for line in map(_plain, file) if line)]
        return
    with open_text(path, encoding_of(path)) as file:
        yield from ([document, str(n), who, words] for n, (who, words) in enumerate(_turns(map(_plain, file))))


def _turns(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Speaker and words; what stands above the first turn is no speaker's."""
    speaker, said = _NOBODY, list[str]()
    for line in lines:
        turn = _TURN.match(line)
        if turn and said:
            yield speaker, " ".join(said)
        if turn:
            speaker, said = turn["speaker"].strip(), [turn["words"]]
        elif line:
            said.append(line)
    if said:
        yield speaker, " ".join(said)


def _first_lines(path: Path) -> list[str]:
    if container_of(path) != "text":
        raise InputError(f"{path.name}: expected {EXPECTS}, found a workbook or Parquet file")
    with open_text(path, encoding_of(path)) as file:
        first = [_plain(line[:_LONG_LINE]) for line in islice(file, _PEEK_LINES)]
    return [line for line in first if line]


def _plain(line: str) -> str:
    return line.strip("\ufeff \t\r\n")
