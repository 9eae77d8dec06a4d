"""Parquet files as records of text: the same rows that the table would give as CSV."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.ingest.workbook import number_text

_BATCH_ROWS = 8_192


def is_parquet(start: bytes) -> bool:
    """Whether a file that begins with `start` is a Parquet file, whatever its name."""
    return start.startswith(b"PAR1")


def records(path: Path) -> Iterator[list[str]]:
    """Column names, then the rows as texts; missing values are blank.

    Integers have no decimals (also where gaps made them floats), times are ISO 8601 (with `Z` where the column has a
    zone), lists and structs are JSON. Raises `InputError` where the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            yield [str(name) for name in file.schema_arrow.names]
            for batch in file.iter_batches(_BATCH_ROWS):
                columns = [[_text(v) for v in _values(column)] for column in batch.columns]
                yield from (list(row) for row in zip(*columns, strict=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(
            f"{path.name}: the Parquet file cannot be read ({type(error).__name__}). Export it again."
        ) from None


def _values(column: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError):
        return [_one(cell) for cell in column]


def _one(cell: Any) -> Any:
    """The value; of a time beyond Python's years its number, which is then told as no time."""
    try:
        return cell.as_py()
    except (OverflowError, ValueError):
        return str(getattr(cell, "value", ""))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=_text)
    return _other(value)


def _other(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        zoned = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return zoned.isoformat(" ") + ("Z" if value.tzinfo else "")
    if isinstance(value, timedelta):
        return number_text(value.total_seconds())
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="backslashreplace")
    return value.isoformat() if isinstance(value, date | time) else str(value)
