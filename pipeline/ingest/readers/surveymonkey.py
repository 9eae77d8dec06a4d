"""SurveyMonkey CSV or TSV export: a row of questions and a row of answer labels, then one row per response.

A blank cell in the first row continues the question to its left, right of the metadata only. The second row holds
`Response` or `Open-Ended Response`, or the label of a choice or matrix row; a question's column is named after the
question, the column of a label `Question [label]`. A condensed export has one column per question, with one or two
header rows. Dates are in the account's time zone, which the file does not name.
"""

from pathlib import Path

from pipeline.ingest.export import Header, unique_names
from pipeline.ingest.headings import Rows, found_layout, needs_rows, not_this, plain, without_blank_end

EXPECTS = "a first header row with `Respondent ID` and `Start Date` or `Collector ID`"
_METADATA = frozenset(
    ("Respondent ID", "Collector ID", "Collector", "Start Date", "End Date", "Date Created", "Date Modified",
     "IP Address", "Email Address", "First Name", "Last Name", "Custom Data", "Custom Data 1", "Custom Value",
     "Language")
)  # fmt: skip
_WHOLE_QUESTION = frozenset(("", "response", "open-ended response"))
_STANDARD = {
    "response_id": ("Respondent ID",),
    "started_at": ("Start Date", "Date Created"),
    "answered_at": ("End Date", "Date Modified"),
}


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is none of this format or has no rows."""
    found = found_layout(path, 3, _fits)
    if found is None:
        raise not_this(path, EXPECTS)
    layout, top = found
    rows = _header_rows(top)
    needs_rows(path, top, rows)
    columns, labels = columns_of(top[0], top[1] if rows == 2 else [])
    return Header(columns, rows, layout, labels)


def standard(path: Path) -> dict[str, str]:
    """Standard column -> column of the export."""
    columns = header(path).columns
    found = {name: next((c for c in known if c in columns), None) for name, known in _STANDARD.items()}
    return {name: column for name, column in found.items() if column}


def columns_of(questions: list[str], answers: list[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Column names and labels. A question asked twice gets its number, its columns with it.

    >>> columns_of(["Respondent ID", "Uses?", "", "Why?"], ["", "Tea", "Coffee", "Open-Ended Response"])[0]
    ('Respondent ID', 'Uses? [Tea]', 'Uses? [Coffee]', 'Why?')
    """
    width = max(len(without_blank_end(questions)), len(without_blank_end(answers)))
    upper = [plain(q) for q in questions] + [""] * (width - len(questions))
    lower = [plain(a) for a in answers] + [""] * (width - len(answers))
    names: list[str] = []
    labels: list[str] = []
    asked: dict[str, int] = {}
    question = before = ""
    for one, two in zip(upper[:width], lower[:width], strict=True):
        if one in _METADATA:
            question = before = ""
        elif one and one != before:
            asked[one] = asked.get(one, 0) + 1
            question, before = (one if asked[one] == 1 else f"{one} ({asked[one]})"), one
        whole = two.lower() in _WHOLE_QUESTION or two == before
        if one in _METADATA or not question:
            names.append(one or two)
            labels.append("")
        else:
            names.append(question if whole and question not in names else f"{question} [{two}]")
            labels.append(question if whole else f"{question} - {two}")
    columns = unique_names(names)
    return columns, dict(zip(columns, labels, strict=True))


def _fits(top: Rows) -> bool:
    names = {plain(c) for c in top[0]} if top else set()
    return "Respondent ID" in names and bool(names & {"Collector ID", "Collector", "Start Date", "Date Created"})


def _header_rows(top: Rows) -> int:
    """Two, where nothing or the heading itself stands below `Respondent ID`; else one (a condensed export)."""
    position = [plain(c) for c in top[0]].index("Respondent ID")
    below = top[1][position : position + 1] if len(top) > 1 else []
    return 2 if [plain(c) for c in below] in ([], [""], ["Respondent ID"]) and len(top) > 1 else 1
