"""The draft for tables as data sets are published: one survey alone, bookings of nobody, ratings, reviews."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings
from pipeline.ingest.advice import segmenting_advice, window_advice
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder

N = 90
AGREE = ("Totally agree", "Tend to agree", "Tend to disagree", "Totally disagree", "DK")
REVIEWS = (
    "It broke after two weeks of use.",
    "My daughter loves it, and so do I!",
    "The colour is not as in the picture.",
)


def drafted(folder: Path) -> dict:
    return yaml.safe_load(draft_sources("own", *inspect_folder(folder)))


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    path.write_text("\n".join(",".join(map(str, row)) for row in [header, *rows]) + "\n", encoding="utf-8")


def survey(folder: Path) -> None:
    rows = [
        [f"r{i:06d}", ("BE", "DE", "FR")[i % 3], *(AGREE[(i * k) % 5] for k in (1, 2, 3)), 15 + i % 70]
        for i in range(N)
    ]
    write(folder / "eb.csv", ["uniqid", "Gender", "qa1_1", "qa1_2", "qa1_3", "d11"], rows)


def test_headings_are_codes_but_answers_are_of_known_scales(tmp_path: Path) -> None:
    survey(tmp_path)
    told = drafted(tmp_path)
    (source,) = told["sources"].values()
    assert (source["kind"], source["ids"]) == ("responses", {"uniqid": "uniqid"})
    assert [q["kind"] for q in source["questions"].values()] == ["single", "likert", "likert", "likert", "numeric"]
    assert source["questions"]["qa1_1"]["levels"] == [AGREE[3], AGREE[2], AGREE[1], AGREE[0]]


def test_a_survey_alone_is_segmented_by_what_people_answered(tmp_path: Path) -> None:
    survey(tmp_path)
    told = drafted(tmp_path)
    (source,) = told["sources"].values()
    roles = {name: q.get("role", "describe") for name, q in source["questions"].items()}
    assert roles == {"gender": "describe", "qa1_1": "segment", "qa1_2": "segment", "qa1_3": "segment", "d11": "segment"}
    assert told["customers_are"] == "respondents"
    assert not segmenting_advice(parse(told, DatasetSettings, "sources.yaml"))


def test_beside_a_table_of_customers_answers_describe(tmp_path: Path) -> None:
    survey(tmp_path)
    write(tmp_path / "crm.csv", ["customer_id", "Region"], [[f"c{i}", "north" if i % 2 else "south"] for i in range(N)])
    told = drafted(tmp_path)
    assert not any("role" in q for q in told["sources"]["eb"]["questions"].values())
    assert "customers_are" not in told


def test_a_dataset_that_nothing_tells_apart_is_told(tmp_path: Path) -> None:
    survey(tmp_path)
    told = drafted(tmp_path)
    for question in told["sources"]["eb"]["questions"].values():
        question.pop("role", None)
    (line,) = segmenting_advice(parse(told, DatasetSettings, "sources.yaml"))
    assert "role: segment" in line


def test_a_book_of_a_surveys_codes_is_no_source(tmp_path: Path) -> None:
    survey(tmp_path)
    asked = [
        ["qa1_1", "Trust in press"],
        ["qa1_2", "Trust in radio"],
        ["qa1_3", "Trust in TV"],
        ["d11", "Age"],
        ["gender", "Sex"],
    ]
    write(tmp_path / "book.csv", ["qname", "question"], asked)
    text = draft_sources("own", *inspect_folder(tmp_path))
    assert set(yaml.safe_load(text)["sources"]) == {"eb"}
    assert "# book.csv: says what the columns of eb.csv mean" in text
    write(tmp_path / "book.csv", ["qname", "question"], asked[:4] * 10)
    assert set(drafted(tmp_path)["sources"]) == {"eb", "book"}, "four headings may agree by chance"


@pytest.mark.parametrize(("again", "joined"), [("customer_unique_id", True), ("customer_group_id", False)])
def test_who_ordered_twice_is_one_customer_where_another_id_says_so(tmp_path: Path, again: str, joined: bool) -> None:
    rows = [[f"o{i:05d}", f"p{i * 9 // 10:05d}", ("SP", "RJ", "MG")[i % 3]] for i in range(N)]
    write(tmp_path / "customers.csv", ["customer_id", again, "state"], rows)
    (source,) = drafted(tmp_path)["sources"].values()
    assert source["ids"] == {"customer": "customer_id"} | ({"customer_unique": again} if joined else {})


@pytest.mark.parametrize(("answers", "role"), [(("no", "yes"), "describe"), (range(40), "segment")])
def test_a_y_of_yes_and_no_is_what_others_predict(tmp_path: Path, answers: Sequence[object], role: str) -> None:
    write(
        tmp_path / "bank.csv",
        ["customer_id", "x", "y"],
        [[f"c{i}", i % 30, answers[i % len(answers)]] for i in range(N)],
    )
    (source,) = drafted(tmp_path)["sources"].values()
    assert {f["column"]: f["role"] for f in source["fields"].values()} == {"x": "segment", "y": role}


def test_bookings_that_name_nobody_are_customers_each(tmp_path: Path) -> None:
    header = ["hotel", "is_canceled", "lead_time", "arrival_week_number", "adults", "children", "meal", "country",
              "channel_used", "agent", "company", "nights", "adr", "status_date"]  # fmt: skip
    rows = [
        ["City", i % 2, i % 40, i % 52, i % 3, 0, "BB", "PRT", "Direct", i % 9, i % 7, i % 6, 80 + i % 30,
         f"2016-{1 + i % 12:02d}-{1 + i % 28:02d}"]
        for i in range(N)
    ]  # fmt: skip
    write(tmp_path / "hotel_bookings.csv", header, rows)
    (source,) = drafted(tmp_path)["sources"].values()
    assert (source["kind"], source["ids"]) == ("customers", {"row": "*"})
    fields = source["fields"]
    assert fields["is_canceled"]["role"] == "describe"
    assert (fields["agent"]["kind"], fields["company"]["kind"], fields["lead_time"]["kind"]) == (
        "nominal",
        "nominal",
        "numeric",
    )


@pytest.mark.parametrize(("file", "event"), [("ratings.csv", "rating"), ("2024-01.csv", "happened")])
def test_rows_without_a_column_of_events_are_called_as_their_file(tmp_path: Path, file: str, event: str) -> None:
    rows = [[i % 20, i % 33, 1 + i % 5, 1_500_000_000 + 86_400 * i] for i in range(N)]
    write(tmp_path / file, ["userId", "movieId", "rating", "timestamp"], rows)
    text = draft_sources("own", *inspect_folder(tmp_path))
    (source,) = yaml.safe_load(text)["sources"].values()
    assert (source["kind"], source["event"]) == ("events", event)
    assert f"first: [{{event: {event}}}]" in text


@pytest.mark.parametrize(("window_days", "told"), [(60, True), (50, False), (50.5, True)])
def test_a_window_that_no_journey_can_be_followed_for_is_told(tmp_path: Path, window_days: float, told: bool) -> None:
    rows = [[i % 20, f"2024-{1 + i // 25:02d}-{1 + i % 25:02d} 10:00:00", 7] for i in range(N)]
    write(tmp_path / "visits.csv", ["user_id", "time", "page"], rows)
    draft = draft_sources("own", *inspect_folder(tmp_path)).replace("\n# ", "\n")
    given = yaml.safe_load(draft) | {
        "observation": {"start": "2024-01-01", "features_until": "2024-02-01", "end": "2024-03-22"}
    }
    lines = window_advice(parse(given, DatasetSettings, "sources.yaml"), window_days)
    assert [("50 days" in line and "Set it to 50" in line) for line in lines] == [True] * told


ROUTE = ("Create Fine", "Send Fine", "Add penalty", "Collect Credit")


@pytest.mark.parametrize("newest_first", [False, True])
def test_events_unheard_of_are_a_ladder_in_their_order(tmp_path: Path, newest_first: bool) -> None:
    steps = [(case, step) for case in range(N) for step in range(4 if case % 5 == 0 else 3)]
    rows = [[f"A{case}", f"2024-03-0{1 + step} 10:00:00", ROUTE[step]] for case, step in steps]
    write(tmp_path / "log.csv", ["case_id", "timestamp", "activity"], rows[::-1] if newest_first else rows)
    text = draft_sources("own", *inspect_folder(tmp_path))
    ladder = yaml.safe_load("\n".join(line[2:] for line in text.split("\n# stages:")[1].splitlines()[1:]))
    events = [ladder["enter"][stage][0]["event"] for stage in ladder["ladder"]]
    assert (ladder["ladder"], events) == (["start", "middle", "end"], [ROUTE[0], ROUTE[1], ROUTE[3]])


def test_events_in_no_order_are_no_ladder(tmp_path: Path) -> None:
    rows = [[f"A{i % 20}", f"2024-03-{1 + i // 20:02d} 10:00:00", ROUTE[i * 7 % 4]] for i in range(400)]
    write(tmp_path / "log.csv", ["case_id", "timestamp", "activity"], rows)
    assert "ladder: [start" not in draft_sources("own", *inspect_folder(tmp_path))


def test_reviews_as_json_lines_are_texts_whatever_their_keys(tmp_path: Path) -> None:
    lines = [
        json.dumps({"overall": 1 + i % 5, "reviewerID": f"A{i % 30}", "asin": f"B{i}", "reviewText": REVIEWS[i % 3],
                    "summary": "Not good", "unixReviewTime": 1_500_000_000 + 86_400 * i})
        for i in range(N)
    ]  # fmt: skip
    (tmp_path / "Beauty_5.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (source,) = drafted(tmp_path)["sources"].values()
    assert (source["kind"], source["ids"]) == ("texts", {"reviewer": "reviewerID"})
    named = {"text": "reviewText", "title": "summary", "rating": "overall", "written_at": "unixReviewTime"}
    assert (source["columns"], source["epoch"]) == (named, "seconds")
