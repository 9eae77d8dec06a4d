"""Delimited text whose columns, cells, delimiters or quotes are others. See `mutations`."""

import csv
from random import Random
from typing import Any

from tests.ingest.mutations import ODD, ODD_TEXTS, Base, Mutation


def columns_moved(random: Random, base: Base) -> bytes:
    records = base.records
    for _ in range(random.randrange(1, 4)):
        records = columns_changed(random, records)
    return base.written(records)


def columns_changed(random: Random, records: list[list[str]]) -> list[list[str]]:
    """A column is lost, doubled, swapped, or its heading is; everywhere, or in some of the rows."""
    width = len(records[0])
    one, other, some = random.randrange(width), random.randrange(width), random.choice([1.0, 1.0, 0.2])
    what = random.choice(["lost", "twice", "swapped", "heading twice", "heading blank", "heading odd", "added"])
    if what.startswith("heading"):
        new = {"heading twice": records[0][other], "heading blank": "", "heading odd": random.choice(ODD_TEXTS)}[what]
        return [[new if i == one else c for i, c in enumerate(records[0])], *records[1:]]
    changed = []
    for row in records:
        row = list(row)
        if random.random() < some and len(row) > max(one, other):
            if what == "lost" and width > 1:
                del row[one]
            elif what in ("twice", "added"):
                row.insert(other, row[one] if what == "twice" else "")
            elif what == "swapped":
                row[one], row[other] = row[other], row[one]
        changed.append(row)
    return changed if all(changed) else records


def cells_odd(random: Random, base: Base) -> bytes:
    records = base.records
    cells_changed(random, records)
    return base.written(records, quoting=random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))


def cells_changed(random: Random, records: list[list[str]]) -> None:
    """Cells hold what nobody expects; now and then a whole column does."""
    column = random.choice([None, random.randrange(len(records[0]))])
    share = random.choice([0.02, 0.1, 0.5])
    for n, row in enumerate(records):
        for i in range(len(row)):
            header_too = n > 0 or random.random() < 0.05
            if (column is None or column == i) and header_too and random.random() < share:
                row[i] = random.choice(ODD)


def other_delimiters(random: Random, base: Base) -> bytes:
    """Another one, everywhere or in some rows."""
    other = random.choice(";\t|,:\x1f ")
    if random.random() < 0.4:
        return base.written(base.records, delimiter=other)
    lines = [line.replace(base.delimiter, other) if random.random() < 0.3 else line for line in base.lines]
    return "".join(lines).encode()


def other_quoting(random: Random, base: Base) -> bytes:
    how: dict[str, Any] = random.choice([
        {"quoting": csv.QUOTE_ALL}, {"quoting": csv.QUOTE_ALL, "lineterminator": "\r\n"}, {"quotechar": "'"},
        {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}, {"doublequote": False, "escapechar": "\\"},
    ])  # fmt: skip
    return base.written(base.records, **how)


def cells_over_lines(random: Random, base: Base) -> bytes:
    """Line breaks inside quoted cells, as RFC 4180 allows them."""
    records = base.records
    for row in records[base.header :]:
        if random.random() < 0.3:
            at = random.randrange(len(row))
            row[at] += random.choice(["\n", "\r\n", "\n\n", "\r", "\nx,y\n", '\n"', "\n" * 50])
    return base.written(records)


def rows_ragged(random: Random, base: Base) -> bytes:
    lines = [line.rstrip("\n") + random.choice(["", base.delimiter, base.delimiter * 3]) + "\n" for line in base.lines]
    return "".join(lines).encode()


RECORDS: tuple[Mutation, ...] = (
    columns_moved, columns_moved, cells_odd, cells_odd, cells_odd, other_delimiters, other_quoting, cells_over_lines,
    cells_over_lines, rows_ragged,
)  # fmt: skip
