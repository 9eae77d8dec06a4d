"""Workbooks, Parquet files, zips and gzips as they break: in bytes, members, cells and types. See `mutations`."""

import copy
import datetime as dt
import decimal
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.ingest.mutations import BYTES, ODD
from tests.ingest.record_mutations import cells_changed, columns_changed

Records = list[list[Any]]
TITLE = ["Report"]
_CELLS: list[Any] = [
    None, True, 0, -1, 12.5, 1e300, 10**14, dt.datetime(2025, 2, 1, 9, 14), dt.date(1900, 3, 1), dt.time(9, 14),
    dt.timedelta(hours=30), "=1/0", "=A1", "#N/A", "a\nb", "_x000D_", " x ", "0012", "9" * 400, "é", "🧑‍🚀",
]  # fmt: skip


def _writable(text: Any) -> Any:
    """What a workbook may hold: no control characters."""
    return "".join(c for c in text if c in "\n\t" or ord(c) > 31) if isinstance(text, str) else text


def workbook(records: Sequence[Sequence[Any]], more: Callable[[Any], None] | None = None) -> bytes:
    """The records as the only sheet of a workbook; `more` may change the book."""
    book = openpyxl.Workbook()
    for row in records:
        book.active.append([_writable(c) for c in row])
    if more:
        more(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def changed_workbook(random: Random, records: Records) -> tuple[bytes, int]:
    """A workbook with other cells, rows, columns or sheets, and how many of its rows hold something but a title."""
    rows = copy.deepcopy(records)
    what = random.choice(["cells", "cells", "columns", "blank rows", "far cell", "sheets", "merged", "top", "none"])
    if what == "columns":
        rows = columns_changed(random, rows)
    elif what == "cells":
        cells_changed(random, rows)
        for row in rows[1:]:
            row[random.randrange(len(row))] = random.choice(_CELLS)
    elif what == "blank rows":
        rows = [r for row in rows for r in ([row, []] if random.random() < 0.3 else [row])]
    elif what == "top":
        rows = random.choice([[TITLE, [], *rows], rows[1:], [*rows[:1], *rows], [[], *rows]])
    changes: dict[str, Callable[[Any], None]] = {
        "far cell": lambda book: book.active.cell(random.choice([5_000, 1_048_576]), random.choice([1, 300]), "x"),
        "sheets": lambda book: book.create_sheet("More").append(random.choice([[], ["x"]])),
        "merged": lambda book: book.active.merge_cells("A3:C4"),
    }
    content = workbook(rows, changes.get(what))
    filled = sum(any(str(_writable(c)).strip() for c in row if c is not None) for row in rows)
    return content, filled - (what == "merged") - (rows[:1] == [TITLE])


def parquet(table: pa.Table, **how: Any) -> bytes:
    target = io.BytesIO()
    pq.write_table(table, target, **how)
    return target.getvalue()


def changed_parquet(random: Random, table: pa.Table) -> tuple[bytes, int]:
    """A Parquet file with columns of other types, names, order or with gaps, and the number of its rows."""
    for _ in range(random.randrange(1, 4)):
        at = random.randrange(table.num_columns)
        name = table.column_names[at]
        what = random.choice(["lost", "type", "gaps", "name", "order", "odd", "rows"])
        if what == "lost" and table.num_columns > 1:
            table = table.remove_column(at)
        elif what == "type":
            table = table.set_column(at, name, _other_type(random, table.num_rows))
        elif what == "gaps":
            # By places: Python has no values for all of another type, such as times of the year 200,000.
            places = [None if random.random() < 0.5 else place for place in range(table.num_rows)]
            table = table.set_column(at, name, table.column(at).take(pa.array(places, pa.int64())))
        elif what == "name":
            other = random.choice([name.upper(), "", " " + name, table.column_names[0], "é", 'a"b', "@file", "a.b"])
            table = table.rename_columns([other if i == at else n for i, n in enumerate(table.column_names)])
        elif what == "order":
            table = table.select(random.sample(range(table.num_columns), table.num_columns))
        elif what == "odd":
            cells = [random.choice(ODD) if random.random() < 0.3 else None for _ in range(table.num_rows)]
            table = table.set_column(at, name, pa.array(cells, pa.string()))
        elif what == "rows":
            table = random.choice([table.slice(0, 1), pa.concat_tables([table, table]), table.slice(0, 0)])
    how = random.choice(
        [{}, {"row_group_size": 3}, {"compression": "gzip"}, {"use_dictionary": False}, {"version": "1.0"}]
    )
    return parquet(table, **how), table.num_rows


def _other_type(random: Random, rows: int) -> pa.Array:
    moment, day = dt.datetime(2025, 2, 1, 9, 14), dt.date(2025, 2, 1)
    makers: list[Callable[[], pa.Array]] = [
        lambda: pa.array(range(rows), pa.int64()),
        lambda: pa.array([n / 7 for n in range(rows)], pa.float32()),
        lambda: pa.array([float("nan")] * rows, pa.float64()),
        lambda: pa.array([2**64 - 1] * rows, pa.uint64()),
        lambda: pa.array([decimal.Decimal("1.50")] * rows, pa.decimal128(38, 10)),
        lambda: pa.array([moment] * rows, pa.timestamp(random.choice(["s", "ms", "us", "ns"]))),
        lambda: pa.array([moment] * rows, pa.timestamp("us", random.choice(["UTC", "Europe/Berlin", "+02:00"]))),
        lambda: pa.array([day] * rows, pa.date32()),
        lambda: pa.array([dt.time(9, 14)] * rows, pa.time64("us")),
        lambda: pa.array([10**18] * rows, pa.int64()).cast(pa.timestamp("us")),
        lambda: pa.array([b"\xff\x00\xfe"] * rows, pa.binary()),
        lambda: pa.array([["a", None]] * rows, pa.list_(pa.string())),
        lambda: pa.array([{"a": 1, "b": {"c": "x"}}] * rows),
        lambda: pa.array([[("k", 1)]] * rows, pa.map_(pa.string(), pa.int32())),
        lambda: pa.array([None] * rows, pa.null()),
        lambda: pa.array(["a"] * rows).dictionary_encode(),
        lambda: pa.array([True] * rows),
    ]
    return random.choice(makers)()


def zip_of(members: Sequence[tuple[str, bytes]], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def members_of(content: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def broken_member(random: Random, content: bytes) -> bytes:
    """A whole zip, one of whose members is broken, empty, lost, called otherwise or a zip itself."""
    members = members_of(content)
    at = random.randrange(len(members))
    name, inner = members[at]
    plain = gzip.decompress(inner) if name.endswith(".gz") and random.random() < 0.5 else None
    broken = random.choice(BYTES)(random, plain if plain is not None else inner) if inner else b"x"
    broken = gzip.compress(broken, 1) if plain is not None else broken
    members[at] = random.choice([
        (name, broken), (name, broken), (name, broken), (name, b""), (name.upper(), inner), ("a/" + name, inner),
        (name + ".zip", zip_of([(name, inner)])), ("../" + name, inner), (name.removesuffix(".gz"), inner),
    ])  # fmt: skip
    if random.random() < 0.15:
        del members[at]
    elif random.random() < 0.1:
        members.append(random.choice([("__MACOSX/._x.json", b"\x00\x05"), ("empty.json", b""), ("readme.txt", b"x")]))
    return zip_of(members, random.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]))


def broken_gzip(random: Random, content: bytes) -> bytes:
    """The content in gzip: cut off, flipped, in two members, with something behind, or not packed at all."""
    packed = gzip.compress(content, 1)
    half = len(content) // 2
    return random.choice([
        lambda: packed, lambda: packed, lambda: packed[: random.randrange(len(packed))],
        lambda: random.choice(BYTES)(random, packed),
        lambda: gzip.compress(content[:half], 1) + gzip.compress(content[half:], 1), lambda: packed + b"\x00" * 512,
        lambda: packed + b"rest", lambda: content, lambda: gzip.compress(packed, 1), lambda: packed[:-8] + b"\x00" * 8,
    ])()  # fmt: skip
