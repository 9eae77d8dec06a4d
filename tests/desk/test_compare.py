"""What changed between two runs is told: personas matched by their customers, figures, data, code and params."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.desk.compare import compare
from pipeline.desk.runs import open_run
from pipeline.segments.identify import identify
from tests.segments.worlds import World, planted

NAMES = {"persona-1": "Early birds", "persona-2": "Night owls", "persona-3": "Regulars"}


@pytest.fixture(scope="module")
def world() -> World:
    return planted(seed=3, n=600, segments=3, relevant=8, irrelevant=2, separation=2.5)


def write_run(
    folder: Path, world: World, labels: np.ndarray, seed: int = 1, code: str = "c1", nps: float = 10.0
) -> Path:
    """A folder with what a finished run leaves."""
    members = pd.DataFrame({"customer_id": world.features["customer_id"], "segment": labels, "probability": 0.9})
    sizes = members["segment"].value_counts().drop(index=-1, errors="ignore")
    shown = [int(s) for s, _ in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))]
    made_by = {"params": {"seed": seed}, "data": "d"}
    found = identify(world.features, world.dictionary, members, shown, made_by, "", None)
    ids = {str(k): v for k, v in found.persona_ids.items()}
    personas = [{"persona_id": i, "name": NAMES.get(i, "Others")} for i in ids.values()]
    kpis = [
        {"persona_id": i, "kpi": "nps", "label": "NPS", "value": nps, "lower": nps - 2, "upper": nps + 2} for i in NAMES
    ]
    for name, frame in (("features", world.features), ("dictionary", world.dictionary)):
        write(folder / "data" / "features" / f"{name}.parquet", frame)
    write(folder / "data" / "segments" / "members.parquet", members)
    write(folder / "data" / "personas" / "kpis.parquet", pd.DataFrame(kpis))
    write(folder / "data" / "segments" / "segments.json", {"persona_ids": ids})
    write(folder / "data" / "segments" / "snapshot.json", found.snapshot)
    write(folder / "data" / "personas" / "personas.json", {"personas": personas})
    write(
        folder / "reports" / "metrics" / "segments.json", {"segments": len(ids), "chosen": f"lc-{seed}", "null_p": 0.05}
    )
    write(folder / "params.yaml", {"dataset": "mine", "segments": {"seed": seed, "starts": 10}})
    deps = [{"path": "pipeline/segments", "md5": code}, {"path": "data/features", "md5": "f"}]
    write(folder / "dvc.lock", {"stages": {"segments": {"deps": deps}}})
    return folder


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, pd.DataFrame):
        content.to_parquet(path)
    else:
        path.write_text(json.dumps(content) if path.suffix == ".json" else yaml.safe_dump(content), encoding="utf-8")


def called(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["compare", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_run_differs_in_nothing_from_itself(world: World, tmp_path: Path) -> None:
    run = open_run(str(write_run(tmp_path, world, world.truth)), tmp_path)
    found = compare(run, run)
    assert (found.params, found.data, found.code, found.metrics) == ({}, False, (), {})
    assert found.fate is not None
    assert (found.fate.shared, found.fate.changed) == (600, 0)
    assert [m.similarity for m in found.fate.kept] == [1.0, 1.0, 1.0]


def test_other_labels_of_the_same_segments_change_nobody(world: World, tmp_path: Path) -> None:
    turned = (world.truth + 1) % 3
    folders = [write_run(tmp_path / "a", world, world.truth), write_run(tmp_path / "b", world, turned)]
    found = compare(*(open_run(str(folder), tmp_path) for folder in folders))
    assert found.fate is not None
    assert found.fate.changed == 0
    assert len(found.fate.kept) == 3


def test_what_was_lost_moved_and_why_is_printed(world: World, tmp_path: Path) -> None:
    before = write_run(tmp_path / "before", world, world.truth)
    smallest = pd.Series(world.truth).value_counts().index[-1]
    without = np.where(world.truth == smallest, -1, world.truth)
    after = write_run(tmp_path / "after", world, without, seed=2, code="c2", nps=30.0)
    code, told = called(str(before), str(after))
    assert code == 0
    lost = int((world.truth == smallest).sum())
    for line in (
        "  code    others: segments", "    segments.seed: 1 -> 2", "  persona-3  is no more: Regulars",
        f"  {lost:,} of 600 customers of both runs ({lost / 600:.1%}) changed persona",
        "      NPS: 10 -> 30 (intervals apart)", "Key figures: 2 of 3 differ", "  segments.chosen: lc-1 -> lc-2",
        "  segments.segments: 3 -> 2",
    ):  # fmt: skip
        assert line in told.splitlines(), told
    assert "null_p" not in told
    assert json.loads(called(str(before), str(after), "--json")[1])["params"] == {"segments.seed": [1, 2]}


def test_a_revision_without_its_tables_is_compared_by_what_git_has(world: World, tmp_path: Path) -> None:
    write_run(tmp_path, world, world.truth)
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@mail.test"]
    for words in (
        ["git", "init", "-q"],
        ["dvc", "init", "-q"],
        ["git", "add", "params.yaml", "dvc.lock", "reports", ".dvc"],
    ):
        subprocess.run(words, cwd=tmp_path, check=True)
    subprocess.run([*git, "commit", "-qm", "first"], cwd=tmp_path, check=True)
    write(tmp_path / "reports" / "metrics" / "segments.json", {"segments": 4, "chosen": "lc-1", "null_p": 0.05})
    code, told = called("HEAD", "--project", str(tmp_path))
    assert code == 0
    assert "not compared: the tables of HEAD or workspace are not on this machine" in told
    assert "  segments.segments: 3 -> 4" in told.splitlines()
    code, told = called("no-such-branch", "--project", str(tmp_path))
    assert code == 1
    assert "no-such-branch: neither a folder of a project nor a revision of this one" in told


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("dataset: mine\n", encoding="utf-8")
    code, told = called(str(tmp_path))
    assert code == 1
    assert "no run is finished here" in told
