"""HubSpot property history: one row per change of a property, the right source for changes of lifecycle stage.

`contactId,property,value,sourceType,sourceId,sourceLabel,timestamp,updatedByUserId`; of companies and deals with
`companyId` and `dealId`. Each change of a stage becomes an event `<property>: <value>`, moves backward included. A bulk
import sets many properties at one moment: such ties stay ties. A change is known by record, property, time and value.

Changes of other properties give no event (their values may identify a person); `columns: {event: property}` counts them
all, named by the property. Times are UTC, ISO 8601 or milliseconds since 1970.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.readers import delimited, hubspot
from pipeline.ingest.readers.event_log import Cell, EventLog
from pipeline.ingest.shown_columns import shown

ID_COLUMNS = ("contactId", "vid", "companyId", "dealId", "contact_id", "company_id", "deal_id")
STAGES = ("lifecyclestage", "hs_lead_status", "dealstage", "hs_pipeline_stage")
"""Properties whose changes are events; their values are stages, never about one person."""
_REQUIRED = ("property", "value", "timestamp")
EXPECTS = f"one header row with `contactId` (or companyId, dealId), {', '.join(f'`{c}`' for c in _REQUIRED)}"


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format."""
    found = delimited_header(path)
    if not (set(_REQUIRED) <= set(found.columns) and set(ID_COLUMNS) & set(found.columns)):
        raise InputError(f"{path.name}: expected {EXPECTS}, found {shown(found.columns, 8)}")
    return found


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    record = hubspot.first_of(header(path).columns, ID_COLUMNS) or ID_COLUMNS[0]
    return {"ts": "timestamp", "event": "property", "record": record, "value": "value"}


def ids(columns: Sequence[str]) -> Mapping[str, str]:
    """Proposed `ids`."""
    record = hubspot.first_of(columns, ID_COLUMNS) or ID_COLUMNS[0]
    return {"contact" if record == "vid" else record.lower().removesuffix("id").strip("_"): record}


def _derived(cell: Cell) -> Mapping[str, ir.Value]:
    """Name, id and time of a change."""
    field, value, when = cell("event"), cell("value"), cell("ts")
    parts = (cell("record"), field, when, value.fill_null(""))
    return {
        "event": field.isin(STAGES).ifelse(field + ": " + value, ibis.null("string")),
        "event_id": parts[0] + "\x1f" + parts[1] + "\x1f" + parts[2] + "\x1f" + parts[3],
        "ts": when.re_search(hubspot.EPOCH).ifelse(hubspot.iso_of(when), when),
    }


_OTHER = "a change of a property that is no stage, or to nothing"
LOG = EventLog(delimited.load_events, derived=_derived, no_event=_OTHER)
