"""Format `csv`: delimited text with one header row; comma, semicolon, tab or bar; also gzipped.

Customers, responses (one row per respondent, one column per question) and exposures are read as rows. Events stream
through the engine.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from ibis.backends.duckdb import Backend

from pipeline.core.engine import scratch_folder
from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.files import CONTAINERS, as_utf8, records
from pipeline.ingest.readers.qualtrics import import_ids
from pipeline.ingest.rejects import unfit

Files: TypeAlias = Sequence[tuple[str, Path, Header]]
"""Parts of one source: name inside the dataset, path, header."""
EXPECTS = "one header row, then one row per record"
LONGEST_LINE = 1 << 24
"""Bytes."""
_BROKEN_ROWS = "(FROM reject_errors WHERE coalesce(csv_line, '') NOT SIMILAR TO '\\s*')"
FILE, ROW, CONTENT, BROKEN = "@file", "@row", "@content", "@broken"
"""Columns that every event table has besides those of its export; no export column may begin with `@`."""


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is empty or has no rows."""
    found = delimited_header(path)
    if found.columns[0].startswith(("{", "[{")):
        raise InputError(f"{path.name}: expected {EXPECTS}, found JSON; of JSON, one object per line can be read")
    if found.layout.container != "text":
        raise InputError(f"{path.name}: expected delimited text, found {CONTAINERS[found.layout.container]}")
    top = [record for record, _ in zip(records(path, found.layout), range(3), strict=False)]
    if len(top) == 3 and import_ids(top[2]):
        raise InputError(f"{path.name}: expected {EXPECTS}, found three header rows")
    return found


@dataclass(frozen=True)
class OwnId:
    """The column with the id of each event, and the texts that stand for none."""

    column: str
    missing: Sequence[str]


def stream_events(
    connection: Backend, table: str, files: Files, columns: Sequence[str], own_id: OwnId | None = None
) -> None:
    """Create the view `table` of the parts of one source: `columns`, file, row, content, broken.

    The content of rows that surely have an id of their own is left out: it would tell rows without one apart.

    Rows that do not fit the header are left out: once the view was read, `has_broken_rows` tells whether there were
    any, and `load_events` gives them too.
    """
    _forget_broken_rows(connection)
    scratch, wanted = scratch_folder(connection), _all_columns(files)
    queries = []
    for number, (name, path, found) in enumerate(files):
        folder = scratch / str(number)
        folder.mkdir()
        whole = as_utf8(path, folder, found.layout.above)
        queries.append(_query(name, whole, found, columns, wanted, own_id))
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {quoted(table)} AS {' UNION ALL '.join(queries)}")


