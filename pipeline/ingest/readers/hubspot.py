"""What HubSpot's exports of contacts, companies and deals have in common.

A header has labels ("Create Date", the export of a view) or internal names (`createdate`, the API and connectors).
Labels can be edited and translated: a file whose labels were changed is read as `csv`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd

from pipeline.core.errors import InputError
from pipeline.ingest import expressions as x
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.shown_columns import shown

_DEALS = ("Deal Name", "dealname")
_COMPANIES = ("Company name", "Company Name", "name")
_COMPANY_COMPANIONS = (
    "Company owner", "Website URL", "Company Domain Name", "Create Date", "domain", "website", "createdate",
)  # fmt: skip
_CONTACTS = ("Email", "Lifecycle Stage", "Create Date", "email", "lifecyclestage", "createdate")
_PERSONAL = ("Email", "First Name", "Last Name", "email", "firstname", "lastname")
_IDS: Mapping[str, tuple[str, ...]] = {
    "contact": ("Record ID", "Record ID - Contact", "Contact ID", "hs_object_id", "vid"),
    "company": ("Record ID", "Record ID - Company", "Company ID", "hs_object_id", "companyId"),
    "deal": ("Record ID", "Record ID - Deal", "Deal ID", "hs_object_id", "dealId"),
}
_DATES: Mapping[str, tuple[str, ...]] = {
    "created": ("Create Date", "createdate", "hs_createdate"),
    "modified": ("Last Modified Date", "lastmodifieddate", "hs_lastmodifieddate"),
}
EPOCH = r"^1[0-9]{12}$"
"""Milliseconds since 1970, from 2001 to 2033."""


def object_of(columns: Sequence[str]) -> str | None:
    """`contact`, `company` or `deal`, by the header; None where it is none of HubSpot's."""
    there = set(columns)

    def has(*groups: Sequence[str]) -> bool:
        return all(there & set(group) for group in groups)

    if has(_IDS["deal"], _DEALS):
        return "deal"
    if has(_IDS["company"], _COMPANIES, _COMPANY_COMPANIONS) and not has(_PERSONAL):
        return "company"
    return "contact" if has(_IDS["contact"], _CONTACTS) else None


def header_of(kind: str, expects: str) -> Callable[[Path], Header]:
    """A function that gives the header of a file of one kind; it raises `InputError` where the file is none."""

    def header(path: Path) -> Header:
        found = delimited_header(path)
        if object_of(found.columns) != kind:
            raise InputError(f"{path.name}: expected {expects}, found {shown(found.columns, 5)}")
        return found

    return header


def first_of(columns: Sequence[str], names: Sequence[str]) -> str | None:
    """The first of the names that is a column."""
    return next((name for name in names if name in columns), None)


def id_column(columns: Sequence[str], kind: str) -> str:
    """The column with the record's id."""
    return first_of(columns, _IDS[kind]) or _IDS[kind][0]


def ids_of(kind: str) -> Callable[[Sequence[str]], Mapping[str, str]]:
    """A function that proposes `ids` for a header: the record's id, and the e-mail where the record is a person."""

    def ids(columns: Sequence[str]) -> Mapping[str, str]:
        email = first_of(columns, ("Email", "email")) if kind == "contact" else None
        return {kind: id_column(columns, kind), **({"email": email} if email else {})}

    return ids


def dates(columns: Sequence[str]) -> dict[str, str]:
    """Standard column `created` or `modified` -> column of the export."""
    found = {standard: first_of(columns, names) for standard, names in _DATES.items()}
    return {standard: column for standard, column in found.items() if column}


def iso_of(milliseconds: ir.StringValue) -> ir.StringValue:
    """ISO 8601 of a text with milliseconds since 1970."""
    return x.epoch_time(milliseconds, 1_000) + "Z"


def cleaned(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose dates in milliseconds since 1970 (as the API gives them) are ISO 8601."""
    times = {}
    for column in rows.columns:
        texts = rows[column].str.strip()
        filled = texts[texts != ""]
        if column.endswith("date") and len(filled) and bool(filled.str.match(EPOCH).all()):
            moments = pd.to_datetime(pd.to_numeric(filled), unit="ms")
            times[column] = (moments.dt.strftime("%Y-%m-%d %H:%M:%S.%f") + "Z").reindex(rows.index).fillna("")
    return rows.assign(**{c: t.astype("str") for c, t in times.items()})
