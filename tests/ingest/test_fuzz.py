"""Mutated exports give tables whose rows are all there, or one clear error: no traceback, no hang, no silent loss.

`make fuzz` tries more of each family (see `fuzzing`); here `FUZZ_MUTATIONS` and `FUZZ_SEED` say how many and which.
"""

import os

import pytest

from pipeline.ingest import export
from tests.ingest import fuzzing
from tests.ingest.export_counts import events_in, lines_in, records_in
from tests.ingest.fuzz_families import FAMILIES
from tests.ingest.fuzzing import INSPECTED, WHOLE, Bench, fuzzed

COUNT = int(os.environ.get("FUZZ_MUTATIONS", "14"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_read_in_full_or_refused(name):
    """The good export first; every second family goes through the whole stage once, the others through inspect."""
    alone = (WHOLE if list(FAMILIES).index(name) % 2 else INSPECTED) // 2
    done = fuzzed(name, [*range(COUNT), alone], SEED)
    assert not done.failures, "\n".join(done.failures)
    assert done.read + done.refused == COUNT + 1


def lossy(monkeypatch):
    """A reader that loses the last row of every file, and says nothing."""
    whole = export.read_rows

    def less(*given, **named):
        found = whole(*given, **named)
        return export.Export(found.rows.iloc[:-1], found.ragged)

    monkeypatch.setattr("pipeline.ingest.load.read_rows", less)


def test_a_reader_that_loses_a_row_is_found_out(tmp_path, monkeypatch):
    lossy(monkeypatch)
    done = Bench("hubspot companies", tmp_path, SEED).run([0, 1, 2, 3])
    assert any("rows were read" in told for told in done.failures)


@pytest.mark.parametrize(
    ("bug", "told"),
    [
        (KeyError("x"), "KeyError: 'x' at "),
        (fuzzing.Hang("more than 30 s"), "Hang: more than 30 s"),
        (export.InputError("broken"), "neither file nor source is named"),
        (export.InputError("exports: ann@example.org"), "an address is shown"),
        (export.InputError("exports: " + "x" * 5000), "too long"),
    ],
)
def test_what_is_no_readable_refusal_is_a_failure(tmp_path, monkeypatch, bug, told):
    def broken(*_):
        raise bug

    monkeypatch.setattr(fuzzing, "check", broken)
    bench = Bench("hubspot companies", tmp_path, SEED)
    (failure,) = bench.run([0]).failures[:1]
    assert failure.startswith(f"hubspot companies, seed {SEED}, number 0: ")
    assert told in failure


def test_a_mutation_is_the_same_again():
    family = FAMILIES["segment"]
    assert [family.broken(fuzzing.Random(7)) for _ in range(2)][0] == family.broken(fuzzing.Random(7))


@pytest.mark.parametrize(
    ("content", "least", "most"),
    [
        ("a,b\n1,2\n\n3,4\n", 2, 3),
        ('a,b\n1,2\n1,2\n1,2\n1,"x\ny"\n', 4, 6),
        ('a,b\n1,2\n1,2\n1,2\n1,"x\n1,2\n1,2\n', 6, 7),
        ('a,b\n1,2\n1,2\n1,2\n"1,x\n1,2"\n1,2\n', 5, 7),
        ("a;b\r\n1;2\r\n3;4", 2, 3),
    ],
)
def test_rows_are_counted_without_the_readers(content, least, most):
    assert records_in(content.encode(), 1) == (least, most)


def test_lines_and_tags_are_counted_without_the_readers():
    assert lines_in(b"\xef\xbb\xbf{}\n\n  \n[]\r{}\n") == (2, 4)
    assert events_in(b"<log><event/><!-- <event> --><event a='1'></event><events/></log>") == (2, 2)
