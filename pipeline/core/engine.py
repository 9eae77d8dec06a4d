"""The engine that runs expressions over events: Ibis on an embedded DuckDB, or on Spark where params.yaml says so.

Rules that keep a result the same on every engine and machine: total order in every window (time, then a unique
tie-break), gaps by `epoch_seconds`, sums over integers (money is kept in hundredths), an explicit `order_by` before a
result leaves the engine. What the engines do not share stands in `engine_duckdb`, `engine_spark` and `spark_dialect`.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType

import ibis
from ibis.backends.sql import SQLBackend as Backend

from pipeline.core import engine_duckdb
from pipeline.core.engine_codes import Known, Texts
from pipeline.core.engine_duckdb import connect, connect_with_limit, is_damage, scratch_folder
from pipeline.core.engine_ids import DIGEST_BITS, code_and_id, digest_number
from pipeline.core.engine_known import CODE
from pipeline.core.errors import SettingsError
from pipeline.core.params import General

__all__ = [
    "CODE", "DIGEST_BITS", "Backend", "Known", "Texts", "code_and_id", "connect", "connect_with_limit", "digest_number",
    "is_damage", "scratch_folder",
]  # fmt: skip

NO_TEXTS = Texts()
PLACE = "@place"
"""A number of its own for each row of a table made by `keep_rows`."""


def chosen(general: General, memory_limit_gib: float | None = None) -> Backend:
    """A session of the engine that params.yaml names; Spark takes its memory from the block `spark`.

    Raises `SettingsError` where Spark is chosen and not installed.
    """
    if general.engine == "duckdb":
        return connect_with_limit(memory_limit_gib) if memory_limit_gib else connect()
    if general.spark is None:
        raise SettingsError(
            "params.yaml: `engine: spark` needs the block `spark`: master, memory_gib, task_memory_gib."
        )
    return _spark().connect(general.spark)


def is_spark(connection: Backend) -> bool:
    """Whether the session is one of Spark."""
    return connection.name == "pyspark"


def keep(connection: Backend, name: str, rows: ibis.Table) -> ibis.Table:
    """The rows as a table of the session, in place of an earlier one of that name."""
    return _of(connection).keep(connection, name, rows)


def keep_as_they_stand(
    connection: Backend, name: str, folder: Path, rows_of: Callable[[ibis.Table, int], ibis.Table]
) -> ibis.Table | None:
    """`keep` of the rows that `rows_of` makes of parts of the Parquet files in `folder`, which it numbers from 0.

    Windows without an order go through the rows of a part as they stand in its files. None where the engine does not
    read files so.
    """
    return None if is_spark(connection) else engine_duckdb.keep_as_they_stand(connection, name, folder, rows_of)


def keep_rows(connection: Backend, name: str, rows: ibis.Table, texts: Texts = NO_TEXTS) -> ibis.Table:
    """`keep` with the `PLACE` of each row, in the order of the rows where they are those of a view of files.

    `texts` tells which texts the engine may store as codes.
    """
    return _of(connection).keep_rows(connection, name, rows, PLACE, texts)


def known_texts(connection: Backend, name: str, raw: Mapping[str, str]) -> dict[str, Known]:
    """What columns of a view, made of one other each (`raw`, by column), are for the texts in its first rows."""
    return engine_duckdb.known_texts(connection, name, raw)


def with_codes(connection: Backend, name: str, rows: str, known: Mapping[str, Known], raw: Mapping[str, str]) -> None:
    """Make the view `name` of the view `rows` and of the codes of what the columns in `known` are made of (`raw`)."""
    engine_duckdb.with_codes(connection, name, rows, known, raw)


def numbered_in_files(rows: ibis.Table, file: str, number: str) -> ibis.Table:
    """Kept rows of a view of files, with the number of each in its file: of columns `file` and `number`."""
    return engine_duckdb.numbered_in_files(rows, PLACE, file, number)


def amended(connection: Backend, name: str, rows: ibis.Table, changes: ibis.Table) -> ibis.Table:
    """`rows`, a view of the kept table `name`, with what `changes` hold for some of them, by `PLACE`.

    The columns of `changes` are columns of the table; what is missing in them stays as it was.
    """
    return _of(connection).amended(connection, name, rows, changes, PLACE)


def rows_with_repeated_ids(connection: Backend, name: str, rows: ibis.Table, column: str) -> ibis.Table:
    """The rows whose id, in `column`, another row has, and perhaps few others.

    What the engine keeps to find them is the table `name`.
    """
    return _of(connection).rows_with_repeated_ids(connection, name, rows, column)


def moment_in_utc(connection: Backend, naive: ibis.Value) -> ibis.Value:
    """The moment, of a type with the zone UTC, that a time without a zone stands for in UTC."""
    return _of(connection).moment_in_utc(naive)


def has_few_codes(connection: Backend, name: str, column: str) -> bool:
    """Whether the engine keeps the texts of a column as numbers below 256, in the order of the texts."""
    return _of(connection).has_few_codes(connection, name, column)


def view(connection: Backend, name: str, rows: ibis.Table) -> ibis.Table:
    """The rows as a view: an expression that grows step by step takes Ibis longer to write than the engine to run."""
    return connection.create_view(name, rows, overwrite=True)


def forget(connection: Backend, names: Iterable[str]) -> None:
    """Drop tables of the session."""
    _of(connection).forget(connection, names)


def is_view(connection: Backend, name: str) -> bool:
    """Whether the session knows `name` as a view of files whose rows have no number yet."""
    return _of(connection).is_view(connection, name)


def read_parquet_folder(connection: Backend, folder: Path) -> ibis.Table:
    """All Parquet files in `folder` as one table."""
    return _of(connection).read_parquet_folder(connection, folder)


def write_parquet(connection: Backend, rows: ibis.Table, path: Path) -> None:
    """Write the rows to one file, in their order."""
    _of(connection).write_parquet(connection, rows, path)


def _of(connection: Backend) -> ModuleType:
    return _spark() if is_spark(connection) else engine_duckdb


def _spark() -> ModuleType:
    try:
        from pipeline.core import engine_spark
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"`engine: spark` needs the package {error.name}: install the extra `spark` (see requirements-spark.lock)."
        ) from None
    return engine_spark
