"""The notebooks run from top to bottom on any run's tables, and are kept without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.report.tables_for_tests import build
from tests.report.world_for_tests import World

NOTEBOOKS = sorted(Path(__file__).resolve().parents[1].glob("notebooks/*.ipynb"))
WORLDS = {
    "personas": World(personas=3, customers=400),
    "nothing found": World(personas=0, events=False, survey=False, experiments=False, customers=200),
}


def test_the_notebooks_are_those_the_readme_names():
    assert [p.name for p in NOTEBOOKS] == ["01-explore-segments.ipynb", "02-explore-journeys.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_no_output_is_committed(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
# 2026-11: jupyter_client opens its sockets and its event loop in ways that newer Pythons warn of.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_runs_from_top_to_bottom(path, world, tmp_path, monkeypatch):
    monkeypatch.setenv("PERSONAS_DATA", str(build(tmp_path, WORLDS[world])))
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": path.parent}})
    client.execute()
    outputs = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert not [o for o in outputs if o.output_type == "error"]
    assert not [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"], "a cell warns"
    pictures = [o for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= (3 if world == "personas" else 0)
