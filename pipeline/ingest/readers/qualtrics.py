"""Qualtrics CSV or TSV export: three header rows (names, texts, JSON with an ImportId), then one row per response.

Metadata columns are found by their ImportId, because names and labels are localised. The third row may name the time
zone of the date columns; where it does not, sources.yaml must. Answers are choice texts or numeric codes. Status 1 or
"Survey Preview" marks a test by an editor. The legacy export has two header rows: metadata are `V1`, `V2`, … in the
first and named in the second, and take these names.
"""

import csv
import json
import re
from itertools import islice
from pathlib import Path
from zoneinfo import available_timezones

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, unique_names
from pipeline.ingest.files import layout_of, records
from pipeline.ingest.headings import Rows, found_layout, needs_rows, plain, without_blank_end

EXPECTS = "three header rows, the third with a JSON ImportId in every cell"
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


def import_ids(row: list[str]) -> list[dict[str, str]] | None:
    """The JSON objects of the third header row, or None where a cell is no JSON object with an ImportId."""
    found = []
    for cell in row:
        try:
            value = json.loads(cell)
        except json.JSONDecodeError:
            return None
        if not isinstance(value, dict) or "ImportId" not in value:
            return None
        found.append({str(k): str(v) for k, v in value.items()})
    return found or None


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format or has no rows."""
    found = found_layout(path, 4, lambda top: _is_current(top) or _is_legacy(top))
    if found is None:
        raise _none_of_it(path)
    layout, top = found
    current = _is_current(top)
    needs_rows(path, top, 3 if current else 2)
    names = without_blank_end(top[0] if current else _legacy_names(top))
    columns = unique_names(names)
    labels = {c: plain(text) for c, text in zip(columns, top[1], strict=False)}
    if not current:
        return Header(columns, 2, layout, labels)
    third = import_ids([c for c in top[2] if c.strip()]) or []
    zones = {value["timeZone"] for value in third if "timeZone" in value}
    zone = zones.pop() if len(zones) == 1 else None
    return Header(columns, 3, layout, labels, zone if zone in available_timezones() else None)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export, by ImportId."""
    found = header(path)
    if found.rows == 2:
        return {name: column for column, name in _LEGACY.items() if column in found.columns}
    top = [record for record, _ in zip(records(path, found.layout), range(3), strict=False)]
    result = {}
    for column, cell in zip(found.columns, top[2], strict=False):
        name = _STANDARD.get(json.loads(cell)["ImportId"]) if cell.strip() else None
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


def _legacy_names(top: Rows) -> list[str]:
    """The second row's names where the first has `V1`, `V2`, …; else the first row's."""
    width = max(len(top[0]), len(top[1]))
    first, second = (row + [""] * (width - len(row)) for row in top[:2])
    return [plain(two) if re.fullmatch(r"V[0-9]+", plain(one)) else one for one, two in zip(first, second, strict=True)]
