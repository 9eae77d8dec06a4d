"""What `personas inspect` says of files and folders: no value is shown, nothing certain is claimed that is not."""

import gzip

import pandas as pd
import pytest
import yaml

from pipeline.core.errors import InputError
from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.files import layout_of
from pipeline.ingest.inspection import inspect_file, inspect_folder
from pipeline.ingest.placeholders import placeholders
from pipeline.ingest.recognition import looks_like, recognise
from tests.ingest.small_company import write_sources

CRM = "Id,Age,City,Visits,Seen,Joined\n" + "".join(
    f"{'NA' if n == 3 else f'00{n}'},{'unknown' if n % 9 == 0 else 20 + n},{'N/A' if n % 8 == 0 else 'Rome'},"
    f"{-99 if n % 10 == 0 else n % 12},2025-01-01 10:00{'Z' if n % 2 else ''},{1 + n % 9:02d}/05/2024\n"
    for n in range(60)
)


def column(path, name):
    return {c.name: c for c in inspect_file(path).columns}[name]


@pytest.fixture
def crm(tmp_path):
    path = tmp_path / "crm.csv"
    path.write_text(CRM, encoding="utf-8")
    return path


def test_placeholders_are_proposed_with_their_counts_and_never_in_ids(crm):
    assert column(crm, "Age").placeholders == {"unknown": 7}
    assert column(crm, "City").placeholders == {"N/A": 8}
    assert column(crm, "Visits").placeholders == {"-99": 6}
    assert column(crm, "Id").placeholders == {}
    assert column(crm, "Age").kind == "numeric"


@pytest.mark.parametrize(
    ("numbers", "found"),
    [
        ([*range(20), 999, 999], {"999": 2}),
        ([*range(900, 1000)], {}),
        ([*range(-20, 20), -99], {}),
        ([-1, *range(12)], {"-1": 1}),
        ([99, 1, 99], {}),
    ],
)
def test_codes_are_proposed_where_they_stand_out(numbers, found):
    assert placeholders(pd.Series([str(n) for n in numbers], dtype="str"), is_id=False) == found


def test_certainty_of_time_zones(crm):
    assert column(crm, "Seen").zone == "written with some, not with others"
    assert column(crm, "Joined").zone == "days only"
    assert column(crm, "Joined").kind == "time"
    warnings = inspect_file(crm).warnings
    assert "times without a time zone in Seen, Joined: declare `timezone`" in warnings
    assert "`Joined`: declare `dates`, `month first` or `day first`" in warnings


def test_three_ways_to_write_a_date_are_told(tmp_path):
    days = ["2024-03-05", "5/3/2024", "13.03.2024"] * 10
    (tmp_path / "a.csv").write_text("n,day\n" + "".join(f"{n},{d}\n" for n, d in enumerate(days)), encoding="utf-8")
    assert "`day`: 20 date(s) are written otherwise than the others" in inspect_file(tmp_path / "a.csv").warnings


def test_a_missing_header_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("7,anna@example.org,Rome\n8,ben@example.org,Oslo\n", encoding="utf-8")
    assert "the first row looks like data: is the header missing?" in inspect_file(tmp_path / "a.csv").warnings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_encodings_and_gzip(tmp_path, encoding):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CRM.replace("Rome", "Köln").encode(encoding)))
    found = inspect_file(tmp_path / "a.csv.gz")
    assert (found.encoding, found.rows, found.delimiter) == (encoding.removesuffix("-sig"), 60, ",")


def test_rows_beyond_those_looked_at_are_counted(tmp_path):
    rows = "".join(f"{n},x\n" for n in range(20_500)) + "broken\n"
    (tmp_path / "a.csv").write_text("n,v\n" + rows, encoding="utf-8")
    found = inspect_file(tmp_path / "a.csv")
    assert found.rows == 20_501
    assert "1 row(s) do not have as many cells as the header" in found.warnings


