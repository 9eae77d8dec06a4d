"""Reports made from made-up tables, without a params file and without a command line."""

import argparse
from pathlib import Path

from pipeline.report.content.build import build as build_content
from pipeline.report.figures.draw import draw
from pipeline.report.pages import render
from pipeline.report.stage import OPTIONS, read, write
from tests.report.tables_for_tests import build, options

MIN_CELL = 10
TITLE = "Who our {customers} are[, and how they move]"
STAGES = ("ingest", "features", "segments", "personas", "journeys", "experiments")


def paths_of(folder, out):
    """The stage's paths, as its command line would give them."""
    parser = argparse.ArgumentParser()
    for option in OPTIONS:
        parser.add_argument(f"--{option}", type=Path)
    return parser.parse_args(options(folder, out))


def content_of(folder, audience="internal", min_cell=MIN_CELL):
    """The content of the report on the tables under `folder`."""
    return build_content(read(paths_of(folder, folder)), TITLE, min_cell, 4000, audience)


def make_report(folder, world, audience="internal", min_cell=MIN_CELL):
    """Tables under `folder/data`, the report under `folder/reports`; returns the latter."""
    build(folder / "data", world)
    content = content_of(folder / "data", audience, min_cell)
    pictures = draw(content)
    write(folder / "reports", content, render(content, pictures), pictures)
    return folder / "reports"
