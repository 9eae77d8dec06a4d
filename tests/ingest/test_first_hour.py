"""The first hour with one's own exports: drafts that need little work, checks that tell what a run would only show."""

from pathlib import Path

import pytest
import yaml

from pipeline.core.errors import InputError
from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings
from pipeline.ingest.advice import questions_left, stage_advice
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder
from tests.ingest.small_company import write_sources

STAGES = """
stages:
  ladder: [visit, course]
  enter: {visit: [{event: Check-in}], course: [{event: Course Booked}]}
  moves: {visit: [course]}
"""


def climbing_hall(folder: Path, days: int = 21_600) -> str:
    """A members' table with some members twice and a log longer than what is looked at; the draft of both."""
    members = [f"{100 + n};{20 + n % 40};{70173 + n % 9};{1 + n % 28:02d}.03.2024;{9 + n % 3},90" for n in range(200)]
    lines = ["Member No;Age;Postcode;Member since;Fee", *members, *members[:4]]
    (folder / "members.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    stamps = [f"{1 + n * 28 // days:02d}.{1 + n * 12 // days:02d}.2025 9:{n % 60:02d}" for n in range(days)]
    log = [f"{n},{at},{100 + n % 210},{('Check-in', 'Course booked')[n % 9 == 0]}" for n, at in enumerate(stamps)]
    (folder / "log.csv").write_text("Booking No,Time,Member No,Action\n" + "\n".join(log) + "\n", encoding="utf-8")
    return draft_sources("hall", *inspect_folder(folder))


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("hall")
    return folder, climbing_hall(folder)


def test_a_table_with_some_customers_twice_is_one_of_customers(hall: tuple[Path, str]) -> None:
    sources = yaml.safe_load(hall[1])["sources"]
    assert (sources["members"]["kind"], sources["log"]["kind"]) == ("customers", "events")
    assert sources["members"]["ids"] == {"member": "Member No"}
    assert sources["log"]["ids"] == {"member": "Member No"}
    postcode = sources["members"]["fields"]["postcode"]
    assert (postcode["kind"], postcode["role"]) == ("nominal", "describe")
    assert "# stage_dates: {member since: Member since}" in hall[1]


def test_days_are_those_of_the_whole_log(hall: tuple[Path, str]) -> None:
    observation = yaml.safe_load(hall[1])["observation"]
    assert [str(observation[k]) for k in ("start", "end")] == ["2025-01-01", "2025-12-29"]


def test_dates_with_the_day_first_are_declared_and_read(hall: tuple[Path, str]) -> None:
    folder, draft = hall
    content = yaml.safe_load(draft)
    assert content["sources"]["log"]["dates"] == "day first"
    assert len(check(folder, parse(content, DatasetSettings, "draft"))) == 2
    del content["sources"]["log"]["dates"]
    with pytest.raises(InputError, match=r"`Time` of log.csv holds dates such as .* Declare `dates: day first`"):
        check(folder, parse(content, DatasetSettings, "draft"))


def test_times_of_no_kind_are_told_by_their_shape(tmp_path: Path) -> None:
    climbing_hall(tmp_path, days=300)
    content = yaml.safe_load(draft_sources("hall", *inspect_folder(tmp_path)))
    log = tmp_path / "log.csv"
    log.write_text(log.read_text(encoding="utf-8").replace(".2025 9:", " MMXXV at 9."), encoding="utf-8")
    with pytest.raises(InputError, match=r"log: `Time` of log.csv holds no time .* written is `99.99 xxxxx xx 9.99`"):
        check(tmp_path, parse(content, DatasetSettings, "draft"))


def test_open_questions_and_events_that_nobody_does_are_told(hall: tuple[Path, str]) -> None:
    folder, draft = hall
    assert questions_left("title: answered\n") == []
    (told,) = questions_left(draft)
    assert f"{draft.count('# ?')} line(s) still marked `?`" in told
    before = parse(yaml.safe_load(draft), DatasetSettings, "draft")
    assert stage_advice(folder, before, check(folder, before)) == [
        "no `stages`: there will be personas, but no journeys"
    ]
    settings = parse(yaml.safe_load(draft + STAGES), DatasetSettings, "draft")
    assert stage_advice(folder, settings, check(folder, settings)) == [
        "stages: no event is called `Course Booked` in the first 100,000 rows of a file. Did you mean `Course booked`?"
    ]


def test_a_name_that_is_seen_a_few_times_is_not_shown(tmp_path: Path) -> None:
    climbing_hall(tmp_path, days=300)
    log = tmp_path / "log.csv"
    log.write_text(log.read_text(encoding="utf-8").replace("Course booked", "Anna Bauer", 3), encoding="utf-8")
    content = yaml.safe_load(
        draft_sources("hall", *inspect_folder(tmp_path)) + STAGES.replace("Course Booked", "Anna Baur")
    )
    settings = parse(content, DatasetSettings, "draft")
    (told,) = stage_advice(tmp_path, settings, check(tmp_path, settings))
    assert "no event is called `Anna Baur`" in told
    assert "Bauer" not in told


def test_what_is_not_proposed_is_said_and_a_birthday_is_no_step_of_a_journey(tmp_path: Path) -> None:
    rows = [f"{n},a{n}@mail.test,{('gold', 'tin')[n % 2]},${n}.50,x{n}y,1990-05-02,,2024-01-02" for n in range(90)]
    head = "Customer ID,Email,Tier,Spent,Seat,Birthday,Fax 2,Joined"
    (tmp_path / "customers.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    draft = draft_sources("shop", *inspect_folder(tmp_path))
    source = yaml.safe_load(draft)["sources"]["customers"]
    assert list(source["fields"]) == ["tier", "spent"]
    assert (source["fields"]["spent"]["kind"], source["currency_mark"]) == ("numeric", "$")
    assert "      # not proposed: Seat (nearly all differ), Fax 2 (no values)\n" in draft
    assert "# stage_dates: {joined: Joined} " in draft


def test_the_ladder_to_fill_in_has_the_rarest_events_and_fits_once_uncommented(tmp_path: Path) -> None:
    climbing_hall(tmp_path, days=300)
    log = (tmp_path / "log.csv").read_text(encoding="utf-8")
    log = log.replace("01.01.2025 9:0", "01.01.2025 8:0").replace("5,Check-in", "5,Page: seen")
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    draft = draft_sources("hall", *inspect_folder(tmp_path))
    begins = draft.index("# stages: ")
    ladder = "\n".join(line.removeprefix("# ") for line in draft[begins:].splitlines())
    settings = parse(yaml.safe_load(draft[:begins] + ladder), DatasetSettings, "draft")
    assert settings.stages is not None
    entered = [entries[0].event for entries in settings.stages.enter.values()]
    assert sorted(entered) == ["Check-in", "Course booked", "Page: seen"]
    assert stage_advice(tmp_path, settings, check(tmp_path, settings)) == []


def test_a_source_that_is_rejected_whole_is_warned_of(ingest, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "hall"
    folder.mkdir()
    content = yaml.safe_load(climbing_hall(folder, days=300))
    content["observation"] = {"start": "2020-01-01", "end": "2021-01-01", "features_until": "2020-07-01"}
    write_sources(folder, content)
    assert len(ingest(folder).events) == 0
    told = capsys.readouterr().err
    assert "warning: log: 300 of 300 rows rejected, first of all: outside the observation." in told
