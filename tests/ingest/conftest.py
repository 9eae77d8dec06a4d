"""Fixtures of the ingest tests: a tiny company's dataset folder, and a way to run the stage on any folder."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core import stage
from pipeline.ingest.stage import main
from tests.ingest.event_exports import dataset, judged_rows
from tests.ingest.small_company import SOURCES, Outputs, write_mini


@pytest.fixture
def sources() -> dict:
    """sources.yaml of the mini dataset, free to change."""
    return json.loads(json.dumps(SOURCES))


@pytest.fixture
def mini(tmp_path: Path, sources: dict) -> Path:
    """Folder of the mini dataset."""
    folder = tmp_path / "mini"
    write_mini(folder, sources)
    return folder


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Outputs:
    """One run on the mini dataset, for tests that only look."""
    folder = tmp_path_factory.mktemp("company")
    write_mini(folder / "mini", json.loads(json.dumps(SOURCES)))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("PERSONAS_PSEUDONYM_KEY", raising=False)
        main(stage.Paths(dataset=folder / "mini", out=folder / "out", metrics=folder / "out.json"))
    return Outputs(folder / "out")


@pytest.fixture
def ingest(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outputs]:
    """Run the stage on a dataset folder; raises what the stage raises."""
    monkeypatch.chdir(root)
    monkeypatch.delenv("PERSONAS_PSEUDONYM_KEY", raising=False)

    def run(dataset: Path, name: str = "out") -> Outputs:
        out = tmp_path / name
        main(stage.Paths(dataset=dataset, out=out, metrics=tmp_path / f"{name}.json"))
        return Outputs(out)

    return run


@pytest.fixture
def rows(tmp_path):
    """Judged rows of one source whose only file has the content; the name tells the reader nothing."""

    def read(content: str | bytes, source: dict, name: str = "part.dat") -> pd.DataFrame:
        return judged_rows(dataset(tmp_path / "log", {name: content}, source))

    return read
