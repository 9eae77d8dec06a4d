"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of the real data sets: PERSONAS_REAL_DATA, else `../shared/data` beside the project."""
    folder = Path(os.environ.get("PERSONAS_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not here ({folder.name}): set PERSONAS_REAL_DATA to their folder")
    return folder


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Matrices as small as those of tests are faster in one thread: several wait for each other, and take cores.

    Stage segments takes one thread itself. Commands that tests start as processes of their own keep all of theirs.
    """
    with threadpool_limits(limits=1):
        yield


@pytest.fixture
def two_threads() -> Iterator[None]:
    """For tests that show that the number of threads changes no result."""
    with threadpool_limits(limits=2):
        yield
