"""Check a dataset's files against its sources.yaml before anything is read in full; all mistakes are told at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError, gather, near_match
from pipeline.core.sources import DatasetSettings, SourceSettings
from pipeline.ingest.answers import columns_of
from pipeline.ingest.checks_times import PEEK_ROWS, unit_mistakes, unreadable_times, zone_mistakes
from pipeline.ingest.export import Header, delimited_header, read_rows
from pipeline.ingest.files import find
from pipeline.ingest.identity import EVERY_ROW
from pipeline.ingest.privacy import refused_fields
from pipeline.ingest.readers.registry import READERS, event_log, unknown_format
from pipeline.ingest.recognition import looks_like
from pipeline.ingest.shown_columns import shown

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "events": ("ts",),
    "exposures": ("variant",),
    "responses": (),
    "customers": (),
    "texts": ("text",),
    "feedback": ("score", "given_at"),
    "mentions": ("competitor",),
    "costs": ("day", "cost"),
    "links": (),
}
_ALLOWED: Mapping[str, tuple[str, ...]] = {
    "events": (
        "ts",
        "event",
        "event_id",
        "amount",
        "quantity",
        "order",
        "channel",
        "device",
        "os",
        "browser",
        "timezone",
    ),
    "exposures": ("exposed_at", "experiment", "variant"),
    "responses": ("response_id", "answered_at", "started_at", "finished", "duration", "status", "progress"),
    "customers": ("created", "modified"),
    "texts": ("document", "speaker", "turn", "text", "written_at", "consent", "title", "rating"),
    "feedback": ("score", "given_at", "touchpoint", "channel", "feedback_id"),
    "mentions": ("competitor", "mentioned_at"),
    "costs": ("day", "cost", "campaign", "channel", "currency"),
    "links": ("previous",),
}
_MEANT: Mapping[str, str] = {
    "feedback": "`score` must say what the scores mean, e.g. `score: {measure: csat, worst: 1, best: 5}`.",
    "links": "`ids` must name two columns whose identifiers belong to one person, or one and `columns.previous`.",
}


@dataclass(frozen=True)
class Found:
    """What was found for one source: its files, their headers, the columns that the format fixes."""

    name: str
    settings: SourceSettings
    paths: list[Path]
    headers: list[Header]
    standard: Mapping[str, str]
    lookups: Mapping[str, list[Path]]

    @property
    def columns(self) -> Mapping[str, str]:
        """Standard column -> column of the export; what sources.yaml declares goes before what the format fixes."""
        return {**self.standard, **self.settings.columns}

    @property
    def available(self) -> list[str]:
        """Columns of the export, the look-ups' included."""
        own = [c for h in self.headers for c in (*h.columns, *h.derived)]
        return list(dict.fromkeys([*own, *(c for j in self.settings.join for c in j.named.values())]))

    @property
    def zone(self) -> str | None:
        """Time zone of naive times: declared, else named by the files, else fixed by the format."""
        named = {h.zone for h in self.headers}
        return (
            self.settings.timezone or (named.pop() if len(named) == 1 else None) or READERS[self.settings.format].zone
        )


def check(dataset: Path, settings: DatasetSettings) -> list[Found]:
    """What was found for every source; raises one `InputError` that lists all mistakes of all sources."""
    found, mistakes = [], []
    for name, source in settings.sources.items():
        here, wrong = _check_source(dataset, name, source)
        mistakes += wrong
        found += [here] if here else []
    gather(InputError, mistakes, f"{dataset}: {len(mistakes)} mistake(s) in the sources")
    return found


def _check_source(dataset: Path, name: str, source: SourceSettings) -> tuple[Found | None, list[str]]:
    mistakes = refused_fields(name, source)
    reader = READERS.get(source.format)
    if reader is None:
        return None, [*mistakes, f"{name}: {unknown_format(source.format)}"]
    if source.kind not in reader.kinds:
        kinds = ", ".join(reader.kinds)
        mistakes.append(f"{name}: format `{source.format}` has no `kind: {source.kind}`. It has: {kinds}.")
    try:
        paths = find(dataset, source.files)
    except InputError as error:
        return None, [*mistakes, f"{name}: {error}"]
    headers = []
    for path in paths:
        try:
            headers.append(reader.header_of(source.kind)(path))
        except InputError as error:
            hint = looks_like(path) if "expected" in str(error) else ""
            mistakes.append(f"{name}: {error}.{hint}" if hint else f"{name}: {error}")
    lookups, wrong = _check_lookups(dataset, name, source)
    mistakes += wrong
    if len(headers) < len(paths) or wrong:
        return None, mistakes
    found = Found(name, source, paths, headers, reader.standard(paths[0]), lookups)
    mistakes += [*_standard_mistakes(found), *_column_mistakes(found)]
    return found, mistakes or _time_mistakes(dataset, found)


def _check_lookups(dataset: Path, name: str, source: SourceSettings) -> tuple[dict[str, list[Path]], list[str]]:
    lookups, mistakes = {}, []
    for join in source.join:
        try:
            paths = find(dataset, join.files)
            columns = delimited_header(paths[0]).columns
        except InputError as error:
            mistakes.append(f"{name}: join: {error}")
            continue
        lookups[join.files] = paths
        mistakes += [
            _absent(f"{name}: join {join.files}", c, list(columns))
            for c in (join.key_column, *join.columns, *join.where)
            if c not in columns
        ]
    return lookups, mistakes


