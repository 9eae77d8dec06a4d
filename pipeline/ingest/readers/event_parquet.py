"""Event rows in Parquet: every row is read as a JSON object, so that a declared column may be inside of another.

Times that Parquet holds in UTC are known to be UTC; times that it calls local need the source's `timezone`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.ingest.readers.delimited import quoted, text

_PEEK_ROWS = 200


def columns(path: Path) -> list[str]:
    """Names of the top-level columns; raises `InputError` where the file is damaged."""
    return list(_schema(path).names)


def count(path: Path) -> int:
    """Number of rows."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def first_rows(path: Path) -> Sequence[dict[str, Any]]:
    """The first rows, as JSON would give them; raises `InputError` where the file is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _schema(path)
    try:
        with pq.ParquetFile(path) as file:
            batch = next(file.iter_batches(batch_size=_PEEK_ROWS), None)
        rows = batch.to_pylist() if batch is not None else []
    except OverflowError:
        raise InputError(
            f"{path.name}: holds a time outside of the years 1 to 9999. Correct it, and export again."
        ) from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from None
    return [json.loads(json.dumps(row, default=str)) for row in rows]


def object_query(name: str, path: Path) -> str:
    """A query for the rows as (file, row, line): a line is the row's object with its keys in alphabetical order."""
    import pyarrow as pa

    fields = []
    for one in sorted(_schema(path), key=lambda f: str(f.name)):
        column = quoted(one.name)
        if pa.types.is_timestamp(one.type) and one.type.tz:
            column = f"strftime({column}::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%fZ')"
        fields.append(f"{quoted(one.name)} := {column}")
    return (
        f"SELECT {text(name)} AS file, file_row_number + 1 AS row, "
        f"to_json(struct_pack({', '.join(fields)}))::VARCHAR AS line "
        f"FROM read_parquet({text(str(path))}, file_row_number=true, binary_as_string=true)"
    )


def _schema(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_schema(path)
        names = [str(name).lower() for name in found.names]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from None
    if "" in names:
        raise InputError(f"{path.name}: column {names.index('') + 1} has no name. Name it, and export again.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{path.name}: columns that differ at most in case: {', '.join(twice)}. Rename one of each.")
    return found


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"{path.name}: cannot be read as Parquet ({type(error).__name__}). Export it again.")
