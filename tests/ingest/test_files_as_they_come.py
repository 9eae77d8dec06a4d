"""A table is the same table whatever its packing, encoding, delimiter and the titles above it; what is none is told."""

import gzip
import io
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.core.errors import InputError
from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings
from pipeline.ingest import columnar, schema
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_file, inspect_folder
from pipeline.ingest.layout import header_at, start_of
from tests.ingest.event_exports import dataset, judged_rows
from tests.ingest.small_company import write_sources

NAMES = ["Kundennummer", "Name", "Umsatz", "Kunde seit", "Tarif"]
RECORDS = [
    [str(1000 + n), f"Müller {n}", f"{n * 37 % 900},{n % 90:02d}", f"{1 + n % 28:02d}.{1 + n % 12:02d}.2024", "Plus"]
    for n in range(40)
]


def lines(delimiter: str) -> str:
    return "\r\n".join(delimiter.join(f'"{c}"' if delimiter in c else c for c in r) for r in [NAMES, *RECORDS]) + "\r\n"


def zipped(**members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
        archive.writestr("__MACOSX/._table.csv", "x")
    return content.getvalue()


def sheet(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


TITLES = "Umsatzbericht, Januar\n\nErstellt am;01.02.2024\n\n"
DISGUISES = {
    "plain": lines(",").encode(),
    "semicolons in Windows-1252": lines(";").encode("cp1252"),
    "bars": lines("|").encode("utf-8-sig"),
    "tabs in UTF-16": lines("\t").encode("utf-16"),
    "UTF-16 without a mark": lines("\t").encode("utf-16-le"),
    "UTF-16 without a mark, big end first": lines(";").encode("utf-16-be"),
    "UTF-32": lines(",").encode("utf-32"),
    "gzip": gzip.compress(lines(";").encode()),
    "zip": zipped(table_csv=lines(";")),
    "titles above": (TITLES + lines(";")).encode(),
    "a title and commas": ("Report of customers\n" + lines(",")).encode(),
    "padded titles": ("Report;;;;\n;;;;\n" + lines(";")).encode(),
    "Excel's sep": ("sep=;\n" + lines(";")).encode(),
    "a workbook": sheet([NAMES, *RECORDS]),
    "a workbook with titles": sheet([["Report"], [], ["made on", "1 Feb"], [], NAMES, *RECORDS]),
}


@pytest.mark.parametrize("name", DISGUISES)
@pytest.mark.parametrize("file", ["export", "export.csv", "export.gz", "survey.json"])
def test_a_table_is_recognised_by_its_content_whatever_its_name(tmp_path, name, file):
    (tmp_path / file).write_bytes(DISGUISES[name])
    found = inspect_file(tmp_path / file)
    assert (found.rows, found.header_rows, [c.name for c in found.columns]) == (40, 1, NAMES)
    assert [c.kind for c in found.columns] == ["numeric", "identifier", "numeric", "time", "nominal"]
    assert "numbers with a comma in Umsatz: declare `decimal`, `comma` or `point`" in found.warnings
    assert any("above the header" in w for w in found.warnings) == any(t in name for t in ("title", "sep"))


@pytest.fixture
def customers(tmp_path, ingest):
    """The customers that the stage makes of a file's bytes."""

    def made(content: bytes, name: str = "export") -> tuple[pd.DataFrame, dict]:
        folder = tmp_path / f"in-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / name).write_bytes(content)
        (folder / "pseudonym.key").write_text("k" * 64, encoding="ascii")
        field = {"column": "Umsatz", "kind": "numeric", "block": "behavioural", "label": "Umsatz"}
        source = {"kind": "customers", "format": "csv", "files": name, "ids": {"crm": "Kundennummer"},
                  "decimal": "comma", "fields": {"revenue": field}}  # fmt: skip
        if content.startswith(b"PK") and b"xl/workbook.xml" in content:
            source["format"] = "xlsx"
        write_sources(folder, {"title": "T", "sources": {"crm": source}})
        done = ingest(folder, f"{folder.name}-out")
        return done.table(schema.CUSTOMERS), done.summary

    return made


@pytest.mark.parametrize("name", ["UTF-16 without a mark", "zip", "titles above", "a workbook with titles"])
def test_the_stage_makes_the_same_customers_of_all(customers, name):
    expected, _ = customers(DISGUISES["plain"])
    assert expected["revenue"].tolist() != []
    assert sorted(expected["revenue"]) == sorted(float(r[2].replace(",", ".")) for r in RECORDS)
    found, summary = customers(DISGUISES[name])
    pd.testing.assert_frame_equal(found, expected)
    told = summary["sources"]["crm"]["warnings"]
    assert any("line(s) above the header are left out" in w for w in told) == ("titles" in name)


def test_one_damaged_byte_does_not_change_the_encoding_of_the_rest(customers, tmp_path):
    content = lines(",").encode().replace(b"Plus", b"Pl\xffus", 1)
    (tmp_path / "export.csv").write_bytes(content)
    found = inspect_file(tmp_path / "export.csv")
    assert found.encoding == "utf-8"
    assert any(w.startswith("1 byte(s) are no UTF-8") for w in found.warnings)
    table, summary = customers(content)
    assert len(table) == 40
    assert any("export: 1 byte(s) are no UTF-8" in w for w in summary["sources"]["crm"]["warnings"])


EVENTS = "user;at;what;sum\n" + "".join(
    f"u{n % 5};2025-02-{1 + n % 27:02d} 10:00Z;buy;1.{n:03d},50\n" for n in range(30)
)
LOG = {"format": "csv", "ids": {"user": "user"}, "columns": {"ts": "at", "event": "what", "amount": "sum"}}


@pytest.mark.parametrize("disguise", ["plain", "gzip", "zip", "title", "bytes"])
def test_events_are_the_same_in_all_packings(tmp_path, disguise):
    contents = {
        "plain": EVENTS.encode(),
        "gzip": gzip.compress(EVENTS.encode()),
        "zip": zipped(log_csv=EVENTS),
        "title": ("Orders of February\n\n" + EVENTS).encode(),
        "bytes": EVENTS.encode().replace(b"buy", b"b\xc3\xbcy").replace(b"u1", b"u\xff1", 1),
    }
    rows = judged_rows(dataset(tmp_path / "log", {"part.dat": contents[disguise]}, LOG | {"decimal": "comma"}))
    assert len(rows) == 30
    assert sorted(rows["cents"]) == [100_050 + 100 * n for n in range(30)]
    assert rows["reason"].isna().all()


def test_amounts_with_commas_are_not_guessed_at(tmp_path):
    rows = judged_rows(dataset(tmp_path / "log", {"part.dat": EVENTS}, LOG))
    assert set(rows["reason"]) == {"the amount is no number"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"%PDF-1.4\n1 0 obj\n" * 20, "a PDF document, no export"),
        (b"\n<!DOCTYPE html><html><body>Log in</body></html>", "a web page"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
        (b"SQLite format 3\x00" + bytes(99), "an SQLite database"),
        (zipped(a_csv="x,y\n1,2\n", b_csv="x,y\n1,2\n"), "an archive of 2 file.s., a.csv, b.csv. Unpack it"),
        (zipped(), "an archive that is empty or damaged"),
        (b"", "the file is empty"),
        (b"\n \r\n", "the file is empty"),
        (b"id,name\n", "a header without rows"),
        (gzip.compress(lines(",").encode())[:-9], "cannot be read as gzip"),
    ],
)
def test_what_is_no_table_is_told(tmp_path, content, told):
    (tmp_path / "export.csv").write_bytes(content)
    with pytest.raises(InputError, match=f"export.csv: {told}"):
        inspect_file(tmp_path / "export.csv")


OBJECTS = [f'{{"event_type": "seen", "event_time": "2025-02-03 10:00:0{n}", "user_id": "u{n}"}}' for n in range(3)]


def archive_of(members: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param((b"PK\x01\x02", 6, b"\xff"), id="a version that nobody knows"),
        pytest.param((b"PK\x01\x02", 10, b"\x63"), id="a method that nobody knows"),
        pytest.param((b"PK\x01\x02", 8, b"\x20"), id="patched data"),
        pytest.param((b"PK\x01\x02", 8, b"\x01"), id="a password"),
    ],
)
def test_an_archive_with_a_broken_directory_is_told(tmp_path, changed):
    mark, offset, byte = changed
    content = archive_of({"a.json": "\n".join(OBJECTS)})
    at = content.index(mark) + offset
    (tmp_path / "export.zip").write_bytes(content[:at] + byte + content[at + 1 :])
    with pytest.raises(InputError, match=r"export\.zip: "):
        inspect_file(tmp_path / "export.zip")


