"""Imports run one way: core <- ingest <- features <- segments <- personas <- journeys <- experiments <- report."""

import re
from pathlib import Path

import pytest

from tests.code_of_stages import STAGES, imports_of, modules, stage_of

AT_THE_DESK = ("cli", "desk", "tables", "figures")
"""What an analyst calls: it may know every stage, and no stage may know it."""


def forbidden(importer: str, imported: str) -> str | None:
    """Why the arrow is against the design, or None."""
    ours, theirs = stage_of(importer), stage_of(imported)
    if ours != "core" and imported.startswith("pipeline.core.engine_"):
        return "pipeline.core.engine speaks for all engines"
    if ours in (theirs, *AT_THE_DESK) or theirs == "core":
        return None
    if ours == "core":
        return "core imports no stage"
    if not imported.endswith(".schema"):
        return "only the schema.py of another stage may be imported"
    if ours == "sample":
        return None
    if theirs not in STAGES or STAGES.index(theirs) > STAGES.index(ours):
        return "a stage may know earlier stages only"
    return None


def test_no_arrow_against_the_design(root: Path) -> None:
    known = modules(root)
    wrong = [
        f"{importer} -> {imported}: {reason}"
        for importer, file in known.items()
        for imported in sorted(imports_of(file, known))
        if (reason := forbidden(importer, imported))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("pipeline.core.tables", "pipeline.ingest.schema"),
        ("pipeline.ingest.store", "pipeline.core.engine_ids"),
        ("pipeline.features.stage", "pipeline.segments.schema"),
        ("pipeline.report.pages", "pipeline.journeys.curves"),
        ("pipeline.report.stage", "pipeline.desk.doctor"),
    ],
)
def test_the_guard_sees_a_wrong_arrow(importer: str, imported: str) -> None:
    assert forbidden(importer, imported)


def test_only_the_sample_knows_where_the_truth_lies(root: Path) -> None:
    readers = [
        str(file.relative_to(root))
        for name, file in modules(root).items()
        if stage_of(name) != "sample" and re.search(r"\btruth\b", file.read_text(encoding="utf-8"))
    ]
    assert not readers
