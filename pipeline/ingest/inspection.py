"""Look at exports before they are declared: format, layout, columns; and a draft of sources.yaml.

Cell values are never shown, only what kind of value a column seems to hold, and between which days times lie.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.core.sources import SOURCES_FILE
from pipeline.ingest.cells import Decimal
from pipeline.ingest.column_kinds import (
    MOST_LEVELS,
    are_addresses,
    days_of,
    decimal_of,
    has_commas,
    joined_by,
    kind_of,
    zone_of,
)
from pipeline.ingest.currencies import mark_of, without_mark
from pipeline.ingest.dates import Order, day_month_order, in_iso, is_day_or_month, is_slashed
from pipeline.ingest.export import NUMBERED, Header, read_rows
from pipeline.ingest.files import doubts, records, tables_in
from pipeline.ingest.id_names import names_an_id, names_persons, words_of_id
from pipeline.ingest.order_numbers import differing_within
from pipeline.ingest.personal_columns import seems_personal
from pipeline.ingest.placeholders import placeholders
from pipeline.ingest.privacy import is_direct_identifier, is_direct_path, is_special_category, scrub_patterns
from pipeline.ingest.readers import json_lines
from pipeline.ingest.readers.registry import READERS
from pipeline.ingest.recognition import recognise
from pipeline.ingest.sequence import mean_places
from pipeline.ingest.shape import asks_below, numbers_with_commas, odd_shape
from pipeline.ingest.shown_columns import holds_data, masked

_ID_SHARE = 0.999
_NAMED_ID_SHARE = 0.97
"""The same for a column named as an id: a table of customers that was put together by hand has some of them twice."""
_PLAIN = ("csv", "xlsx", "parquet")
"""Formats whose header may be anything, the first row of data as well."""
LABELLED = "responses-labelled"
"""The format whose second row holds questions."""
_HEADLESS = ("the first row looks like data: is the header missing?",)
_MOST_NAMED = 5
SAMPLE_ROWS = 20_000
_LAST_ROWS = 2_000
"""Rows at the end of a longer file of which the days are looked at too: logs are in order of time."""
_UNCERTAIN = ("days only", "not written", "written with some, not with others")


@dataclass(frozen=True)
class Column:
    """What a column seems to hold. `missing` is the share of blank cells; `id` says that nearly all values differ."""

    name: str
    kind: str
    missing: float
    distinct: int
    id: bool
    label: str = ""
    placeholders: Mapping[str, int] = field(default_factory=dict)
    """Texts that may mean "not known", with their counts."""
    zone: str = ""
    """Of times: how certain their zone is; see `zone_of`."""
    days: tuple[str, str] | None = None
    """Of times: the first and the last day, where the column itself shows how its dates are read."""
    order: Order | None = None
    """Of times with the year last: whether the day or the month comes first, where the column shows it."""
    commas: Decimal | None = None
    """Of numbers some of which have a comma, the decimal mark that they seem to have."""
    currency: str = ""
    """Of numbers: the sign or code of the currency that they are written with."""
    values: frozenset[int] = frozenset()
    """Hashes of the values, to see which columns of two files hold the same; never shown."""
    levels: Mapping[str, int] = field(default_factory=dict)
    """Rows of each of a few names that come again and again; shown of the names of events, and of known scales."""
    places: Mapping[str, float] = field(default_factory=dict)
    """Of such names: where they stand among the rows of one customer, on average; 0 is first, 1 last."""
    addresses: bool = False
    """Whether the values are e-mail addresses."""
    personal: bool = False
    """Whether the column seems to hold names, phones or addresses of persons, by its values or a compound name."""
    joined: str = ""
    """What stands between the choices of a multi-select, where cells hold several."""

    @property
    def named_as_id(self) -> bool:
        """Whether the name says that the column holds ids."""
        return names_an_id(self.name)

    def as_dict(self) -> dict[str, Any]:
        """The column for JSON. A heading that is an address, as where a row slipped into the header, is not shown."""
        return {
            "name": scrub_patterns(self.name),
            "kind": self.kind,
            "missing_share": round(self.missing, 6),
            "distinct": self.distinct,
            "candidate_id": self.id,
            "label": scrub_patterns(self.label),
            "placeholders": dict(self.placeholders),
            "time_zone": self.zone,
            "days": list(self.days) if self.days else None,
        }


@dataclass(frozen=True, eq=False)
class Inspection:
    """What one file seems to be. Each is itself alone, so that it may be a key."""

    file: str
    format: str
    rows: int
    header_rows: int
    encoding: str
    delimiter: str
    columns: list[Column]
    warnings: list[str]
    differing: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Number of orders of several rows -> share of these in which each column of numbers differs."""

    def as_dict(self) -> dict[str, Any]:
        """The inspection for JSON."""
        own = {
            k: getattr(self, k) for k in ("file", "format", "rows", "header_rows", "encoding", "delimiter", "warnings")
        }
        return {**own, "columns": [c.as_dict() for c in self.columns]}