def test_all_files_of_an_archive_are_read_or_told(tmp_path):
    path = tmp_path / "export.zip"
    parts = {"./a.json": OBJECTS[0], "../b.json": OBJECTS[1], "c/D.JSON": OBJECTS[2]}
    path.write_bytes(
        archive_of({**parts, "__MACOSX/c/._d.json": "x", "c/.hidden.json": "x", "Thumbs.db": "x", "README.md": "x"})
    )
    assert inspect_file(path).rows == 3
    path.write_bytes(archive_of({**parts, "e.jso": OBJECTS[0]}))
    with pytest.raises(InputError, match=r"export\.zip: .*e\.jso"):
        inspect_file(path)


def shape_told(tmp_path, text: str) -> list[str]:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    return [w for w in inspect_file(tmp_path / "a.csv").warnings if "time" not in w]


GOOD = "id,plan,sum\n" + "".join(f"{n},p{n % 3},{n}.5\n" for n in range(12))


def test_a_second_table_is_told(tmp_path):
    assert shape_told(tmp_path, GOOD) == []
    second = "order,status,customer\n" + "".join(f"{n},open,{n}\n" for n in range(5))
    assert shape_told(tmp_path, GOOD + second) == [
        "row 13 looks like another header: a second table below? Give each table a file or sheet of its own"
    ]
    assert "1 row(s) repeat the header: were files put together?" in shape_told(tmp_path, GOOD + GOOD)
    beside = "\n".join(f"{line},,{'other' if n == 0 else n}" for n, line in enumerate(GOOD.splitlines())) + "\n"
    assert shape_told(tmp_path, beside) == [
        "column 4 is blank and has no name: a second table beside? Give each table a file or sheet of its own"
    ]