def test_a_draft_proposes_missing_texts_and_keeps_names_apart(tmp_path, crm):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "crm.csv").write_text(CRM, encoding="utf-8")
    (tmp_path / "reviews.csv").write_text("review_id,body,stars,day\n1,It works,5,2024-01-01\n", encoding="utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    text = draft_sources("x", *inspect_folder(tmp_path))
    assert "#   N/A: 8 in City" in text or '#   "N/A": 8 in City' in text
    draft = yaml.safe_load(text)
    assert draft["sources"]["crm"]["missing"] == ["", "-99", "N/A", "unknown"]
    assert draft["sources"]["reviews"]["columns"] == {
        "text": "body", "rating": "stars", "document": "review_id", "written_at": "day",
    }  # fmt: skip
    write_sources(tmp_path, draft)
    assert len(check(tmp_path, parse(draft, DatasetSettings, "draft"))) == 3


def test_a_folder_without_files_is_told(tmp_path):
    with pytest.raises(InputError, match="no files to inspect"):
        inspect_folder(tmp_path)


@pytest.mark.realdata
def test_the_draft_of_the_real_survey_exports_passes_the_check(real_data, tmp_path):
    for path in (real_data / "survey_exports").iterdir():
        (tmp_path / path.name).symlink_to(path)
    found, problems = inspect_folder(tmp_path)
    assert problems == []
    assert sorted(f.rows for f in found) == [156, 156, 480, 748, 2086, 16_549]
    draft = yaml.safe_load(draft_sources("real", found, problems))
    write_sources(tmp_path, draft)
    assert len(check(tmp_path, parse(draft, DatasetSettings, "draft"))) == 6


@pytest.mark.parametrize("text", ['[{"event": "x"},\n {"event": "y"}]', '\ufeff[\n  {\n "event": "x"}]'])
def test_a_json_array_is_a_log_of_objects(tmp_path, text):
    path = tmp_path / "export.json"
    path.write_text(text, encoding="utf-8")
    name, found = recognise(path)
    assert (name, found.columns) == ("jsonl", ("event",))
    assert looks_like(path) == " The file looks like `format: jsonl`.", "where it is declared as another format"
    with pytest.raises(InputError, match=r"export.json: expected delimited text, found an array of JSON objects"):
        layout_of(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[{"event": "x"},\n {"event": "y"}', "object 3 of the JSON cannot be read, .* or the file breaks off there"),
        ('[{"event": "x"}, {"event": y}]', "object 2 of the JSON cannot be read"),
        ('[{"event": ' + "[" * 100_000, "object 1 of the JSON cannot be read"),
        ('{"events": [{"event": "x"}], "next": 2}\n', "expected many JSON objects, found one"),
        ('{\n "events": [\n {"event": "x"}]}', r"expected many JSON objects, found one. .* `jq '.events' export.json"),
    ],
)
def test_an_array_that_breaks_off_or_stands_in_an_object_is_told(tmp_path, text, told):
    path = tmp_path / "export.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"export\.json: {told}"):
        recognise(path)


def test_a_draft_takes_the_observation_and_the_columns_of_events_from_the_file(tmp_path):
    """Of a log with days only: the case repeats, the activity's id does not, `.order` tells equal days apart."""
    lines = [f"c{n % 3},{('pay', 'call')[n % 2]},a-{n},2024-02-{1 + n % 9:02d},{n}.5,{n}\n" for n in range(40)]
    (tmp_path / "log.csv").write_text(
        "case_id,activity,activity_id,day,amount,.order\n" + "".join(lines), encoding="utf-8"
    )
    draft = draft_sources("Log", *inspect_folder(tmp_path))
    settings = parse(yaml.safe_load(draft), DatasetSettings, "draft")
    assert settings.observation is not None
    assert [str(day) for day in (settings.observation.start, settings.observation.end)] == ["2024-02-01", "2024-02-10"]
    log = settings.sources["log"]
    assert log.ids == {"case": "case_id"}
    assert log.columns == {
        "ts": "day", "event": "activity", "event_id": "activity_id", "amount": "amount", "order": ".order",
    }  # fmt: skip
    assert len(check(tmp_path, settings)) == 1


def test_ids_of_things_are_never_taken_for_those_of_persons(tmp_path):
    (tmp_path / "products.csv").write_text("product_id,brand\n1,a\n2,b\n", encoding="utf-8")
    (tmp_path / "people.csv").write_text("household_id,size\n1,2\n2,1\n", encoding="utf-8")
    draft = draft_sources("Shop", *inspect_folder(tmp_path))
    sources = parse(yaml.safe_load(draft), DatasetSettings, "draft").sources
    assert "products" not in sources
    assert "  #   join: [{files: products.csv, on: product_id, columns: [brand]}]\n" in draft
    assert sources["people"].ids == {"household": "household_id"}
    assert draft.count("no column says whose a row is, so no source of its own") == 1
