"""Typeform CSV export: one header row of question texts, one row per response, times in UTC by their headings.

`#` is the response's token. A multi-select is one column per choice, headed by the choice alone (list the columns under
`parts`), or one column with the choices joined. A newer export says under `Response Type` whether it was completed.
"""

from pathlib import Path

from pipeline.ingest.export import Header
from pipeline.ingest.headings import Rows, column_names, layout_or_refusal, plain

EXPECTS = "one header row with `#` and `Submit Date (UTC)` or `Start Date (UTC)`"
_STANDARD = {
    "#": "response_id",
    "Start Date (UTC)": "started_at",
    "Submit Date (UTC)": "answered_at",
    "Response Type": "finished",
}
_FURTHER = ("Network ID", "Stage Date (UTC)", "Tags", "Ending")


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format or has no rows."""
    layout, top = layout_or_refusal(path, 2, _fits, EXPECTS)
    columns = column_names(top[0])
    return Header(columns, 1, layout, {c: c for c in columns if c not in _STANDARD and c not in _FURTHER})


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return {_STANDARD[c]: c for c in header(path).columns if c in _STANDARD}


def _fits(top: Rows) -> bool:
    names = {plain(c) for c in top[0]} if top else set()
    return "#" in names and bool(names & {"Submit Date (UTC)", "Start Date (UTC)"})
