"""Laws of ingest: how an export is written down decides nothing, and the key decides ids only."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core import tables
from pipeline.ingest import schema
from tests.ingest.small_company import write_mini

HEADER_ROWS = {"contacts.csv": 1, "survey.csv": 3, "orders.csv": 1, "mailing.csv": 1, "interviews/a.csv": 1}
TABLES = (schema.CUSTOMERS, schema.RESPONSES, schema.TEXTS, schema.EXPOSURES, schema.IDENTITIES, schema.RECONCILIATION)
KEYED = {"customer_id", "response_id", "text_id", "document", "event_id", "identifier"}


def rewrite(folder: Path, change) -> None:
    """Every delimited export as changed by `change(records, header_rows) -> records`."""
    for name, header_rows in HEADER_ROWS.items():
        path = folder / name
        cells = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(change(cells, header_rows))
        path.write_text(text.getvalue(), encoding="utf-8", newline="")


def same(one, two) -> None:
    """All tables equal, byte for byte; `rejects` names rows of the file and may differ in these."""
    first, second = one.all_bytes(), two.all_bytes()
    del first["rejects.parquet"], second["rejects.parquet"]
    assert [n for n in first if first[n] != second.get(n)] == []
    reasons = [o.table(schema.REJECTS)[["source", "column", "reason", "value"]].fillna("") for o in (one, two)]
    assert sorted(map(tuple, reasons[0].to_numpy())) == sorted(map(tuple, reasons[1].to_numpy()))


def with_mark_and_crlf(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        if path.suffix in (".csv", ".jsonl"):
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))


def turned_and_with_semicolons(folder: Path) -> None:
    rewrite(folder, lambda cells, _: [row[::-1] for row in cells])
    for path in folder.rglob("*.csv"):
        cells = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";", lineterminator="\n").writerows(cells)
        path.write_text(text.getvalue(), encoding="utf-8", newline="")


def in_utf16(folder: Path) -> None:
    for path in folder.rglob("*.*"):
        if path.suffix in (".csv", ".jsonl"):
            path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))


@pytest.mark.parametrize("change", [with_mark_and_crlf, turned_and_with_semicolons, in_utf16])
def test_how_a_file_is_written_changes_nothing(mini, ingest, done, change):
    change(mini)
    same(done, ingest(mini))


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_shuffling_the_rows_of_every_export_changes_no_table(tmp_path, ingest, done, sources, random):
    folder = tmp_path / "mini"
    write_mini(folder, sources)
    rewrite(folder, lambda cells, top: [*cells[:top], *random.sample(cells[top:], len(cells) - top)])
    for path in (folder / "events").glob("*.jsonl"):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
        path.write_text("\n".join(random.sample(lines, len(lines))) + "\n", encoding="utf-8")
    same(done, ingest(folder))


def test_another_key_changes_ids_and_nothing_else(mini, ingest, done):
    (mini / "pseudonym.key").write_text("z" * 64, encoding="ascii")
    other = ingest(mini)

    def bare(frame: pd.DataFrame) -> list[tuple]:
        shown = frame.drop(columns=[c for c in frame.columns if c in KEYED]).astype("object").fillna("-").astype(str)
        return sorted(map(tuple, shown.to_numpy()))

    for table in TABLES:
        assert bare(done.table(table)) == bare(other.table(table)), table.name
    assert bare(done.events) == bare(other.events)
    assert set(done.events["customer_id"]).isdisjoint(other.events["customer_id"])
    for outputs in (done, other):
        known = set(outputs.table(schema.CUSTOMERS)["customer_id"])
        assert set(outputs.events["customer_id"]) <= known


def test_equal_rows_without_a_declared_id_are_different_events(mini, ingest, sources):
    del sources["sources"]["orders"]["columns"]["event_id"]
    write_mini(mini, sources)
    done = ingest(mini)
    assert done.reconciliation.loc["orders", ["read", "kept", "merged", "rejected"]].tolist() == [7, 6, 0, 1]
    assert done.events["event_id"].is_unique
    assert tables.read_json(done.folder / schema.SUMMARY_FILE, "ingest")["has"]["events"]
