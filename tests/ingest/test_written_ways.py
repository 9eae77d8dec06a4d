"""However a table is written down, its rows are the same: events as CSV, scores, mentions, costs and links."""

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.errors import InputError
from pipeline.core.sources import read_sources
from pipeline.ingest.checks import check
from pipeline.ingest.identity import resolve
from pipeline.ingest.load import load_rows
from pipeline.ingest.people import people_tables, sightings_of
from pipeline.ingest.readers.delimited import header
from pipeline.ingest.rejects import reconciliation
from tests.ingest.event_exports import dataset, judged_rows
from tests.ingest.small_company import KEY, write_sources

Records = list[list[str]]


@dataclass(frozen=True)
class Way:
    """How records are written down."""

    change: Callable[[Records], Records] = list
    delimiter: str = ","
    encoding: str = "utf-8"
    end: str = "\n"


def shuffled(records: Records) -> Records:
    return [records[0], *random.Random(3).sample(records[1:], len(records) - 1)]


WAYS = {
    "rows shuffled": Way(shuffled),
    "columns turned, semicolons": Way(lambda r: [row[::-1] for row in r], delimiter=";"),
    "CRLF and a byte order mark": Way(end="\r\n", encoding="utf-8-sig"),
    "UTF-16, tabs": Way(encoding="utf-16", delimiter="\t"),
    "Latin-1, two trailing commas": Way(lambda r: [[*row, "", ""] for row in r], encoding="latin-1"),
    "a trailing comma below the header": Way(lambda r: [r[0], *([*row, ""] for row in r[1:])]),
    "all of it": Way(lambda r: [[*row[::-1], " "] for row in shuffled(r)], "\t", "utf-16", "\r\n"),
}


def write(path: Path, records: Records, way: Way) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=way.delimiter, lineterminator=way.end).writerows(way.change(records))
    path.write_bytes(written.getvalue().encode(way.encoding))


AT = "2025-02-{:02d}T10:00:00Z"
EVENTS: Records = [
    ["no", "user", "at", "what", "paid", "note"],
    *([f"n{n}", f"u{n % 3}", AT.format(1 + n), "bought", f"{n}.5", "fine, \"so\"\nfar é"] for n in range(6)),
    *([["", "0012", AT.format(9), "saw", "", "the same twice"]] * 2),
    ["", "NA", AT.format(9), "saw", "", ""],
]  # fmt: skip
LOG = {
    "format": "csv", "ids": {"user": "user"}, "keep": ["note"],
    "columns": {"ts": "at", "event": "what", "event_id": "no", "amount": "paid"},
}  # fmt: skip


def events(folder: Path, way: Way) -> list[tuple[str, ...]]:
    path = dataset(folder, {"log.csv": ""}, LOG) / "log.csv"
    write(path, EVENTS, way)
    found = judged_rows(folder).drop(columns=["@file", "@row"])
    return sorted(map(tuple, found[sorted(found.columns)].astype("object").fillna("-").astype(str).to_numpy()))


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_events_and_their_ids_are_the_same(tmp_path, way):
    plain = events(tmp_path / "plain", Way())
    assert len(plain) == len(EVENTS) - 1
    assert events(tmp_path / "other", way) == plain


def test_what_stands_below_an_empty_heading_is_a_column_or_told(tmp_path):
    remark = [[*row, "call back" if n == 2 else ""] for n, row in enumerate(EVENTS)]
    path = dataset(tmp_path, {"log.csv": ""}, LOG) / "log.csv"
    write(path, [[*EVENTS[0], ""], *remark[1:]], Way())
    assert header(path).columns == (*EVENTS[0], "column 7")
    assert judged_rows(tmp_path)["reason"].isna().all()
    late = [[f"a{n}", "u", AT.format(1), "saw", "", "", ""] for n in range(1100)]
    write(path, [[*EVENTS[0], ""], *late, *remark[1:]], Way())
    assert header(path).columns == tuple(EVENTS[0])
    told = judged_rows(tmp_path)["reason"].dropna()
    assert told.tolist() == ["the row has 7 cells, the header has 6"], "one row is rejected, and it is told why"


def test_headings_that_are_all_empty_are_columns_of_their_own(tmp_path):
    (tmp_path / "a.csv").write_text(",,\n1,2,3\n", encoding="utf-8")
    assert header(tmp_path / "a.csv").columns == ("column 1", "column 2", "column 3")
    (tmp_path / "b.csv").write_text("a,b,\n", encoding="utf-8")
    with pytest.raises(InputError, match="a header without rows"):
        header(tmp_path / "b.csv")


