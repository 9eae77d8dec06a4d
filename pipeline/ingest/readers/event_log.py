"""What the format of an event log fixes beside its columns: clock, repeated events, order in a batch, who is linked."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.ingest.export import Header

Files = Sequence[tuple[str, Path, Header]]
"""Parts of one source: name inside the dataset, path, header."""
Cell = Callable[[str], ir.StringValue]
"""Standard column -> trimmed text, missing where the export has none."""
Load = Callable[[Backend, str, Files, Sequence[str]], None]
"""Create a table (name) from files: the columns asked for as text, and those of `delimited`: file, row, content …"""


def _as_declared(column: str) -> str:
    return column


def _nothing(cell: Cell) -> Mapping[str, ir.Value]:
    return {}


@dataclass(frozen=True)
class EventLog:
    """How rows of one format become events.

    `path_of` gives the path that a declared column stands for. `derived` gives standard columns that the vendor
    computes from several: `ts`, `event_id`, `order` (an integer, among equal times), `revision` (an integer: of events
    with one id the greatest stays), `previous` (another value of the ids in `previous_of`, of the same person; in
    events named in `identifies` an anonymous id, which is that of the first user it is identified as). `links` are the
    messages (column `message`) whose identifiers belong to one person, or None where those of any row do;
    `not_behaviour` are messages that are no events. `count` counts the rows of a file that is no plain text; `ids` is
    what a draft proposes; `nested` columns of a table may be reached into. `known` are paths that an export may have
    though its first lines do not. `no_time` and `no_event` say why a row is rejected that has none.
    """

    load: Load
    path_of: Callable[[str], str] = _as_declared
    derived: Callable[[Cell], Mapping[str, ir.Value]] = _nothing
    links: tuple[str, ...] | None = None
    not_behaviour: tuple[str, ...] = ()
    previous_of: tuple[str, ...] = ()
    identifies: tuple[str, ...] = ()
    count: Callable[[Path], int] | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    nested: bool = False
    known: Collection[str] = ()
    peek: Callable[[Path], Sequence[Mapping[str, str]]] | None = None
    """Events of a file that is no JSON lines, first and last ones, as texts by their paths: for drafts."""
    settle_several: Callable[[Backend, str, Sequence[str], str], None] | None = None
    """What is done with ids of a loaded table (name, columns) that list several, by the rule `several_ids`."""
    no_time: str = "no time"
    no_event: str = "no event name"
