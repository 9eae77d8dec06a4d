"""Pages and schemas that are made from the code say what the code says."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pipeline.core.settings import read_yaml
from pipeline.core.tables import Table
from pipeline.desk.benchmarks import BEGIN, END, measured, put_into, read, row_of
from pipeline.desk.reference import STAGES, files, tables_of
from pipeline.ingest.schema import CUSTOMERS


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return files()


def test_the_committed_pages_are_those_of_this_code(made: dict[str, str], root: Path) -> None:
    folder = root / "docs" / "reference"
    assert {p.name for p in folder.iterdir()} == set(made)
    stale = [name for name, content in made.items() if (folder / name).read_text(encoding="utf-8") != content]
    assert stale == [], "run `make docs-reference` and commit docs/reference"


def test_every_table_of_every_stage_is_there(made: dict[str, str], root: Path) -> None:
    assert CUSTOMERS in tables_of("ingest")
    declared = [t for stage in STAGES for t in tables_of(stage)]
    written = sum(
        text.count(" = Table(\n")
        for text in (p.read_text(encoding="utf-8") for p in (root / "pipeline").glob("*/schema*.py"))
    )
    assert len(declared) == written
    assert all(isinstance(t, Table) and f"## {t.stage}: {t.name}\n" in made["tables.md"] for t in declared)


def test_the_files_in_use_fit_the_schemas_and_a_misspelt_key_does_not(made: dict[str, str], root: Path) -> None:
    for name, paths in {
        "params": [root / "params.yaml"],
        "sources": [root / "pipeline" / "sample" / "sources.yaml", *root.glob("examples/*/sources.yaml")],
    }.items():
        schema = Draft202012Validator(json.loads(made[f"{name}.schema.json"]))
        for file in paths:
            content = json.loads(json.dumps(read_yaml(file), default=str))
            assert [e.message for e in schema.iter_errors(content)] == []
            assert [*schema.iter_errors(content | {"titel": "x"})]
    keys = json.loads(made["sources.schema.json"])["$defs"]["SourceSettings"]["properties"]
    assert "zone" in keys["timezone"]["description"]


def test_links_within_a_page_lead_to_a_heading(made: dict[str, str]) -> None:
    import re

    for name in ("tables.md", "sources.md"):
        headings = re.findall(r"^## (.+)$", made[name], re.MULTILINE)
        anchors = {h.lower().replace(":", "").replace(" ", "-") for h in headings}
        assert set(re.findall(r"\]\(#([^)]+)\)", made[name])) <= anchors


def test_what_the_page_on_performance_calls_measured_was_measured(root: Path) -> None:
    page = (root / "docs" / "performance.md").read_text(encoding="utf-8")
    shown = [line for line in page.partition(BEGIN)[2].partition(END)[0].splitlines() if line.startswith("| 20")]
    rows = {row_of(row) for file in (root / "benchmarks").glob("*.csv") for row in read(file)[1]}
    assert shown and set(shown) <= rows, "run `make docs-reference`"


def test_tables_are_put_between_the_marks_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "ingest.csv").write_text("date,peak_mib\n2026-01-01,123456\n", encoding="utf-8")
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = put_into(page, measured(tmp_path))
    assert "| 2026-01-01 | 123,456 |" in once and "peak mib" in once
    assert once.startswith("before\n") and once.endswith("\nafter\n") and "old" not in once
    assert put_into(once, measured(tmp_path)) == once