CRM: Records = [["id", "mail", "town"], ["1", "ann@example.org", "Köln"], ["NA", "ben@example.org", "Ulm\nDonau"]]
SCORES: Records = [
    ["ticket", "who", "touchpoint", "rating", "at"],
    ["t1", "ann@example.org", "Call, long", "5", AT.format(1)],
    ["t1", "ann@example.org", "Call, long", "4", AT.format(2)],
    ["t2", "BEN@example.org", "Delivery\nlate", "1", AT.format(2)], ["", "zoe@example.org", "é", "3", AT.format(2)],
    ["", "zoe@example.org", "é", "3", AT.format(2)], ["t3", "ann@example.org", "App", "good", AT.format(2)],
]  # fmt: skip
MENTIONS: Records = [
    ["who", "rival", "at"], ["ann@example.org", "Röst & Co", AT.format(1)],
    ["ben@example.org", "Bean, Inc", AT.format(1)], ["ben@example.org", "Bean, Inc", AT.format(1)],
    ["ann@example.org", "", AT.format(2)],
]  # fmt: skip
COSTS: Records = [
    ["day", "campaign", "cost"], ["2025-02-01", "Spring, é", "10.25"], ["2025-02-01", "Spring, é", "10.25"],
    ["2025-02-02", "", "-3"], ["2025-02-03", "Spring, é", "seven"],
]  # fmt: skip
LINKS: Records = [["old", "new"], ["1", "0012"], ["7", "NA"], ["", "5"]]
TABLES = {"crm.csv": CRM, "scores.csv": SCORES, "mentions.csv": MENTIONS, "costs.csv": COSTS, "links.csv": LINKS}
SOURCES = {
    "crm": {"kind": "customers", "ids": {"contact": "id", "email": "mail"}},
    "scores": {
        "kind": "feedback", "ids": {"email": "who"}, "score": {"measure": "csat", "worst": 1, "best": 5},
        "columns": {"score": "rating", "given_at": "at", "touchpoint": "touchpoint", "feedback_id": "ticket"},
    },
    "mentions": {
        "kind": "mentions", "ids": {"email": "who"}, "columns": {"competitor": "rival", "mentioned_at": "at"},
    },
    "costs": {"kind": "costs", "columns": {"day": "day", "campaign": "campaign", "cost": "cost"}},
    "links": {"kind": "links", "ids": {"contact": "old", "member": "new"}},
}  # fmt: skip


def tables_of_people(folder: Path, way: Way) -> dict[str, pd.DataFrame]:
    """All tables but the events, without the numbers of rows."""
    folder.mkdir()
    for name, records in TABLES.items():
        write(folder / name, records, way)
    declared = {name: {"format": "csv", "files": f"{name}.csv", **source} for name, source in SOURCES.items()}
    write_sources(folder, {"title": "Ways", "currency": "EUR", "sources": declared})
    settings = read_sources(folder)
    rows = [load_rows(folder, found) for found in check(folder, settings)]
    resolution = resolve(sightings_of(rows, []), ["contact", "email"], 20, KEY.encode(), True)
    people = people_tables(rows, resolution, settings, KEY.encode())
    return {
        "customers": people.customers,
        "feedback": people.feedback,
        "mentions": people.mentions,
        "costs": people.costs,
        "identities": resolution.identities,
        "reconciliation": reconciliation(people.accounts),
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return tables_of_people(tmp_path_factory.mktemp("ways") / "plain", Way())


def test_the_tables_hold_what_was_planted(plain):
    kept = plain["reconciliation"].set_index("source")[["read", "kept", "merged", "rejected"]]
    assert kept.loc["scores"].tolist() == [6, 4, 1, 1]
    assert kept.loc["mentions"].tolist() == [4, 3, 0, 1]
    assert kept.loc["costs"].tolist() == [4, 3, 0, 1]
    assert kept.loc["links", "read"] == 3
    assert len(plain["customers"]) == 2


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_scores_mentions_costs_and_links_are_the_same(tmp_path, plain, way):
    for name, table in tables_of_people(tmp_path / "other", way).items():
        pd.testing.assert_frame_equal(table, plain[name], obj=name)
