"""Look at exports before they are declared: format, layout, columns; and a draft of sources.yaml.

Cell values are never shown, only what kind of value a column seems to hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.core.sources import SOURCES_FILE
from pipeline.ingest.cells import NUMBER
from pipeline.ingest.dates import day_month_order, in_iso, is_day_or_month
from pipeline.ingest.export import Header, read_rows
from pipeline.ingest.files import tables_in
from pipeline.ingest.privacy import is_direct_identifier, is_special_category
from pipeline.ingest.readers import json_lines
from pipeline.ingest.readers.registry import READERS
from pipeline.ingest.recognition import recognise
from pipeline.ingest.times import TIME, is_naive

_YES_NO = ({"0", "1"}, {"yes", "no"}, {"true", "false"}, {"y", "n"})
_MOST_LEVELS = 20
_ID_SHARE = 0.999
_TEXT_WORDS = 4
_SAMPLE_ROWS = 20_000
_MOST = 0.95
"""Share of values that must fit a kind: real columns hold some that fit none."""


@dataclass(frozen=True)
class Column:
    """What a column seems to hold. `missing` is the share of blank cells; `id` says that nearly all values differ."""

    name: str
    kind: str
    missing: float
    distinct: int
    id: bool
    label: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The column for JSON."""
        return {
            "name": self.name,
            "kind": self.kind,
            "missing_share": round(self.missing, 6),
            "distinct": self.distinct,
            "candidate_id": self.id,
            "label": self.label,
        }


@dataclass(frozen=True)
class Inspection:
    """What one file seems to be."""

    file: str
    format: str
    rows: int
    header_rows: int
    encoding: str
    delimiter: str
    columns: list[Column]
    warnings: list[str]

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
    export = read_rows([path], [header], path.parent)
    table, unclear = _survey_table(path, name, header, export.rows)
    shown = table.head(_SAMPLE_ROWS)
    labels = {**dict(zip(header.derived, header.derived, strict=True)), **header.labels}
    columns = [_column(shown[c], labels.get(c, "")) for c in (*header.columns, *header.derived)]
    warnings = _warnings(header, table, columns, zone_known=READERS[name].zone is not None) + unclear
    if export.ragged:
        warnings.append(f"{len(export.ragged):,} row(s) do not have as many cells as the header")
    encoding = header.layout.encoding.removesuffix("-sig")
    rows = len(export.rows) + len(export.ragged)
    return Inspection(path.name, name, rows, header.rows, encoding, header.layout.delimiter, columns, warnings)


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
            problems += [str(error)] if path.suffix != ".json" else []
            continue
        for part, inspection in tables:
            relative = part.relative_to(folder).as_posix()
            found.append(Inspection(**{**inspection.__dict__, "file": relative}))
    if not found and not problems:
        raise InputError(f"{folder}: no files to inspect.")
    return found, problems


def _column(cells: pd.Series, label: str) -> Column:
    texts = cells.str.strip()
    filled = texts[texts != ""]
    distinct = int(filled.nunique())
    kind = _kind(filled, distinct)
    identifying = distinct > 1 and distinct >= _ID_SHARE * len(texts) and kind != "time"
    return Column(
        str(cells.name), _kind(filled, distinct), 1 - len(filled) / max(len(texts), 1), distinct, identifying, label
    )


def _kind(filled: pd.Series, distinct: int) -> str:
    """A guess: empty, time, binary, numeric, nominal, text or identifier."""
    if not distinct:
        return "empty"
    if float(filled.str.match(TIME).mean()) >= _MOST:
        return "time"
    if any(set(filled.str.lower().unique()) <= pair for pair in _YES_NO) and distinct == 2:
        return "binary"
    zero_led = filled.str.match(r"^0[0-9]+$").any()
    if float(filled.str.match(NUMBER).mean()) >= _MOST and not zero_led:
        return "numeric"
    if distinct <= _MOST_LEVELS or distinct < 0.05 * len(filled):
        return "nominal"
    return "text" if float(filled.str.split().str.len().mean()) >= _TEXT_WORDS else "identifier"


def _warnings(header: Header, rows: pd.DataFrame, columns: Sequence[Column], zone_known: bool) -> list[str]:
    warnings = []
    naive = [c.name for c in columns if c.kind == "time" and bool(is_naive(rows[c.name].astype("str")).any())]
    if naive and header.zone is None and not zone_known:
        warnings.append(f"times without a time zone in {', '.join(naive)}: declare `timezone`")
    direct = [c.name for c in columns if is_direct_identifier(c.name)]
    if direct:
        warnings.append(f"direct identifiers, for `ids` only: {', '.join(direct)}")
    special = [c.name for c in columns if is_special_category(c.name)]
    if special:
        warnings.append(f"special categories of personal data, leave them out: {', '.join(special)}")
    repeated = int(rows.duplicated().sum())
    if repeated:
        warnings.append(f"{repeated:,} row(s) repeat another row")
    if header.layout.encoding == "cp1252":
        warnings.append("not UTF-8: read as Windows-1252")
    return warnings


def _nested(path: Path, name: str, header: Header) -> Inspection:
    """A log of objects: kinds are those of the first of them; a column that they do not show is a `path`."""
    log = READERS[name].log
    objects = [json_lines.values_of(found) for found in json_lines.first_objects(path)]
    values = pd.DataFrame([o for o in objects if o], dtype="str").fillna("")
    columns = [_column(values[c], "") if c in values else Column(c, "path", 0.0, 0, False) for c in header.columns]
    ids = {log.path_of(c) for c in log.ids.values()}
    columns = [replace(c, id=c.name in ids if ids else c.id) for c in columns]
    rows = log.count(path) - header.rows if log.count else 0
    encoding = header.layout.encoding.removesuffix("-sig")
    direct = [c.name for c in columns if is_direct_identifier(c.name.rsplit(".", 1)[-1])]
    warnings = [f"direct identifiers, for `ids` only: {', '.join(direct)}"] if direct else []
    return Inspection(path.name, name, rows, header.rows, encoding, header.layout.delimiter, columns, warnings)
