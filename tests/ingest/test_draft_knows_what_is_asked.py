"""The draft for surveys, shops and tickets as people export them: what is asked, who answered, what an order is."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipeline.ingest.column_kinds import joined_by
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder

N = 60
AGREE = ("Strongly agree", "Agree", "Neither agree nor disagree", "Disagree", "Strongly disagree")


def drafted(folder: Path, header: Sequence[str], rows: Sequence[Sequence[object]], delimiter: str = ",") -> dict:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in [header, *rows]]
    (folder / "export.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return yaml.safe_load(draft_sources("own", *inspect_folder(folder)))


def boxes(i: int, *choices: str, mark: str = ", ") -> str:
    """One or two of the choices, in their order."""
    return mark.join(choices[j] for j in sorted({i % len(choices), (i * 7 + i // 3) % len(choices)}))


def test_a_form_in_german_is_read_as_it_is_meant(tmp_path: Path) -> None:
    header = ["Zeitstempel", "Nutzername", "Wie zufrieden sind Sie?", "Welche Kanäle nutzen Sie?",
              "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", "Wie alt sind Sie?"]  # fmt: skip
    scale = ("Sehr zufrieden", "Zufrieden", "Unzufrieden")
    rows = [
        [f"{1 + i % 28:02d}.03.2025 10:00:00", f"who{i}@example.org", scale[i % 3],
         boxes(i, "E-Mail", "Telefon", "Filiale"), i % 11,
         ("18-29", "30-59", "60+")[i % 3]]
        for i in range(N)
    ]  # fmt: skip
    told = drafted(tmp_path, header, rows)
    (source,) = told["sources"].values()
    asked = list(source["questions"].values())
    assert told["language"] == "de"
    assert source["ids"] == {"email": "Nutzername"}
    assert [q["kind"] for q in asked] == ["likert", "multi", "nps", "single"]
    assert asked[0]["levels"] == ["Unzufrieden", "Zufrieden", "Sehr zufrieden"]
    assert [q.get("theme") for q in asked] == ["satisfaction", "channel", "satisfaction", None]
    assert asked[3]["block"] == "demographic"
    assert "welche_kanale_nutzen_sie" in source["questions"]


def test_a_choice_that_is_called_e_mail_is_nobodys_address(tmp_path: Path) -> None:
    header = ["Response ID", "Date submitted", "Last page", "Start language", "It is easy [Price]",
              "Which channels? [Email]", "Which channels? [Phone]"]  # fmt: skip
    rows = [
        [i + 1, "2025-03-02 10:00:00", 3, "en", AGREE[i % 5], ("Yes", "No")[i % 2], ("Yes", "No")[i % 3 == 0]]
        for i in range(N)
    ]
    (source,) = drafted(tmp_path, header, rows)["sources"].values()
    assert source["ids"] == {"response": "Response ID"}
    easy, channels = source["questions"].values()
    assert (easy["kind"], easy["levels"]) == ("likert", list(reversed(AGREE)))
    assert (channels["kind"], channels["levels"]) == ("multi", ["Email", "Phone"])


def test_how_long_a_question_took_is_no_question_and_an_id_of_responses_no_contacts(tmp_path: Path) -> None:
    header = [
        "id",
        "submitdate",
        "lastpage",
        "startlanguage",
        "Q1",
        "Q2",
        "interviewtime",
        "groupTime81",
        "Q1Time",
        "Q2Time",
    ]
    rows = [
        [i + 1, "2025-03-02 10:00:00", 3, "en", f"A{i % 3}", f"B{i % 4}", 300 + i, 99.5 + i, 9 + i / 7, 8.1 + i]
        for i in range(N)
    ]  # fmt: skip
    (source,) = drafted(tmp_path, header, rows)["sources"].values()
    assert source["ids"] == {"response": "id"}
    assert list(source["questions"]) == ["q1", "q2"]


def test_the_order_in_which_qualtrics_showed_choices_is_no_question(tmp_path: Path) -> None:
    names = ["StartDate", "EndDate", "ResponseId", "Q1", "Q1_DO_1", "Q1_DO_2"]
    texts = ["Start Date", "End Date", "Response ID", "How likely are you to recommend us?",
             "How likely - Display Order - 9", "How likely - Display Order - 10"]  # fmt: skip
    imports = [
        f'{{""ImportId"":""{name}""}}' for name in ("startDate", "endDate", "_recordId", "QID1", "Q1_DO", "Q1_DO")
    ]
    rows = [
        ["2025-03-02 10:00:00", "2025-03-02 10:05:00", f"R_{i:05d}", i % 11, 1 + i % 2, 2 - i % 2] for i in range(N)
    ]
    (source,) = drafted(tmp_path, names, [texts, imports, *rows])["sources"].values()
    assert {name: q["kind"] for name, q in source["questions"].items()} == {"q1": "nps"}


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        ([boxes(i, "Mail", "Phone", "Shop", mark=";") for i in range(N)], ";"),
        ([boxes(i, "Mail", "Phone", "Shop") for i in range(N)], ","),
        ([("Yes, mostly", "Yes, at times", "No, never", "Yes, always")[i % 4] for i in range(N)], ""),
        ([("1 - 99", "100 - 999", "1,000 - 9,999", "10,000 or more")[i % 4] for i in range(N)], ""),
        ([f"In spring, in place {i}, it was late" for i in range(N)], ""),
        (["Mail", "Phone", "Shop"] * 20, ""),
        ([f"/ {boxes(i, 'Mail', 'Phone', 'Shop', mark=' / ')}" for i in range(N)], " / "),
    ],
)
def test_cells_that_hold_several_choices_are_told_from_sentences(cells: list[str], mark: str) -> None:
    assert joined_by(pd.Series(cells)) == mark


def test_rows_of_one_shopify_order_are_one_event(tmp_path: Path) -> None:
    header = ["Name", "Email", "Financial Status", "Paid at", "Currency", "Total", "Created at", "Lineitem quantity",
              "Lineitem name", "Id", "Source"]  # fmt: skip
    rows = []
    for i in range(N):
        at, who = f"2025-03-{1 + i % 28:02d} 10:00:00 -0500", f"who{i % 20}@example.org"
        rows.append([f"#{1001 + i}", who, "paid", at, "USD", 20 + i, at, 1, "Shirt", 5_000_000 + i, "web"])
        rows.append([f"#{1001 + i}", who, "", "", "", "", at, 2, "Mug", "", ""])
    told = drafted(tmp_path, header, rows)
    (source,) = told["sources"].values()
    assert (told["currency"], source["kind"], source["event"]) == ("USD", "events", "order")
    assert source["ids"] == {"email": "Email"}
    assert source["columns"] == {"ts": "Created at", "event_id": "Name", "amount": "Total", "channel": "Source"}


def test_tickets_are_texts(tmp_path: Path) -> None:
    header = ["Ticket ID", "Ticket created", "Requester email", "Ticket subject", "Ticket description"]
    rows = [
        [i, "2025-03-02T10:00:00Z", f"who{i % 20}@example.org", "Invoice", f"The invoice number {i} is wrong again"]
        for i in range(N)
    ]
    (source,) = drafted(tmp_path, header, rows)["sources"].values()
    assert (source["kind"], source["ids"]) == ("texts", {"email": "Requester email"})
    assert source["columns"]["text"] == "Ticket description"


def test_events_enter_the_stage_that_their_names_speak_of(tmp_path: Path) -> None:
    names = ("Page Viewed", "Signed Up", "Order Completed", "App Closed")
    rows = [[f"u{i % 20}", f"2025-03-{1 + i % 28:02d}T10:00:00Z", names[i % 4]] for i in range(N)]
    header = ["user_id", "time", "event"]
    lines = ["\t".join(map(str, row)) for row in [header, *rows]]
    (tmp_path / "log.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    text = draft_sources("own", *inspect_folder(tmp_path))
    for stage, event in (("awareness", "Page Viewed"), ("consideration", "Signed Up"), ("purchase", "Order Completed")):
        assert f"#     {stage}: [{{event: {event}}}]" in text
