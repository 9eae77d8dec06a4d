"""Stage `segments` as it is run: with UMAP, files, and the project's own params but for fewer repetitions."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from sklearn.metrics import adjusted_rand_score

from pipeline.core import tables
from pipeline.core.errors import SchemaError
from pipeline.core.settings import read_yaml
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.segments.schema import (
    CANDIDATES,
    CONSENSUS,
    MAP,
    MEMBERS,
    SILHOUETTE,
    STABILITY,
    SUBSEGMENTS,
    SUMMARY_FILE,
)
from pipeline.segments.stage import main
from tests.segments.worlds import planted


def paths_in(folder: Path) -> Namespace:
    return Namespace(
        features=folder / "features",
        baseline=folder / "baseline",
        out=folder / "out",
        metrics=folder / "metrics.json",
        plots=folder / "plots",
    )


@pytest.mark.slow
def test_any_number_of_workers_writes_the_same_bytes_and_finds_the_segments(tmp_path, root, monkeypatch, two_threads):
    block = read_yaml(root / "params.yaml")["segments"] | {"umap_seeds": 2, "resamples": 8}
    monkeypatch.chdir(tmp_path)
    world = planted(seed=6, n=700, segments=3, relevant=10, irrelevant=6)
    paths = paths_in(tmp_path)
    tables.write(world.features, paths.features, FEATURES)
    tables.write(world.dictionary, paths.features, DICTIONARY)
    written = []
    for workers in (1, 2):
        content = yaml.safe_dump({"segments": block | {"workers": workers}})
        (tmp_path / "params.yaml").write_text(content, encoding="utf-8")
        facts = main(paths)
        written.append({p.name: p.read_bytes() for f in (paths.out, paths.plots) for p in sorted(f.iterdir())})
    assert written[0] == written[1]
    members = tables.read(paths.out, MEMBERS)
    sure = (members["segment"] >= 0).to_numpy()
    assert facts["verdict"] == "natural"
    assert adjusted_rand_score(world.truth[sure], members["segment"][sure]) > 0.85
    candidates = tables.read(paths.out, CANDIDATES)
    families = {"latent class", "UMAP + HDBSCAN", "HDBSCAN", "Gaussian mixture", "k-prototypes"}
    assert set(candidates["family"]) == families
    assert tables.read(paths.out, MAP)[["x", "y"]].notna().all().all()
    assert len(tables.read(paths.out, STABILITY)) == 3
    met = tables.read(paths.out, CONSENSUS).set_index(["segment", "other"])["together"]
    assert min(met[k, k] for k in range(3)) > 0.7 > 0.3 > max(met[k, j] for k in range(3) for j in range(k))
    assert set(tables.read(paths.out, SILHOUETTE)["segment"]) == {0, 1, 2}
    assert tables.read(paths.out, SUBSEGMENTS).empty
    assert (members["subsegment"] == -1).all()
    summary = tables.read_json(paths.out / SUMMARY_FILE, "segments")
    assert summary["reference_agreement"] is not None
    sizes = pd.read_csv(paths.plots / "segment_sizes.csv")
    assert sizes["customers"].sum() == 700


def test_earlier_outputs_survive_a_failure(tmp_path, root, monkeypatch):
    monkeypatch.chdir(root)
    paths = paths_in(tmp_path)
    paths.out.mkdir()
    (paths.out / "members.parquet").write_text("earlier")
    with pytest.raises(SchemaError, match="no such table. Run stage `features` first"):
        main(paths)
    assert (paths.out / "members.parquet").read_text() == "earlier"
