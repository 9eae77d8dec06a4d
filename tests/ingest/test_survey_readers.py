"""Every survey vendor's layout gives the same answers, however the file is written down."""

import random
from contextlib import suppress
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from pipeline.core.sources import read_sources
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_file, inspect_folder
from tests.ingest.survey_exports import ANN, BEN, CLEO, DRINKS, LAYOUTS, answered, layout, loaded, text_of
from tests.ingest.test_workbooks_and_parquet import workbook

RECOGNISED = [name for name in LAYOUTS if name != "labelled"]
"""Three rows are too few to tell a row of questions below the header from one of answers."""
KNOWS_THE_END = ["qualtrics", "qualtrics legacy", "typeform", "limesurvey", "long"]


def content_of(layout: str) -> str:
    return text_of(LAYOUTS[layout][0]()[0])


def shown(rows) -> pd.DataFrame:
    """Cells and ids in whatever order the file has them, spaces alike."""
    table = rows.rows.reindex(columns=sorted(rows.rows.columns)).assign(email_of=rows.ids["email"])
    table = table.apply(lambda cells: cells.str.replace(r"\s+", " ", regex=True).str.strip())
    return table.sort_values(list(table.columns), ignore_index=True)


@pytest.fixture(scope="module")
def plain_rows(tmp_path_factory):
    """What the plain file of each layout loads as."""
    folder = tmp_path_factory.mktemp("plain")
    return {name: loaded(folder, source, content_of(name).encode()) for name, (_, source) in LAYOUTS.items()}


def same(tmp_path, layout: str, content: bytes, before) -> None:
    """The file loads like the layout's plain file: same columns, cells, labels, ids, zone."""
    after = loaded(tmp_path, LAYOUTS[layout][1], content)
    pd.testing.assert_frame_equal(shown(before), shown(after))
    assert (before.columns, before.labels, before.zone) == (after.columns, after.labels, after.zone)
    assert before.read == after.read


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_answers(tmp_path, layout):
    answers = answered(tmp_path, LAYOUTS[layout][1], content_of(layout).encode())
    table = answers.table
    by = table.set_index(["customer_id", "question"]).sort_index()
    assert by.loc[[(ANN, "drinks")], "answer"].tolist() == DRINKS
    assert by.loc[[(BEN, "drinks")], "answer"].tolist() == ["Tea"]
    assert by.loc[[(ANN, "good"), (ANN, "cheap"), (BEN, "good")], "value"].tolist() == [2, 1, 0]
    assert by.loc[[(ANN, "score"), (BEN, "score")], "value"].tolist() == [9, 0]
    assert " ".join(by.loc[[(ANN, "why")], "answer"].iloc[0].split()) == "Good, really"
    assert np.isnan(by.loc[[(CLEO, "cheap")], "value"].iloc[0])
    assert (CLEO, "drinks") not in by.index, "nothing says that she saw the question"
    assert set(table["customer_id"]) == {ANN, BEN, CLEO}, "a preview is no response"
    finished = table.drop_duplicates("customer_id").set_index("customer_id")["finished"].to_dict()
    assert finished == {ANN: True, BEN: True, CLEO: layout not in KNOWS_THE_END}
    times = by.loc[[(ANN, "good"), (BEN, "good")], "answered_at"].tolist()
    assert times == [pd.Timestamp("2025-02-01T09:05Z"), pd.Timestamp("2025-02-02T09:05Z")]
    assert answers.account.warnings == []


@pytest.mark.parametrize("layout", RECOGNISED)
def test_a_survey_is_recognised_by_its_content(tmp_path, layout):
    maker, source = LAYOUTS[layout]
    rows, header_rows = maker()
    (tmp_path / "a.csv").write_text(text_of(rows), encoding="utf-8", newline="")
    found = inspect_file(tmp_path / "a.csv")
    assert (found.format, found.header_rows, found.rows) == (source["format"], header_rows, len(rows) - header_rows)


