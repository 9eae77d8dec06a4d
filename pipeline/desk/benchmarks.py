"""Tables of the measurements in `benchmarks/*.csv`, for docs/performance.md."""

import csv
from pathlib import Path

BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
TITLES = {
    "results": "Stage `ingest` beside DuckDB's `COPY` of the same file (the floor)",
    "journeys": "Stage `journeys` and `personas curves` beside a scan and a plain estimator",
    "journeys_coverage": "How often intervals of journeys hold what is true, over simulated logs",
    "moves_peers": "Which event follows which, beside two peers",
    "coverage": "How often intervals of claims hold what is true",
    "personas": "Stage `personas`",
    "report": "Stage `report`: time, size, first paint from disk",
    "segments_scale": "Stage `segments` by the number of customers",
}
_MOST_ROWS = 12


def measured(folder: Path) -> str:
    """One table per file, its newest rows last."""
    parts = []
    for file in sorted(folder.glob("*.csv")):
        head, rows = read(file)
        lines = [row_of(head), row_of(["---"] * len(head)), *(row_of(row) for row in rows[-_MOST_ROWS:])]
        title = TITLES.get(file.stem, f"`{file.name}`")
        parts.append("\n".join([f"**{title}** (`benchmarks/{file.name}`)", "", *lines]))
    return "\n\n".join(parts)


def read(file: Path) -> tuple[list[str], list[list[str]]]:
    """Column names in words, and rows."""
    with file.open(encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    return [name.replace("_", " ") for name in head], rows


def row_of(cells: list[str]) -> str:
    """A row of a Markdown table; whole numbers get their thousands apart."""
    return f"| {' | '.join(f'{int(c):,}' if c.isdigit() and len(c) > 4 else c for c in cells)} |"


def put_into(page: str, tables: str) -> str:
    """`page` with `tables` between the two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{rest.partition(END)[2]}"
