"""How well stage `segments` finds planted segments and denies absent ones, beside the usual methods.

    python -m benchmarks.segments --half tune --methods ours,k-means

One default set of params (params.yaml). Prints a table of one half of the worlds (`segments_worlds`) and writes
benchmarks/results_segments.csv. Answers of the other methods are kept in a folder (--cache) and not computed again;
`forest` is told the truth and is the ceiling, not a rival. The unassigned are one group of the adjusted Rand index.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from benchmarks.segments_baselines import BASELINES
from benchmarks.segments_worlds import PLANS, World, half, make
from pipeline.core import params
from pipeline.core.workers import pool
from pipeline.segments.segmentation import segment
from pipeline.segments.settings import StageParams as Params

RESULTS = Path(__file__).with_name("results_segments.csv")
OURS = "ours"


def ours(world: World, seed: int) -> tuple[np.ndarray, str]:
    """Segments of stage `segments`, and its sentence."""
    p = params.load("segments", Params).model_copy(update={"seed": seed})
    found = segment(world.features, world.dictionary, p)
    labels = found.members.set_index("customer_id").loc[world.features["customer_id"], "segment"]
    return labels.to_numpy(), str(found.summary["sentence"])


def answer(method: str, world: World, seed: int, cache: Path) -> dict[str, object]:
    """One row of the results."""
    kept = cache / f"{world.plan.name}-{method}.json"
    if method != OURS and kept.exists():
        return json.loads(kept.read_text())
    began = time.process_time()
    labels, said = ours(world, seed) if method == OURS else (BASELINES[method](world), "")
    row = {
        "world": world.plan.name,
        "half": half(world.plan),
        "method": method,
        "seed": seed,
        "planted": len(world.plan.sizes),
        "found": _segments(labels, method),
        "ari": round(float(adjusted_rand_score(world.truth, labels)), 4) if not world.plan.null else None,
        "unassigned": round(float((labels < 0).mean()), 4),
        "accuracy": round(float((labels == world.truth)[world.truth >= 0].mean()), 3) if method == "forest" else None,
        "seconds": round(time.process_time() - began, 1),
        "said": said,
    }
    if method != OURS:
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(row))
    return row


def _segments(labels: np.ndarray, method: str) -> int:
    """Segments found; 0 where there are fewer than two (for a method that cannot say so: all in one)."""
    count = int(labels.max(initial=-1)) + 1 if method == OURS else len(set(labels[labels >= 0]))
    return count if count > 1 else 0


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """By method: mean ARI, share of worlds won by ours, exact and near number of segments, null worlds denied."""
    some = rows[(rows["planted"] > 0) & (rows["seed"] == rows["seed"].min())]
    wide = some.pivot_table(index="world", columns="method", values="ari")
    off = (rows["found"] - rows["planted"]).abs()
    table = {}
    for method, part in rows.groupby("method"):
        real, null = part[part["planted"] > 0], part[part["planted"] == 0]
        table[method] = {
            "mean_ari": real["ari"].mean(),
            "ours_ahead": (wide[OURS] > wide[method]).mean() if OURS in wide and method in wide else np.nan,
            "exact": (off[real.index] == 0).mean(),
            "near": (off[real.index] <= 1).mean(),
            "null_denied": (null["found"] == 0).mean(),
            "seconds": part["seconds"].mean(),
        }
    return pd.DataFrame(table).T.round(3)


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--half", choices=("tune", "report", "all"), default="report")
    parser.add_argument("--methods", default=",".join([OURS, *BASELINES]), help="separated by commas")
    parser.add_argument("--worlds", default="", help="names separated by commas; all of the half if empty")
    parser.add_argument("--null-seeds", type=int, default=1, help="runs of ours on each null world")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "segments-benchmark")
    parser.add_argument("--out", type=Path, default=RESULTS, help="CSV of all rows")
    chosen = parser.parse_args()
    names = set(filter(None, chosen.worlds.split(",")))
    plans = [p for p in PLANS if (p.name in names if names else chosen.half in ("all", half(p)))]
    rows = []
    with threadpool_limits(limits=1), pool(params.load("segments", Params).workers):
        for plan in plans:
            world = make(plan)
            for method in chosen.methods.split(","):
                for seed in range(1, 1 + (chosen.null_seeds if plan.null and method == OURS else 1)):
                    rows.append(answer(method, world, seed, chosen.cache))
                    r = rows[-1]
                    shown = f"{r['world']} {method:16} {r['planted']} -> {r['found']}  {r['ari']}  {r['seconds']} s"
                    print(f"{shown}  {r['said']}", flush=True)
    table = pd.DataFrame(rows)
    print(summary(table).to_string())
    table.to_csv(chosen.out, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
