"""Workbooks and Parquet files are tables like any other: what a cell shows is what is read."""

import csv
import datetime as dt
import io
import random
import re
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import InputError
from pipeline.ingest import files, schema
from pipeline.ingest.inspection import inspect_file, inspect_folder
from tests.ingest.small_company import CONTACTS, EXPOSURES, ORDERS, SURVEY, TURNS, write_sources


def rows_of(path):
    return list(files.records(path, files.layout_of(path)))


def workbook(path, **sheets):
    """A workbook with the given sheets, each a list of rows; `formats` of single cells may be set afterwards."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def as_tables(folder, write, names):
    """Delimited exports of the tiny company rewritten by `write(path, records)`."""
    for name in names:
        path = folder / f"{name}.csv"
        write(path, list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))))


def test_cells_become_the_text_that_excel_shows(tmp_path):
    path = workbook(
        tmp_path / "crm.xlsx",
        Contacts=[
            ["id", " Name", "at", "n", "x", "yes", "note"],
            ["0012", "Ann\nBerg", dt.datetime(2024, 3, 12, 9, 14), 12, 12.0, True, None],
            [],
            ["NA", "null", dt.date(2024, 3, 12), 123456789012345, 0.1 + 0.2, False, "#N/A"],
            [12, "x", dt.time(9, 14), -5, 1e-7, None, dt.timedelta(hours=30)],
        ],
    )
    book = openpyxl.load_workbook(path)
    book["Contacts"]["A5"].number_format = "0000"
    book["Contacts"]["G5"].number_format = "[h]:mm:ss"
    book.save(path)
    assert rows_of(path) == [
        ["id", " Name", "at", "n", "x", "yes", "note"],
        ["0012", "Ann\nBerg", "2024-03-12 09:14:00", "12", "12", "TRUE", ""],
        ["NA", "null", "2024-03-12", "123456789012345", "0.3", "FALSE", "#N/A"],
        ["0012", "x", "09:14:00", "-5", "1e-07", "", "108000"],
    ]


def test_dates_of_the_1904_calendar_are_the_same_days(tmp_path):
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["day"])
    book.active.append([dt.datetime(2024, 3, 12)])
    book.save(tmp_path / "mac.xlsx")
    assert rows_of(tmp_path / "mac.xlsx") == [["day"], ["2024-03-12"]]


def test_rows_are_as_wide_as_the_header_rows_and_long_sheets_are_read_to_their_end(tmp_path):
    rows = [["question", None, None], ["a", "b", "c"], *([str(i)] for i in range(5_000)), ["last", 1, 2, 3]]
    read = rows_of(workbook(tmp_path / "long.xlsx", S=rows))
    assert (len(read), read[0], read[5_001]) == (5_003, ["question", "", ""], ["4999", "", ""])
    assert read[-1] == ["last", "1", "2", "3"], "a cell beyond the header is not cut off: its row is told of"


def test_parquet_values_become_the_text_of_a_csv(tmp_path):
    zoned = pa.array([dt.datetime(2024, 3, 12, 9, 14, tzinfo=dt.UTC), None], pa.timestamp("ns", tz="Europe/Berlin"))
    table = pa.table(
        {
            "id": ["0012", "NA"],
            "n": pa.array([12, None], pa.int64()),
            "gaps": [12.0, float("nan")],
            "x": [0.1 + 0.2, 1.5],
            "ok": [True, None],
            "at": pa.array([dt.datetime(2024, 3, 12, 9, 14), None], pa.timestamp("ns")),
            "utc": zoned,
            "day": [dt.date(2024, 3, 12), None],
            "money": pa.array([1, None], pa.decimal128(10, 2)),
            "tags": [["a", "b"], []],
            "level": pa.array(["x", None]).dictionary_encode(),
            "raw": pa.array([b"\x00a", b"b"]),
        }
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    assert rows_of(path)[1:] == [
        ["0012", "12", "12", "0.3", "true", "2024-03-12 09:14:00", "2024-03-12 09:14:00Z", "2024-03-12", "1.00",
         '["a", "b"]', "x", "\x00a"],
        ["NA", "", "", "1.5", "", "", "", "", "", "[]", "", "b"],
    ]  # fmt: skip


def test_a_workbook_with_several_filled_sheets_asks_which(tmp_path):
    path = workbook(tmp_path / "crm.xlsx", Contacts=[["id"], ["1"]], Orders=[["order"], ["7"]], Empty=[])
    book = openpyxl.load_workbook(path)
    book.create_sheet("hiddenSheet").append(["vendor"])
    book["hiddenSheet"].sheet_state = "veryHidden"
    book.save(path)
    with pytest.raises(InputError, match=r"2 sheets hold rows: Contacts, Orders\. Name one, e\.g\. `files: crm\.xlsx/"):
        rows_of(path)
    (found,) = files.find(tmp_path, "*.xlsx/Ord*")
    assert rows_of(found) == [["order"], ["7"]]
    assert files.tables_in(path) == [path / "Contacts", path / "Orders"]
    assert sorted(i.file for i in inspect_folder(tmp_path)[0]) == ["crm.xlsx/Contacts", "crm.xlsx/Orders"]
    with pytest.raises(InputError, match=r"no filled sheet `Order`\. Did you mean `Orders`\? There are: Contacts"):
        rows_of(path / "Order")
    with pytest.raises(
        InputError, match=r"`crm.xlsx/Order`: no such file in .* Near: crm.xlsx/Contacts, crm.xlsx/Orders"
    ):
        files.find(tmp_path, "crm.xlsx/Order")


@pytest.mark.parametrize("pattern", ["", "a/**b"])
def test_what_is_no_pattern_of_files_is_told(tmp_path, pattern):
    with pytest.raises(InputError, match=re.escape(f"`{pattern}`: no pattern of files")):
        files.find(tmp_path, pattern)


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_container_changes_no_table(mini, sources, ingest, done, kind):
    """All of the tiny company's delimited exports, as text cells of a workbook and as columns of text in Parquet."""

    def write(path, records):
        target = path.with_suffix(f".{kind}")
        if kind == "xlsx":
            workbook(target, Sheet1=records)
        else:
            names, *rows = records
            pq.write_table(pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)}), target)
        path.unlink()

    as_tables(mini, write, ("contacts", "survey", "mailing", "interviews/a", *(["orders"] * (kind == "xlsx"))))
    for source in sources["sources"].values():
        if not list(mini.glob(source["files"].replace(".csv", f".{kind}"))):
            continue
        source["files"] = source["files"].replace(".csv", f".{kind}")
        source["format"] = kind if source["format"] == "csv" else source["format"]
    write_sources(mini, sources)
    read = ingest(mini)
    for table in (schema.CUSTOMERS, schema.RESPONSES, schema.TEXTS, schema.EXPOSURES, schema.IDENTITIES):
        assert read.table(table).equals(done.table(table)), table.name
    assert read.events.drop(columns="event_id").equals(done.events.drop(columns="event_id"))
    counts = ["read", "kept", "merged", "rejected"]
    assert read.reconciliation[counts].equals(done.reconciliation[counts])


