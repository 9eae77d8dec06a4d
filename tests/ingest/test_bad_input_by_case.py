"""What analysts meet: corrupt lines, several delimiters, doubled headings, clashing ids, no header, endless lines."""

import gzip
import json

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.errors import InputError, PipelineError
from pipeline.core.sources import read_sources
from pipeline.ingest import scan
from pipeline.ingest.checks import check
from pipeline.ingest.inspection import inspect_file
from pipeline.ingest.load import damage_told
from pipeline.ingest.readers.event_parquet import first_rows
from pipeline.ingest.readers.xes import count
from tests.ingest.container_mutations import members_of, zip_of
from tests.ingest.event_exports import AMPLITUDE, AT, amplitude, amplitude_zip, xes
from tests.ingest.small_company import CONTACTS, ORDERS, SURVEY, TURNS, write_sources

NOISE = ['"%%', "null", '{"a":', "x;13;2025-02-05 09:00:00;4", "a\tb\tc\td", '"x,y']
PERSONAL = ("anna", "berg", "+49", "ask", "agree", "203.0.113")


@pytest.fixture
def messy(mini, sources):
    """A tenth of the orders corrupt, some in the future or negative; doubled headings; dates in three styles; two CRMs
    whose ids clash: contact 13 is Ben in one and Zoe in the other."""
    good = [f"x{n},13,2025-02-05 09:00:00,{n}" for n in range(54)]
    rows = [line for n in range(6) for line in (*good[9 * n : 9 * n + 9], NOISE[n])]
    extra = ["f1,13,2999-01-01 00:00:00,5", "n1,13,2025-02-06 00:00:00,-7.5", ""]
    (mini / "orders.csv").write_text(ORDERS + "\n".join([*rows, *extra]), encoding="utf-8")
    doubled = CONTACTS.replace("City,Age", "City,City").replace("2025-03-02 11:00", "3/14/2025 10:00 AM")
    dora = "15,Dora,Duck,dora@example.org,,Lead,2025-01-07 10:00,14.03.2025,Rom,51,small\n"
    (mini / "contacts.csv").write_text(doubled + dora, encoding="utf-8")
    (mini / "other.csv").write_text(
        "Record ID,Email,Lifecycle Stage,Create Date\n13,zoe@example.net,Lead,2025-01-05 09:14\n", encoding="utf-8"
    )
    del sources["sources"]["contacts"]["fields"]["age"]
    contacts = sources["sources"]["contacts"]
    shared = {k: contacts[k] for k in ("kind", "format", "timezone", "ids")}
    sources["sources"]["other"] = {**shared, "files": "other.csv"}
    write_sources(mini, sources)
    return mini


def test_what_cannot_be_kept_is_rejected_or_told(messy, ingest):
    done = ingest(messy)
    assert done.reconciliation.loc["orders", ["read", "kept", "merged", "rejected"]].tolist() == [69, 60, 1, 8]
    assert {reason: n for (source, reason), n in done.reasons.items() if source == "orders"} == {
        "outside the observation": 1,
        "the amount is no number": 1,
        "the line is broken: it is no JSON object, or lacks a quote": 2,
        "the row has 1 cells, the header has 4": 4,
    }
    refunds = done.events.loc[done.events["event"] == "Refunded", "amount_hundredths"]
    assert sorted(refunds) == [-750, -205]
    told = done.summary["sources"]["contacts"]
    assert "City (2)" in told["unknown_columns"]
    assert "`Became a Customer Date`: 1 cell(s) are no time, now missing" in told["warnings"]
    clashes = {c["space"]: c["conflict"] for c in done.summary["identity"]["conflict_table"]}
    assert clashes["email"] == "several identifiers of one customer"