def _standard_mistakes(found: Found) -> list[str]:
    """Standard columns that are unknown, missing, or missing for want of a constant."""
    source, allowed = found.settings, _ALLOWED[found.settings.kind]
    mistakes = [
        f"{found.name}: columns.{c} is no standard column of {source.kind}."
        f"{near_match(c, allowed)} Allowed: {', '.join(allowed)}."
        for c in source.columns
        if c not in allowed
    ]
    mistakes += [
        f"{found.name}: `columns` must say which column is `{c}`."
        for c in _NEEDED[source.kind]
        if c not in found.columns
    ]
    names = {"events": "event", "exposures": "experiment"}.get(source.kind)
    if names and names not in found.columns and not source.event:
        mistakes.append(f"{found.name}: give `columns.{names}`, or `event` where all rows have the same name.")
    if source.kind in ("customers", "events", "exposures") and not source.ids:
        listed = shown(found.available, 12)
        mistakes.append(f"{found.name}: `ids` is empty: say which column holds the customer's id. Columns: {listed}.")
    lacks_scale = source.kind == "feedback" and source.score is None
    if lacks_scale or (source.kind == "links" and len(source.ids) + ("previous" in found.columns) < 2):
        mistakes.append(f"{found.name}: {_MEANT[source.kind]}")
    mistakes += [f"{found.name}: {mistake}" for mistake in _amount_mistakes(source, found.columns)]
    if source.kind == "events" and EVERY_ROW in source.ids.values():
        mistakes.append(
            f'{found.name}: ids `row: "*"` is for customers, responses and exposures; events need an id column.'
        )
    return mistakes


def _amount_mistakes(source: SourceSettings, columns: Mapping[str, str]) -> list[str]:
    """What `quantity` and `lines` lack."""
    if source.lines and source.kind != "events":
        return ["`lines` is for events, the lines of orders."]
    mistakes = []
    if "quantity" in source.columns and "amount" not in columns:
        mistakes.append("`columns.quantity` needs `columns.amount`: the price of one piece.")
    if source.lines and "amount" not in columns:
        mistakes.append("`lines: sum` needs `columns.amount`: what a line amounts to, or its price of one piece.")
    if source.lines and "event_id" not in source.columns:
        mistakes.append("`lines: sum` needs `columns.event_id`: the number of the order, the same in all of its lines.")
    return mistakes


def _column_mistakes(found: Found) -> list[str]:
    source, available = found.settings, found.available
    if READERS[source.format].has_paths(source.kind):
        return _path_mistakes(found)
    declared = [(f"ids.{k}", c) for k, c in source.ids.items() if c != EVERY_ROW]
    declared += [(f"columns.{k}", c) for k, c in source.columns.items()]
    declared += [(f"fields.{k}", f.column) for k, f in source.fields.items()]
    declared += [(f"stage_dates.{k}", c) for k, c in source.stage_dates.items()]
    declared += [("keep", c) for c in source.keep]
    declared += [("where", c) for c in source.where]
    declared += [("join", j.on) for j in source.join]
    declared += [
        (f"questions.{k}", c)
        for k, q in source.questions.items()
        if not columns_of(q, available) or q.parts
        for c in (q.parts or [q.column])
    ]
    where = f"{found.name}: {found.paths[0].name}"
    known = {*available, *(c for _, c in declared if _inside(source, c, available))}
    mistakes = [_absent(f"{where}: {key}", c, available) for key, c in declared if c not in known]
    own = {c for h in found.headers for c in h.columns}
    return mistakes + [
        f"{found.name}: join {j.files}: the export itself has a column `{c}`; drop it from `join`, or give a `prefix`."
        for j in source.join
        for c in j.named.values()
        if c in own
    ]


def _inside(source: SourceSettings, column: str, available: list[str]) -> bool:
    """Whether a declared column of events is a path into a nested column."""
    return source.kind == "events" and event_log(source.format).nested and column.partition(".")[0] in available


def _path_mistakes(found: Found) -> list[str]:
    """A declared id, time or event that no line of a nested format has; other paths may be rare."""
    own, log = found.available, event_log(found.settings.format)
    asked = {f"ids.{space}": column for space, column in found.settings.ids.items()}
    asked |= {f"columns.{name}": c for name, c in found.settings.columns.items() if name in ("ts", "event")}
    return [
        _absent(f"{found.name}: {found.paths[0].name}: {key}", column, own)
        for key, column in asked.items()
        if not {log.path_of(column), column} & {*own, *log.known}
    ]


def _time_mistakes(dataset: Path, found: Found) -> list[str]:
    """Mistakes in the times of the first rows of a table."""
    if READERS[found.settings.format].has_paths(found.settings.kind):
        return []
    rows = read_rows(found.paths[:1], found.headers[:1], dataset, limit=PEEK_ROWS).rows
    rows = READERS[found.settings.format].cleaned(rows)
    about = (found.name, found.paths[0].name, found.settings, found.columns, rows)
    return unit_mistakes(*about) or unreadable_times(*about) or ([] if found.zone else zone_mistakes(*about))


def _absent(where: str, column: str, available: list[str]) -> str:
    return f"{where}: no column `{column}`.{near_match(column, available)} Columns: {shown(available, 20)}."


def keyed_lookup(dataset: Path, paths: list[Path]) -> pd.DataFrame:
    """All rows of a look-up table."""
    return read_rows(paths, [delimited_header(p) for p in paths], dataset).rows
