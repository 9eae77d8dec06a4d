"""Plain text, a file per document: turns of speech, texts of nobody's turns, and what is no text of words."""

from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import InputError
from pipeline.core.sources import DatasetSettings
from pipeline.ingest import schema
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_file, inspect_folder
from pipeline.ingest.load import load_rows
from tests.ingest.small_company import write_sources

CALL = """Interview 7, transcribed by hand

[00:00:01] Interviewer: Thank you for coming. How did it go?
[00:00:09] Anna: Slowly, to be honest.
The router dropped the line every evening.
[00:00:30] Interviewer: And then?
[00:00:33] Anna: Then I called: nobody answered.
"""
NOTE = "The delivery was slow, and nobody told me why.\n\nI would not order there again, never.\n"


def rows(folder: Path, name: str, content: str) -> list[list[str]]:
    (folder / name).write_text(content, encoding="utf-8")
    source = {"kind": "texts", "format": "plain-text", "files": name, "ids": {"document": "document"}}
    settings = DatasetSettings.model_validate({"title": "T", "sources": {"texts": source}})
    return load_rows(folder, check(folder, settings)[0]).rows.to_numpy().tolist()


def test_turns_go_on_over_lines_and_what_stands_above_them_is_no_customers(tmp_path: Path) -> None:
    assert rows(tmp_path, "call_007.txt", CALL) == [
        ["call_007", "0", "system", "Interview 7, transcribed by hand"],
        ["call_007", "1", "Interviewer", "Thank you for coming. How did it go?"],
        ["call_007", "2", "Anna", "Slowly, to be honest. The router dropped the line every evening."],
        ["call_007", "3", "Interviewer", "And then?"],
        ["call_007", "4", "Anna", "Then I called: nobody answered."],
    ]


@pytest.mark.parametrize(
    "content", [NOTE, NOTE.encode("utf-16").decode("utf-16"), NOTE.replace("\n", "\r\n"), "Fine\n"]
)
def test_a_file_without_turns_is_one_text(tmp_path: Path, content: str) -> None:
    told = "\n".join(line.strip() for line in content.splitlines() if line.strip())
    assert rows(tmp_path, "note.txt", content) == [["note", "0", "", told]]


def test_a_folder_of_them_is_one_source_from_draft_to_table(tmp_path: Path, ingest) -> None:
    for name, content in (("anna.txt", CALL), ("ben.txt", NOTE), ("call 3.txt", CALL.replace("Anna", "Cleo"))):
        (tmp_path / name).write_text(content, encoding="utf-8")
    found, problems = inspect_folder(tmp_path)
    assert problems == []
    drafted = yaml.safe_load(draft_sources("own", found, problems))
    assert drafted["sources"] == {
        "texts": {"kind": "texts", "format": "plain-text", "files": "*.txt", "ids": {"document": "document"}}
    }
    (tmp_path / "pseudonym.key").write_text("k" * 64, encoding="ascii")
    write_sources(tmp_path, drafted)
    table = ingest(tmp_path, "out").table(schema.TEXTS)
    assert table["document"].nunique() == table["customer_id"].nunique() == 3
    assert table["speaker"].value_counts().to_dict() == {"respondent": 5, "moderator": 4, "agent": 2}
    assert not table["text"].str.contains("Anna|Cleo").any()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("id\tname\n" + "\n".join(f"{n}\tThe one. And more." for n in range(30)), "csv"),
        ("id,what was said\n" + "\n".join(f"{n},it was fine. Thank you." for n in range(30)), "csv"),
        ("host: db\nport: five\nuser: me\nmode: fast\n", "csv"),
    ],
)
def test_tables_and_lists_are_no_texts_whatever_their_ending(tmp_path: Path, content: str, found: str) -> None:
    (tmp_path / "a.txt").write_text(content, encoding="utf-8")
    assert inspect_file(tmp_path / "a.txt").format == found


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('<?xml version="1.0" encoding="klingon"?><log><trace/></log>', "an encoding that is not known"),
        ('<?xml version="1.0" encoding="klingon"?>\n<log>\n<trace/>\n</log>\n', "an encoding that is not known"),
        ('<?xml version="1.0" encoding="shift_jis"?>\n<log>\n<trace/>\n</log>\n', "an encoding that is not known"),
        ('<?xml version="1.0"?>\n<log>\n<trace>\n<event>\n</event>\n', "the XML cannot be read: .* Export it again"),
        ('<?xml version="1.0"?>\n<orders>\n<order/>\n<order/>\n</orders>\n', "no event log .* Export it as CSV"),
    ],
)
def test_xml_is_told_as_xml_and_is_no_table(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "a.xes").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        inspect_file(tmp_path / "a.xes")


def test_a_file_of_which_no_row_fits_the_header_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a;b, c\nx\ny\n", encoding="utf-8")
    assert any("do not have as many cells" in w for w in inspect_file(tmp_path / "a.csv").warnings)
