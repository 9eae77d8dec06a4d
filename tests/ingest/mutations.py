"""Exports as they break on their way, in their bytes and lines. One mutation, one function.

A mutation is given the good export and gives the bytes of a broken one; it does not say how many rows these hold:
`export_counts` reads that off the bytes.
"""

import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any


@dataclass(frozen=True)
class Base:
    """A good export as text, no cell of which spans lines; the first `header` lines are its header."""

    text: str
    header: int
    delimiter: str = ","

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines(keepends=True)

    @property
    def records(self) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text), delimiter=self.delimiter))

    def written(self, records: list[list[str]], **how: Any) -> bytes:
        target = io.StringIO(newline="")
        csv.writer(target, **{"delimiter": self.delimiter, "lineterminator": "\n", **how}).writerows(records)
        return target.getvalue().encode("utf-8", "surrogatepass")


Mutation = Callable[[Random, Base], bytes]
Change = Callable[[Random, bytes], bytes]
ODD_TEXTS = [
    "", " ", "NA", "null", "0012", "-", "?", "=1+1", "@SUM(A1)", "<b>x</b>", "a,b", 'say "hi"', '"', "'", "''", "\\",
    "\\N", "a\tb", "a;b|c", "{}", "[]", "{broken", "%s%d", "${x}", "../..", "a\u00a0b", "\u200b", "\u202e", "\ufeff",
    "\ufffd", "\u2028",
    "\x0b", "\x1c", "\x1f", "\x7f", "é", "e\u0301", "ß", "İ", "ﷺ", "🧑‍🚀", "日本", "א", "\U0010ffff",
    "x" * 300, "ü" * 3000, "NaT", "nan", "True", "None", "ann@example.org", "+49 30 1234567", "4111 1111 1111 1111",
]  # fmt: skip
ODD_NUMBERS = [
    "-12.30", "1e400", "NaN", "-inf", "Infinity", "1,234.50", "1.234,50", "9" * 400, "9" * 5000, "0x1F", "١٢", "--5",
    "1_000", "1e5", "1E-7", "-0", "00012", "12.", ".5", "²", "12 %", "€ 5", "2147483648", "9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "1e308", "0.1e-400", "1e999999999",
]  # fmt: skip
ODD_TIMES = [
    "12/31/2025", "31.12.2025", "31/12/2025", "2/1/2025 10:05", "Dec 31, 2025", "45658", "2999-01-01", "0000-00-00",
    "2025-02-30", "2025-02-01T10:00", "2025-02-01T10:00:00+25:00", "2025-02-01 24:00:00", "2025-02-01T10:00:60Z",
    "20250201", "2025-W05-6", "1738404000", "1738404000000", "9999-12-31T23:59:59Z", "0001-01-01", "-1", "10000-01-01",
    "1969-07-20T20:17:40Z", "2025-02-01T10:00:00.123456789Z", "yesterday", "2025-02-01 10:00:00 UTC", "1e18", "NaT",
    "2025-03-30 02:30:00", "2025-10-26T02:30:00", "٢٠٢٥-٠٢-٠١", "2025-02-01T10:00:00-00:00", "2262-04-12", "1677-09-20",
]  # fmt: skip
ODD = [*ODD_TEXTS, *ODD_NUMBERS, *ODD_TIMES]


# --- bytes ------------------------------------------------------------------------------------------------------------


def cut(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content))]


def cut_at_the_front(random: Random, content: bytes) -> bytes:
    return content[random.randrange(len(content)) :]


def flipped(random: Random, content: bytes) -> bytes:
    """Some bytes are others; each may end, join or quote a row."""
    changed = bytearray(content)
    for _ in range(random.randrange(1, 6)):
        changed[random.randrange(len(changed))] = random.choice([random.randrange(256), 34, 10, 13, 0, 44, 0xFF])
    return bytes(changed)


def span_lost(random: Random, content: bytes) -> bytes:
    start, end = _span(random, content)
    return content[:start] + content[end:]


