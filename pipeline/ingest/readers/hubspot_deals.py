"""HubSpot deal export as events: one row per deal, an event `Deal Stage: <stage>` at the day on which it was closed.

The close date of an open deal is a plan, not an event. A stage's label depends on the pipeline. Amounts are in the
deal's currency. What becomes of a deal with several contacts or companies (`101;102`) is declared: `several_ids`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.ingest.readers import delimited, hubspot
from pipeline.ingest.readers.delimited import BROKEN, quoted, text
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
SEVERAL = "several records share the deal: declare `several_ids: first`, or leave one in the export"
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
    """The rows as a table, in which ids are settled."""
    delimited.load_events(connection, table, files, columns)


def settle_several(connection: Backend, table: str, ids: Sequence[str], rule: str) -> None:
    """Cells of `ids` that list several records: the first of them, by the rule `first`, or else the row is broken."""
    for column in map(quoted, ids):
        changes = f"{column} = trim(split_part({column}, ';', 1))"
        if rule != "first":
            several = f"trim(split_part({column}, ';', 2)) <> ''"
            marked = f"coalesce({quoted(BROKEN)}, {text(SEVERAL)})"
            changes += f", {quoted(BROKEN)} = CASE WHEN {several} THEN {marked} ELSE {quoted(BROKEN)} END"
        connection.raw_sql(f"UPDATE {quoted(table)} SET {changes}")


LOG = EventLog(
    _load,
    derived=_derived,
    settle_several=settle_several,
    no_time="no close date, or the deal is open and its close date a plan",
)
