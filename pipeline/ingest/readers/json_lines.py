"""Format `jsonl`: one JSON object per line, in one file or in parts, also in gzip or in a zip of such files.

A declared column is a path such as `user.id`. Vendors' logs of JSON objects are read by the same code; a row of a
Parquet file counts as an object.
"""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from ibis.backends.duckdb import Backend

from pipeline.core.engine import scratch_folder
from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.files import Layout, as_utf8, container_of, encoding_of, head, is_spread_json, open_text
from pipeline.ingest.json_arrays import found_one, one_per_line
from pipeline.ingest.json_objects import json_object
from pipeline.ingest.packing import DAMAGED, files_in
from pipeline.ingest.readers import event_parquet
from pipeline.ingest.readers.delimited import BROKEN, CONTENT, FILE, LONGEST_LINE, ROW, quoted, text
from pipeline.ingest.readers.event_log import EventLog, Files

EXPECTS = "one JSON object per line"
_PEEK_LINES = 2000
_ZIP = b"PK\x03\x04"
_MEMBERS = (".json", ".jsonl", ".ndjson", ".gz")


@dataclass(frozen=True)
class Cell:
    """Where a column stands in an object: its JSON path, and SQL over the text found there, written `{0}`."""

    path: str
    sql: str = "{0}"


def plain(column: str) -> Cell:
    """The cell of a path of keys.

    >>> plain("user.id").path
    '$."user"."id"'
    """
    return Cell(json_path(column.split(".")))


def json_path(keys: Iterable[str]) -> str:
    """The JSON path of nested keys."""
    return "$" + "".join('."' + key.replace('"', '\\"') + '"' for key in keys)


def inside_text(path: str, keys: Iterable[str]) -> Cell:
    """The cell of nested keys in a value that is an object, or a text that holds one."""
    inner = text(json_path(keys)).replace("{", "{{").replace("}", "}}")
    return Cell(path, f"CASE WHEN json_valid({{0}}) THEN json_extract_string({{0}}, {inner}) END")


def header(path: Path) -> Header:
    """Paths seen in the first lines; raises `InputError` where no line is an object."""
    if path.is_file() and _is_parquet(path):
        raise InputError(f"{path.name}: expected {EXPECTS}, found {_beginning(path)}")
    refuse_one(path)
    return object_header(path, bool, EXPECTS)


def refuse_one(path: Path) -> None:
    """Raises `InputError` for a file of one object that holds a list of objects: they are the rows, it is none."""
    found = first_objects(path)
    lists = [v for v in found[0].values() if isinstance(v, list)] if len(found) == 1 else []
    if any(one and all(isinstance(o, dict) for o in one) for one in lists):
        raise found_one(path.name)


def object_header(
    path: Path,
    matches: Callable[[dict[str, Any]], bool],
    expects: str,
    paths: Callable[[dict[str, Any]], Iterable[str]] | None = None,
) -> Header:
    """The header of a log of objects, one of whose first must fit `matches`; `paths` lists the columns of an object."""
    seen: dict[str, None] = {}
    found = first_objects(path)
    if not any(matches(o) for o in found):
        raise InputError(f"{path.name}: expected {expects}, found {_beginning(path)}")
    for one in found:
        seen.update(dict.fromkeys((paths or paths_of)(one)))
    container = container_of(path)
    encoding = "utf-8" if container == "parquet" or _is_zip(path) else encoding_of(path)
    return Header(tuple(seen), 0, Layout(encoding, "", container))


def first_objects(path: Path) -> Sequence[dict[str, Any]]:
    """The first lines of a log as objects; a line that is none is an empty one."""
    if not path.is_file():
        return ()
    about = path.stat()
    return _first_objects(path, about.st_mtime_ns, about.st_size)


