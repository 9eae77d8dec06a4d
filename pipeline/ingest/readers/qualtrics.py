"""Qualtrics CSV or TSV export: three header rows (names, texts, JSON with an ImportId), then one row per response.

Metadata columns are found by their ImportId, because names and labels are localised. The third row may name the time
zone of the date columns; where it does not, sources.yaml must. Answers are choice texts or numeric codes. Status 1 or
"Survey Preview" marks a test by an editor. The legacy export has two header rows: metadata are `V1`, `V2`, … in the
first and named in the second, and take these names. A workbook has no third row, and rows are deleted by hand: an
export with the current names in its first row is read with two header rows or one.
"""

import csv
import re
from itertools import islice
from pathlib import Path
from zoneinfo import available_timezones

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, unique_names
from pipeline.ingest.files import layout_of, records
from pipeline.ingest.headings import Rows, found_layout, needs_rows, plain, without_blank_end
from pipeline.ingest.json_objects import json_object

EXPECTS = "three header rows, the third with a JSON ImportId in every cell, or a first row with `ResponseId`"
_STANDARD = {
    "_recordId": "response_id",
    "recordedDate": "answered_at",
    "startDate": "started_at",
    "finished": "finished",
    "duration": "duration",
    "status": "status",
    "progress": "progress",
}
_LEGACY = {
    "ResponseID": "response_id",
    "EndDate": "answered_at",
    "StartDate": "started_at",
    "Finished": "finished",
    "Status": "status",
}
_NAMED = {
    "ResponseId": "response_id",
    "RecordedDate": "answered_at",
    "StartDate": "started_at",
    "Finished": "finished",
    "Duration (in seconds)": "duration",
    "Status": "status",
    "Progress": "progress",
}
"""Names of the first row, which are in English whatever the language of the texts."""
_LEAST_NAMED = 4
_TIMES = ("StartDate", "EndDate", "RecordedDate", "Progress", "Finished", "Duration (in seconds)")


def import_ids(row: list[str]) -> list[dict[str, str]] | None:
    """The JSON objects of the third header row, or None where a cell is no JSON object with an ImportId."""
    found = []
    for cell in row:
        value = json_object(cell)
        if value is None or "ImportId" not in value:
            return None
        found.append({str(k): str(v) for k, v in value.items()})
    return found or None


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format or has no rows."""
    found = found_layout(path, 4, lambda top: _is_current(top) or _is_legacy(top) or _is_named(top))
    if found is None:
        raise _none_of_it(path)
    layout, top = found
    rows = 3 if _is_current(top) else 1 if _is_named(top) and _answers_in(top[1:2], top[0]) else 2
    needs_rows(path, top, rows)
    legacy = rows == 2 and _is_legacy(top)
    columns = unique_names(without_blank_end(_legacy_names(top) if legacy else top[0]))
    labels = {c: plain(text) for c, text in zip(columns, top[1] if rows > 1 else columns, strict=False)}
    if rows < 3:
        return Header(columns, rows, layout, labels)
    third = import_ids([c for c in top[2] if c.strip()]) or []
    zones = {value["timeZone"] for value in third if "timeZone" in value}
    zone = zones.pop() if len(zones) == 1 else None
    return Header(columns, 3, layout, labels, zone if zone in available_timezones() else None)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export, by ImportId."""
    found = header(path)
    if found.rows < 3:
        named = _NAMED if "ResponseId" in found.columns else _LEGACY
        return {name: column for column, name in named.items() if column in found.columns}
    top = [record for record, _ in zip(records(path, found.layout), range(3), strict=False)]
    result = {}
    for column, cell in zip(found.columns, top[2], strict=False):
        name = _STANDARD.get((json_object(cell) or {}).get("ImportId", "")) if cell.strip() else None
        if name:
            result[name] = column
    return result


def _none_of_it(path: Path) -> InputError:
    try:
        top = list(islice(records(path, layout_of(path)), 3))
    except csv.Error as error:
        return InputError(f"{path.name}: cannot be read as delimited text: {error}.")
    found = "no import ids in row 3" if len(top) > 2 else f"{len(top)} row(s)"
    return InputError(f"{path.name}: expected {EXPECTS}, found {found}")


def _is_current(top: Rows) -> bool:
    return len(top) > 2 and import_ids([c for c in top[2] if c.strip()]) is not None


def _is_legacy(top: Rows) -> bool:
    return len(top) > 1 and "ResponseID" in _legacy_names(top) and "Finished" in _legacy_names(top)


def _is_named(top: Rows) -> bool:
    """Whether the first row has the current names, without a third row that says so."""
    return len(top) > 1 and "ResponseId" in top[0] and len(set(top[0]) & set(_NAMED)) >= _LEAST_NAMED


def _answers_in(rows: Rows, names: list[str]) -> bool:
    """Whether a row is a response, not the texts of the questions: these have no digits where its times stand."""
    places = [i for i, name in enumerate(names) if name in _TIMES]
    return any(re.search("[0-9]", cell) for row in rows for i, cell in enumerate(row) if i in places)


def _legacy_names(top: Rows) -> list[str]:
    """The second row's names where the first has `V1`, `V2`, …; else the first row's."""
    width = max(len(top[0]), len(top[1]))
    first, second = (row + [""] * (width - len(row)) for row in top[:2])
    return [plain(two) if re.fullmatch(r"V[0-9]+", plain(one)) else one for one, two in zip(first, second, strict=True)]
