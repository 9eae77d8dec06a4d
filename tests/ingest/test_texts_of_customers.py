"""Reviews, tickets, posts and focus groups: one table of texts, whatever the file they came in."""

import json

import pytest

from pipeline.core.errors import InputError
from pipeline.ingest import schema
from pipeline.ingest.readers.json_rows import flat_object
from pipeline.ingest.readers.texts import header
from pipeline.ingest.recognition import recognise
from tests.ingest.small_company import write_sources

REVIEWS = """review_id,email,stars,title,body,posted
r1,anna@example.org,5,Love it,"Ben Okoro helped me, write to ben@example.org",2025-02-03T10:00:00Z
r2,ben@example.org,N/A,,Too dear,2025-02-04
r2,ben@example.org,N/A,,Too dear,2025-02-04
r3,zoe@example.net,five,Meh,Late,once
r4,cleo@example.org,1,Empty,  ,2025-02-05
"""
BEN = {"mail": "ben@example.org"}
TICKETS = [
    {"ticket": 4711, "from": BEN, "by": "Customer", "said": "It leaks.", "at": "2025-02-01T10:00Z"},
    {"ticket": 4711, "from": {"mail": None}, "by": "Agent 7", "said": "Sorry!", "at": "2025-02-01T11:00Z"},
    {"ticket": 4711, "from": BEN, "by": "Customer", "said": "Thanks", "at": "2025-02-01T12:00Z"},
]  # fmt: skip
GROUP = """doc_id,respondent_id,date,speaker,turn,text
F-1,,2025-02-01,Moderator,0,Who cooks?
F-1,NA,2025-02-01,Selma,1,I do.
F-1,13,2025-02-01,Jonas,2,Ask Selma or me.
F-1,NA,2025-02-01,Selma,3,"Yes, ask Jonas."
"""


def texts_source(**more: object) -> dict:
    return {"kind": "texts", "format": "texts", **more}


def only(sources: dict, name: str, source: dict) -> dict:
    """The mini dataset's contacts with one source of texts."""
    return sources | {"sources": {"contacts": sources["sources"]["contacts"], name: source}}


@pytest.fixture
def reviews() -> dict:
    return texts_source(
        files="reviews.csv",
        ids={"email": "email"},
        missing=["", "N/A"],
        timezone="UTC",
        columns={"document": "review_id", "title": "title", "text": "body", "rating": "stars", "written_at": "posted"},
    )


@pytest.mark.parametrize("format_", ["texts", "csv"])
def test_reviews(mini, sources, ingest, reviews, format_):
    (mini / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    write_sources(mini, only(sources, "reviews", reviews | {"format": format_}))
    done = ingest(mini)
    assert done.reconciliation.loc["reviews", ["read", "kept", "merged", "rejected"]].tolist() == [5, 3, 1, 1]
    table = done.table(schema.TEXTS).set_index("text")
    first = table.loc["[name] [name] helped me, write to [email]"]
    assert (first["title"], first["rating"], first["speaker"], first["turn"]) == ("Love it", 5.0, "respondent", 0)
    assert table.loc["Too dear", ["rating", "title"]].isna().all()
    assert table["customer_id"].isna().to_dict() == {first.name: False, "Too dear": False, "Late": True}
    warnings = done.summary["sources"]["reviews"]["warnings"]
    assert "`stars`: 1 rating(s) are no number, now missing" in warnings
    assert "`posted`: 1 cell(s) are no time, now missing" in warnings


def test_equal_reviews_without_an_id_are_different_texts(mini, sources, ingest):
    (mini / "posts.csv").write_text("text,written_at\nNice,2025-02-01\nNice,2025-02-01\n", encoding="utf-8")
    write_sources(mini, only(sources, "posts", texts_source(files="posts.csv", timezone="UTC")))
    done = ingest(mini)
    assert done.reconciliation.loc["posts", ["read", "kept", "merged"]].tolist() == [2, 2, 0]
    assert done.table(schema.TEXTS)["document"].nunique() == 2


def ticket_source() -> dict:
    columns = {"document": "ticket", "speaker": "by", "text": "said", "written_at": "at"}
    return texts_source(files="tickets.jsonl", ids={"email": "from.mail"}, columns=columns)


@pytest.mark.parametrize("order", [1, -1])
def test_tickets_in_json_lines_are_conversations_in_order_of_time(mini, sources, ingest, order):
    lines = [json.dumps(t) for t in TICKETS[::order]]
    (mini / "tickets.jsonl").write_text("\n".join([*lines, "", "{broken", "[1]"]) + "\n", encoding="utf-8")
    write_sources(mini, only(sources, "tickets", ticket_source()))
    done = ingest(mini)
    table = done.table(schema.TEXTS)
    assert table["text"].tolist() == ["It leaks.", "Sorry!", "Thanks"]
    assert table["speaker"].tolist() == ["respondent", "agent", "respondent"]
    assert table["speaker_number"].tolist() == [1, 0, 1]
    assert table["turn"].tolist() == [0, 1, 2]
    assert table["document"].nunique() == 1
    assert done.reasons["tickets", "the line is broken: it is no JSON object, or lacks a quote"] == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_json_lines_in_any_encoding(tmp_path, encoding):
    path = tmp_path / "t.jsonl"
    path.write_bytes('{"text": "schön", "id": "0012"}\r\n{"text": "b", "stars": 1.50}\r\n'.encode(encoding))
    found = header(path)
    assert found.columns == ("text", "id", "stars")
    assert found.read is not None
    assert list(found.read(path)) == [["schön", "0012", ""], ["b", "", "1.50"]]


def test_a_focus_group_tells_its_speakers_apart_and_names_none(mini, sources, ingest):
    (mini / "interviews" / "a.csv").write_text(GROUP, encoding="utf-8")
    write_sources(mini, only(sources, "interviews", sources["sources"]["interviews"]))
    table = ingest(mini).table(schema.TEXTS)
    assert table["speaker_number"].tolist() == [0, 1, 2, 1]
    assert table["customer_id"].nunique() == 2
    assert table["text"].tolist() == ["Who cooks?", "I do.", "Ask [name] or me.", "Yes, ask [name]."]


def test_texts_are_recognised_by_their_columns(tmp_path):
    (tmp_path / "a").write_text(REVIEWS, encoding="utf-8")
    (tmp_path / "b").write_text('{"body": "x", "subject": "y"}\n', encoding="utf-8")
    (tmp_path / "c").write_text("body,weight\nx,1\n", encoding="utf-8")
    assert [recognise(tmp_path / n)[0] for n in "abc"] == ["texts", "texts", "csv"]


def test_empty_objects_are_an_input_error(tmp_path):
    (tmp_path / "a.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"a.jsonl: the JSON objects are empty"):
        header(tmp_path / "a.jsonl")


def test_numbers_and_ids_stay_as_written():
    assert flat_object('{"id": 12345678901234567890, "x": NaN, "l": [1, "a"], "t": true}') == {
        "id": "12345678901234567890", "x": "NaN", "l": '["1", "a"]', "t": "true",
    }  # fmt: skip
    assert flat_object("[" * 100_000) is None
