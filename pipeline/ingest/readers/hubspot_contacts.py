"""HubSpot contact export: one header row of labels, one row per contact, dates without a time zone.

Signature: `Record ID` (older: `Contact ID`) beside `Email`, `Lifecycle Stage` or `Create Date`. Contacts may share an
e-mail; each "Became a … Date" column holds one date per lifecycle stage. Times are in the portal's zone, which the
file does not name.
"""

from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header

ID_COLUMNS = ("Record ID", "Contact ID")
_COMPANIONS = ("Email", "Lifecycle Stage", "Create Date")
EXPECTS = "one header row with `Record ID` and `Email`, `Lifecycle Stage` or `Create Date`"


def matches(columns: tuple[str, ...]) -> bool:
    """Whether a header has the signature of the format."""
    return any(c in columns for c in ID_COLUMNS) and any(c in columns for c in _COMPANIONS)


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format."""
    found = delimited_header(path)
    if not matches(found.columns):
        raise InputError(f"{path.name}: expected {EXPECTS}, found {', '.join(found.columns[:5])} …")
    return found


def standard(columns: tuple[str, ...]) -> dict[str, str]:
    """Standard column -> column of the export."""
    known = {"created": "Create Date", "modified": "Last Modified Date"}
    return {name: column for name, column in known.items() if column in columns}
