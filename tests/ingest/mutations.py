"""Exports as they break on their way: each mutation gives bytes, and how many of the rows must still be read."""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

Mutation = Callable[[Random, str, int], tuple[bytes, int]]


@dataclass(frozen=True)
class Base:
    """A good export: `text` of `rows` rows, one per line after `header` lines; rows may be lost only where told."""

    text: str
    header: int
    rows: int


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _at(random: Random, text: str, header: int) -> tuple[list[str], int]:
    lines = _lines(text)
    return lines, random.randrange(min(header, len(lines) - 1), len(lines))


def truncated(random: Random, text: str, header: int) -> tuple[bytes, int]:
    cut = random.randrange(1, len(text))
    return text[:cut].encode(), max(0, text[:cut].count("\n") - header)


def header_twice(random: Random, text: str, header: int) -> tuple[bytes, int]:
    """Two exports pasted together: the header stands among the rows again."""
    lines, at = _at(random, text, header)
    return "".join([*lines[:at], *lines[: max(header, 1)], *lines[at:]]).encode(), len(lines) - header


def column_twice(random: Random, text: str, header: int) -> tuple[bytes, int]:
    lines = _lines(text)
    names = lines[0].rstrip("\n").split(",")
    lines[0] = ",".join([*names[:-1], random.choice(names)]) + "\n"
    return "".join(lines).encode(), len(lines) - header


def mixed_delimiters(random: Random, text: str, header: int) -> tuple[bytes, int]:
    lines = _lines(text)
    changed = [li.replace(",", random.choice(";\t|")) if random.random() < 0.3 else li for li in lines]
    return "".join(changed).encode(), len(lines) - header


def flipped(random: Random, text: str, header: int) -> tuple[bytes, int]:
    """Some bytes are others; each may end, join or quote a row."""
    content, count = bytearray(text.encode()), random.randrange(1, 6)
    for _ in range(count):
        content[random.randrange(len(content))] = random.choice([random.randrange(256), 34, 10, 13, 0, 44, 0xFF])
    return bytes(content), len(_lines(text)) - header - 2 * count


def long_cell(random: Random, text: str, header: int) -> tuple[bytes, int]:
    lines, at = _at(random, text, header)
    middle = len(lines[at]) // 2
    lines[at] = lines[at][:middle] + random.choice(["x", "9", "ü ", "a@", '""']) * 60_000 + lines[at][middle:]
    return "".join(lines).encode(), len(lines) - header - 1


def other_encoding(random: Random, text: str, header: int) -> tuple[bytes, int]:
    encoding = random.choice(["utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig", "utf-32", "cp037", "utf-7"])
    return text.encode(encoding, errors="replace"), len(_lines(text)) - header


def half_in_another_encoding(random: Random, text: str, header: int) -> tuple[bytes, int]:
    lines, at = _at(random, text, header)
    head, tail = "".join(lines[:at]), "".join(lines[at:])
    return head.encode() + tail.encode("cp1252", errors="replace"), len(lines) - header


def gzip_inside(random: Random, text: str, header: int) -> tuple[bytes, int]:
    """A whole or half-written gzip file under a plain name."""
    packed = gzip.compress(text.encode())
    return packed[: random.randrange(3, len(packed) + 1)], 0


def corrupt_lines(random: Random, text: str, header: int) -> tuple[bytes, int]:
    """A tenth of the lines is noise, quotes among it."""
    noise = ["%%%", '"', '{"a":', ",,,,,,,,,,,,,,,,,,,,,,,", '"x,y', "\x01\x02", "null", "]]"]
    lines = _lines(text)
    kept = [random.choice(noise) + "\n" if n >= header and random.random() < 0.1 else li for n, li in enumerate(lines)]
    return "".join(kept).encode(), len(lines) - header


def other_dates(random: Random, text: str, header: int) -> tuple[bytes, int]:
    """Three ways to write a date in one column, some in the future."""
    styles = ["12/31/2025", "31.12.2025", "Dec 31, 2025", "45658", "2999-01-01", "0000-00-00", "2025-02-30"]
    lines = _lines(text)
    changed = [
        li.replace("2025-02-0", random.choice(styles) + " 0") if n >= header and random.random() < 0.5 else li
        for n, li in enumerate(lines)
    ]
    return "".join(changed).encode(), len(lines) - header


def odd_numbers(random: Random, text: str, header: int) -> tuple[bytes, int]:
    odd = ["-12.30", "1e400", "NaN", "-inf", "1,234.50", "9" * 400, "0x1F", "١٢", "--5"]
    lines = _lines(text)
    changed = [
        li.replace("12.30", random.choice(odd)) if n >= header and random.random() < 0.5 else li
        for n, li in enumerate(lines)
    ]
    return "".join(changed).encode(), len(lines) - header


def shuffled_pieces(random: Random, text: str, header: int) -> tuple[bytes, int]:
    """Blocks of the file in another order, some twice: nothing is where it should be."""
    size = max(1, len(text) // random.randrange(2, 9))
    pieces = [text[i : i + size] for i in range(0, len(text), size)]
    return "".join(random.choices(pieces, k=len(pieces))).encode(), 0


MUTATIONS: tuple[Mutation, ...] = (
    truncated, header_twice, column_twice, mixed_delimiters, flipped, flipped, long_cell, other_encoding,
    half_in_another_encoding, gzip_inside, corrupt_lines, other_dates, odd_numbers, shuffled_pieces,
)  # fmt: skip
