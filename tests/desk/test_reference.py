"""Pages and schemas that are made from the code say what the code says."""

import json
from pathlib import Path

import pytest
import yaml

from pipeline.core.tables import Table
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


def test_the_schemas_know_every_key_of_the_files_in_use(made: dict[str, str], root: Path) -> None:
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    schema = json.loads(made["params.schema.json"])
    assert set(params) <= set(schema["properties"])
    for block in ("ingest", "segments", "report"):
        assert set(params[block]) <= set(schema["properties"][block]["properties"])
    sample = yaml.safe_load((root / "pipeline" / "sample" / "sources.yaml").read_text(encoding="utf-8"))
    sources = json.loads(made["sources.schema.json"])
    assert set(sample) <= set(sources["properties"])
    keys = sources["$defs"]["SourceSettings"]["properties"]
    assert {key for source in sample["sources"].values() for key in source} <= set(keys)
    assert "zone" in keys["timezone"]["description"]


def test_links_within_a_page_lead_to_a_heading(made: dict[str, str]) -> None:
    import re

    for name in ("tables.md", "sources.md"):
        headings = re.findall(r"^## (.+)$", made[name], re.MULTILINE)
        anchors = {h.lower().replace(":", "").replace(" ", "-") for h in headings}
        assert set(re.findall(r"\]\(#([^)]+)\)", made[name])) <= anchors