@pytest.mark.parametrize(("declared", "found"), [("csv", "xlsx"), ("parquet", "xlsx"), ("xlsx", "csv")])
def test_a_wrong_container_is_told(mini, sources, ingest, declared, found):
    records = list(csv.reader(io.StringIO(ORDERS)))
    if found == "xlsx":
        workbook(mini / "orders.csv", Sheet1=records)
    sources["sources"]["orders"]["format"] = declared
    write_sources(mini, sources)
    with pytest.raises(InputError, match=rf"orders.csv: expected .*looks like `format: {found}`"):
        ingest(mini)


def test_files_are_recognised_by_content_not_by_name(tmp_path):
    records = list(csv.reader(io.StringIO(CONTACTS)))
    workbook(tmp_path / "export.bin", Sheet1=records)
    found = inspect_file(tmp_path / "export.bin")
    assert (found.format, found.rows, found.header_rows) == ("hubspot-contacts", 4, 1)
    workbook(tmp_path / "orders.csv", Sheet1=list(csv.reader(io.StringIO(ORDERS))))
    assert inspect_file(tmp_path / "orders.csv").format == "xlsx"
    pq.write_table(pa.table({"order": ["1"], "total": [2]}), tmp_path / "orders.txt")
    assert inspect_file(tmp_path / "orders.txt").format == "parquet"
    workbook(tmp_path / "survey.dat", Sheet1=list(csv.reader(io.StringIO("\n".join(SURVEY)))))
    assert inspect_file(tmp_path / "survey.dat").format == "qualtrics"
    assert EXPOSURES
    assert TURNS


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old format"),
        (b"PK\x03\x04 a spreadsheet", "an archive that is empty or damaged. Export it again, spreadsheets as XLSX"),
        (b"PAR1 cut off", "the Parquet file cannot be read"),
    ],
)
def test_what_cannot_be_opened_is_told(tmp_path, content, expected):
    path = tmp_path / "contacts.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=expected):
        rows_of(path)