def inspect_file(path: Path) -> Inspection:
    """Format, layout, rows and columns of one file; raises `InputError` where it is empty or no known format."""
    name, header = recognise(path)
    if READERS[name].nested:
        return _nested(path, name, header)
    headless = holds_data(header.columns)
    header = replace(header, columns=masked(header.columns)) if name in _PLAIN else header
    limit = None if READERS[name].reshape else SAMPLE_ROWS
    export = read_rows([path], [header], path.parent, limit)
    if name in _PLAIN and not headless and asks_below(export.rows):
        name, header = LABELLED, READERS[LABELLED].header(path)
        export = read_rows([path], [header], path.parent, limit)
    table, unclear = _survey_table(path, name, header, export.rows)
    shown = table.head(SAMPLE_ROWS)
    labels = {**dict(zip(header.derived, header.derived, strict=True)), **header.labels}
    fixed = "named by the file" if header.zone else "fixed by the format" if READERS[name].zone else ""
    apart = len(shown) - int(shown.duplicated().sum())
    columns = [_column(shown[c], labels.get(c, ""), fixed, apart) for c in (*header.columns, *header.derived)]
    columns = _with_places(shown, columns)
    warnings = list(_HEADLESS) * headless + _warnings(shown, columns) + unclear + doubts(path, header.layout)
    warnings += odd_shape(export.rows.head(SAMPLE_ROWS)) if name in _PLAIN and not headless else []
    rows, ragged, last = _counts(path, header)
    if rows > len(shown):
        columns = [_until_the_end(c, shown[c.name], last[c.name]) if c.name in last else c for c in columns]
    if ragged:
        warnings.append(f"{ragged:,} row(s) do not have as many cells as the header")
    if rows > len(shown) == SAMPLE_ROWS:
        warnings.append(f"what is told of columns is told of the first {SAMPLE_ROWS:,} rows, days of the last too")
    encoding = header.layout.encoding.removesuffix("-sig")
    differing = differing_within(shown, [c.name for c in columns if c.kind == "numeric"]) if name in _PLAIN else {}
    about = (path.name, name, rows, header.rows, encoding, header.layout.delimiter)
    return Inspection(*about, columns, warnings, differing)


