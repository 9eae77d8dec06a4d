"""Stage `report`: how long it takes, how large its pages are, and how soon they show something from disk.

    python -m benchmarks.report --data data --dataset data/raw/sample

Builds the report of a finished run anew in a scratch folder, as dvc does, then opens the cover and the largest other
page five times each in Chromium (1280 pixels wide, a fresh profile) and asks when it first painted content. Needs the
extra `dev` and a Chromium. One line a run is appended to benchmarks/report.csv.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measuring import append, measured
from pipeline.report.printing import find_browser

RESULTS = Path(__file__).with_name("report.csv")
COLUMNS = (
    "date", "dataset", "personas", "pages", "seconds", "cpu_seconds", "peak_mib", "pages_kib", "figures_kib",
    "content_kib", "cover_paint_ms", "largest_page", "largest_kib", "largest_paint_ms", "load",
)  # fmt: skip
STAGES = ("ingest", "features", "segments", "personas", "journeys", "experiments")
OPENED = 5
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def kib(*paths: Path) -> int:
    """Size of files and folders."""
    files = [f for path in paths for f in ([path] if path.is_file() else path.rglob("*")) if f.is_file()]
    return round(sum(f.stat().st_size for f in files) / 1024)


def first_paints(pages: Sequence[Path]) -> list[float]:
    """Milliseconds from the start of loading to the first content, the median of `OPENED` times each."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which(find_browser()), args=["--no-sandbox"])
        for page in pages:
            times = []
            for _ in range(OPENED):
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                tab = context.new_page()
                tab.goto(page.resolve().as_uri())
                times.append(float(tab.wait_for_function(PAINTED).json_value()))
                context.close()
            found.append(median(times))
        browser.close()
    return found


def run(data: Path, dataset: Path) -> dict[str, Any]:
    """One line of results."""
    load = os.getloadavg()[0]
    with TemporaryDirectory() as scratch:
        out = Path(scratch) / "reports"
        given = [f"--{stage}={(data / stage).resolve()}" for stage in STAGES]
        end = [f"--dataset={dataset.resolve()}", f"--out={out}", f"--metrics={out / 'metrics.json'}"]
        built = measured([sys.executable, "-m", "pipeline.report.stage", *given, *end])
        told = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
        cover, pages = out / "index.html", sorted((out / "pages").glob("*.html"))
        largest = max(pages, key=lambda page: page.stat().st_size)
        paints = first_paints([cover, largest])
        sizes = {
            "pages": kib(cover, out / "pages"),
            "figures": kib(out / "figures"),
            "content": kib(out / "content.json"),
        }
        return {
            "date": datetime.now(UTC).date().isoformat(),
            "dataset": dataset.name,
            "personas": told["personas"],
            "pages": told["pages"],
            "seconds": round(built.seconds, 1),
            "cpu_seconds": round(built.cpu_seconds, 1),
            "peak_mib": round(built.peak_mib),
            **{f"{name}_kib": size for name, size in sizes.items()},
            "cover_paint_ms": round(paints[0]),
            "largest_page": largest.name,
            "largest_kib": kib(largest),
            "largest_paint_ms": round(paints[1]),
            "load": round(load, 1),
        }


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and append."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder with one folder per stage")
    parser.add_argument("--dataset", type=Path, required=True, help="folder with sources.yaml")
    parser.add_argument("--out", type=Path, default=RESULTS, help="CSV file that gets a line")
    given = parser.parse_args(argv)
    line = run(given.data, given.dataset)
    append(given.out, COLUMNS, [line])
    sys.stdout.write("".join(f"{name}: {value}\n" for name, value in line.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
