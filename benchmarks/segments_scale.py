"""Stage `segments` and `personas segment` by the number of customers: seconds, CPU seconds, peak memory.

    python -m benchmarks.segments_scale --customers 10000,100000,1000000

Tables of 40 mixed columns with five planted segments (`segments_worlds`), read and written as files by processes of
their own with the project's params. Peak memory is that of the process tree. Rows are appended to segments_scale.csv.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from benchmarks.journeys import timed
from benchmarks.measuring import ROOT, append
from benchmarks.segments_worlds import Plan, World, make
from pipeline.core import tables
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.segments.schema import MEMBERS

RESULTS = Path(__file__).with_name("segments_scale.csv")
COLUMNS = (
    "date", "what", "customers", "columns", "seconds", "cpu_seconds", "peak_mib", "load", "segments", "ari",
)  # fmt: skip
SIZES = (0.3, 0.25, 0.2, 0.15, 0.1)
AIMS = {"stage 10000": "90 s", "stage 1000000": "360 s below 4096 MiB", "command 3000": "60 s"}


def world(customers: int, columns: int) -> World:
    """Five segments; three columns in five know of them."""
    relevant = columns * 3 // 5
    return make(Plan("scale", 900, customers, SIZES, "mixed", relevant, columns - relevant, 1.3, mnar=0.1))


def timed_process(command: Sequence[str]) -> dict[str, float]:
    """Seconds, CPU seconds of all threads and peak MiB of a process; raises `SystemExit` where it fails."""
    load = os.getloadavg()[0]
    seconds, cpu, peak = timed(command, ROOT)
    return {"seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1), "peak_mib": round(peak), "load": round(load, 1)}


def stage(w: World, folder: Path) -> tuple[dict[str, float], pd.Series]:
    """What the stage takes, and the segment by customer."""
    tables.write(w.features, folder / "features", FEATURES)
    tables.write(w.dictionary, folder / "features", DICTIONARY)
    words = {"features": "features", "baseline": "baseline", "out": "out", "metrics": "m.json", "plots": "plots"}
    options = [word for name, path in words.items() for word in (f"--{name}", str(folder / path))]
    found = timed_process([sys.executable, "-m", "pipeline.segments.stage", *options])
    return found, tables.read(folder / "out", MEMBERS).set_index("customer_id")["segment"]


def command(w: World, folder: Path) -> tuple[dict[str, float], pd.Series]:
    """What `personas segment` takes of a CSV, and the segment by customer."""
    w.features.to_csv(folder / "table.csv", index=False)
    words = ["segment", str(folder / "table.csv"), "--id", "customer_id", "--out", str(folder / "out.csv")]
    found = timed_process([sys.executable, "-m", "pipeline.cli", *words])
    return found, pd.read_csv(folder / "out.csv", dtype={"customer_id": "str"}).set_index("customer_id")["segment"]


def row(what: str, customers: int, columns: int) -> dict[str, object]:
    """One row of the results."""
    w = world(customers, columns)
    with TemporaryDirectory() as folder:
        found, segment = (stage if what == "stage" else command)(w, Path(folder))
    labels = segment.loc[w.features["customer_id"]].to_numpy()
    head = {"date": datetime.now(UTC).date().isoformat(), "what": what, "customers": customers, "columns": columns}
    quality = {"segments": int(np.max(labels)) + 1, "ari": round(float(adjusted_rand_score(w.truth, labels)), 3)}
    return head | found | quality


def main() -> None:
    """Measure, print, append."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", default="10000,100000,1000000", help="sizes for the stage, by commas")
    parser.add_argument("--columns", type=int, default=40)
    parser.add_argument("--command", default="3000", help="sizes for `personas segment` on 30 columns, by commas")
    parser.add_argument("--no-append", action="store_true", help="print only")
    chosen = parser.parse_args()
    runs = [("stage", int(n), chosen.columns) for n in filter(None, chosen.customers.split(","))]
    runs += [("command", int(n), 30) for n in filter(None, chosen.command.split(","))]
    for what, customers, columns in runs:
        found = row(what, customers, columns)
        aim = AIMS.get(f"{what} {customers}", "none")
        print("  ".join(f"{name} {found[name]}" for name in COLUMNS[1:]), f" aim {aim}", flush=True)
        if not chosen.no_append:
            append(RESULTS, COLUMNS, [found])


if __name__ == "__main__":
    main()
