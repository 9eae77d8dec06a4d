"""The engine that runs expressions over events: Ibis on an embedded DuckDB.

Rules that keep a result the same on every engine and machine: total order in every window (time, then a unique
tie-break), gaps by `epoch_seconds`, sums over integers (money is kept in hundredths), an explicit `order_by` before a
result leaves the engine.
"""

from pathlib import Path

import ibis
from ibis.backends.duckdb import Backend


def connect(threads: int | None = None) -> Backend:
    """A DuckDB session in memory, in UTC, that shows no progress bar of its own."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET TimeZone='UTC'")
    connection.raw_sql("SET enable_progress_bar=false")
    if threads:
        connection.raw_sql(f"SET threads={int(threads)}")
    return connection


def read_parquet_folder(connection: Backend, folder: Path) -> ibis.Table:
    """All Parquet files in `folder` as one table."""
    return connection.read_parquet(str(folder / "*.parquet"))
