"""The rows of a log given to a command, CSV (also .gz) or Parquet, as the engine reads them: all of a CSV is text."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import ibis

from pipeline.core.engine import Backend, is_damage
from pipeline.core.errors import InputError, gather, near_match
from pipeline.core.table_input import start_of_text

_LINE = re.compile("Line: ([0-9]+)")


def opened(connection: Backend, path: Path, asked: Sequence[str]) -> ibis.Table:
    """The rows, as a view; raises `InputError` where there is no file, or it lacks a column that is asked for.

    The header is read here: the engine would take another row for it where some rows are broken.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file.")
    with path.open("rb") as file:
        parquet = file.read(4) == b"PAR1"
    rows = connection.read_parquet(str(path)) if parquet else _text_rows(connection, path)
    absent = [
        f"no column `{name}`.{near_match(name, rows.columns)} Columns: {', '.join(rows.columns)}."
        for name in dict.fromkeys(asked)
        if name not in rows.columns
    ]
    gather(InputError, absent, f"{path.name}: a column is missing")
    return rows


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Raises `InputError` where the engine cannot read the file; its own message would show a row."""
    try:
        yield
    except duckdb.Error as error:
        if not is_damage(error):
            raise
        line = _LINE.search(str(error))
        if "utf-8" in str(error):
            told = "is not UTF-8. Save it as UTF-8"
        elif "Value with unterminated quote" in str(error):
            told = "has a quote that is never closed. Correct it"
        else:
            told = "does not fit the header. Correct it"
        where = f"line {line[1]} {told}" if line else "Export it again"
        raise InputError(f"{path.name}: cannot be read: {where}.") from None


def _text_rows(connection: Backend, path: Path) -> ibis.Table:
    delimiter, header = start_of_text(path)
    if not header:
        raise InputError(f"{path.name}: the file is empty. Export it again.")
    places = {f"c{place}": "VARCHAR" for place in range(len(header))}
    rows = connection.read_csv(
        str(path), columns=places, auto_detect=False, header=True, delim=delimiter, quote='"', escape='"'
    )
    seen: dict[str, int] = {}
    named = {}
    for place, name in zip(places, header, strict=True):
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        named[name if seen[name.lower()] == 1 else f"{name}_{seen[name.lower()]}"] = place
    return rows.rename(named)
