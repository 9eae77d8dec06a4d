"""Qualtrics CSV or TSV export: three header rows (names, texts, JSON with an ImportId), then one row per response.

Metadata columns are found by their ImportId, because names and labels are localised. The third row may name the time
zone of the date columns; where it does not, sources.yaml must. Status 1 or "Survey Preview" marks a test by an editor.
"""

import json
from pathlib import Path
from zoneinfo import available_timezones

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, unique_names
from pipeline.ingest.files import layout_of, records

EXPECTS = "three header rows, the third with a JSON ImportId in every cell"
_STANDARD = {
    "_recordId": "response_id",
    "recordedDate": "answered_at",
    "finished": "finished",
    "duration": "duration",
    "status": "status",
    "progress": "progress",
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
    layout = layout_of(path)
    top = [record for record, _ in zip(records(path, layout), range(4), strict=False)]
    third = import_ids([c for c in top[2] if c.strip()]) if len(top) > 2 else None
    if third is None:
        found = f"row 3 is {', '.join(top[2][:3])} …" if len(top) > 2 else f"{len(top)} row(s)"
        raise InputError(f"{path.name}: expected {EXPECTS}, found {found}")
    if len(top) < 4:
        raise InputError(f"{path.name}: a header without rows. Export it again, or remove the source.")
    columns = unique_names(top[0])
    labels = {c: " ".join(text.split()) for c, text in zip(columns, top[1], strict=False)}
    zones = {value["timeZone"] for value in third if "timeZone" in value}
    zone = zones.pop() if len(zones) == 1 else None
    return Header(columns, 3, layout, labels, zone if zone in available_timezones() else None)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export, by ImportId."""
    found = header(path)
    top = [record for record, _ in zip(records(path, found.layout), range(3), strict=False)]
    result = {}
    for column, cell in zip(found.columns, top[2], strict=False):
        name = _STANDARD.get(json.loads(cell)["ImportId"]) if cell.strip() else None
        if name:
            result[name] = column
    return result
