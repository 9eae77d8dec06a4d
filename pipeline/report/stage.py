"""Stage `report`: the tables become one content file, figures and static pages.

reads   sources.yaml of the dataset and the outputs of all earlier stages
writes  <out>/content.json, <out>/index.html, <out>/pages/, <out>/figures/; the metrics file
params  report
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from pipeline.core import params, tables
from pipeline.core.settings import Settings
from pipeline.core.sources import read_sources
from pipeline.core.stage import Paths, run
from pipeline.experiments import schema as experiments
from pipeline.features import schema as features
from pipeline.ingest import schema as ingest
from pipeline.journeys import schema as journeys
from pipeline.personas import schema as personas
from pipeline.report.content.audience import Audience
from pipeline.report.content.build import build
from pipeline.report.figures.canvas import Picture
from pipeline.report.figures.draw import draw
from pipeline.report.inputs import Inputs
from pipeline.report.pages import render
from pipeline.report.schema import CONTENT_FILE, INDEX_FILE
from pipeline.segments import schema as segments

PROOF = (
    personas.REACT,
    personas.EXEMPLARS,
    personas.RHYTHM,
    personas.REACH,
    personas.COMPETITORS,
    personas.SATISFACTION,
    personas.ANNOTATIONS,
)


class Params(Settings):
    """The block `report` of params.yaml."""

    title: str
    max_figure_points: int = Field(ge=1)
    min_cell: int = Field(ge=1)
    audience: Audience
    external_min_cell: int = Field(ge=1)

    @property
    def limit(self) -> int:
        """Figures that rest on fewer customers are not shown to this audience."""
        return self.min_cell if self.audience == "internal" else max(self.min_cell, self.external_min_cell)


OPTIONS = {
    "dataset": "folder of the dataset, with sources.yaml",
    "ingest": "folder of stage ingest",
    "features": "folder of stage features",
    "segments": "folder of stage segments",
    "personas": "folder of stage personas",
    "journeys": "folder of stage journeys",
    "experiments": "folder of stage experiments",
    "out": "folder that receives index.html, pages/, figures/ and content.json",
    "metrics": "metrics file to write",
}


def read(paths: Paths) -> Inputs:
    """All tables and summaries that the report shows."""
    return Inputs(
        settings=read_sources(paths.dataset),
        reconciliation=tables.read(paths.ingest, ingest.RECONCILIATION),
        rejects=tables.read(paths.ingest, ingest.REJECTS),
        ingest=tables.read_json(paths.ingest / ingest.SUMMARY_FILE, ingest.STAGE),
        events=_rows(paths.ingest / ingest.EVENTS_FOLDER),
        dictionary=tables.read(paths.features, features.DICTIONARY),
        members=tables.read(paths.segments, segments.MEMBERS),
        candidates=tables.read(paths.segments, segments.CANDIDATES),
        stability=tables.read(paths.segments, segments.STABILITY),
        points=tables.read(paths.segments, segments.MAP),
        consensus=tables.read(paths.segments, segments.CONSENSUS),
        silhouette=tables.read(paths.segments, segments.SILHOUETTE),
        subsegments=tables.read(paths.segments, segments.SUBSEGMENTS),
        segments=tables.read_json(paths.segments / segments.SUMMARY_FILE, segments.STAGE),
        continuity=tables.read_json(paths.segments / segments.CONTINUITY_FILE, segments.STAGE),
        profile=tables.read(paths.personas, personas.PROFILE),
        claims=tables.read(paths.personas, personas.CLAIMS),
        kpis=tables.read(paths.personas, personas.KPIS),
        worth=tables.read(paths.personas, personas.WORTH),
        themes=tables.read(paths.personas, personas.THEMES),
        personas=tables.read_json(paths.personas / personas.PERSONAS_FILE, personas.STAGE),
        proof={table.name: tables.read(paths.personas, table) for table in PROOF},
        map={table.name: tables.read(paths.journeys, table) for table in journeys.MAP},
        transitions=tables.read(paths.journeys, journeys.TRANSITIONS),
        curves=tables.read(paths.journeys, journeys.CURVES),
        funnel=tables.read(paths.journeys, journeys.FUNNEL),
        reached=tables.read(paths.journeys, journeys.REACHED),
        comparisons=tables.read(paths.journeys, journeys.COMPARISONS),
        journeys=tables.read_json(paths.journeys / journeys.SUMMARY_FILE, journeys.STAGE),
        effects=tables.read(paths.experiments, experiments.EFFECTS),
        checks=tables.read(paths.experiments, experiments.CHECKS),
        next_tests=tables.read(paths.experiments, experiments.NEXT_TESTS),
    )


def _rows(folder: Path) -> int:
    """Rows of all Parquet files in `folder`, from their footers."""
    from pyarrow.parquet import read_metadata

    return sum(read_metadata(part).num_rows for part in sorted(folder.glob("*.parquet")))


def metrics(content: Mapping[str, Any], pages: Mapping[str, str], pictures: Mapping[str, Picture]) -> dict[str, Any]:
    """What the report holds: pages, figures, sections without input."""
    size = sum(len(page.encode()) for page in pages.values()) + sum(len(p.file.encode()) for p in pictures.values())
    return {
        "pages": sum(path.endswith(".html") for path in pages),
        "figures": len(pictures),
        "kibibytes": round(size / 1024),
        "personas": len(content["cards"]),
        "claims": sum(len(part["rows"]) for page in content["pages"].values() for part in page["evidence"]),
        "absent": {name: bool(text) for name, text in content["absent"].items()},
    }


def write(out: Path, content: Mapping[str, Any], pages: Mapping[str, str], pictures: Mapping[str, Picture]) -> None:
    """Replace the report's files one by one; each is complete before it takes its place."""
    with tables.replacing(out / "figures") as scratch:
        for name, picture in pictures.items():
            (scratch / f"{name}.svg").write_text(picture.file, encoding="utf-8")
    with tables.replacing(out / "pages") as scratch:
        for path, html in pages.items():
            if path != INDEX_FILE:
                (scratch / Path(path).name).write_text(html, encoding="utf-8")
    with tables.replacing(out / "cover") as scratch:
        (scratch / INDEX_FILE).write_text(pages[INDEX_FILE], encoding="utf-8")
        (scratch / CONTENT_FILE).write_text(_as_json(content), encoding="utf-8")
        for name in (CONTENT_FILE, INDEX_FILE):
            (scratch / name).replace(out / name)
    (out / "cover").rmdir()


def _as_json(content: Mapping[str, Any]) -> str:
    """Without line breaks: indented, the points of curves and of the map would fill a line each."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def main(paths: Paths) -> dict[str, object]:
    """Read, build the content, draw, render, and only then write."""
    p = params.load("report", Params)
    content = build(read(paths), p.title, p.limit, p.max_figure_points, p.audience)
    pictures = draw(content)
    pages = render(content, pictures)
    write(paths.out, content, pages, pictures)
    found = metrics(content, pages, pictures)
    tables.write_json(found, paths.metrics)
    return {"pages": found["pages"], "figures": found["figures"], "KiB": found["kibibytes"]}


if __name__ == "__main__":
    sys.exit(run("report", __doc__, OPTIONS, main))
