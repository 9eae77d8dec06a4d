"""XES event logs (IEEE 1849), also gzipped: traces of events, as process mining tools write them.

A trace is a case; its attributes are columns such as `case:concept:name`, those of events are `concept:name`,
`time:timestamp`, `lifecycle:transition`, `org:resource` … Times may be equal: the position in the trace orders them.
The file is streamed, one trace at a time; document types and entities are refused.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from ibis.backends.duckdb import Backend

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header
from pipeline.ingest.files import Layout, head
from pipeline.ingest.packing import DAMAGED, open_bytes
from pipeline.ingest.readers import json_lines
from pipeline.ingest.readers.event_log import EventLog, Files

EXPECTS = "an XES document: <log> with <trace> and <event>"
POSITION = "position in trace"
STANDARD = {"ts": "time:timestamp", "event": "concept:name", "event_id": "identity:id", "order": POSITION}
_PEEK_EVENTS = 2000
_PEEK_BYTES = 65_536


def header(path: Path) -> Header:
    """Attributes of the first events; raises `InputError` where the file is none of this format or has no event."""
    start = head(path, _PEEK_BYTES).replace(b"\x00", b"")
    if b"<log" not in start and b":log" not in start:
        raise InputError(f"{path.name}: expected {EXPECTS}, found no <log>")
    seen: dict[str, None] = {}
    for event in islice(events_of(path), _PEEK_EVENTS):
        seen.update(dict.fromkeys(event))
    if not seen:
        raise InputError(f"{path.name}: a log without events. Export it again, or remove the source.")
    return Header(tuple(seen), 0, Layout("utf-8", ""))


def events_of(path: Path) -> Iterator[dict[str, str]]:
    """The events of a document in order; raises `InputError` where it is no XML, is cut off or has a document type."""
    try:
        _refuse_document_type(path)
        with open_bytes(path) as file:
            yield from _events(file)
    except (ElementTree.ParseError, expat.ExpatError, ValueError) as error:
        raise InputError(f"{path.name}: the XML cannot be read: {error}. Export it again.") from None
    except DAMAGED as error:
        raise InputError(f"{path.name}: cannot be read: {error}. Export it again.") from None


def count(path: Path) -> int:
    """Number of events."""
    return sum(1 for _ in events_of(path))


def first_and_last(path: Path) -> list[dict[str, str]]:
    """The first events and the last ones of a log: what is seen most, and between which days."""
    events = events_of(path)
    first = list(islice(events, _PEEK_EVENTS))
    return [*first, *deque(events, maxlen=_PEEK_EVENTS)]


def load_events(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """Create `table` by way of JSON lines in a temporary folder; an attribute's key is its column."""
    with TemporaryDirectory() as scratch:
        queries = []
        for number, (name, path, _) in enumerate(files):
            copy = Path(scratch) / f"{number}.jsonl"
            with copy.open("w", encoding="utf-8", newline="\n") as target:
                for event in events_of(path):
                    target.write(json.dumps(event, ensure_ascii=False, sort_keys=True) + "\n")
            queries.append(json_lines.line_query(name, copy))
        json_lines.load_lines(
            connection, table, queries, columns, lambda column: json_lines.Cell(json_lines.json_path([column]))
        )


def _events(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Events trace by trace; those outside of a trace have no case."""
    root, inside = None, 0
    for what, element in ElementTree.iterparse(file, events=("start", "end")):
        name = _name(element)
        root = element if root is None else root
        if name == "trace":
            inside += 1 if what == "start" else -1
        if what == "start" or inside or name not in ("trace", "event"):
            continue
        yield from _trace(element) if name == "trace" else [_attributes(element, "")]
        root.clear()


def _trace(trace: ElementTree.Element) -> Iterator[dict[str, str]]:
    case = _attributes(trace, "case:")
    events = [e for e in trace if _name(e) == "event"]
    if len(events) < sum(_name(e) == "event" for e in trace.iter()):
        raise ElementTree.ParseError("an event stands inside of something else than its trace")
    for position, event in enumerate(events):
        yield {**case, **_attributes(event, ""), POSITION: str(position)}


def _attributes(element: ElementTree.Element, prefix: str) -> dict[str, str]:
    """Keys and values; an attribute of an attribute is called `outer/inner`."""
    found: dict[str, str] = {}
    for child in element:
        key = child.get("key")
        if key is None or _name(child) in ("event", "trace"):
            continue
        if (value := child.get("value")) is not None:
            found[prefix + key] = value
        found |= _attributes(child, f"{prefix}{key}/")
    return found


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _refuse_document_type(path: Path) -> None:
    """Entities can only be declared in a document type; a log needs none."""
    root: list[str] = []

    def declared(*_: object) -> None:
        raise InputError(f"{path.name}: holds a document type declaration, which may hide entities. Remove it.")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = declared
    parser.StartElementHandler = lambda name, _: root.append(name)
    with open_bytes(path) as file:
        while not root and (block := file.read(_PEEK_BYTES)):
            try:
                parser.Parse(block, False)
            except (LookupError, ValueError):  # the second: of several bytes a sign, as Shift JIS
                told = f"{path.name}: the XML is in an encoding that is not known. Export it in UTF-8."
                raise InputError(told) from None


LOG = EventLog(load_events, count=count, peek=first_and_last, ids={"case": "case:concept:name"})
