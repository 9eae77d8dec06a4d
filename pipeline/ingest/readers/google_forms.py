"""Google Forms responses as CSV or TSV: one header row, `Timestamp` and question texts, one row per response.

Times are in the spreadsheet's zone and way of writing, unless the file names an offset (`2024/03/12 9:14:05 AM GMT+1`).
Ticked boxes are joined by `, `; a grid is one column `Question [row]` per row; a question whose text was edited is a
new column. There is no response id: a response is known by its content.
"""

import re
from pathlib import Path

import pandas as pd

from pipeline.ingest.dates import is_slashed, readable
from pipeline.ingest.export import Header
from pipeline.ingest.headings import Rows, column_names, layout_or_refusal, plain

EXPECTS = "one header row with `Timestamp` (a time in every row) and questions"
TIMESTAMPS = ("Timestamp", "Zeitstempel", "Horodateur", "Marca temporal", "Informazioni cronologiche", "Tijdstempel",
              "Carimbo de data/hora", "Tidsstämpel", "Sygnatura czasowa")  # fmt: skip
_ADDRESSES = frozenset(("Email Address", "Email address", "Username", "Score", "Total score"))
_PEEK = 50


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format or has no rows."""
    layout, top = layout_or_refusal(path, 1 + _PEEK, _fits, EXPECTS)
    columns = column_names(top[0])
    return Header(columns, 1, layout, {c: c for c in columns if c not in TIMESTAMPS and c not in _ADDRESSES})


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    return {"answered_at": next(c for c in header(path).columns if c in TIMESTAMPS)}


def _fits(top: Rows) -> bool:
    """A timestamp column that holds times, beside at least one heading that reads like a question."""
    names = [plain(c) for c in top[0]] if top else []
    stamp = next((i for i, name in enumerate(names) if name in TIMESTAMPS), None)
    if stamp is None:
        return False
    cells = pd.Series([row[stamp] for row in top[1:] if len(row) > stamp], dtype="str")
    timed = bool((is_slashed(cells) | readable(cells) | (cells.str.strip() == "")).all())
    return timed and any(_asks(name) for i, name in enumerate(names) if i != stamp)


def _asks(name: str) -> bool:
    return name in _ADDRESSES or name.endswith(("?", ":", "]")) or len(re.findall(r"\w+", name)) > 2
