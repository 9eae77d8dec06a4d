"""DuckDB, embedded: the engine where nothing else is chosen, and the reader of raw exports on every engine."""

import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
from ibis.backends.duckdb import Backend

from pipeline.core import engine_ids
from pipeline.core.engine_codes import Texts, create_coded, view_of_kept
from pipeline.core.engine_ids import has_few_codes
from pipeline.core.engine_known import known_texts, with_codes
from pipeline.core.machine_trouble import refused_by_machine

__all__ = ["has_few_codes", "known_texts", "with_codes"]

_ROWS_PER_GROUP = 131_072
_DAMAGED = (
    duckdb.InvalidInputException,
    duckdb.IOException,
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.SerializationException,
    duckdb.NotSupportedError,
)
"""What the engine raises over a damaged file; what it raises over a wrong query is a bug of ours."""


@ibis.udf.scalar.builtin
def epoch_us(moment: dt.Timestamp(scale=6)) -> int:  # type: ignore[empty-body, valid-type]
    """Microseconds since 1970."""


@ibis.udf.scalar.builtin
def make_timestamptz(microseconds: int) -> dt.Timestamp(timezone="UTC", scale=6):  # type: ignore[valid-type]
    """The moment of so many microseconds since 1970."""


def is_damage(error: duckdb.Error) -> bool:
    """Whether the engine met a damaged file. What is wrong inside a Parquet footer has no class of its own."""
    return (isinstance(error, _DAMAGED) or type(error) is duckdb.Error) and not refused_by_machine(error)


