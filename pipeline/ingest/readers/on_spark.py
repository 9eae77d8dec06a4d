"""Raw exports on Spark: each file is a task, in which DuckDB reads it by the code that reads it without Spark.

Two readers of CSV or JSON agree on good rows and on few of the bad ones: there is one, on both engines. What a row
means is decided by Spark, in the expressions that follow. The number of a row in its file is known in the task.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDB

from pipeline.core.engine import connect_with_limit
from pipeline.ingest.export import Header
from pipeline.ingest.readers.delimited import BROKEN, CONTENT, FILE, ROW, quoted
from pipeline.ingest.readers.event_log import Files

_TABLE = "read"
_ROWS_PER_BATCH = 20_000
_THREADS = 1


Loading = Callable[[DuckDB, str, Files], None]
"""Creates a table (name) of files in a session of DuckDB."""


@dataclass(frozen=True)
class PartReader:
    """Rows of one file: columns as text, file, content, broken, row."""

    load: Loading
    columns: tuple[str, ...]
    memory_limit_gib: float

    def __call__(self, part: tuple[str, Path, Header]) -> Iterator[pa.RecordBatch]:
        """Batches of rows; raises what `load` raises."""
        connection = connect_with_limit(self.memory_limit_gib, threads=_THREADS)
        self.load(connection, _TABLE, [part])
        names = ", ".join(quoted(c) for c in (*self.columns, FILE, CONTENT, BROKEN, ROW))
        yield from connection.raw_sql(f"SELECT {names} FROM {quoted(_TABLE)}").to_arrow_reader(_ROWS_PER_BATCH)


def load_events(connection: Any, table: str, files: Files, columns: tuple[str, ...], load: Loading) -> None:
    """Create the view `table` in Spark, of the rows that `load` would give DuckDB."""
    types = dict.fromkeys([*columns, FILE, CONTENT, BROKEN], "string") | {ROW: "bigint"}
    parts = [(name, path.absolute(), header) for name, path, header in files]
    connection.rows_of(table, parts, PartReader(load, columns, connection.task_memory_gib), types)