def span_twice(random: Random, content: bytes) -> bytes:
    start, end = _span(random, content)
    return content[:end] + content[start:]


def noise_inside(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content))
    noise = [bytes(random.randrange(256) for _ in range(4)), b'"', b"\x00", b"\r", b"\n", b"\xff\xfe", b"\xc3", b"\x1a"]
    return content[:at] + random.choice(noise) + content[at:]


def one_sign_for_another(random: Random, content: bytes) -> bytes:
    signs = [b",", b"\n", b'"', b"0", b"Id", b"\t", b"{", b":", b"<", b"/", b"2025", b"\r\n", b";"]
    return content.replace(random.choice(signs), random.choice(signs + [b""]), random.choice([1, 3, -1]))


def pieces_shuffled(random: Random, content: bytes) -> bytes:
    """Blocks of the file in another order, some twice: nothing is where it should be."""
    size = max(1, len(content) // random.randrange(2, 9))
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    return b"".join(random.choices(pieces, k=len(pieces)))


def zeros_at_the_end(random: Random, content: bytes) -> bytes:
    """What a disk leaves of a file whose end was never written."""
    return content[: random.randrange(len(content))] + b"\x00" * random.randrange(1, 5000)


def gzip_inside(random: Random, content: bytes) -> bytes:
    """A whole or half-written gzip file under a plain name."""
    packed = gzip.compress(content, 1)
    return packed[: random.randrange(3, len(packed) + 1)]


BYTES: tuple[Change, ...] = (
    cut, cut, cut_at_the_front, flipped, flipped, flipped, span_lost, span_twice, noise_inside, noise_inside,
    one_sign_for_another, one_sign_for_another, pieces_shuffled, zeros_at_the_end, gzip_inside,
)  # fmt: skip


def _span(random: Random, content: bytes) -> tuple[int, int]:
    start = random.randrange(len(content))
    return start, min(len(content), start + random.choice([1, 2, 10, 100, len(content)]))


def on_bytes(change: Change) -> Mutation:
    def mutation(random: Random, base: Base) -> bytes:
        return change(random, base.text.encode())

    mutation.__name__ = change.__name__
    return mutation


# --- lines of text ----------------------------------------------------------------------------------------------------


def other_encoding(random: Random, base: Base) -> bytes:
    encoding = random.choice(["utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig", "utf-32", "cp037", "utf-7"])
    return base.text.encode(encoding, errors="replace")


def half_in_another_encoding(random: Random, base: Base) -> bytes:
    lines, at = base.lines, random.randrange(len(base.lines))
    return "".join(lines[:at]).encode() + "".join(lines[at:]).encode("cp1252", errors="replace")


def marks(random: Random, base: Base) -> bytes:
    """Byte order marks: one, two, of another encoding, within."""
    mark = random.choice(
        [b"\xef\xbb\xbf", b"\xef\xbb\xbf" * 2, b"\xff\xfe", b"\xfe\xff", b"\xef\xbb", b"\xef\xbb\xbf\n"]
    )
    lines = base.text.encode().splitlines(keepends=True)
    at = random.choice([0, 0, random.randrange(len(lines))])
    return b"".join([*lines[:at], mark, *lines[at:]])


def line_ends(random: Random, base: Base) -> bytes:
    one = random.choice(["\r\n", "\r", "\n\n", "\r\r\n", " \n", "\u2028", "\x0b", "\x85", "", "\n \n", "\n\t\n", "\\n"])
    if random.random() < 0.5:
        return base.text.replace("\n", one).encode()
    mixed = [line.replace("\n", one) if random.random() < 0.3 else line for line in base.lines]
    return "".join(mixed).encode()


def no_end(random: Random, base: Base) -> bytes:
    return (base.text.rstrip("\n") + random.choice(["", "\r", "\x1a", '"', "\\", ",", " ", "\n\n\n\n"])).encode()


def header_again(random: Random, base: Base) -> bytes:
    """Two exports pasted together: the header stands among the rows again, or twice at the top."""
    lines = base.lines
    top = lines[: max(base.header, 1)]
    at = random.choice([max(base.header, 1), random.randrange(len(lines)), len(lines)])
    return "".join([*lines[:at], *top, *lines[at:]]).encode()


def top_lost(random: Random, base: Base) -> bytes:
    """Without its header, or without one of its rows."""
    lines = base.lines
    del lines[: random.randrange(1, max(base.header, 1) + 1)]
    return "".join(lines).encode()


def words_above(random: Random, base: Base) -> bytes:
    """What spreadsheets and portals write above a table."""
    above = ["sep=;\n", "Report of 2025\n\n", "# comment\n", "\n\n\n", '"Exported by me"\n', ",,,,\n", "[\n", "{}\n"]
    return (random.choice(above) + base.text).encode()


def lines_moved(random: Random, base: Base) -> bytes:
    """Lines are lost, repeated, swapped."""
    lines = base.lines
    for _ in range(random.randrange(1, 5)):
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        moves = [lines[:at] + lines[at + 1 :], lines[:at] + [lines[other]] + lines[at:]]
        lines = random.choice(moves) or lines
        lines[at % len(lines)], lines[other % len(lines)] = lines[other % len(lines)], lines[at % len(lines)]
    return "".join(lines).encode()


def corrupt_lines(random: Random, base: Base) -> bytes:
    """A tenth of the lines is noise, quotes among it."""
    noise = [
        "%%%",
        '"',
        '{"a":',
        "," * 23,
        '"x,y',
        "\x01\x02",
        "null",
        "]]",
        "{",
        "[{}]",
        "<!--",
        "\\",
        "\x1b[0m",
        '"""',
    ]
    lines = [random.choice(noise) + "\n" if random.random() < 0.1 else line for line in base.lines]
    return "".join(lines).encode()


def long_cell(random: Random, base: Base) -> bytes:
    lines, at = base.lines, random.randrange(len(base.lines))
    middle = random.randrange(len(lines[at]))
    lines[at] = lines[at][:middle] + random.choice(["x", "9", "ü ", "a@", '""', "{"]) * 60_000 + lines[at][middle:]
    return "".join(lines).encode()


def other_times(random: Random, base: Base) -> bytes:
    """Several ways to write a date in one column, some in the future."""
    return _replaced(random, base, "2025-0", ODD_TIMES)


def other_numbers(random: Random, base: Base) -> bytes:
    return _replaced(random, base, random.choice(["12.30", "12", "9", "0", "1"]), ODD_NUMBERS)


def stray_quotes(random: Random, base: Base) -> bytes:
    lines = base.lines
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(len(lines))
        spots = [0, *(i + 1 for i, c in enumerate(lines[at]) if c == base.delimiter), len(lines[at]) - 1]
        spot = random.choice(spots)
        lines[at] = lines[at][:spot] + random.choice(['"', '"', "'", "“", '\\"']) + lines[at][spot:]
    return "".join(lines).encode()


LINES: tuple[Mutation, ...] = (
    other_encoding, half_in_another_encoding, marks, line_ends, line_ends, no_end, header_again, top_lost, words_above,
    lines_moved, corrupt_lines, corrupt_lines, long_cell, other_times, other_numbers, stray_quotes, stray_quotes,
)  # fmt: skip


def _replaced(random: Random, base: Base, found: str, others: list[str]) -> bytes:
    lines = [
        line.replace(found, random.choice(others), 1) if n >= base.header and random.random() < 0.5 else line
        for n, line in enumerate(base.lines)
    ]
    return "".join(lines).encode()


def doubly(random: Random, base: Base, mutations: tuple[Mutation, ...]) -> bytes:
    """One of the mutations; now and then the result is broken once more."""
    content = random.choice(mutations)(random, base)
    return random.choice(BYTES)(random, content) if content and random.random() < 0.15 else content
