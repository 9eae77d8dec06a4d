"""Dynamics 365 exports of a view, as workbook or CSV: one row per record, labels as header.

The first three columns, hidden in Excel, are `(Do Not Modify) Contact` (or Lead, Account …) with the record's GUID,
`(Do Not Modify) Row Checksum` and `(Do Not Modify) Modified On`. The other labels depend on the view; some begin with a
blank, which is trimmed; fields of a related record end in `(Account Name) (Account)`. Times are in the zone of the
person who exported, which the file does not name.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.shown_columns import shown

_MARK = "(Do Not Modify) "
_CHECKSUM, _MODIFIED = f"{_MARK}Row Checksum", f"{_MARK}Modified On"
EXPECTS = f"the columns `{_MARK}<record>`, `{_CHECKSUM}`, `{_MODIFIED}`"


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format."""
    found = delimited_header(path)
    if id_column(found.columns) is None:
        raise InputError(f"{path.name}: expected {EXPECTS}, found {shown(found.columns, 5)}")
    return found


def id_column(columns: Sequence[str]) -> str | None:
    """The column with the record's GUID, or None where the header is none of this format."""
    if not {_CHECKSUM, _MODIFIED} <= set(columns):
        return None
    return next((c for c in columns if c.startswith(_MARK) and c not in (_CHECKSUM, _MODIFIED)), None)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    created = {"created": "Created On"} if "Created On" in header(path).columns else {}
    return {"modified": _MODIFIED, **created}


def ids(columns: Sequence[str]) -> Mapping[str, str]:
    """Proposed `ids`: the record's GUID under its own name, and the e-mail."""
    record = id_column(columns)
    email = {"email": "Email"} if "Email" in columns else {}
    return {record.removeprefix(_MARK).lower(): record, **email} if record else email


def cleaned(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows whose GUIDs are written one way: lower case, no braces."""
    column = id_column(list(rows.columns))
    return rows.assign(**{column: rows[column].str.strip().str.strip("{}").str.lower()}) if column else rows
