"""Salesforce exports of Contact, Lead and Account (weekly export, Data Loader): API names, one row per record.

Deleted records are part of an export and are rejected (`IsDeleted`). `MasterRecordId` of a record that was merged names
the one that was kept: their ids are one person's (Salesforce Object Reference, Contact). An id of 15 characters and its
form of 18 are one id: all are put as 18. A person who was a lead is linked to the contact by `ConvertedContactId`.
Times are UTC. Custom fields end in `__c`. Reports are no such export: they have labels and footer lines, and are read
as `csv`.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.files import records
from pipeline.ingest.readers import salesforce_ids
from pipeline.ingest.shown_columns import shown

EXPECTS = "one header row of API names with `Id` of Salesforce, and fields of a Contact, Lead or Account"
DELETED = "deleted in Salesforce (`IsDeleted`)"
MERGED = "merged into another record in Salesforce (`MasterRecordId`)"
_SYSTEM = frozenset(
    ("isdeleted", "systemmodstamp", "createddate", "createdbyid", "lastmodifieddate", "lastmodifiedbyid", "ownerid",
     "masterrecordid", "recordtypeid", "accountid", "isconverted", "isclosed")
)  # fmt: skip
_PERSON = frozenset(("lastname", "firstname", "email"))
_ACCOUNT = frozenset(("industry", "type", "billingcity", "billingcountry", "annualrevenue", "numberofemployees"))
_OTHER = frozenset(("stagename", "oldvalue", "newvalue", "username"))


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format."""
    found = delimited_header(path)
    names = {c.lower() for c in found.columns}
    is_record = bool(names & _PERSON) or ("name" in names and bool(names & _ACCOUNT))
    if not (has_record_ids(path, found) and is_record and not names & _OTHER):
        raise InputError(f"{path.name}: expected {EXPECTS}, found {shown(found.columns, 5)}")
    return found


def has_record_ids(path: Path, found: Header) -> bool:
    """Whether a file has a column `Id` with ids of Salesforce, and a system field."""
    column = column_named(found.columns, "Id")
    if column is None or not {c.lower() for c in found.columns} & _SYSTEM:
        return False
    position = found.columns.index(column)
    first = next(islice(records(path, found.layout), 1, None), [])
    return len(first) > position and salesforce_ids.is_id(first[position])


def column_named(columns: Sequence[str], name: str) -> str | None:
    """The column of an API name, which some tools write in capitals."""
    return next((c for c in columns if c.lower() == name.lower()), None)


def columns_named(columns: Sequence[str], names: Mapping[str, str]) -> dict[str, str]:
    """Standard column -> column of the export, for the API names that it has."""
    found = {standard: column_named(columns, name) for standard, name in names.items()}
    return {standard: column for standard, column in found.items() if column}


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return columns_named(header(path).columns, {"created": "CreatedDate", "modified": "SystemModstamp"})


def ids(columns: Sequence[str]) -> Mapping[str, str]:
    """Proposed `ids`: a lead is linked to the contact that it became."""
    names = {c.lower() for c in columns}
    is_lead = {"isconverted", "convertedcontactid"} <= names
    own = "lead" if is_lead else "contact" if names & {"lastname", "email"} else "account"
    more = {"email": "Email", **({"contact": "ConvertedContactId"} if is_lead else {})}
    return columns_named(columns, {own: "Id", **more})


def cleaned(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose ids have 18 characters."""
    return rows.assign(
        **{c: rows[c].map(salesforce_ids.of_18).astype("str") for c in rows.columns if salesforce_ids.is_id_column(c)}
    )


def refused(rows: pd.DataFrame) -> pd.Series:
    """Why a row is refused: it was merged into another, or else deleted. Missing where it was not."""
    columns = list(rows.columns)
    flag, master = column_named(columns, "IsDeleted"), column_named(columns, "MasterRecordId")
    nothing = pd.Series(None, index=rows.index, dtype=object)
    deleted = rows[flag].str.strip().str.lower().isin(["true", "1"]) if flag else nothing.notna()
    merged = rows[master].str.strip() != "" if master else nothing.notna()
    return nothing.mask(deleted, DELETED).mask(merged, MERGED)


def merged_into(columns: Sequence[str]) -> Mapping[str, str]:
    """The column of ids, and the one with the id of the record that was kept when two were merged."""
    own, master = column_named(columns, "Id"), column_named(columns, "MasterRecordId")
    return {own: master} if own and master else {}