@pytest.mark.parametrize("rows", [[], [[]], [[None, None]]])
def test_an_empty_workbook_is_told(tmp_path, rows):
    with pytest.raises(InputError, match="the file is empty"):
        rows_of(workbook(tmp_path / "empty.xlsx", Sheet1=rows))


def test_broken_files_give_a_table_or_a_clear_error(tmp_path):
    """Bytes of a workbook and of a Parquet file flipped or cut off: never a traceback, never a shorter table."""
    records = [["id", "day", "n"], *([f"{i:04}", dt.date(2024, 1, 1 + i % 28), i] for i in range(40))]
    good_book = workbook(tmp_path / "good.xlsx", Sheet1=records).read_bytes()
    pq.write_table(pa.table({"id": [r[0] for r in records[1:]]}), tmp_path / "good.parquet")
    rng = random.Random(7)
    for good in (good_book, (tmp_path / "good.parquet").read_bytes()):
        errors = 0
        for number in range(60):
            content = bytearray(good)
            for _ in range(rng.randrange(1, 4)):
                content[rng.randrange(4, len(content))] = rng.randrange(256)
            cut = content[: rng.randrange(8, len(content))] if number % 3 == 0 else content
            path = tmp_path / f"broken-{number}"
            path.write_bytes(bytes(cut))
            try:
                assert len(rows_of(path)) == 41
            except InputError:
                errors += 1
        assert errors > 20


def test_a_sheet_that_is_cut_off_inside_is_an_error_not_a_shorter_table(tmp_path):
    source = workbook(tmp_path / "good.xlsx", S=[["id"], *([str(i)] for i in range(2_000))])
    broken = tmp_path / "cut.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) * 3 // 4] if "sheet1" in name else content)
    with pytest.raises(InputError, match=r"cut\.xlsx: the workbook cannot be read \(ParseError\)"):
        rows_of(broken)


@pytest.mark.parametrize(("number", "told"), [("2", "row 2 stands below row 2 "), ("1\n", "row 1 stands below row 2 ")])
def test_a_row_with_the_number_of_another_is_told_rather_than_left_out(tmp_path, number, told):
    plain = workbook(tmp_path / "plain.xlsx", Contacts=[["id", "name"], ["1", "Ann"], ["2", "Ben"], ["3", "Cy"]])
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(tmp_path / "wrong.xlsx", "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content.replace(b'<row r="3"', f'<row ht="9" r="{number}"'.encode()))
    with pytest.raises(InputError, match=rf"wrong\.xlsx: {told}.*save it again"):
        rows_of(tmp_path / "wrong.xlsx")
    assert len(rows_of(plain)) == 4
