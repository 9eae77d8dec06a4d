"""Survey of no vendor with two header rows: short names, below them the texts of the questions; a row per respondent.

Data archives and public surveys write so (`Q7_Part_1` above `Which do you use? - Selected Choice - Python`), in
delimited text or a workbook. Columns are named by the first row; the second gives labels and the names of choices.
"""

from itertools import islice
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.ingest.export import Header, delimited_header
from pipeline.ingest.files import records
from pipeline.ingest.headings import needs_rows, plain
from pipeline.ingest.readers.qualtrics import import_ids

EXPECTS = "two header rows, short names and below them the texts of the questions, then one row per respondent"
_HEADER_ROWS = 2


def header(path: Path) -> Header:
    """The header; raises `InputError` where the file is empty or nothing follows the two rows."""
    found = delimited_header(path)
    top = list(islice(records(path, found.layout), _HEADER_ROWS + 1))
    needs_rows(path, top, _HEADER_ROWS)
    if found.layout.container == "parquet" or import_ids([cell for cell in top[2] if cell.strip()]):
        raise InputError(f"{path.name}: expected {EXPECTS}, found {_instead(found)}")
    texts = dict(zip(found.columns, map(plain, top[1]), strict=False))
    labels = {column: texts.get(column) or column for column in found.columns}
    return Header(found.columns, _HEADER_ROWS, found.layout, labels, blank_end=found.blank_end)


def standard(path: Path) -> dict[str, str]:
    """None: the format fixes no column."""
    return {}


def _instead(found: Header) -> str:
    return "a Parquet file" if found.layout.container == "parquet" else "three header rows: declare `format: qualtrics`"
