"""The order of written events is that of their columns, whichever keys the engine sorts them by."""

import random

import pytest

from pipeline.ingest import store
from tests.ingest.event_exports import dataset

ORDER = ["customer_id", "ts", "sequence", "event", "event_id"]
SOURCE = {"format": "csv", "ids": {"user": "who"}, "columns": {"ts": "at", "event": "what", "event_id": "no"}}


def log(events: int, names: int) -> str:
    """Many events of few customers at few moments: names and ids decide."""
    draw = random.Random(1)
    rows = [
        f"u{draw.randrange(25)},2025-02-01T10:00:0{draw.randrange(2)}Z,event {draw.randrange(names)},{n},{n % 7}"
        for n in range(events)
    ]
    return "\n".join(["who,at,what,no,nth", *rows])


@pytest.mark.parametrize(
    ("names", "more", "short"),
    [
        (3, {}, True),
        (256, {}, True),
        (400, {}, False),
        (3, {"columns": SOURCE["columns"] | {"order": "nth"}}, False),
    ],
)
def test_events_are_written_in_the_order_of_their_columns(monkeypatch, tmp_path, ingest, names, more, short):
    taken = []
    short_order = store._short_order
    monkeypatch.setattr(store, "_short_order", lambda rows: taken.append(1) or short_order(rows))
    found = ingest(dataset(tmp_path / "log", {"log.csv": log(2000, names)}, SOURCE | more)).events
    assert len(found) == 2000
    assert bool(taken) is short
    parts = found.groupby(found["customer_id"].str[:2].map(lambda two: int(two, 16) % 8), sort=False)
    for _, part in parts:
        assert part[ORDER].equals(part[ORDER].sort_values(ORDER))
    assert found["event_id"].is_unique
    assert found["event_id"].ge(0).all()
