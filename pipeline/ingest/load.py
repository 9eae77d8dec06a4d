"""Read the checked sources in: rows of people and answers into frames, events into the engine."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
from ibis.backends.duckdb import Backend

from pipeline.ingest.checks import Found, keyed_lookup
from pipeline.ingest.events import EventSource, declared_columns, with_lookups
from pipeline.ingest.export import Export, read_rows
from pipeline.ingest.readers.registry import READERS, event_log
from pipeline.ingest.rows import Rows, lookup_by_key, prepare


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
    return replace(rows, read=read)


def load_events(connection: Backend, dataset: Path, found: Found) -> EventSource:
    """The rows of an event source as a table in the engine, look-ups joined."""
    nested = READERS[found.settings.format].nested
    source = EventSource(found.name, found.settings, found.columns, found.zone, f"raw {found.name}", nested)
    files = [(p.relative_to(dataset).as_posix(), p, h) for p, h in zip(found.paths, found.headers, strict=True)]
    columns = declared_columns(source.settings, source.columns)
    event_log(found.settings.format).load(connection, source.table, files, columns)
    if found.lookups:
        lookups = _lookups(dataset, found)
        joins = {j.files: lookup_by_key(j, lookups[j.files]) for j in source.settings.join}
        joined = with_lookups(connection.table(source.table), source.settings, joins)
        connection.create_table(f"joined {found.name}", joined, temp=True)
        return EventSource(found.name, found.settings, found.columns, found.zone, f"joined {found.name}", nested)
    return source


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
