"""`personas print`: the report as PDF, whole and per persona, and its figures and pages as images for slides."""

import re
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pipeline.core.command import told_plainly
from pipeline.core.errors import InputError
from pipeline.core.progress import steps
from pipeline.report.schema import INDEX_FILE
from pipeline.report.whole import whole

SLIDE = (1920, 1080)


def print_report(
    report: Annotated[Path, typer.Argument(help="Folder of the report.")] = Path("reports"),
    images: Annotated[bool, typer.Option("--images", help="Also PNG of each figure, persona and journey.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; left out: `print` in the report's.")] = None,
) -> None:
    """Print the report as PDF with the browser of this machine: the whole, and each persona with its journey map."""
    with told_plainly():
        from pipeline.report.pages import STYLE
        from pipeline.report.printing import find_browser, to_pdf, to_png

        if not (report / INDEX_FILE).is_file():
            raise InputError(f"{report / INDEX_FILE}: no such report. Run `dvc repro` first.")
        browser, target = find_browser(), out or report / "print"
        work = [(page, target / f"{page.stem}.pdf") for page in pages_to_print(report)]
        with tempfile.TemporaryDirectory() as scratch:
            one = Path(scratch) / "report.html"
            style = (report / "pages" / STYLE).read_text(encoding="utf-8")
            one.write_text(whole([page for page, _ in work], style), encoding="utf-8")
            work.append((one, target / "report.pdf"))
            for page, file in steps(work, "printing pages"):
                to_pdf(browser, page, file)
        pictures = images_of(report, target) if images else []
        for page, file, (width, height) in steps(pictures, "taking images") if pictures else ():
            to_png(browser, page, file, width, height)
        typer.echo(f"{len(work)} PDF and {len(pictures)} PNG files in {target}")


def pages_to_print(report: Path) -> list[Path]:
    """The cover, each persona, each journey map, and the pages about all."""
    from pipeline.report.pages import PARTS

    pages = report / "pages"
    personas = sorted(pages.glob("persona-*.html"), key=_number)
    parts = [pages / f"{name}.html" for name, _ in PARTS]
    return [report / INDEX_FILE, *personas, *(p for p in parts if p.is_file())]


def images_of(report: Path, target: Path) -> list[tuple[Path, Path, tuple[int, int]]]:
    """Page or figure, image file, size in CSS pixels."""
    personas = sorted((report / "pages").glob("persona-*.html"), key=_number)
    slides = [(page, target / "images" / f"{page.stem}.png", SLIDE) for page in personas]
    figures = [(f, target / "images" / f"{f.stem}.png", size_of(f)) for f in sorted((report / "figures").glob("*.svg"))]
    return slides + figures


def size_of(figure: Path) -> tuple[int, int]:
    """Width and height that an SVG file declares, twice as large: figures are drawn for a phone."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', figure.read_text(encoding="utf-8"))
    if found is None:
        raise InputError(f"{figure}: no size is declared in this figure.")
    return round(2 * float(found[1])), round(2 * float(found[2]))


def _number(page: Path) -> tuple[int, str]:
    found = re.search(r"\d+", page.stem)
    return int(found[0]) if found else 0, page.stem
