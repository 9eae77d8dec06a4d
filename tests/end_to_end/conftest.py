"""One small run of the whole pipeline, made once and shared; tests that disturb it work on a copy."""

from pathlib import Path

import pytest

from tests.code_of_stages import STAGES
from tests.end_to_end.workspace import SMALL, run_all, write_params


@pytest.fixture(scope="session")
def finished(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which every stage ran on a small sample. Read only."""
    workspace = tmp_path_factory.mktemp("finished")
    write_params(root, workspace, SMALL)
    run_all(root, workspace, ("sample", *STAGES))
    return workspace