def _survey_table(path: Path, name: str, header: Header, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a survey, one per respondent, its times as ISO 8601; and a question where these are unclear."""
    reader = READERS[name]
    if reader.kinds != ("responses",):
        return rows, []
    table = reader.reshape(rows, [*header.columns, *header.derived]) if reader.reshape else rows
    standard = reader.standard(path)
    times = [standard[t] for t in ("started_at", "answered_at") if t in standard]
    unclear = []
    for c in times:
        order = day_month_order(table[c]) or reader.dates
        if order is None and is_day_or_month(table[c]).any():
            unclear.append(f"`{c}`: declare `dates`, `month first` or `day first`")
        table = table.assign(**{c: in_iso(table[c], c, declared=order or "day first")})
    return table, unclear


def inspect_folder(folder: Path) -> tuple[list[Inspection], list[str]]:
    """Inspections of all files in a folder, and what is wrong with the files that cannot be read."""
    found, problems = [], []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(".")):
        if path.name == SOURCES_FILE or path.suffix in (".key", ".md", ".yaml", ".yml"):
            continue
        try:
            tables = [(part, inspect_file(part)) for part in tables_in(path)]
        except InputError as error:
            problems.append(str(error))
            continue
        for part, inspection in tables:
            relative = part.relative_to(folder).as_posix()
            found.append(Inspection(**{**inspection.__dict__, "file": relative}))
    if not found and not problems:
        raise InputError(f"{folder}: no files to inspect. Put the exports (CSV, XLSX, Parquet, JSON lines) there.")
    return found, problems


def _counts(path: Path, header: Header) -> tuple[int, int, pd.DataFrame]:
    """Rows of a file, those whose number of cells does not fit the header, and the last ones that fit.

    No more than these last rows are held in memory.
    """
    stream = header.read(path) if header.read else islice(records(path, header.layout), header.rows, None)
    rows, ragged, width = 0, 0, len(header.columns)
    last: deque[list[str]] = deque(maxlen=_LAST_ROWS)
    for record in stream:
        rows += 1
        fits = len(record) == width or (len(record) > width and not any(c.strip() for c in record[width:]))
        ragged += not fits
        if fits:
            last.append(record[:width])
    return rows, ragged, pd.DataFrame(list(last), columns=list(header.columns), dtype="str")


def _until_the_end(column: Column, first: pd.Series, last: pd.Series) -> Column:
    """A column of times with the days between which both its first and its last rows lie."""
    if not column.days:
        return column
    cells = pd.concat([first, last]).str.strip()
    known = cells[(cells != "") & ~cells.isin(list(column.placeholders))]
    return replace(column, days=days_of(known) or column.days)


def _column(cells: pd.Series, label: str, fixed_zone: str, rows: int) -> Column:
    """`rows`: how many there are without those that repeat another row."""
    texts = cells.str.strip()
    filled = texts[texts != ""]
    distinct = int(filled.nunique())
    name = str(cells.name)
    named = names_an_id(name)
    unique = distinct > 1 and distinct >= (_NAMED_ID_SHARE if named else _ID_SHARE) * rows
    by_name = bool({"id", "key", "guid", "uuid"} & set(words_of_id(name))) or is_direct_identifier(name)
    unclear = placeholders(filled, is_id=unique or by_name)
    known = filled[~filled.isin(list(unclear))]
    currency = mark_of(known)
    known = without_mark(known, currency) if currency else known
    kind = kind_of(known, int(known.nunique()))
    zone = zone_of(known, fixed_zone) if kind == "time" else ""
    missing = 1 - len(filled) / max(len(texts), 1)
    days, order = (days_of(known), day_month_order(known)) if kind == "time" else (None, None)
    values = frozenset() if kind in ("time", "text") else frozenset(hash(v) for v in filled.str.lower().unique())
    counts = filled.value_counts().sort_index() if kind in ("nominal", "binary") and distinct <= MOST_LEVELS else None
    levels = {str(v): int(n) for v, n in counts.items()} if counts is not None else {}
    commas = decimal_of(known) if kind == "numeric" and has_commas(known) else None
    is_id = unique and kind != "time" and not commas and not currency
    addresses = kind in ("nominal", "identifier", "text") and are_addresses(known)
    joined = joined_by(known) if kind in ("nominal", "identifier", "text") and not addresses else ""
    return Column(
        name, kind, missing, distinct, is_id, label, unclear, zone, days, order, commas, currency, values, levels,
        addresses=addresses, personal=seems_personal(known, kind), joined=joined,
    )  # fmt: skip


def _with_places(rows: pd.DataFrame, columns: list[Column], who: str = "") -> list[Column]:
    """Columns of few names with their places among the rows of one customer, where a column says whose a row is."""
    who = who if who in rows else next((c.name for c in columns if names_persons(c.name) and not c.id), "")
    named = [c.name for c in columns if c.levels and c.name != who]
    if not who or not named:
        return columns
    when = next((c.name for c in columns if c.kind == "time"), "")
    places = mean_places(rows, who, when, named)
    return [replace(c, places=places.get(c.name, {})) for c in columns]


def _date_warnings(rows: pd.DataFrame, columns: Sequence[Column]) -> list[str]:
    warnings = []
    for c in (c for c in columns if c.kind == "time"):
        cells = rows[c.name].str.strip()
        slashed = cells[is_slashed(cells)]
        if 0 < len(slashed) < int((cells != "").sum()):
            warnings.append(f"`{c.name}`: {len(slashed):,} date(s) are written otherwise than the others")
        if day_month_order(slashed) is None and bool(is_day_or_month(slashed).any()):
            warnings.append(f"`{c.name}`: declare `dates`, `month first` or `day first`")
    return warnings


def _warnings(rows: pd.DataFrame, columns: Sequence[Column]) -> list[str]:
    warnings = []
    naive = [c.name for c in columns if c.zone in _UNCERTAIN]
    if naive:
        warnings.append(f"times without a time zone in {', '.join(naive)}: declare `timezone`")
    warnings += [*_date_warnings(rows, columns), *numbers_with_commas([c.name for c in columns if c.commas])]
    direct = [c.name for c in columns if c.addresses or c.personal or is_direct_identifier(c.name)]
    if direct:
        warnings.append(f"direct identifiers, for `ids` only: {', '.join(direct)}")
    special = [c.name for c in columns if is_special_category(c.name)]
    if special:
        warnings.append(f"special categories of personal data, leave them out: {', '.join(special)}")
    twice = [c for c in rows.columns if (part := NUMBERED.fullmatch(str(c))) and part[1] in rows.columns]
    if twice:
        warnings.append(f"columns of one name in the header, numbered: {', '.join(twice[:_MOST_NAMED])}")
    repeated = int(rows.duplicated().sum())
    if repeated:
        of = f" of the first {SAMPLE_ROWS:,}" if len(rows) == SAMPLE_ROWS else ""
        warnings.append(f"{repeated:,} row(s){of} repeat another row")
    return warnings


def _nested(path: Path, name: str, header: Header) -> Inspection:
    """A log of objects: kinds are those of the first of them; a column that they do not show is a `path`."""
    log = READERS[name].log
    objects = log.peek(path) if log.peek else [json_lines.values_of(o) for o in json_lines.first_objects(path)]
    values = pd.DataFrame([o for o in objects if o], dtype="str").fillna("")
    columns = [
        _column(values[c], "", "fixed by the format", len(values)) if c in values else Column(c, "path", 0.0, 0, False)
        for c in header.columns
    ]
    ids = {log.path_of(c) for c in log.ids.values()}
    columns = [replace(c, id=c.name in ids if ids else c.id) for c in columns]
    columns = _with_places(values, columns, next(iter(ids), ""))
    rows = log.count(path) - header.rows if log.count else 0
    encoding = header.layout.encoding.removesuffix("-sig")
    direct = [c.name for c in columns if is_direct_path(c.name)]
    warnings = doubts(path, header.layout)
    warnings += [f"direct identifiers, for `ids` only: {', '.join(direct)}"] if direct else []
    return Inspection(path.name, name, rows, header.rows, encoding, header.layout.delimiter, columns, warnings)