def test_columns_of_one_name_are_told(tmp_path):
    assert shape_told(tmp_path, "id,plan,plan\n1,a,b\n2,b,b\n") == [
        "columns of one name in the header, numbered: plan (2)"
    ]


def test_a_row_of_data_is_never_taken_for_a_title_or_a_header():
    assert header_at([["Ann"], ["1", "basic", "2024-01-01"], ["2", "plus", "2024-01-02"], ["3", "plus", "x"]]) == 0
    assert header_at([["id", "plan"], ["1", "a", "b"], ["2", "c", "d"], ["3", "e", "f"]]) == 0
    assert header_at([["id"], ["1"], ["2"]]) == 0
    assert header_at([["Q1", "", "", "", "", ""], ["", "Tea", "Coffee", "Milk", "Water", ""], [*"abcdef"]]) == 0
    assert start_of(['{"a": "x"}\n', '{"b": "x", "c": "y", "d": "z"}\n', '{"b": "x", "c": "y", "d": "z"}\n']).above == 0
    assert start_of(["Umsatz, netto;Kosten, brutto;Marge, in\n", "1;2;3\n", "2;3;4\n"]).delimiter == ";"


def test_numbers_since_1970_are_times_and_drafted_so(tmp_path):
    for unit, factor in (("seconds", 1), ("milliseconds", 1000)):
        folder = tmp_path / unit
        folder.mkdir()
        rows = "".join(f"u{n % 7},view,{(1_700_000_000 + n * 7_000) * factor}\n" for n in range(40))
        (folder / "log").write_text("user_id,event,timestamp\n" + rows, encoding="utf-8")
        found, problems = inspect_folder(folder)
        times = found[0].columns[2]
        assert (times.kind, times.zone, times.days) == ("time", f"UTC, {unit} since 1970", ("2023-11-14", "2023-11-18"))
        write_sources(folder, {})
        (folder / "sources.yaml").write_text(draft_sources("x", found, problems), encoding="utf-8")
        settings = parse(yaml.safe_load((folder / "sources.yaml").read_text()), DatasetSettings, "draft")
        assert settings.sources["log"].epoch == unit
        assert len(check(folder, settings)) == 1


@pytest.mark.parametrize("name", ["2024.csv", "no.csv", "null.csv", "a.csv"])
def test_names_that_yaml_takes_for_numbers_or_truths_are_drafted_as_texts(tmp_path, name):
    (tmp_path / name).write_text("id,2023,y,2024\n1,5,a,7\n2,6,b,8\n3,6,b,9\n", encoding="utf-8")
    draft = draft_sources("x", *inspect_folder(tmp_path))
    settings = parse(yaml.safe_load(draft), DatasetSettings, "draft")
    ((source, declared),) = settings.sources.items()
    assert source == {"a.csv": "a"}.get(name, f"source_{name.split('.')[0]}")
    assert list(declared.fields) == ["field_2023", "field_y"], "2024 differs in every row: it may be an id"
    assert len(check(tmp_path, settings)) == 1


def test_a_time_beyond_all_years_in_parquet_is_a_number_and_the_rest_is_read(tmp_path):
    moments = pa.array([10**18, 1_738_404_000_000_000, None], pa.int64()).cast(pa.timestamp("us"))
    pq.write_table(pa.table({"id": ["a", "b", "c"], "at": moments}), tmp_path / "x")
    assert list(columnar.records(tmp_path / "x")) == [
        ["id", "at"], ["a", "1000000000000000000"], ["b", "2025-02-01 10:00:00"], ["c", ""],
    ]  # fmt: skip
