"""Format `csv`: delimited text with one header row; comma, semicolon, tab or bar; also gzipped.

Customers, responses (one row per respondent, one column per question) and exposures are read as rows. Events stream
through the engine.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from ibis.backends.duckdb import Backend

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.files import CONTAINERS, as_utf8, records
from pipeline.ingest.readers.qualtrics import import_ids

EXPECTS = "one header row, then one row per record"
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


def load_events(
    connection: Backend, table: str, files: Sequence[tuple[str, Path, Header]], columns: Sequence[str]
) -> None:
    """Create `table` from the parts (name, path, header) of one source: `columns`, file, row, content, broken.

    `@content` is the whole row, independent of the order of columns. Rows whose number of cells does not fit the header
    carry the reason in `@broken`, and the row number 0: the engine reports them apart from the others.
    """
    wanted = sorted({c for _, _, h in files for c in h.columns})
    typed = ", ".join(f"{quoted(c)} VARCHAR" for c in [*columns, FILE, CONTENT, BROKEN])
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {quoted(table)} ({typed}, {quoted(ROW)} BIGINT)")
    with TemporaryDirectory() as scratch:
        for name, path, found in files:
            _load_one(connection, table, name, as_utf8(path, Path(scratch)), found, list(columns), wanted)


def _load_one(
    connection: Backend, table: str, name: str, path: Path, found: Header, columns: list[str], wanted: list[str]
) -> None:
    types = ", ".join(f"{text(c)}: 'VARCHAR'" for c in found.columns)
    shown = [quoted(c) if c in found.columns else "''" for c in columns]
    content = ", chr(31), ".join(f"coalesce({quoted(c)}, '')" for c in wanted if c in found.columns)
    connection.raw_sql("DROP TABLE IF EXISTS reject_errors")
    connection.raw_sql("DROP TABLE IF EXISTS reject_scans")
    connection.raw_sql(
        f"INSERT INTO {quoted(table)} SELECT {', '.join([*shown, text(name)])}, concat({content}), NULL, "
        f"row_number() OVER () FROM read_csv({text(str(path))}, columns={{{types}}}, "
        f"delim={text(found.layout.delimiter)}, quote='\"', escape='\"', header=true, auto_detect=false, "
        "store_rejects=true, parallel=false, null_padding=false, max_line_size=16777216)"
    )
    blank = ", ".join("''" for _ in columns)
    connection.raw_sql(
        f"INSERT INTO {quoted(table)} SELECT {blank}{', ' if columns else ''}{text(name)}, '', "
        "'the number of cells or the quoting does not fit the header', 0 "
        "FROM (SELECT DISTINCT byte_position FROM reject_errors WHERE coalesce(csv_line, '') NOT SIMILAR TO '\\s*')"
    )


def quoted(name: str) -> str:
    """An SQL name."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """An SQL text."""
    return "'" + value.replace("'", "''") + "'"