def connect(threads: int | None = None) -> Backend:
    """A DuckDB session in memory, in UTC, that shows no progress bar of its own."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET TimeZone='UTC'")
    connection.raw_sql("SET enable_progress_bar=false")
    # No file is behind the session, but after a change it would pack its tables anew as if there were one.
    connection.raw_sql("SET checkpoint_threshold='1TiB'")
    if threads:
        connection.raw_sql(f"SET threads={int(threads)}")
    engine_ids.add_functions(connection)
    return connection


def connect_with_limit(memory_limit_gib: float, threads: int | None = None) -> Backend:
    """A session that may hold tables larger than memory: what is beyond the limit spills to a scratch folder."""
    connection = connect(threads)
    connection.raw_sql(f"SET memory_limit='{memory_limit_gib}GiB'")
    connection.raw_sql(f"SET temp_directory='{scratch_folder(connection) / 'spilled'}'")
    return connection


def scratch_folder(connection: Backend) -> Path:
    """A new folder for files that the session reads; removed with the session."""
    folder = Path(mkdtemp(prefix="personas-"))
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return folder


def keep(connection: Backend, name: str, rows: ibis.Table) -> ibis.Table:
    """The rows as a table of the session, in place of an earlier one of that name."""
    forget(connection, [name])
    return connection.create_table(name, rows, temp=True)


def keep_as_they_stand(
    connection: Backend, name: str, folder: Path, rows_of: Callable[[ibis.Table, int], ibis.Table]
) -> ibis.Table:
    """The rows that `rows_of` makes of parts of the Parquet files in `folder`, as a table of the session.

    Windows without an order go through the rows as they stand, which is work for one thread: there are as many parts
    as threads, each of files of its own, numbered from 0.
    """
    files = sorted(folder.glob("*.parquet"))
    threads = int(connection.raw_sql("SELECT current_setting('threads')").fetchall()[0][0])
    parts = [part for part in np.array_split(np.array(files, dtype=object), threads) if len(part)]
    statements = []
    for number, part in enumerate(parts):
        view, table = f"{name} {number} of files", f"{name} {number}"
        paths = ", ".join(f"'{str(path).replace(chr(39), chr(39) * 2)}'" for path in part)
        connection.raw_sql(f'CREATE OR REPLACE VIEW "{view}" AS SELECT * FROM read_parquet([{paths}])')
        rows = ibis.to_sql(rows_of(connection.table(view), number), dialect="duckdb")
        statements.append(f'CREATE OR REPLACE TABLE "{table}" AS {rows}')

    def make(statement: str) -> None:
        with connection.con.cursor() as cursor:
            cursor.execute("SET TimeZone='UTC'")
            cursor.execute(statement)

    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(make, statements))
    return ibis.union(*(connection.table(f"{name} {number}") for number in range(len(parts))))


def forget(connection: Backend, names: Iterable[str]) -> None:
    """Drop tables of the session."""
    for name in names:
        connection.raw_sql(f'DROP TABLE IF EXISTS "{name}"')


def is_view(connection: Backend, name: str) -> bool:
    """Whether the session knows `name` as a view rather than as a table."""
    views = connection.raw_sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    return (name,) in views


def keep_rows(connection: Backend, name: str, rows: ibis.Table, place: str, texts: Texts) -> ibis.Table:
    """The rows, in their order, as a table of the session, with the number of each in the column `place`.

    `texts` become codes: see `engine_codes`.
    """
    forget(connection, [name])
    source = f"source of {name}"
    with _rows_in_order(connection):
        connection.create_view(source, rows, overwrite=True)
        create_coded(connection, name, source, rows.columns, texts)
    return connection.table(view_of_kept(connection, name, place, texts.same))


def numbered_in_files(rows: ibis.Table, place: str, file: str, number: str) -> ibis.Table:
    """Kept rows of files with the number of each in its file: of columns `file` and `number`.

    The order of rows numbers them: to count while reading would keep a file from being read by several threads.
    """
    position = rows[place]
    firsts = rows.group_by(file).agg(first=position.min())
    starts = sorted((int(first) for first in firsts.to_pyarrow()["first"].to_pylist()), reverse=True)
    cases = [(position >= start, position - start + 1) for start in starts]
    return rows.mutate(**{number: ibis.cases(*cases) if cases else ibis.null("int64")})


def amended(connection: Backend, name: str, rows: ibis.Table, changes: ibis.Table, place: str) -> ibis.Table:
    """`rows`, a view of the kept table `name`, with what `changes` hold at their places: the table is changed."""
    connection.create_view("changes", changes, overwrite=True)
    columns = [f'"{c}"' for c in changes.columns if c != place]
    new = ", ".join(f'{c} = coalesce(changes.{c}, "{name}".{c})' for c in columns)
    connection.raw_sql(f'UPDATE "{name}" SET {new} FROM changes WHERE "{name}".rowid = changes."{place}"')
    return rows


def moment_in_utc(naive: ir.TimestampValue) -> ir.TimestampValue:
    """The moment of a time in UTC. A cast would look each row up in the calendar of the session's zone."""
    return make_timestamptz(epoch_us(naive))


def rows_with_repeated_ids(connection: Backend, name: str, rows: ibis.Table, column: str) -> ibis.Table:
    """The rows whose id another row has, and few others: those whose id begins as another's does.

    What is looked up becomes the table `name`, so that the engine knows how little it is, and looks it up rather than
    the rows.
    """
    repeated = keep(connection, name, engine_ids.repeated_beginnings(connection, rows[column]))
    return rows.semi_join(repeated, engine_ids.beginning(rows[column]) == repeated.beginning)


@contextmanager
def _rows_in_order(connection: Backend) -> Iterator[None]:
    """Tables created inside keep the order of the rows that they are made of, also where small tables are joined.

    Otherwise the engine might stream the small table past the large one.
    """
    connection.raw_sql("SET disabled_optimizers='join_order,build_side_probe_side'")
    try:
        yield
    finally:
        connection.raw_sql("RESET disabled_optimizers")


def read_parquet_folder(connection: Backend, folder: Path) -> ibis.Table:
    """All Parquet files in `folder` as one table."""
    return connection.read_parquet(str(folder / "*.parquet"))


def write_parquet(connection: Backend, rows: ibis.Table, path: Path) -> None:
    """Write the rows in their order. The lowest level of zstd takes half the time of the usual one and little room.

    Without Bloom filters: the stages read whole columns.
    """
    options = {"compression_level": 1, "row_group_size": _ROWS_PER_GROUP, "write_bloom_filter": False}
    connection.to_parquet(rows, path, compression="zstd", **options)
