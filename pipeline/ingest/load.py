"""Read the checked sources in: rows of people and answers into frames, events into the engine."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd
from ibis.backends.duckdb import Backend as DuckDB

from pipeline.core.engine import Backend, is_damage, is_spark, keep
from pipeline.core.errors import InputError
from pipeline.core.sources import SourceSettings
from pipeline.ingest.checks import Found, keyed_lookup
from pipeline.ingest.events import EventSource, declared_columns, with_lookups
from pipeline.ingest.export import Export, read_rows
from pipeline.ingest.pairs import pairs_in
from pipeline.ingest.readers import delimited, on_spark
from pipeline.ingest.readers.event_log import Files
from pipeline.ingest.readers.registry import READERS, event_log
from pipeline.ingest.rows import Rows, lookup_by_key, prepare
from pipeline.ingest.workbook import split_sheet


@contextmanager
def damage_told(source: str) -> Iterator[None]:
    """Raises `InputError` where the engine cannot read a source's files; its own message would show rows."""
    try:
        yield
    except duckdb.Error as error:
        if not is_damage(error):
            raise
        raise InputError(
            f"source `{source}`: its files are damaged, the engine cannot read them ({type(error).__name__}). "
            "Export them again."
        ) from None


def load_rows(dataset: Path, found: Found) -> Rows:
    """The rows of a source of customers, responses, texts or exposures."""
    reader = READERS[found.settings.format]
    export = read_rows(found.paths, found.headers, dataset)
    export = Export(reader.cleaned(export.rows), export.ragged)
    labels: Mapping[str, str] = found.headers[0].labels
    read = len(export.rows) + len(export.ragged)
    if reader.reshape is not None:
        own = [c for h in found.headers for c in (*h.columns, *h.derived)]
        export = Export(reader.reshape(export.rows, list(dict.fromkeys(own))), export.ragged)
    rows = prepare(
        found.name, found.settings, export, _lookups(dataset, found), found.standard, labels, found.zone,
        len(found.paths), reader.refused(export.rows) if reader.refused else None,
    )  # fmt: skip
    return replace(rows, read=read, pairs=pairs_in(export.rows, found, reader.merged_into))


@dataclass(frozen=True)
class _Loading:
    """How DuckDB reads the files of an event source; on Spark each task does so with its own file."""

    source: str
    settings: SourceSettings
    columns: tuple[str, ...]

    def __call__(self, connection: DuckDB, table: str, files: Files, *, stream: bool = False) -> None:
        """Create `table`, a view of the files where it can be one; with `stream` delimited text is one too."""
        log = event_log(self.settings.format)
        with damage_told(self.source):
            if stream and log.load is delimited.load_events:
                delimited.stream_events(connection, table, files, self.columns, self._own_id())
            else:
                log.load(connection, table, files, self.columns)
        if log.settle_several:
            own = [c for c in self.settings.ids.values() if c in self.columns]
            log.settle_several(connection, table, own, self.settings.several_ids)

    def _own_id(self) -> delimited.OwnId | None:
        # Lines of one order share its id: only their content tells whether one is there twice.
        column = None if self.settings.lines else self.settings.columns.get("event_id")
        return delimited.OwnId(column, self.settings.missing) if column else None


def load_events(connection: Backend, dataset: Path, found: Found, *, broken_rows: bool = False) -> EventSource:
    """The rows of an event source in the engine: mostly a view, whose files are read when its rows are judged.

    It is a table where look-ups are joined, or where delimited text is loaded with `broken_rows` (see `delimited`).
    """
    table = f"raw {found.name}"
    files = [(p.relative_to(dataset).as_posix(), p, h) for p, h in zip(found.paths, found.headers, strict=True)]
    loading = _Loading(found.name, found.settings, tuple(declared_columns(found.settings, found.columns)))
    if is_spark(connection):
        on_spark.load_events(connection, table, files, loading.columns, loading)
    else:
        loading(connection, table, files, stream=not (broken_rows or found.lookups))
    if found.lookups:
        lookups = _lookups(dataset, found)
        joins = {j.files: lookup_by_key(j, lookups[j.files]) for j in found.settings.join}
        joined = with_lookups(connection.table(table), found.settings, joins)
        table = f"joined {found.name}"
        keep(connection, table, joined)
    whole = partial(load_events, connection, dataset, found, broken_rows=True)
    nested = READERS[found.settings.format].nested
    size = sum(split_sheet(path)[0].stat().st_size for path in found.paths)
    one_delimited = len(files) == 1 and event_log(found.settings.format).load is delimited.load_events
    only_file = files[0][0] if one_delimited else None
    return EventSource(found.name, found.settings, found.columns, found.zone, table, nested, only_file, size, whole)


def _lookups(dataset: Path, found: Found) -> dict[str, pd.DataFrame]:
    """Look-up tables by their `files` pattern, cleaned as the source is, so that keys fit."""
    cleaned = READERS[found.settings.format].cleaned
    return {pattern: cleaned(keyed_lookup(dataset, paths)) for pattern, paths in found.lookups.items()}


def names_in(rows: Rows) -> tuple[pd.Series, pd.Series]:
    """First names, and last or full names, that the columns of a source hold."""
    from pipeline.ingest.privacy import name_columns

    first, last = name_columns(rows.rows.columns)
    nothing = pd.Series([], dtype="str")
    return (
        pd.concat([nothing, *(rows.rows[c] for c in first)]),
        pd.concat([nothing, *(rows.rows[c] for c in last)]),
    )