def test_two_sources_that_declare_one_field_are_told(mini, sources):
    sources["sources"]["other"] = json.loads(json.dumps(sources["sources"]["contacts"]))
    write_sources(mini, sources)
    with pytest.raises(PipelineError, match=r"`city` is declared by `contacts` and by `other`: rename one"):
        read_sources(mini)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("contacts", CONTACTS), ("orders", ORDERS), ("interviews", TURNS), ("survey", "\n".join(SURVEY[2:])),
        ("mailing", "anna@example.org,mail,b,2025-02-09T07:00:00Z\n" * 3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("format_", ["as declared", "csv"])
def test_a_file_without_its_header_shows_no_row_of_data(mini, sources, source, text, format_):
    """Neither in the mistakes of `personas check` nor by `personas inspect`."""
    declared = sources["sources"][source]
    path = next(mini.glob(declared["files"]))
    path.write_text(text.split("\n", 1)[1], encoding="utf-8")
    declared["format"] = declared["format"] if format_ == "as declared" else "csv"
    write_sources(mini, sources)
    with pytest.raises(PipelineError, match=rf"{source}: ") as raised:
        check(mini, read_sources(mini))
    assert [word for word in PERSONAL if word in str(raised.value).lower()] == []
    shown = CliRunner().invoke(app, ["inspect", str(path), "--json"])
    assert [word for word in PERSONAL if word in shown.output.lower()] == []


def test_a_folder_for_a_file_is_told(mini):
    (mini / "orders.csv").unlink()
    (mini / "orders.csv").mkdir()
    with pytest.raises(InputError, match=r"orders: `orders.csv`: no such file"):
        check(mini, read_sources(mini))


@pytest.mark.parametrize("source", ["contacts", "orders", "web"])
def test_one_endless_line_is_refused_before_it_is_in_memory(mini, sources, source, monkeypatch):
    monkeypatch.setattr(scan, "LONGEST_LINE", 4_096)
    monkeypatch.setattr(scan, "_BLOCK", 1_024)
    path = next(mini.glob(sources["sources"][source]["files"]))
    first = path.read_text(encoding="utf-8").splitlines()[0]
    path.write_text(first + "\n" + first * 200, encoding="utf-8")
    with pytest.raises(InputError, match=rf"{source}: {path.name}: a line is longer than .* MiB\. Export it again"):
        check(mini, read_sources(mini))
    with pytest.raises(InputError, match="a line is longer than"):
        inspect_file(path)


@pytest.mark.parametrize("inside", ["trace", "list", "event"])
def test_an_event_at_a_wrong_place_in_xes_is_told_not_lost(tmp_path, inside):
    good = xes(
        {"a": [("Start", "2025-02-01T10:00:00Z", "complete")], "b": [("End", "2025-02-02T10:00:00Z", "complete")]}
    )
    (tmp_path / "good.xes").write_text(good, encoding="utf-8")
    assert count(tmp_path / "good.xes") == 2
    wrong = good.replace("<event>", f"<{inside}><event>", 1).replace("</event>", f"</event></{inside}>", 1)
    (tmp_path / "wrong.xes").write_text(wrong, encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.xes: the XML cannot be read: an event stands inside"):
        count(tmp_path / "wrong.xes")


def test_an_hour_without_events_in_a_zip_is_no_damage_but_half_an_hour_is(rows):
    hour = members_of(amplitude_zip([[amplitude("View", "d1", AT, "i1")]]))
    whole = zip_of([*hour, ("1/1_2025-02-01_9#0.json", b""), ("1/1_2025-02-01_8#0.json.gz", gzip.compress(b""))])
    assert len(rows(whole, AMPLITUDE, "a.zip")) == 1
    half = zip_of([*hour, ("1/1_2025-02-01_8#0.json.gz", hour[0][1][:-9])])
    with pytest.raises(InputError, match=r"a\.zip: "):
        rows(half, AMPLITUDE, "a.zip")


@pytest.mark.parametrize("error", [duckdb.Error("TProtocolException: Invalid data"), duckdb.IOException("row 7")])
def test_what_the_engine_says_of_a_damaged_file_is_told_without_its_words(error):
    with pytest.raises(InputError, match="source `log`: its files are damaged") as told, damage_told("log"):
        raise error
    assert str(error) not in str(told.value)


def test_a_full_disk_is_no_damage():
    with pytest.raises(duckdb.IOException, match="No space left"), damage_told("log"):
        raise duckdb.IOException('Could not write file "/tmp/spilled": No space left on device')


def test_a_wrong_query_is_no_damage():
    with pytest.raises(duckdb.BinderException), damage_told("log"):
        duckdb.sql("SELECT nothing FROM (SELECT 1 AS one)")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"event": ["a"], "": ["b"]}, "column 2 has no name"),
        ({"event": ["a"], "timestamp": pa.array([2**62], pa.timestamp("us", "UTC"))}, "a time outside of the years"),
    ],
)
def test_what_no_json_object_can_hold_is_told_of_parquet(tmp_path, table, told):
    pq.write_table(pa.table(table), tmp_path / "log.parquet")
    with pytest.raises(InputError, match=rf"log\.parquet: .*{told}"):
        first_rows(tmp_path / "log.parquet")


def test_a_column_whose_name_is_no_text_is_told_of_parquet(tmp_path):
    pq.write_table(pa.table({"event": ["a"], "person": ["b"]}), tmp_path / "log.parquet", store_schema=False)
    content = (tmp_path / "log.parquet").read_bytes()
    (tmp_path / "log.parquet").write_bytes(content.replace(b"person", b"per\xffon"))
    with pytest.raises(InputError, match=r"log\.parquet: cannot be read as Parquet \(UnicodeDecodeError\)"):
        first_rows(tmp_path / "log.parquet")