def has_broken_rows(connection: Backend) -> bool:
    """Whether rows that do not fit the header were met since the last call of `stream_events`."""
    known = connection.raw_sql("SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'").fetchall()
    return bool(known and connection.raw_sql(f"SELECT 1 FROM {_BROKEN_ROWS} LIMIT 1").fetchall())


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table` from the parts (name, path, header) of one source: `columns`, file, row, content, broken.

    `@content` is the whole row, independent of the order of columns. Rows that do not fit the header say why in
    `@broken`. Rows are split as those of people are, not by the engine: there a quote that is never closed would take
    all rows after it along.
    """
    typed = ", ".join(f"{quoted(c)} VARCHAR" for c in [*columns, FILE, CONTENT, BROKEN])
    # Loaded a second time, it is a view, or what a format made of that.
    kind = connection.raw_sql(f"SELECT 1 FROM duckdb_views() WHERE view_name = {text(table)}").fetchall()
    connection.raw_sql(f"DROP {'VIEW' if kind else 'TABLE'} IF EXISTS {quoted(table)}")
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {quoted(table)} ({typed}, {quoted(ROW)} BIGINT)")
    with TemporaryDirectory() as scratch:
        for number, (name, path, found) in enumerate(files):
            copy = Path(scratch) / f"{number}.csv"
            _split(path, found, copy)
            connection.raw_sql(f"INSERT INTO {quoted(table)} {_split_query(name, copy, found, columns, files)}")


def _split(path: Path, found: Header, copy: Path) -> None:
    """Write the rows of a file with their numbers, and what is wrong with those that do not fit the header."""
    width = len(found.columns)
    rows = found.read(path) if found.read else islice(records(path, found.layout), found.rows, None)
    blank = [""] * width
    with copy.open("w", encoding="utf-8", newline="") as target:
        write = csv.writer(target, lineterminator="\n").writerow
        for number, row in enumerate(rows, 1):
            cells = row[:width] if len(row) > width and not any(c.strip() for c in row[width:]) else row
            fits = len(cells) == width
            write([number, "", *cells] if fits else [number, unfit(len(row), width), *blank])


def _split_query(name: str, copy: Path, found: Header, columns: Sequence[str], files: Files) -> str:
    shown, content = _selected(found, columns, _all_columns(files))
    types = _types([ROW, BROKEN, *_places(found)])
    return (
        f"SELECT {shown}{text(name)} AS {quoted(FILE)}, {content} AS {quoted(CONTENT)}, {quoted(BROKEN)}, "
        f"{quoted(ROW)}::BIGINT AS {quoted(ROW)} FROM read_csv({text(str(copy))}, columns={types}, delim=',', "
        "quote='\"', escape='\"', new_line='\\n', header=false, auto_detect=false, parallel=false, null_padding=false, "
        f"max_line_size={LONGEST_LINE}, buffer_size={2 * LONGEST_LINE})"
    )


def _all_columns(files: Files) -> list[str]:
    return sorted({c for _, _, h in files for c in h.columns})


def _query(
    name: str, path: Path, found: Header, columns: Sequence[str], wanted: Sequence[str], own_id: OwnId | None
) -> str:
    shown, content = _selected(found, columns, wanted)
    if own_id and own_id.column in found.columns:
        own = _places(found)[found.columns.index(own_id.column)]
        marks = [text(m) for m in own_id.missing if m.strip()]
        none = f"{own} IS NULL OR {own} < '!'"
        none += f" OR substr({own}, -1) < '!' OR {own} IN ({', '.join(marks)})" if marks else ""
        content = f"CASE WHEN {none} THEN {content} END"
    return (
        f"SELECT {shown}{text(name)} AS {quoted(FILE)}, {content} AS {quoted(CONTENT)}, "
        f"{_beyond(found)} AS {quoted(BROKEN)}, row_number() OVER () AS {quoted(ROW)} "
        f"FROM read_csv({text(str(path))}, columns={_types([*_places(found), *_places_beyond(found)])}, "
        f"delim={text(found.layout.delimiter)}, quote='\"', escape='\"', header=true, auto_detect=false, "
        "store_rejects=true, parallel=true, null_padding=false, "
        f"max_line_size={LONGEST_LINE}, buffer_size={2 * LONGEST_LINE})"
    )


def _places(found: Header) -> list[str]:
    """Names of the columns in the engine, to which `ID` and `id` are one."""
    return [f"c{i}" for i in range(len(found.columns))]


def _places_beyond(found: Header) -> list[str]:
    width = len(found.columns)
    return [f"c{i}" for i in range(width, width + found.blank_end)]


def _beyond(found: Header) -> str:
    """SQL of the reason against rows that hold something below the empty headings at the end."""
    if not found.blank_end:
        return "NULL::VARCHAR"
    width = len(found.columns)
    reason = unfit(width + found.blank_end, width)
    return f"CASE WHEN trim(concat({', '.join(_places_beyond(found))})) <> '' THEN {text(reason)} END"


def _selected(found: Header, columns: Sequence[str], wanted: Sequence[str]) -> tuple[str, str]:
    """SQL of the columns asked for, and of the content of a row: its cells in alphabetical order of their columns."""
    place = dict(zip(found.columns, _places(found), strict=True))
    shown = "".join(f"{place.get(c, text(''))} AS {quoted(c)}, " for c in columns)
    cells = ", chr(31), ".join(f"coalesce({place[c]}, '')" for c in wanted if c in place)
    return shown, f"concat({cells})"


def _types(columns: Sequence[str]) -> str:
    return "{" + ", ".join(f"{text(c)}: 'VARCHAR'" for c in columns) + "}"


def _forget_broken_rows(connection: Backend) -> None:
    connection.raw_sql("DROP TABLE IF EXISTS reject_errors")
    connection.raw_sql("DROP TABLE IF EXISTS reject_scans")


def quoted(name: str) -> str:
    """An SQL name."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """An SQL text."""
    return "'" + value.replace("'", "''") + "'"