def paths_of(found: dict[str, Any], prefix: str = "") -> list[str]:
    """Paths of all values in nested objects.

    >>> paths_of({"a": 1, "b": {"c": 2}})
    ['a', 'b.c']
    """
    result: list[str] = []
    for key, value in found.items():
        result += paths_of(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"]
    return result


def values_of(found: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Texts of all values in nested objects, by their paths; what is null is left out."""
    result: dict[str, str] = {}
    for key, value in found.items():
        if isinstance(value, dict):
            result |= values_of(value, f"{prefix}{key}.")
        elif value is not None:
            result[f"{prefix}{key}"] = value if isinstance(value, str) else json.dumps(value)
    return result


def count(path: Path) -> int:
    """Number of objects: lines that are not blank, rows of a Parquet file."""
    if _is_parquet(path):
        return event_parquet.count(path)
    return sum(1 for line in _lines(path) if line.strip())


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table`; `columns` are paths, each becomes a text column of that name."""
    load_objects(connection, table, files, columns, plain)


def load_objects(
    connection: Backend, table: str, files: Files, columns: Sequence[str], cell_of: Callable[[str], Cell]
) -> None:
    """Create the view `table` of the parts of one source: `columns` by their cells, file, row, content, broken.

    Blank lines are among its rows, with an empty text in `@broken`.
    """
    scratch = scratch_folder(connection)
    queries = [
        query for number, (name, path, _) in enumerate(files) for query in _queries(name, path, scratch / str(number))
    ]
    connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {quoted(table)} AS {_cells_query(queries, columns, cell_of)}")


def load_lines(
    connection: Backend, table: str, queries: Sequence[str], columns: Sequence[str], cell_of: Callable[[str], Cell]
) -> None:
    """Create `table` from queries that give (file, row, line). Lines that are no JSON object carry the reason."""
    query = _cells_query(queries, columns, cell_of)
    connection.raw_sql(f"CREATE OR REPLACE TEMP TABLE {quoted(table)} AS {query}")
    # Afterwards, not in the query: a filter there would copy every line once more.
    connection.raw_sql(f"DELETE FROM {quoted(table)} WHERE {quoted(BROKEN)} = ''")


def _cells_query(queries: Sequence[str], columns: Sequence[str], cell_of: Callable[[str], Cell]) -> str:
    """Each line is read once, for all cells together: to ask first whether it is JSON would double the work."""
    cells = [cell_of(c) for c in columns]
    paths = list(dict.fromkeys(c.path for c in cells))
    listed = ", ".join(text(p) for p in paths) or text("$")
    shown = [c.sql.format(f"cells[{paths.index(c.path) + 1}]") for c in cells]
    fields = "".join(f"coalesce({s}, '') AS {quoted(c)}, " for s, c in zip(shown, columns, strict=True))
    return (
        f"SELECT {fields}file AS {quoted(FILE)}, row AS {quoted(ROW)}, line AS {quoted(CONTENT)}, "
        "CASE WHEN cells IS NOT NULL THEN NULL WHEN coalesce(trim(line), '') = '' THEN '' "
        f"ELSE 'the line is not a JSON object' END AS {quoted(BROKEN)} "
        f"FROM (SELECT file, row, line, CASE WHEN starts_with(line, '{{') OR ltrim(line)[1] = '{{' "
        f"THEN TRY(json_extract_string(line, [{listed}])) END AS cells FROM ({' UNION ALL '.join(queries)}))"
    )


def line_query(name: str, path: Path) -> str:
    """A query for the lines of one file in UTF-8: a delimited file whose delimiter does not occur.

    To trim every line would take longer than to read the cells of it.
    """
    return (
        f"SELECT {text(name)} AS file, row_number() OVER () AS row, "
        "CASE WHEN suffix(line, chr(13)) THEN rtrim(line, chr(13)) ELSE line END AS line "
        f"FROM read_csv({text(str(path))}, columns={{'line': 'VARCHAR'}}, delim='\x1c\x1d\x1e\x1f', quote='', "
        f"escape='', header=false, auto_detect=false, strict_mode=false, max_line_size={LONGEST_LINE}, "
        f"buffer_size={2 * LONGEST_LINE})"
    )


def _queries(name: str, path: Path, scratch: Path) -> list[str]:
    if _is_parquet(path):
        return [event_parquet.object_query(name, path)]
    scratch.mkdir(parents=True, exist_ok=True)
    if not _is_zip(path):
        return [line_query(name, _as_lines(path, scratch))]
    try:
        parts = [_member_query(name, path, *part, scratch) for part in _unpacked(path, scratch)]
    except DAMAGED as error:
        raise _unreadable(path, error) from None
    return [part for part in parts if part]


def _member_query(name: str, path: Path, member: str, copy: Path, scratch: Path) -> str | None:
    """A query for the lines of one file of a zip; none for an empty one, an hour without events."""
    try:
        return line_query(f"{name}/{member}", _as_lines(copy, scratch)) if head(copy).strip() else None
    except InputError as error:
        raise InputError(f"{path.name}: its part {member} is damaged: {error}") from None


def _as_lines(path: Path, scratch: Path) -> Path:
    """A file that the engine can read by lines: the file itself, or a copy in which each object has a line."""
    encoding = encoding_of(path)
    if not is_spread_json(path, encoding):
        return as_utf8(path, scratch)
    copy = scratch / f"{path.name}.lines"
    with open_text(path, encoding) as file, copy.open("w", encoding="utf-8", newline="") as target:
        target.writelines(one_per_line(file, path.name))
    return copy


def _unpacked(path: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """The files in a zip, each with a copy of it; their own gzip stays."""
    with zipfile.ZipFile(path) as archive:
        for number, member in enumerate(_members(archive, path)):
            copy = scratch / f"{number}{Path(member).suffix}"
            with archive.open(member) as source, copy.open("wb") as target:
                while block := source.read(1 << 20):
                    target.write(block)
            yield member, copy


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(f"{path.name}: cannot be read as a zip of JSON lines: {error}. Copy or export it again.")


def _is_parquet(path: Path) -> bool:
    return container_of(path) == "parquet"


def _is_zip(path: Path) -> bool:
    return head(path, 4) == _ZIP


def _members(archive: zipfile.ZipFile, path: Path) -> list[str]:
    """Files of JSON lines; raises `InputError` where there are none, or others as well: theirs would be lost."""
    names = files_in(archive)
    others = [name or "a file without a name" for name in names if not name.lower().endswith(_MEMBERS)]
    if len(others) == len(names):
        raise InputError(f"{path.name}: expected {EXPECTS}, found an archive without files of JSON lines")
    if others:
        raise InputError(
            f"{path.name}: holds {', '.join(others[:5])} beside files of JSON lines. Take what is none out; call the "
            f"others {' or '.join(_MEMBERS)}."
        )
    return sorted(names)


def _lines(path: Path) -> Iterator[str]:
    """Lines of a text file or of all files in a zip; raises `InputError` where they cannot be unpacked."""
    if not _is_zip(path):
        with open_text(path, encoding_of(path)) as file:
            yield from one_per_line(file, path.name)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for member in _members(archive, path):
                with archive.open(member) as raw:
                    packed = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if member.lower().endswith(".gz") else raw)
                    lines = io.TextIOWrapper(packed, encoding="utf-8-sig", errors="replace")
                    yield from one_per_line(lines, f"{path.name}/{member}")
    except DAMAGED as error:
        raise _unreadable(path, error) from None


@lru_cache(maxsize=8)
def _first_objects(path: Path, changed: int, size: int) -> tuple[dict[str, Any], ...]:
    """Cached by the file's time and size: every format asks when a file is to be recognised."""
    if _is_parquet(path):
        return tuple(event_parquet.first_rows(path))
    start = head(path, 64).lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    if not start.startswith((b"{", b"[", _ZIP)) and b"{" not in head(path):
        return ()
    return tuple(as_object(line) for line in islice(_lines(path), _PEEK_LINES))


def as_object(line: str) -> dict[str, Any]:
    """The JSON object that a text holds, or an empty one."""
    return json_object(line) or {}


def _beginning(path: Path) -> str:
    if _is_parquet(path):
        return f"Parquet columns {', '.join(event_parquet.columns(path)[:5])} …"
    if _is_zip(path):
        return "an archive with other lines"
    with open_text(path, encoding_of(path)) as file:
        start = file.readline(60).strip()
    shape = "".join("x" if c.isalpha() else "9" if c.isdigit() else c for c in start[:30])
    return f"a first line beginning with `{shape}`"


LOG = EventLog(load_events, count=count)
