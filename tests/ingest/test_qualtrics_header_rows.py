"""Qualtrics exports are read with the header rows they have: three, two as in a workbook, one."""

import csv
import io

import openpyxl
import pytest

from pipeline.core.errors import InputError
from pipeline.ingest import schema
from pipeline.ingest.inspection import inspect_file
from pipeline.ingest.readers.qualtrics import import_ids
from tests.ingest.small_company import write_sources
from tests.ingest.survey_exports import LAYOUTS, text_of

ROWS, SOURCE = LAYOUTS["qualtrics"][0]()[0], LAYOUTS["qualtrics"][1]


def in_a_workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append([int(c) if c.isdigit() else c or None for c in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


FILES = {
    "three": (text_of(ROWS).encode(), 3),
    "two": (text_of([*ROWS[:2], *ROWS[3:]]).encode(), 2),
    "one": (text_of([ROWS[0], *ROWS[3:]]).encode(), 1),
    "a workbook": (in_a_workbook([*ROWS[:2], *ROWS[3:]]), 2),
    "a workbook with three": (in_a_workbook(ROWS), 3),
}


@pytest.mark.parametrize("name", FILES)
def test_the_same_answers_whatever_the_header_rows(tmp_path, ingest, name):
    tables = []
    for which in ("three", name):
        folder = tmp_path / f"{which}-in"
        folder.mkdir(exist_ok=True)
        content, header_rows = FILES[which]
        (folder / "export").write_bytes(content)
        (folder / "pseudonym.key").write_text("k" * 64, encoding="ascii")
        found = inspect_file(folder / "export")
        assert (found.format, found.header_rows, found.rows) == ("qualtrics", header_rows, len(ROWS) - 3)
        source = {**SOURCE, "kind": "responses", "format": "qualtrics", "files": "export"}
        write_sources(folder, {"title": "S", "sources": {"survey": source}})
        done = ingest(folder, f"{which}-out")
        tables.append(done.table(schema.RESPONSES).drop(columns=["code"]))
        told = done.reconciliation.loc["survey", ["read", "kept", "merged", "rejected"]].tolist()
    assert tables[0].equals(tables[1]), told
    assert len(tables[0])


@pytest.mark.realdata
def test_the_real_export_keeps_its_rows_without_its_third_header(real_data, tmp_path):
    import gzip

    with gzip.open(real_data / "survey_exports" / "qualtrics_voting_text.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    (tmp_path / "x").write_text(text_of([*rows[:2], *rows[3:]]), encoding="utf-8")
    found = inspect_file(tmp_path / "x")
    assert (found.format, found.header_rows, found.rows) == ("qualtrics", 2, 156)
    (tmp_path / "x").write_text(text_of(rows[:1]), encoding="utf-8")
    with pytest.raises(InputError, match="a header without rows"):
        inspect_file(tmp_path / "x")


@pytest.mark.parametrize("cell", ["1" * 5001, "[" * 100_000, '{"a": 1}', "text"])
def test_a_third_row_of_anything_else_is_no_row_of_import_ids(cell):
    assert import_ids(['{"ImportId": "startDate"}', cell]) is None
    assert import_ids(['{"ImportId": "startDate"}']) == [{"ImportId": "startDate"}]


def test_an_address_among_the_headings_is_not_shown(tmp_path):
    rows = [list(row) for row in ROWS]
    rows[0][-1] = rows[1][-1] = "ann@example.org"
    with (tmp_path / "export.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    found = inspect_file(tmp_path / "export.csv")
    assert "@" in str(found.columns[-1]) and "@" not in str(found.as_dict())
