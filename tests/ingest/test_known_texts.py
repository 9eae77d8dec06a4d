"""What is made of texts of few values once, in long logs, is what would be made of them in every row."""

import random

import pandas as pd
import pytest

from pipeline.core import engine_codes, engine_known
from pipeline.ingest import behaviour
from tests.ingest.event_exports import dataset, jsonl, judged_rows

CELLS = {
    "event": ["View", " View ", "Order", "", "  ", "N/A", 'a "quoted" one', "it's"],
    "channel": ["E-Mail", "e-mail", "  Ads", "", "N/A", "é", "ads\t"],
    "device": ["iPhone", "desktop", "SMART TV", "", "n/a", "tablet ", "toaster"],
    "os": ["iOS", " iOS", "", "Windows 11", "N/A"],
    "page": ["/", "/a?mail=ann@example.org", "call +49 171 1234567", 'say "hi" \\', "", " / ", "/u/12345678"],
}
SOURCE = {
    "format": "csv",
    "ids": {"user": "who"},
    "columns": {"ts": "at", "event_id": "no", "amount": "paid"} | {c: c for c in CELLS if c != "page"},
    "missing": ["N/A"],
    "keep": ["page"],
}


def drawn(number: int, seed: int) -> list[dict[str, str]]:
    """Texts of a log, of which most come late."""
    draw = random.Random(seed)
    return [
        {column: draw.choice(cells[:2] if n < number // 3 else cells) for column, cells in CELLS.items()}
        for n in range(number)
    ]


def in_csv(rows: list[dict[str, str]]) -> str:
    own = [
        {"who": f"u{n % 5}", "at": f"2025-02-01T10:00:{n % 60:02}Z", "no": n // 2 if n % 7 else "", "paid": paid}
        for n, paid in zip(range(len(rows)), ["", "2.5", "x"] * len(rows), strict=False)
    ]
    return pd.DataFrame([first | row for first, row in zip(own, rows, strict=True)]).to_csv(index=False)


def in_segment(rows: list[dict[str, str]]) -> str:
    return jsonl(
        [
            {
                "messageId": f"m{n // 2}", "type": "track", "event": row["event"], "userId": f"u{n % 5}",
                "timestamp": f"2025-02-01T10:00:{n % 60:02}.123Z", "properties": {"page": row["page"]},
                "context": {
                    "campaign": {"medium": row["channel"]}, "device": {"type": row["device"]},
                    "os": {"name": row["os"]}, "timezone": ["Europe/Berlin", "Asia/Tokyo", ""][n % 3],
                },
            }
            for n, row in enumerate(rows)
        ]
    )  # fmt: skip


def both(monkeypatch: pytest.MonkeyPatch, folder, name: str, content: str, source: dict, first_rows: int):
    """The judged rows where no text is known before, and where those in the first rows are; and these columns."""
    plain = judged_rows(dataset(folder / "plain", {name: content}, source))
    known: list[list[str]] = []

    def counted(*given):
        found = with_known_texts(*given)
        known.append(sorted(found[1]))
        return found

    with_known_texts = behaviour.with_known_texts
    monkeypatch.setattr(behaviour, "with_known_texts", counted)
    monkeypatch.setattr(behaviour, "_LONG", 0)
    monkeypatch.setattr(engine_codes, "FIRST_ROWS", first_rows)
    monkeypatch.setattr(engine_known, "FIRST_ROWS", first_rows)
    return plain, judged_rows(dataset(folder / "known", {name: content}, source)), known


@pytest.mark.parametrize(("first_rows", "seed"), [(1, 1), (10, 2), (40, 3), (119, 4)])
def test_a_csv_log_is_the_same_whichever_texts_are_known(monkeypatch, tmp_path, first_rows, seed):
    plain, found, known = both(monkeypatch, tmp_path, "log.csv", in_csv(drawn(120, seed)), SOURCE, first_rows)
    assert known == [["channel", "device", "event", "os", "properties"]]
    assert len(plain) == 120
    assert (plain["reason"] == "no event name").sum() > 5
    pd.testing.assert_frame_equal(plain, found)


@pytest.mark.parametrize("first_rows", [5, 60])
def test_a_log_of_messages_is_the_same_whichever_texts_are_known(monkeypatch, tmp_path, first_rows):
    source = {"format": "segment", "ids": {"user": "userId"}, "keep": ["page"]}
    plain, found, known = both(monkeypatch, tmp_path, "log.jsonl", in_segment(drawn(120, 5)), source, first_rows)
    assert known[0][:1] == ["channel"] and "properties" in known[0]
    pd.testing.assert_frame_equal(plain, found)


@pytest.mark.parametrize(
    ("more", "known"),
    [
        ({"keep": ["page", "os"]}, ["channel", "device", "event", "os"]),
        ({"refunds": {"event": "Refund"}}, ["channel", "device", "os", "properties"]),
        ({"event": "Visit"}, ["channel", "device", "event", "os", "properties"]),
        ({"where": {"event": "View"}}, ["channel", "device", "os", "properties"]),
        ({"columns": SOURCE["columns"] | {"channel": "os"}}, ["channel", "device", "event", "os", "properties"]),
    ],
)
def test_what_is_made_of_several_texts_is_made_in_every_row(monkeypatch, tmp_path, more, known):
    plain, found, columns = both(monkeypatch, tmp_path, "log.csv", in_csv(drawn(120, 6)), SOURCE | more, 20)
    assert columns == [known]
    pd.testing.assert_frame_equal(plain, found)
