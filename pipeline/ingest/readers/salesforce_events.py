"""Salesforce exports that become events: opportunities, field histories, and the stage history of opportunities.

- Opportunity: one event `StageName: <stage>` per closed opportunity, at its close date (of an open one it is a plan).
- <Object>FieldHistory, LeadHistory, ContactHistory: an event `<field>: <new value>` per change of a stage or status,
  moves backward included, and events such as `Lead converted`. Only tracked fields are there, and of 18 months.
- OpportunityHistory: a row per change of amount, probability, stage or close date; rows of an equal stage are no event.

Times are UTC. Deleted rows are rejected. Ids of 15 characters are put as 18.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.readers import delimited, salesforce_ids
from pipeline.ingest.readers.delimited import BROKEN, quoted, text
from pipeline.ingest.readers.event_log import Cell, EventLog, Files
from pipeline.ingest.readers.salesforce import DELETED, columns_named, has_record_ids
from pipeline.ingest.shown_columns import shown

OPPORTUNITIES_EXPECT = "one header row of API names with `Id`, `StageName`, `CloseDate`"
FIELDS_EXPECT = "one header row with `Field`, `OldValue`, `NewValue`, `CreatedDate` and the id of the record"
STAGES_EXPECT = "one header row with `OpportunityId`, `StageName`, `CreatedDate`"
STAGE_FIELDS = ("StageName", "Status", "LifecycleStage__c", "Lifecycle_Stage__c")
"""Fields whose changes are events; values of other fields may be about one person."""
_OBJECTS = ("Opportunity", "Lead", "Contact", "Account", "Case")
_SPECIAL = {
    "leadConverted": "Lead converted",
    "leadMerged": "Lead merged",
    "contactCreatedFromLead": "Contact created from lead",
    "accountCreatedFromLead": "Account created from lead",
    "opportunityCreatedFromLead": "Opportunity created from lead",
}
_OPPORTUNITY = {
    "ts": "CloseDate", "event": "StageName", "event_id": "Id", "amount": "Amount", "is_closed": "IsClosed",
    "deleted": "IsDeleted",
}  # fmt: skip
_CHANGE = {
    "ts": "CreatedDate", "event": "Field", "new": "NewValue", "change": "Id", "deleted": "IsDeleted",
    "parent": "ParentId", **{name: f"{name}Id" for name in _OBJECTS},
}  # fmt: skip
_STAGE = {
    "ts": "CreatedDate", "event": "StageName", "event_id": "Id", "Opportunity": "OpportunityId",
    "deleted": "IsDeleted",
}  # fmt: skip


def opportunities_header(path: Path) -> Header:
    """The header of an export of Opportunity; raises `InputError` where the file is none."""
    found = delimited_header(path)
    good = _has(found, ("StageName", "CloseDate")) and not _has(found, ("OpportunityId",))
    return _if(good and has_record_ids(path, found), path, found, OPPORTUNITIES_EXPECT)


def fields_header(path: Path) -> Header:
    """The header of a field history; raises `InputError` where the file is none."""
    found = delimited_header(path)
    of_record = any(_has(found, (c,)) for c in ("ParentId", *(f"{name}Id" for name in _OBJECTS)))
    return _if(_has(found, ("Field", "OldValue", "NewValue", "CreatedDate")) and of_record, path, found, FIELDS_EXPECT)


def stages_header(path: Path) -> Header:
    """The header of OpportunityHistory; raises `InputError` where the file is none."""
    found = delimited_header(path)
    return _if(_has(found, ("OpportunityId", "StageName", "CreatedDate")), path, found, STAGES_EXPECT)


def opportunities_standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return columns_named(opportunities_header(path).columns, _OPPORTUNITY)


def fields_standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return columns_named(fields_header(path).columns, _CHANGE)


def stages_standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return columns_named(stages_header(path).columns, _STAGE)


def ids(columns: Sequence[str]) -> Mapping[str, str]:
    """Proposed `ids`: the contact or the account, else the record itself."""
    there = {name.lower(): f"{name}Id" for name in ("Contact", "Lead", "Account", "Opportunity", "Parent")}
    return dict([*columns_named(columns, there).items()][:1])


def _has(found: Header, names: Sequence[str]) -> bool:
    return {n.lower() for n in names} <= {c.lower() for c in found.columns}


def _if(good: bool, path: Path, found: Header, expects: str) -> Header:
    if not good:
        raise InputError(f"{path.name}: expected {expects}, found {shown(found.columns, 8)}")
    return found


def _load(connection: Backend, table: str, files: Files, columns: Sequence[str]) -> None:
    """The rows, ids put as 18 characters, deleted rows marked."""
    delimited.load_events(connection, table, files, columns)
    ids = [quoted(c) for c in columns if salesforce_ids.is_id_column(c)]
    changes = [f"{c} = {salesforce_ids.sql_of_18(c)}" for c in ids]
    changes += [
        f"{quoted(BROKEN)} = CASE WHEN lower(trim({quoted(c)})) IN ('true', '1') "
        f"THEN coalesce({quoted(BROKEN)}, {text(DELETED)}) ELSE {quoted(BROKEN)} END"
        for c in columns
        if c.lower() == "isdeleted"
    ]
    if changes:
        connection.raw_sql(f"UPDATE {quoted(table)} SET {', '.join(changes)}")


def _closed(cell: Cell) -> Mapping[str, ir.Value]:
    """Name of an opportunity's event, and its time where it is closed, else blank."""
    said = cell("is_closed").lower()
    closed = said.notnull().ifelse(said.isin(["true", "1"]), cell("event").lower().startswith("closed"))
    return {
        "event": ibis.literal("StageName: ") + cell("event"),
        "ts": closed.fill_null(False).ifelse(cell("ts"), ""),
    }


def _changed(cell: Cell) -> Mapping[str, ir.Value]:
    """Name and id of a change of a field."""
    field = cell("event")
    created = ibis.cases(*((cell(name).notnull(), f"{name} created") for name in _OBJECTS), else_="created")
    special = ibis.cases((field == "created", created), *((field == k, ibis.literal(v)) for k, v in _SPECIAL.items()))
    record = ibis.coalesce(*(cell(name) for name in _OBJECTS), cell("parent"))
    content = record + "\x1f" + field + "\x1f" + cell("ts") + "\x1f" + cell("new").fill_null("")
    return {
        "event": field.isin(STAGE_FIELDS).ifelse(field + ": " + cell("new"), special),
        "event_id": ibis.coalesce(cell("change"), content),
    }


def _moved(cell: Cell) -> Mapping[str, ir.Value]:
    """Name of a change of stage; missing where the row before has the same stage."""
    stage, record = cell("event"), cell("Opportunity")
    before = stage.lag().over(ibis.window(group_by=record, order_by=[cell("ts"), cell("event_id"), stage]))
    moved = before.isnull() | (before != stage)
    return {"event": moved.ifelse(ibis.literal("StageName: ") + stage, ibis.null("string"))}


_OTHER_FIELD = "a change of a field that is no stage, or to nothing"
OPPORTUNITIES = EventLog(
    _load, derived=_closed, no_time="no close date, or the opportunity is open and its close date a plan"
)
FIELDS = EventLog(_load, derived=_changed, no_event=_OTHER_FIELD)
STAGES = EventLog(_load, derived=_moved, no_event="a change of another field, the stage stayed")