def in_excel(cell: str) -> object:
    """A cell as a spreadsheet types it: times, numbers and truths are no texts."""
    for form in ("%Y-%m-%d %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S"):
        with suppress(ValueError):
            return datetime.strptime(cell, form)
    if cell in ("True", "False"):
        return cell == "True"
    return int(cell) if cell.isdigit() and len(cell) < 15 else cell


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_survey_saved_as_workbook_is_read_as_the_vendors_format(tmp_path, layout):
    maker, source = LAYOUTS[layout]
    rows, top = maker()
    typed = [*rows[:top], *([in_excel(cell) for cell in row] for row in rows[top:])]
    content = workbook(tmp_path / "a.xlsx", Export=typed).read_bytes()
    assert layout not in RECOGNISED or inspect_file(tmp_path / "a.xlsx").format == source["format"]
    plain = answered(tmp_path / "plain", source, content_of(layout).encode())
    found = answered(tmp_path / "excel", source, content)
    known = ["customer_id", "question", "answer", "value", "answered_at", "finished"]
    by = ["customer_id", "question", "value", "answer"]
    before, after = (t.table[known].sort_values(by, ignore_index=True) for t in (plain, found))
    pd.testing.assert_frame_equal(after, before)


def shuffled_rows(rows, top):
    below = rows[top:]
    random.Random(3).shuffle(below)
    return [*rows[:top], *below]


def shuffled_columns(rows, top):
    """Columns in another order; a blank heading stays beside the question that it continues, or at the end."""
    width = max(i + 1 for row in rows for i, cell in enumerate(row) if cell)
    blocks: list[list[int]] = []
    for i in range(width):
        if rows[0][i] or not blocks:
            blocks.append([])
        blocks[-1].append(i)
    random.Random(5).shuffle(blocks)
    order = [*(i for block in blocks for i in block), *range(width, len(rows[0]))]
    return [[row[i] for i in order] for row in rows]


def with_trailing_cells(rows, top):
    return [[*row, "", ""] for row in rows]


def with_trailing_cells_below(rows, top):
    return [[*row, ""] if n >= top else row for n, row in enumerate(rows)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "change",
    [shuffled_rows, shuffled_columns, with_trailing_cells, with_trailing_cells_below],
    ids=lambda f: f.__name__,
)
def test_order_and_trailing_delimiters_change_nothing(tmp_path, plain_rows, layout, change):
    same(tmp_path, layout, text_of(change(*LAYOUTS[layout][0]())).encode(), plain_rows[layout])


WRITTEN = {
    "BOM and CRLF": lambda rows: b"\xef\xbb\xbf" + text_of(rows).replace("\n", "\r\n").encode(),
    "UTF-16": lambda rows: text_of(rows, "\t").encode("utf-16"),
    "Windows-1252": lambda rows: text_of(rows).encode("cp1252"),
    "semicolons": lambda rows: text_of(rows, ";").encode(),
    "all quoted": lambda rows: "\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows
    ).encode(),
    "blank lines": lambda rows: (text_of(rows[:-1]) + "\n" + text_of(rows[-1:]) + "\n\n").encode(),
    "bars": lambda rows: text_of(rows, "|").encode(),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("written", WRITTEN)
def test_how_the_file_is_written_changes_nothing(tmp_path, plain_rows, layout, written):
    same(tmp_path, layout, WRITTEN[written](LAYOUTS[layout][0]()[0]), plain_rows[layout])


@pytest.mark.parametrize("layout", RECOGNISED)
def test_a_drafted_declaration_passes_the_check(tmp_path, layout):
    (tmp_path / "survey.csv").write_text(content_of(layout), encoding="utf-8", newline="")
    found, problems = inspect_folder(tmp_path)
    text = draft_sources("Survey", found, problems)
    (tmp_path / "sources.yaml").write_text(text, encoding="utf-8")
    settings = read_sources(tmp_path)
    assert [f.name for f in check(tmp_path, settings)] == ["survey"]
    asked = settings.sources["survey"].questions
    assert 4 <= len(asked) <= 7, text
    spread = layout in ("surveymonkey", "limesurvey", "long")
    assert [q.kind for q in asked.values()].count("multi") == (1 if spread else 0), text


def test_the_draft_takes_a_few_numbers_for_codes_without_an_order(tmp_path):
    rows, top, _ = layout("qualtrics")
    codes = {"Disagree": "6", "Neither": "1", "Agree": "2"}
    coded = [*rows[:top], *([codes.get(cell, cell) for cell in row] for row in rows[top:])]
    (tmp_path / "survey.csv").write_text(text_of(coded), encoding="utf-8", newline="")
    line = next(li for li in draft_sources("t", *inspect_folder(tmp_path)).splitlines() if "column: Q1_1" in li)
    assert "kind: single" in line
    assert "# ? where these are codes: `codes: {1: …}`" in line
