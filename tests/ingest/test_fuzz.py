"""Mutated exports give tables whose counts reconcile, or one clear error: no traceback, no hang, no silent loss.

`FUZZ_MUTATIONS=10000` (or `make fuzz`) tries more of each family; `FUZZ_SEED` tries others. A failure names family,
mutation and seed.
"""

import json
import os
import time
from pathlib import Path
from random import Random

import pytest

from pipeline.core.engine import connect
from pipeline.core.errors import PipelineError
from pipeline.core.sources import SOURCES_FILE, read_sources
from pipeline.ingest.inspection import inspect_file
from pipeline.ingest.rejects import reconciliation
from pipeline.ingest.stage import Params, ingest
from tests.ingest.event_exports import jsonl, mixpanel, posthog
from tests.ingest.mutations import MUTATIONS
from tests.ingest.small_company import CONTACTS, EXPOSURES, MESSAGES, ORDERS, SOURCES, SURVEY, TURNS, write_sources
from tests.ingest.survey_exports import LAYOUTS, text_of

pytestmark = pytest.mark.slow
COUNT = int(os.environ.get("FUZZ_MUTATIONS", "7"))
"""Half of the mutations; every other family starts at the other half."""
SEED = int(os.environ.get("FUZZ_SEED", "1"))
PARAMS = Params(event_parts=1, largest_identity_group=20, bot_events_per_hour=120, memory_limit_gib=1)
SECONDS = 60
"""Of one mutation; it takes a tenth of a second on a quiet machine."""


def repeated(text: str, header: int, times: int, ids: int = 0) -> str:
    """The rows of a small export several times, each time with other ids in the column `ids`."""
    lines = text.splitlines()
    rows = [
        ",".join(f"{cell}{n}" if i == ids else cell for i, cell in enumerate(line.split(",")))
        for n in range(times)
        for line in lines[header:]
    ]
    return "\n".join([*lines[:header], *rows]) + "\n"


def reviews() -> str:
    texts = [
        {
            "document": f"r{n}",
            "text": f"Late, née {n}",
            "rating": 12.30,
            "written_at": f"2025-02-0{1 + n % 9}T10:00:00Z",
        }
        for n in range(30)
    ]
    return "\n".join(json.dumps(t, ensure_ascii=False) for t in texts) + "\n"


def survey() -> str:
    return "\n".join(SURVEY).replace("Recorded\nDate", "Recorded") + "\n"


def log() -> str:
    messages = [m | {"messageId": f"{m['messageId']}-{n}"} for n in range(4) for m in MESSAGES]
    return "\n".join(map(json.dumps, messages)) + "\n"


REVIEWS = {"kind": "texts", "format": "texts", "files": "reviews.jsonl", "ids": {}}
FAMILIES = {
    "contacts": (SOURCES["sources"]["contacts"] | {"files": "export.txt"}, repeated(CONTACTS, 1, 8), 1),
    "survey": (SOURCES["sources"]["survey"] | {"files": "export.txt"}, survey(), 3),
    "orders": (SOURCES["sources"]["orders"] | {"files": "export.txt"}, repeated(ORDERS, 1, 5), 1),
    "web": (SOURCES["sources"]["web"] | {"files": "export.txt"}, log(), 0),
    "mailing": (SOURCES["sources"]["mailing"] | {"files": "export.txt"}, repeated(EXPOSURES, 1, 8, ids=4), 1),
    "interviews": (SOURCES["sources"]["interviews"] | {"files": "export.txt"}, repeated(TURNS, 1, 10), 1),
    "reviews": (REVIEWS | {"files": "export.txt"}, reviews(), 0),
}  # fmt: skip


for _layout, (_maker, _source) in LAYOUTS.items():
    _rows, _header = _maker()
    _flat = [[" ".join(cell.split()) for cell in row] for row in _rows]
    FAMILIES[f"survey {_layout}"] = (_source | {"files": "export.txt"}, text_of(_flat), _header)
FAMILIES["mixpanel"] = (
    {"kind": "events", "format": "mixpanel", "files": "export.txt", "ids": {"user": "distinct_id"}},
    jsonl([mixpanel("Viewed", f"p{n}", 1_738_400_000 + n, f"i{n}", n) for n in range(30)]),
    0,
)
FAMILIES["posthog"] = (
    {"kind": "events", "format": "posthog", "files": "export.txt", "ids": {"user": "distinct_id"}},
    jsonl([posthog(f"u{n}", "Viewed", f"p{n}", f"2025-02-0{1 + n % 9}T10:00:00Z") for n in range(30)]),
    0,
)


def read(folder: Path) -> tuple[int, str]:
    """Rows read of the folder's one source, or 0 and the error; raises whatever is neither."""
    try:
        done = ingest(connect(), folder, read_sources(folder), b"k" * 64, PARAMS)
    except PipelineError as error:
        return 0, str(error)
    (row,) = reconciliation(done.accounts).to_dict("records")
    return int(row["read"]), ""


def settle(folder: Path, family: str) -> str:
    """Write the sources.yaml of a family; returns the good text of its export."""
    source, text, _ = FAMILIES[family]
    folder.mkdir(exist_ok=True)
    content = {k: v for k, v in SOURCES.items() if k != "sources"} | {"sources": {family: source}}
    write_sources(folder, content)
    return text


@pytest.mark.parametrize("family", FAMILIES)
def test_the_good_export_is_read_in_full(tmp_path, family):
    text = settle(tmp_path, family)
    (tmp_path / "export.txt").write_text(text, encoding="utf-8")
    assert read(tmp_path) == (len(text.splitlines()) - FAMILIES[family][2], "")


@pytest.mark.parametrize("family", FAMILIES)
def test_no_mutation_is_lost_silently(tmp_path, family):
    text = settle(tmp_path, family)
    header = FAMILIES[family][2]
    assert (tmp_path / SOURCES_FILE).is_file()
    told, first = 0, len(MUTATIONS) // 2 * (list(FAMILIES).index(family) % 2)
    for n in range(COUNT):
        mutation = MUTATIONS[(n + first) % len(MUTATIONS)]
        where = f"{family}, {mutation.__name__}, seed {SEED}, number {n}"
        content, at_least = mutation(Random(f"{SEED}-{family}-{n}"), text, header)
        (tmp_path / "export.txt").write_bytes(content)
        started = time.perf_counter()
        try:
            rows, error = read(tmp_path)
        except Exception as bug:
            (tmp_path / "failed.txt").write_bytes(content)
            raise AssertionError(f"{where}: {type(bug).__name__}: {bug}") from bug
        assert time.perf_counter() - started < SECONDS, where
        assert error or rows >= at_least, f"{where}: {rows} rows read, at least {at_least} were there"
        assert len(error) < 5000, where
        told += bool(error)
        inspected(tmp_path / "export.txt", where)
    assert told < COUNT, "some are read"


def inspected(path: Path, where: str) -> None:
    try:
        inspect_file(path)
    except PipelineError as error:
        assert str(error)
    except Exception as bug:
        raise AssertionError(f"{where}: inspect: {type(bug).__name__}: {bug}") from bug


def test_a_folder_for_a_file_is_told(tmp_path):
    settle(tmp_path, "contacts")
    (tmp_path / "export.txt").mkdir()
    rows, error = read(tmp_path)
    assert rows == 0
    assert "export.txt" in error
