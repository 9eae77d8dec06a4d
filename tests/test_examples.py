"""The examples run the project's own stages on real exports and find the published numbers."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from examples.run import lay_over
from pipeline.core.sources import read_sources


def test_params_are_laid_over_block_by_block() -> None:
    base = {"dataset": "sample", "journeys": {"horizon_days": 90, "window_days": 120}}
    merged = lay_over(base, {"journeys": {"horizon_days": 30}})
    assert merged == {"dataset": "sample", "journeys": {"horizon_days": 30, "window_days": 120}}
    assert base["journeys"]["horizon_days"] == 90


@pytest.mark.parametrize(
    "name", ["climbinghall", "completejourney", "hillstrom", "mcdonalds", "ospo2018", "telco", "voting"]
)
def test_the_settings_are_valid(name: str, root: Path, tmp_path: Path) -> None:
    shutil.copy2(root / "examples" / name / "sources.yaml", tmp_path / "sources.yaml")
    assert read_sources(tmp_path).sources


def test_an_unknown_example_lists_the_known_ones(root: Path) -> None:
    command = [sys.executable, "-m", "examples.run", "nothing", "nowhere"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "There are: climbinghall, completejourney, hillstrom, mcdonalds, ospo2018, telco, voting." in done.stderr
    assert not (root / "examples" / "nothing").exists()


def run_example(name: str, root: Path, data: Path) -> Path:
    """The example's workspace after a run; a second run finds nothing to do."""
    command = [sys.executable, "-m", "examples.run", name, str(data / name)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "examples" / name / "run"


@pytest.mark.realdata
@pytest.mark.slow
def test_completejourney_finds_the_published_redemptions(root: Path, real_data: Path) -> None:
    workspace = run_example("completejourney", root, real_data)
    funnel = pd.read_parquet(workspace / "data" / "journeys" / "funnel.parquet")
    redeemed = funnel.query("group_by == 'campaign_type' and stage == 'redeemed'").set_index("group")
    assert redeemed["reached"].to_dict() == {"Type A": 604, "Type B": 154, "Type C": 34}
    assert redeemed["entered"].to_dict() == {"Type A": 3647, "Type B": 2368, "Type C": 574}
    assert (root / "reports" / "examples" / "completejourney" / "index.html").is_file()


@pytest.mark.realdata
@pytest.mark.slow
def test_telco_finds_the_published_churn_and_says_what_is_not_there(root: Path, real_data: Path) -> None:
    workspace = run_example("telco", root, real_data)
    profile = pd.read_parquet(workspace / "data" / "personas" / "profile.parquet")
    churn = profile.query("column == 'churn' and level == 'Yes' and statistic == 'share'")
    shares = churn.query("group_by in ('all', 'contract')").set_index("group")["value"].round(4).to_dict()
    assert shares == {"all": 0.2654, "Month-to-month": 0.4271, "One year": 0.1127, "Two year": 0.0283}
    pages = (root / "reports" / "examples" / "telco").rglob("*.html")
    words = " ".join(page.read_text(encoding="utf-8") for page in pages).lower()
    assert "no event log supplied" in words
    assert "no survey supplied" in words
