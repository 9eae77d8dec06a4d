"""LimeSurvey CSV export: one header row, one row per response; comma or semicolon.

Headings are codes (`submitdate`, `Q1`, `Q2[SQ001]`), texts (`Date submitted`, `Which? [Tea]`) or both
(`Q2[SQ001]. Which? [Tea]`); where there is a code it names the column. Without a submit date a response is unfinished;
where dates are anonymised every submit date is 1980-01-01, which says that it was finished and nothing about when.
"""

import re
from pathlib import Path

from pipeline.ingest.export import Header, unique_names
from pipeline.ingest.headings import Rows, layout_or_refusal, plain, without_blank_end

EXPECTS = "one header row with `id` (or `Response ID`) and `submitdate` (or `Date submitted`)"
_TEXTS = {
    "id": "Response ID",
    "submitdate": "Date submitted",
    "startdate": "Date started",
    "interviewtime": "Total time",
}
_STANDARD = {
    "response_id": "id",
    "answered_at": "submitdate",
    "finished": "submitdate",
    "started_at": "startdate",
    "duration": "interviewtime",
}
_METADATA = re.compile(
    r"^(?:id|submitdate|lastpage|startlanguage|seed|startdate|datestamp|ipaddr|refurl|interviewtime|token|attribute_.*"
    r"|Response ID|Date submitted|Last page|Start language|Seed|Date started|Date last action|IP address|Referrer URL"
    r"|Total time)$"
)
_TIMING = re.compile(r"^(?:groupTime[0-9]*$|Group time:|Question time:)")
_CODE = re.compile(r"^([A-Za-z][A-Za-z0-9_]*(?:\[[^\[\]]*\])*)\. ?(.*)$", re.DOTALL)
_PART = re.compile(r"^(.*\S)\s*\[([^\[\]]*)\]$", re.DOTALL)


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format or has no rows."""
    layout, top = layout_or_refusal(path, 2, _fits, EXPECTS)
    codes, texts = zip(*(code_and_text(h) for h in without_blank_end(top[0])), strict=True)
    columns = unique_names(codes)
    asked = [
        (c, t) for c, t in zip(columns, texts, strict=True) if not _METADATA.match(c) and not _is_timing(c, columns)
    ]
    labels = {c: t or c for c, t in asked}
    return Header(columns, 1, layout, labels)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    columns = header(path).columns
    found = {name: _column(code, columns) for name, code in _STANDARD.items()}
    return {name: column for name, column in found.items() if column}


def code_and_text(heading: str) -> tuple[str, str]:
    """The column's name, and its text as `question - part`.

    >>> code_and_text("Q2[SQ001]. Which? [Tea]"), code_and_text("Which? [Tea]"), code_and_text("Q2_SQ001")
    (('Q2[SQ001]', 'Which? - Tea'), ('Which? [Tea]', 'Which? - Tea'), ('Q2_SQ001', ''))
    """
    whole = plain(heading)
    coded = _CODE.match(whole)
    code, text = (coded[1], coded[2]) if coded else (whole, whole if " " in whole else "")
    part = _PART.match(text)
    return code, f"{part[1]} - {part[2]}" if part else text


def _is_timing(column: str, columns: tuple[str, ...]) -> bool:
    """Whether a column tells how long a page or a question took: `groupTime715`, `Q1Time` beside `Q1`."""
    return bool(_TIMING.match(column)) or (column.endswith("Time") and column.removesuffix("Time") in columns)


def _fits(top: Rows) -> bool:
    columns = tuple(code_and_text(h)[0] for h in top[0]) if top else ()
    return _column("id", columns) is not None and _column("submitdate", columns) is not None


def _column(code: str, columns: tuple[str, ...]) -> str | None:
    return next((c for c in (code, _TEXTS[code]) if c in columns), None)
