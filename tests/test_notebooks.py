"""The notebooks run from top to bottom on any run's tables, and are kept without outputs."""

from functools import cache
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
FEWEST_PICTURES = {"01": 3, "02": 3, "03": 1, "04": 1, "05": 1}
FORGET = "%reset -f"


def test_the_notebooks_are_numbered_and_named_in_the_readme(root):
    names = [p.stem for p in NOTEBOOKS]
    assert [name[:2] for name in names] == list(FEWEST_PICTURES)
    page = (root / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert all(f"{name}.ipynb" in page for name in names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_no_output_is_committed(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [c for c in notebook.cells if c.cell_type == "code"]
    assert all(c.outputs == [] and c.execution_count is None for c in code)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.cells[0].cell_type == "markdown" and notebook.cells[0].source.startswith("# ")


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """World -> notebook -> outputs. One kernel runs all notebooks of a world, and forgets all names between two."""

    @cache
    def run(world):
        folder = build(tmp_path_factory.mktemp("data"), WORLDS[world])
        whole, ends = (
            nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}),
            [],
        )
        for path in NOTEBOOKS:
            cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
            whole.cells += [nbformat.v4.new_code_cell(FORGET), *cells]
            ends.append(len(whole.cells))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PERSONAS_DATA", str(folder))
            patch.setenv("PYTHONPATH", str(NOTEBOOKS[0].parents[1]))
            where = {"metadata": {"path": NOTEBOOKS[0].parent}}
            NotebookClient(whole, kernel_name="python3", timeout=120, resources=where, allow_errors=True).execute()
        starts = [0, *ends]
        return {
            path: [o for c in whole.cells[a:b] for o in c.outputs]
            for path, a, b in zip(NOTEBOOKS, starts, ends, strict=False)
        }

    return run


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
# 2026-11: jupyter_client opens its sockets and its event loop in ways that newer Pythons warn of.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_runs_from_top_to_bottom(path, world, executed):
    outputs = executed(world)[path]
    assert not [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"]
    assert not [o.text for o in outputs if o.output_type == "stream" and o.name == "stderr"], "a cell warns"
    pictures = [o for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= (FEWEST_PICTURES[path.stem[:2]] if world == "personas" else 0)
