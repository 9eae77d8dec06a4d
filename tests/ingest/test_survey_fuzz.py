"""Mutated surveys of every tool give answers whose counts reconcile, or one clear error, and lose no row silently.

`FUZZ_MUTATIONS` and `FUZZ_SEED` as in test_fuzz.py.
"""

import os
from random import Random

import pytest

from pipeline.core.errors import PipelineError
from pipeline.ingest.inspection import inspect_file
from tests.ingest.mutations import MUTATIONS
from tests.ingest.survey_exports import LAYOUTS, answered, layout, text_of

pytestmark = pytest.mark.slow
COUNT = int(os.environ.get("FUZZ_MUTATIONS", "14"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
TIMES = 8
"""How often the small survey's rows are repeated."""


def one_line_each(name: str) -> tuple[str, int, int]:
    """A layout's text with no line break inside a cell, its header rows, and its rows."""
    rows, top, _ = layout(name)
    long = [*rows[:top], *rows[top:] * TIMES]
    flat = [[" ".join(cell.split("\n")) for cell in row] for row in long]
    return text_of(flat), top, len(long) - top


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_mutation_of_a_survey_is_lost_silently(tmp_path, name):
    text, top, rows = one_line_each(name)
    source = LAYOUTS[name][1]
    assert answered(tmp_path, source, text.encode()).account.read == rows
    told = 0
    for n in range(COUNT):
        mutation = MUTATIONS[n % len(MUTATIONS)]
        where = f"{name}, {mutation.__name__}, seed {SEED}, number {n}"
        content, at_least = mutation(Random(f"{SEED}-{name}-{n}"), text, top)
        try:
            account = answered(tmp_path, source, content).account
        except PipelineError as error:
            told += 1
            assert str(error) and len(str(error)) < 5000, where
        except Exception as bug:
            raise AssertionError(f"{where}: {type(bug).__name__}: {bug}") from bug
        else:
            assert account.read == account.kept + account.merged + account.rejected, where
            assert account.read >= at_least, f"{where}: {account.read} rows read, at least {at_least} were there"
        try:
            inspect_file(tmp_path / source["files"])
        except PipelineError:
            pass
        except Exception as bug:
            raise AssertionError(f"{where}: inspect: {type(bug).__name__}: {bug}") from bug
    assert told < COUNT, "some are read"
