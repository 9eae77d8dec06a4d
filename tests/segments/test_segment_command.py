"""`personas segment` on tables in files: what it writes, what it says, and that order and seed change nothing."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.core.settings import read_yaml
from pipeline.segments.command import DEFAULTS
from pipeline.segments.customer_table import read_customers
from pipeline.segments.own_features import own_features
from pipeline.segments.settings import StageParams
from tests.segments.worlds import planted, structureless

QUICK = {"workers": 1, "umap_seeds": 0, "resamples": 4, "null_resamples": 19, "starts": 3, "max_segments": 4}
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`personas segment …` in an empty folder with quick parameters: (exit code, what was printed)."""
    monkeypatch.chdir(tmp_path)
    block = read_yaml(DEFAULTS)["segments"] | QUICK
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"segments": block}), encoding="utf-8")

    def call(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["segment", *words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return call


@pytest.fixture(scope="module")
def company() -> tuple[pd.DataFrame, pd.Series]:
    """(table of 400 customers in three groups, the true group by id)."""
    world = planted(seed=6, n=400, segments=3, relevant=10, irrelevant=3, separation=2.0)
    return world.features, pd.Series(world.truth, index=world.features["customer_id"])


def test_the_planted_segments_are_written_and_told_with_a_tool_beside_them(run, company):
    table, truth = company
    table.to_csv("a.csv", index=False)
    code, told = run("a.csv", "--id", "customer_id", "--out", "out.csv", "--tool", "tools/quick.json")
    assert code == 0
    assert "natural segments" in told
    assert "(of all " in told
    assert "told apart by" in told
    members = pd.read_csv("out.csv", dtype={"customer_id": "str"})
    assert list(members.columns) == ["customer_id", "segment", "probability"]
    assert members["customer_id"].tolist() == sorted(table["customer_id"])
    sure = members[members["segment"] >= 0]
    assert adjusted_rand_score(truth[sure["customer_id"]], sure["segment"]) > 0.85
    assert {p.name for p in Path("tools").iterdir()} >= {"quick.json", "quick.html", "quick.sql", "quick.snowflake.sql"}
    words = ["score", "a.csv", "--id", "customer_id", "--tool", "tools/quick.json", "--out", "b.csv"]
    assert CliRunner().invoke(app, words).exit_code == 0
    both = members.merge(pd.read_csv("b.csv", dtype={"customer_id": "str"}), on="customer_id")
    both = both[(both["segment_x"] >= 0) & (both["segment_y"] >= 0)]
    assert (both["segment_x"] == both["segment_y"]).mean() > 0.8


def test_the_same_is_read_whatever_the_order_and_the_format(company, tmp_path):
    table = company[0]
    table.to_csv(tmp_path / "a.csv.gz", index=False, sep="\t")
    shuffled = table.sample(frac=1, random_state=1)[list(reversed(table.columns))]
    shuffled.to_parquet(tmp_path / "b.parquet", index=False)
    one, two = (
        own_features(read_customers(tmp_path / name, "customer_id")[0], {}) for name in ("a.csv.gz", "b.parquet")
    )
    columns = list(one.features.columns)
    by_id = [own.features[columns].sort_values("customer_id", ignore_index=True) for own in (one, two)]
    pd.testing.assert_frame_equal(*by_id)
    pd.testing.assert_frame_equal(
        *(own.dictionary.sort_values("column", ignore_index=True) for own in (one, two)), check_exact=False
    )
    assert one.notes == two.notes


def test_without_structure_nobody_is_assigned_unless_asked_for(run):
    structureless(seed=3, kind="independent", n=400, columns=8).features.to_csv("null.csv", index=False)
    code, told = run("null.csv", "--id", "customer_id", "--out", "out.csv")
    assert code == 0
    assert "No segment structure" in told
    assert set(pd.read_csv("out.csv")["segment"]) == {-1}
    code, told = run("null.csv", "--id", "customer_id", "--out", "out.csv", "--partition-anyway")
    assert code == 0
    assert "one useful way to cut a continuum" in told
    assert pd.read_csv("out.csv")["segment"].nunique() >= 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("id,a\n", "no rows below its header"),
        ("id,a\n1,2\n1,3\n", "`id` '1' has 2 rows that differ"),
        ("id,a\n,2\n2,3\n", "`id` is empty in 1 row"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_plainly(run, content, told):
    Path("t.csv").write_text(content, encoding="utf-8")
    code, printed = run("t.csv", "--id", "id", "--out", "out.csv")
    assert code == 1
    assert told in printed
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("rows", [1, 2, 40])
def test_degenerate_tables_get_a_verdict(run, rows):
    lines = ["id,same,blank,text", *(f"{i},1,,row {i}" for i in range(rows))]
    Path("t.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    code, printed = run("t.csv", "--id", "id", "--out", "out.csv", "--partition-anyway")
    assert code == 0, printed
    assert "No segment structure" in printed
    assert pd.read_csv("out.csv")["segment"].tolist() == [-1] * rows


def test_as_a_process_in_a_folder_without_a_project(tmp_path, root):
    (tmp_path / "t.csv").write_text("id;plan\nNA;a\n007;b\n", encoding="utf-8")
    command = [sys.executable, "-m", "pipeline.cli", "segment", "t.csv", "--id", "id", "--out", "out.csv"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "packaged parameters" in done.stdout
    assert (tmp_path / "out.csv").read_text() == "customer_id,segment,probability\n007,-1,0.0\nNA,-1,0.0\n"


def test_the_packaged_parameters_have_the_keys_of_the_stage():
    assert set(read_yaml(DEFAULTS)["segments"]) == set(StageParams.model_fields), f"bring {DEFAULTS.name} up to date"
