"""Bad exports and settings: one clear error that names source, file, what was found and what to do."""

import json

import pytest

from pipeline.core.errors import InputError, PipelineError
from pipeline.core.sources import read_sources
from pipeline.ingest.checks import check
from tests.ingest.small_company import write_sources


def problems(folder) -> str:
    """The message of the one error that checking the dataset raises."""
    with pytest.raises(PipelineError, match="mistake") as raised:
        check(folder, read_sources(folder))
    return str(raised.value)


def test_a_good_dataset_passes(mini):
    assert [f.name for f in check(mini, read_sources(mini))][:2] == ["contacts", "survey"]


def test_mistakes_of_all_sources_are_told_at_once(mini):
    (mini / "contacts.csv").unlink()
    (mini / "orders.csv").write_text("", encoding="utf-8")
    (mini / "mailing.csv").write_text("email,experiment,variant,sent_at\n", encoding="utf-8")
    told = problems(mini)
    assert "3 mistake(s)" in told
    assert "contacts: `contacts.csv`: no such file" in told
    assert "orders: orders.csv: the file is empty" in told
    assert "mailing: mailing.csv: a header without rows" in told


def test_a_missing_file_lists_near_ones(mini):
    (mini / "contacts.csv").rename(mini / "contact.csv")
    assert "Near: contact.csv" in problems(mini)


@pytest.mark.parametrize(
    ("source", "declared", "expected"),
    [
        ("orders", "qualtrics", ["three header rows", "no import ids in row 3", "looks like `format: csv`"]),
        ("survey", "csv", ["one header row", "found three header rows", "looks like `format: qualtrics`"]),
        ("contacts", "transcript", ["doc_id", "found Record ID", "looks like `format: hubspot-contacts`"]),
        ("orders", "segment", ["one JSON object per line", "looks like `format: csv`"]),
        ("web", "csv", ["found JSON", "one object per line", "looks like `format: segment`"]),
    ],
)
def test_a_wrong_format_says_what_was_expected_found_and_what_it_looks_like(mini, sources, source, declared, expected):
    kind = {"qualtrics": "responses", "transcript": "texts"}.get(declared, sources["sources"][source]["kind"])
    sources["sources"][source] |= {"format": declared, "kind": kind}
    write_sources(mini, sources)
    told = problems(mini)
    assert all(text in told for text in expected), told


def test_an_unknown_format_lists_the_known_ones(mini, sources):
    sources["sources"]["survey"]["format"] = "qualtrix"
    write_sources(mini, sources)
    assert "unknown format `qualtrix`. Did you mean `qualtrics`? Known: amplitude, " in problems(mini)


def test_a_format_that_has_no_such_kind_says_what_it_has(mini, sources):
    sources["sources"]["interviews"]["format"] = "qualtrics"
    write_sources(mini, sources)
    assert "format `qualtrics` has no `kind: texts`. It has: responses." in problems(mini)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("contacts", "ids", "contact"), "Record Id", "ids.contact: no column `Record Id`. Did you mean `Record ID`?"),
        (("contacts", "fields", "city", "column"), "Town", "fields.city: no column `Town`. Columns: Record ID"),
        (("contacts", "stage_dates", "Became Customer"), "Became Customer Date", "mean `Became a Customer Date`?"),
        (("survey", "questions", "nps", "column"), "Q33", "questions.nps: no column `Q33`"),
        (("orders", "columns", "amount"), "totals", "columns.amount: no column `totals`. Did you mean `total`?"),
        (("orders", "columns", "amounts"), "total", "no standard column of events. Did you mean `amount`?"),
        (("web", "ids", "contact"), "userid", "ids.contact: no column `userid`. Did you mean `userId`?"),
        (("orders", "where"), {"state": "paid"}, "where: no column `state`"),
        (("orders", "event"), None, "give `columns.event`, or `event`"),
        (("orders", "ids"), {}, "`ids` is empty"),
        (("contacts", "fields", "religion"), {"column": "City", "kind": "nominal", "block": "demographic", "label": ""},
         "special category of personal data. Remove it or set `role: exclude`"),
        (("contacts", "fields", "who"), {"column": "Email", "kind": "nominal", "block": "demographic", "label": "R"},
         "holds a direct identifier"),
    ],
)  # fmt: skip
def test_a_column_that_is_not_there_or_not_allowed_is_named(mini, sources, path, value, expected):
    part = sources["sources"]
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    write_sources(mini, sources)
    assert expected in problems(mini)


