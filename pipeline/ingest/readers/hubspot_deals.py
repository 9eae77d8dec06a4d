"""HubSpot deal export as events: one row per deal, an event `Deal Stage: <stage>` at the day on which it was closed.

The close date of an open deal is a plan, not an event. A stage's label depends on the pipeline. Amounts are in the
deal's currency. Of several associated contacts or companies (`101;102`) the first is the customer.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.ingest.readers import delimited, hubspot
from pipeline.ingest.readers.delimited import quoted
from pipeline.ingest.readers.event_log import Cell, EventLog, Files

EXPECTS = "one header row with `Record ID` and `Deal Name`"
header = hubspot.header_of("deal", EXPECTS)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "ts": ("Close Date", "closedate"),
    "amount": ("Amount", "amount"),
    "event_id": ("Record ID", "Record ID - Deal", "Deal ID", "hs_object_id", "dealId"),
    "event": ("Deal Stage", "dealstage"),
    "is_closed": ("Is Deal Closed?", "hs_is_closed"),
    "is_won": ("Is Closed Won", "hs_is_closed_won"),
}
_CLOSED = r"^closed ?(won|lost)"


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    columns = header(path).columns
    found = {name: hubspot.first_of(columns, names) for name, names in _NAMES.items()}
    return {name: column for name, column in found.items() if column}


def ids(columns: Sequence[str]) -> Mapping[str, str]:
    """Proposed `ids`: the first associated contact, or company."""
    there = {"contact": "Associated Contact IDs", "company": "Associated Company IDs"}
    return dict([(space, column) for space, column in there.items() if column in columns][:1])


def _derived(cell: Cell) -> Mapping[str, ir.Value]:
    """Name of the event, and its time where the deal is closed, else blank."""
    said = (cell("is_closed").lower() == "true") | (cell("is_won").lower() == "true")
    closed = said.fill_null(False) | cell("event").lower().re_search(_CLOSED).fill_null(False)
    when = cell("ts")
    epoch = when.re_search(hubspot.EPOCH)
    iso = epoch.ifelse(hubspot.iso_of(when), when)
    return {
        "event": ibis.literal("Deal Stage: ") + cell("event"),
        "ts": closed.ifelse(iso, ""),
    }


def _load(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    delimited.load_events(connection, table, files, columns)
    several = [quoted(c) for c in columns if c.startswith("Associated ")]
    if several:
        first = ", ".join(f"{c} = trim(split_part({c}, ';', 1))" for c in several)
        connection.raw_sql(f"UPDATE {quoted(table)} SET {first}")


LOG = EventLog(_load, derived=_derived, no_time="no close date, or the deal is open and its close date a plan")
