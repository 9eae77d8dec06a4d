"""Laws of the CRM exports: how a file is written down decides nothing."""

import csv
import io
import random

import pytest

from pipeline.core import stage
from pipeline.ingest.stage import main
from tests.ingest.crm_exports import FILES, OBSERVATION, ZONE, field, salesforce, source
from tests.ingest.small_company import Outputs, write_sources

SOURCES = {
    **salesforce(),
    "opportunities": source("events", "sf_opportunities.csv", {"contact": "ContactId"}),
    "fields": source(
        "events", "sf_fields.csv", {"contact": "ContactId"},
        join=[{"files": "sf_opportunities.csv", "on": "OpportunityId", "key": "Id", "columns": ["ContactId"]}],
    ),
    "stages": source(
        "events", "sf_stages.csv", {"contact": "ContactId"},
        join=[{"files": "sf_opportunities.csv", "on": "OpportunityId", "key": "Id", "columns": ["ContactId"]}],
    ),
    "people": source(
        "customers", "contacts.csv", {"hubspot": "Record ID", "email": "Email"}, **ZONE,
        fields={"town": field("City"), "seat": field("Company City")},
        stage_dates={"Became Lead": "Became a Lead Date"},
        join=[{"files": "companies.csv", "on": "Associated Company IDs", "key": "Record ID", "separator": ";",
               "prefix": "Company ", "columns": ["City"]}],
    ),
    "history": source("events", "history.csv", {"hubspot": "contactId"}),
    "deals": source("events", "deals.csv", {"hubspot": "Associated Contact IDs"}, **ZONE),
    "view": source(
        "customers", "dynamics.csv", {"guid": "(Do Not Modify) Contact", "email": "Email"}, **ZONE,
        fields={"country": field("Country")}, stage_dates={"Created": "Created On"},
    ),
}  # fmt: skip


def rewritten(folder, change, delimiter=",", encoding="utf-8", end="\n"):
    """Every export as changed by `change(records) -> records`."""
    for name, (text, _) in FILES.items():
        records = change(list(csv.reader(io.StringIO(text, newline=""))))
        written = io.StringIO(newline="")
        csv.writer(written, delimiter=delimiter, lineterminator=end).writerows(records)
        (folder / name).write_bytes(written.getvalue().encode(encoding))


def shuffled(records):
    return [records[0], *random.Random(3).sample(records[1:], len(records) - 1)]


WAYS = {
    "rows shuffled, columns turned, semicolons, byte order mark, CRLF": {
        "change": lambda r: [row[::-1] for row in shuffled(r)],
        "delimiter": ";",
        "encoding": "utf-8-sig",
        "end": "\r\n",
    },
    "UTF-16, tabs": {"change": list, "encoding": "utf-16", "delimiter": "\t"},
    "Latin-1, trailing commas": {"change": lambda r: [[*row, ""] for row in r], "encoding": "latin-1"},
}


def dataset(folder):
    folder.mkdir()
    (folder / "pseudonym.key").write_text("k" * 64, encoding="ascii")
    write_sources(folder, {"title": "CRM", "observation": OBSERVATION, "sources": SOURCES})
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory, root):
    """The tables of the exports as they stand in the readers' tests."""
    folder = tmp_path_factory.mktemp("plain")
    rewritten(dataset(folder / "crm"), list)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("PERSONAS_PSEUDONYM_KEY", raising=False)
        main(stage.Paths(dataset=folder / "crm", out=folder / "out", metrics=folder / "out.json"))
    return Outputs(folder / "out")


def unknown_columns(outputs):
    return {name: s["unknown_columns"] for name, s in outputs.summary["sources"].items()}


@pytest.mark.parametrize("way", WAYS)
def test_how_an_export_is_written_changes_no_table(tmp_path, ingest, plain, way):
    assert plain.reconciliation["kept"].min() > 0
    folder = dataset(tmp_path / "crm")
    rewritten(folder, **WAYS[way])
    other = ingest(folder)
    first, second = plain.all_bytes(), other.all_bytes()
    numbered = {"rejects.parquet", "ingest.json"}
    assert [name for name in first if name not in numbered and first[name] != second[name]] == []
    assert other.reasons == plain.reasons
    assert unknown_columns(other) == unknown_columns(plain)