@pytest.mark.parametrize("source", ["contacts", "survey", "orders"])
def test_times_without_a_zone_need_one(mini, sources, source):
    del sources["sources"][source]["timezone"]
    write_sources(mini, sources)
    told = problems(mini)
    assert f"{source}: " in told
    assert "without a time zone. Declare `timezone`" in told


def test_a_zone_named_by_the_export_is_enough(mini, sources):
    del sources["sources"]["survey"]["timezone"]
    write_sources(mini, sources)
    text = (mini / "survey.csv").read_text(encoding="utf-8")
    zoned = text.replace(
        '{""ImportId"":""recordedDate""}', '{""ImportId"":""recordedDate"",""timeZone"":""Europe/Berlin""}'
    )
    (mini / "survey.csv").write_text(zoned, encoding="utf-8")
    found = {f.name: f for f in check(mini, read_sources(mini))}
    assert found["survey"].zone == "Europe/Berlin"


def test_a_naive_time_after_the_first_rows_still_needs_a_zone(mini, sources, ingest):
    del sources["sources"]["orders"]["timezone"]
    write_sources(mini, sources)
    rows = [f"a{n},13,2025-02-03T09:00:00Z,1" for n in range(300)] + ["b,13,2025-02-03 09:00:00,1"]
    (mini / "orders.csv").write_text(
        "\n".join(["order_id,contact_id,ordered_at,total", *rows]) + "\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"source `orders`: `ordered_at` holds times without a time zone"):
        ingest(mini)


def test_files_that_are_no_text_are_named(mini):
    (mini / "contacts.csv").write_bytes(b"PK\x03\x04 a spreadsheet")
    (mini / "orders.csv").write_bytes(b"\x1f\x8b")
    (mini / "orders.csv").rename(mini / "orders.csv.gz")
    told = problems(mini)
    assert "contacts.csv: an archive that is empty or damaged. Export it again, spreadsheets as XLSX or CSV" in told


def test_a_broken_gzip_file_is_an_input_error(mini, sources):
    (mini / "orders.csv.gz").write_bytes(b"\x1f\x8b broken")
    sources["sources"]["orders"]["files"] = "orders.csv.gz"
    write_sources(mini, sources)
    assert "orders.csv.gz: cannot be read as gzip" in problems(mini)


def test_a_lookup_key_with_two_rows_is_an_input_error(mini, sources, ingest):
    (mini / "names.csv").write_text("contact_id,tier\n13,a\n13,b\n", encoding="utf-8")
    sources["sources"]["orders"]["join"] = [{"files": "names.csv", "on": "contact_id", "columns": ["tier"]}]
    write_sources(mini, sources)
    with pytest.raises(InputError, match=r"names.csv: `contact_id` is not unique, 1 key\(s\)"):
        ingest(mini)


def test_rows_that_do_not_fit_the_header_are_rejected(mini, ingest):
    with (mini / "orders.csv").open("a", encoding="utf-8") as file:
        file.write("o7,13\no8,13,2025-02-05 09:00:00,1\n")
    with (mini / "mailing.csv").open("a", encoding="utf-8") as file:
        file.write("ben@example.org,mail\n")
    done = ingest(mini)
    assert done.reconciliation.loc["orders", ["read", "kept", "rejected"]].tolist() == [9, 6, 2]
    assert done.reasons["mailing", "the row has 2 cells, the header has 4"] == 1


def test_messages_that_are_json_but_no_object_are_rejected(mini, ingest):
    with (mini / "events" / "part-1.jsonl").open("a", encoding="utf-8") as file:
        file.write("[1, 2]\n" + json.dumps("text") + "\n\n")
    assert ingest(mini).reasons["web", "the line is not a JSON object"] == 3
