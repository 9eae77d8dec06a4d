"""Stage `segments`: cluster the customers and say honestly whether the clusters are real.

reads   data/features: features, dictionary                                        features.schema
        baseline: baseline.json, members, where there are any                      command_promote
writes  data/segments: members, subsegments, candidates, stability, consensus,
                       silhouette, map, resampled_members, segments.json           segments.schema
        data/segments: typing_tool.json, .html, .sql, .<dialect>.sql; continuity.json, snapshot.json
        reports/plots/segments: candidates.csv, segment_sizes.csv
        reports/metrics/segments.json
params  segments
"""

import sys
from hashlib import sha256
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_limits

from pipeline.core import params, tables
from pipeline.core.stage import Paths, run
from pipeline.core.workers import pool
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.segments.baseline import FILE, MEMBERS_FILE, content_hash
from pipeline.segments.continuity import shown_segments
from pipeline.segments.identify import Baseline, identify
from pipeline.segments.resampled_members import resampled_members
from pipeline.segments.schema import (
    CANDIDATES,
    CONSENSUS,
    CONTINUITY_FILE,
    MAP,
    MEMBERS,
    RESAMPLED,
    SILHOUETTE,
    SNAPSHOT_FILE,
    STABILITY,
    SUBSEGMENTS,
    SUMMARY_FILE,
)
from pipeline.segments.segmentation import Segmentation, segment
from pipeline.segments.settings import StageParams as Params
from pipeline.segments.subsegments import subsegments
from pipeline.segments.typing_outputs import facts, few_facts, files
from pipeline.segments.typing_tool import Tool, build


def main(paths: Paths) -> dict[str, object]:
    """Read, segment, write; returns the facts of the summary line."""
    p = params.load("segments", Params)
    features = tables.read(paths.features, FEATURES)
    dictionary = tables.read(paths.features, DICTIONARY)
    with (
        threadpool_limits(limits=1),
        pool(p.processes(len(features))),
    ):  # one thread each: sums in one order, whatever the machine
        result = segment(features, dictionary, p)
        members, parts = subsegments(features, dictionary, result.members, p)
        tool = build(features, dictionary, result.members, p)
        carriers = [str(name) for name in result.summary["carriers"]]  # type: ignore[attr-defined]
        resampled = resampled_members(features, dictionary, result.members, carriers, p)
    shown = shown_segments(result.members, result.stability, str(result.summary["verdict"]))
    made_by = {"params": p.model_dump(mode="json", exclude={"workers"}), "data": content_hash(features)}
    known = identify(features, dictionary, result.members, shown, made_by, code_hash(), read_baseline(paths.baseline))
    with tables.replacing(paths.out) as scratch, tables.replacing(paths.plots) as plots:
        tables.write(members, scratch, MEMBERS)
        tables.write(parts, scratch, SUBSEGMENTS)
        tables.write(result.candidates, scratch, CANDIDATES)
        tables.write(result.stability, scratch, STABILITY)
        tables.write(result.consensus, scratch, CONSENSUS)
        tables.write(result.silhouette, scratch, SILHOUETTE)
        tables.write(result.map, scratch, MAP)
        tables.write(resampled, scratch, RESAMPLED)
        sentence = " ".join(filter(None, [str(result.summary["sentence"]), few_facts(tool)]))
        names = {str(k): name for k, name in known.persona_ids.items()}
        told = {"sentence": sentence, "typing": facts(tool), "persona_ids": names}
        tables.write_json(result.summary | told, scratch / SUMMARY_FILE)
        tables.write_json(known.continuity, scratch / CONTINUITY_FILE)
        tables.write_json(known.snapshot, scratch / SNAPSHOT_FILE)
        for name, content in files(tool).items():
            (scratch / name).write_text(content, encoding="utf-8")
        _write_plots(result, plots)
        tables.write_json(_metrics(result) | {"typing": _typing_metrics(tool)}, paths.metrics)
    s = result.summary
    return {"verdict": s["verdict"], "segments": s["segments"], "unassigned": f"{s['unassigned_share']:.1%}"}


def read_baseline(folder: Path) -> Baseline | None:
    """What `personas promote` froze; None where nothing was."""
    if not (folder / FILE).is_file():
        return None
    path = folder / MEMBERS_FILE
    nobody = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "persona_id": pd.Series(dtype="str")})
    return Baseline(tables.read_json(folder / FILE, "segments"), pd.read_parquet(path) if path.is_file() else nobody)


def code_hash() -> str:
    """Of the code that this stage runs: its own folder and the core."""
    here = Path(__file__).parent
    code = sorted([*here.glob("*.py"), *(here.parent / "core").glob("*.py")])
    return sha256(b"\0".join(file.name.encode() + b"\0" + file.read_bytes() for file in code)).hexdigest()


def _write_plots(result: Segmentation, folder: Path) -> None:
    shown = ["candidate", "family", "segments", "score", "stability", "agreement"]
    result.candidates[shown].to_csv(folder / "candidates.csv", index=False, lineterminator="\n")
    sizes = result.members["segment"].value_counts().rename_axis("segment").rename("customers").sort_index()
    sizes.to_csv(folder / "segment_sizes.csv", lineterminator="\n")


def _metrics(result: Segmentation) -> dict[str, object]:
    s, jaccard = result.summary, result.stability["jaccard"]
    return {
        "verdict": s["verdict"],
        "chosen": s["chosen"],
        "segments": s["segments"],
        "unassigned_share": s["unassigned_share"],
        "null_p": s["null_p"],
        "continuum_p": s["continuum_p"],
        "beyond_continuum": s["beyond_continuum"],
        "valley": s["valley"],
        "shading": s["shading"],
        "reference_agreement": s["reference_agreement"],
        "least_stability": float(jaccard.min()) if len(jaccard) else None,
        "columns": len(result.summary["columns"]),  # type: ignore[arg-type]
        "carriers": len(result.summary["carriers"]),  # type: ignore[arg-type]
    }


def _typing_metrics(tool: Tool | None) -> dict[str, object]:
    told = facts(tool)
    shown = ("accuracy", "balanced_accuracy", "calibration_error", "answered_share")
    return {"fields": len(told["fields"]), **{name: told.get(name) for name in shown}}


if __name__ == "__main__":
    helps = {
        "features": "outputs of stage features",
        "out": "folder for the tables",
        "metrics": "metrics file (JSON)",
        "plots": "folder for plot data (CSV)",
        "baseline": "folder of the frozen personas; may be absent",
    }
    sys.exit(run("segments", __doc__, helps, main))
