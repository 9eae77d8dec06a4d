"""What pytest leaves out, and which tests keep together when several processes share them (`make test`)."""

import gc
from importlib.util import find_spec
from pathlib import Path

import pytest

# Code of an extra that is not installed cannot be imported for its doctests.
collect_ignore = [] if find_spec("pyspark") else ["pipeline/core/engine_spark.py"]

ONE_PROCESS = ("browser", "end_to_end", "report", "sample")
"""Folders of tests that share what takes long to make; elsewhere the tests of a file keep together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group of each test, so that what its fixtures make is made once."""
    for item in items:
        folder = item.path.parent.name
        group = folder if folder in ONE_PROCESS else str(Path(item.nodeid.split("::")[0]))
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_finish() -> None:
    """Look for rubbish more seldom, and not among what stays: all modules and tests, walked through time and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
