"""Customers, exposures, scores and texts as JSON objects: the tables are those of the same rows as CSV."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from pipeline.core.errors import InputError
from pipeline.core.sources import SOURCES_FILE, read_sources
from pipeline.ingest import json_arrays, schema
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.export import read_rows
from pipeline.ingest.inspection import inspect_folder
from pipeline.ingest.json_objects import json_object
from pipeline.ingest.privacy import name_columns
from pipeline.ingest.readers import json_lines, json_rows
from pipeline.ingest.recognition import looks_like, recognise
from tests.ingest.small_company import KEY, write_sources

N = 60
DAY = "2025-02-{:02d}T09:00:00Z"
PEOPLE = [
    {"no": f"0{n}", "profile": {"city": ("Rome", "Oslo, N", "NA")[n % 3], "age": 20 + n % 50,
     "email": f"who{n}@example.org"}, "since": DAY.format(1 + n % 28)}
    for n in range(N)
]  # fmt: skip
TRIAL = [{"no": f"0{n}", "arm": "ab"[n % 2], "at": DAY.format(1 + n % 28)} for n in range(N)]
SCORES = [{"no": f"0{n}", "csat": 1 + n % 5, "touchpoint": "chat", "at": DAY.format(1 + n % 28)} for n in range(N)]
TEXTS = [
    {"ticket id": n, "no": f"0{n % 9}", "body": f"The parcel came late, {n} days.\nIt was damp.", "at": DAY.format(3)}
    for n in range(N)
]
FILES = {"people": PEOPLE, "trial": TRIAL, "scores": SCORES, "texts": TEXTS}
IDS = {"no": "no"}
SOURCES: dict[str, dict[str, object]] = {
    "people": {
        "kind": "customers", "ids": IDS | {"email": "profile.email"}, "stage_dates": {"joined": "since"},
        "fields": {
            "city": {"column": "profile.city", "kind": "nominal", "block": "demographic", "label": "City"},
            "age": {"column": "profile.age", "kind": "numeric", "block": "demographic", "label": "Age"},
        },
    },
    "trial": {"kind": "exposures", "ids": IDS, "columns": {"variant": "arm", "exposed_at": "at"}, "event": "new form"},
    "scores": {
        "kind": "feedback", "ids": IDS, "score": {"measure": "csat", "worst": 1, "best": 5},
        "columns": {"score": "csat", "given_at": "at", "touchpoint": "touchpoint"},
    },
    "texts": {"kind": "texts", "ids": IDS, "columns": {"text": "body", "written_at": "at"}},
}  # fmt: skip
WINDOW = {"start": "2025-01-01", "end": "2025-04-01", "features_until": "2025-02-15"}
TABLES = (schema.CUSTOMERS, schema.EXPOSURES, schema.FEEDBACK, schema.TEXTS, schema.IDENTITIES)
WAYS: dict[str, Callable[[Sequence[dict[str, Any]]], str]] = {
    "lines": lambda rows: "".join(json.dumps(r) + "\n" for r in rows),
    "an array": json.dumps,
    "an array over several lines": lambda rows: json.dumps(rows, indent=2),
}


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    flat = [{".".join(keys): value for keys, value in leaves(row)} for row in rows]
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, list(flat[0]))
    writer.writeheader()
    writer.writerows(flat)
    return written.getvalue()


def leaves(row: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    inner = [(k, leaves(v) if isinstance(v, dict) else [((), v)]) for k, v in row.items()]
    return [((key, *keys), value) for key, found in inner for keys, value in found]


def written(folder: Path, file_format: str, write: Callable[[Sequence[dict[str, Any]]], str]) -> Path:
    folder.mkdir()
    for name, rows in FILES.items():
        (folder / f"{name}.dat").write_text(write(rows), encoding="utf-8", newline="")
    (folder / "pseudonym.key").write_text(KEY, encoding="ascii")
    sources = {n: {**source, "format": file_format, "files": f"{n}.dat"} for n, source in SOURCES.items()}
    write_sources(folder, {"title": "JSON", "language": "en", "observation": WINDOW, "sources": sources})
    return folder


@pytest.mark.parametrize("way", WAYS)
def test_the_tables_are_those_of_the_same_rows_as_csv(tmp_path, ingest, way):
    plain = ingest(written(tmp_path / "csv", "csv", as_csv), "plain")
    found = ingest(written(tmp_path / "json", "jsonl", WAYS[way]), "found")
    for table in TABLES:
        pd.testing.assert_frame_equal(found.table(table), plain.table(table))
        assert len(found.table(table)) >= N
    assert found.reconciliation["kept"].tolist() == [N] * len(FILES)
    assert set(found.table(schema.CUSTOMERS)["city"]) == {"Rome", "Oslo, N", "NA"}


def test_a_draft_says_what_each_file_of_objects_holds(tmp_path):
    folder = written(tmp_path / "json", "jsonl", json.dumps)
    draft = yaml.safe_load(draft_sources("json", *inspect_folder(folder)))
    kinds = {name: source["kind"] for name, source in draft["sources"].items()}
    assert kinds == {name: SOURCES[name]["kind"] for name in FILES}
    assert draft["sources"]["people"]["ids"]["email"] == "profile.email"
    assert "profile_email" not in draft["sources"]["people"]["fields"]


def test_an_address_inside_of_an_object_is_no_field(tmp_path):
    folder = written(tmp_path / "json", "jsonl", json.dumps)
    settings = yaml.safe_load((folder / SOURCES_FILE).read_text(encoding="utf-8"))
    field = {"column": "profile.email", "kind": "nominal", "block": "demographic", "label": "Mail"}
    settings["sources"]["people"]["fields"]["mail"] = field
    write_sources(folder, settings)
    with pytest.raises(InputError, match=r"people: `fields\.mail` holds a direct identifier"):
        check(folder, read_sources(folder))


def test_names_inside_of_objects_are_scrubbed_from_texts():
    assert name_columns(["user.first_name", "buyer.name", "campaign.name", "x. name"]) == (
        ["user.first_name"],
        ["buyer.name"],
    )


def test_keys_that_come_late_are_columns_and_a_line_that_is_no_object_is_told(tmp_path):
    path = tmp_path / "people.json"
    path.write_text('{"no": 1}\n' * 3_000 + "5\n\n\ufeff\n" + '{"no": 2, "plan": {"name": "pro"}}\n', encoding="utf-8")
    found = json_rows.header(path)
    export = read_rows([path], [found], tmp_path)
    assert found.columns == ("no", "plan.name")
    assert export.rows.iloc[-1].tolist() == ["2", "pro"]
    assert export.ragged == [("people.json", 3_001, 0, 2), ("people.json", 3_002, 0, 2)], "blank lines are no rows"


@pytest.mark.parametrize(
    ("row", "looks"),
    [
        ({"what": "view", "who": {"id": "u1"}, "when": DAY.format(1)}, "jsonl"),
        ({"body": "It came late.", "rating": 2, "at": DAY.format(1)}, "texts"),
        ({"amplitude_id": 1, "merged_amplitude_id": 2}, "amplitude-merges"),
    ],
)
@pytest.mark.parametrize("way", ["lines", "an array"])
def test_a_format_is_told_by_the_first_objects_alone(tmp_path, monkeypatch, way, row, looks):
    path = tmp_path / "a.json"
    path.write_text(WAYS[way]([row] * 9_000), encoding="utf-8")
    read = []

    def counted(text: str, **how: Any) -> dict[str, Any] | None:
        read.append(text)
        return json_object(text, **how)

    for reader in (json_lines, json_rows):
        monkeypatch.setattr(reader, "json_object", counted)
    assert looks_like(path) == f" The file looks like `format: {looks}`."
    assert 0 < len(read) < 2_100
    assert recognise(path)[0] == looks


def test_an_object_that_does_not_end_is_told_before_it_fills_the_memory(monkeypatch):
    monkeypatch.setattr(json_arrays, "LONGEST_OBJECT", 1 << 20)
    read = []

    class Endless(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            read.append(size or 0)
            return "[{" if len(read) == 1 else '"' + "x" * ((size or 0) - 1)

    with pytest.raises(InputError, match=r"log\.json: object 1 of the JSON cannot be read, is longer than 1 MiB"):
        list(json_arrays.one_per_line(Endless(), "log.json"))
    assert sum(read) < 1 << 23
