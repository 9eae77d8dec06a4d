"""The draft for tables of no vendor: ids that join by their values, columns of events, a ladder to fill in."""

from collections.abc import Set
from pathlib import Path

import pytest
import yaml

from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings
from pipeline.ingest import draft_kinds
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder

EVENTS = ("opened", "bought")


def drafted(folder: Path) -> tuple[dict, str]:
    text = draft_sources("own", *inspect_folder(folder))
    return yaml.safe_load(text)["sources"], text


def write(folder: Path, customers: str, log: str, ids: list[str], in_log: list[str]) -> None:
    rows = [f"{who},{18 + i % 50},{'north' if i % 2 else 'south'}" for i, who in enumerate(ids)]
    (folder / "people.csv").write_text(f"{customers},Age,Region\n" + "\n".join(rows) + "\n", encoding="utf-8")
    rows = [f"{who},2024-03-{1 + i % 28:02d} 10:00:00,{EVENTS[i % 2]},iOS" for i, who in enumerate(in_log * 3)]
    (folder / "log.csv").write_text(f"{log},time,event,platform\n" + "\n".join(rows) + "\n", encoding="utf-8")


@pytest.mark.parametrize(("customers", "log"), [("CustomerNo", "customer"), ("Kundennummer", "wer"), ("id", "user_id")])
def test_columns_that_hold_the_same_ids_are_one_space(tmp_path: Path, customers: str, log: str) -> None:
    ids = [f"C{i:04d}" for i in range(60)]
    write(tmp_path, customers, log, ids, [*ids[:50], *(f"anonymous-{i}" for i in range(30))])
    sources, _ = drafted(tmp_path)
    (space,) = sources["people"]["ids"]
    assert sources["people"]["ids"] == {space: customers}
    assert sources["log"]["ids"][space] == log


def test_numbers_that_agree_by_chance_join_nothing(tmp_path: Path) -> None:
    write(tmp_path, "member", "points", [str(i) for i in range(60)], [str(i) for i in range(60)])
    sources, _ = drafted(tmp_path)
    assert "points" not in sources["log"]["ids"].values()


def test_few_values_join_nothing(tmp_path: Path) -> None:
    write(tmp_path, "CustomerNo", "wer", [f"C{i}" for i in range(10)], [f"C{i}" for i in range(10)])
    sources, _ = drafted(tmp_path)
    assert "wer" not in sources["log"]["ids"].values()


def test_event_columns_and_the_names_of_events_are_found(tmp_path: Path) -> None:
    ids = [f"C{i:04d}" for i in range(60)]
    write(tmp_path, "CustomerNo", "customer", ids, ids)
    sources, text = drafted(tmp_path)
    assert sources["log"]["columns"] == {"ts": "time", "event": "event", "os": "platform"}
    assert "# events seen most: bought, opened\n" in text
    assert "#   ladder: [" in text


def test_a_platform_that_is_desktop_or_mobile_is_a_device(tmp_path: Path) -> None:
    kinds, channels = ("desktop", "mobile"), ("email", "organic")
    rows = [
        f"u{i % 40},2024-03-{1 + i % 28:02d} 10:00:00,{EVENTS[i % 2]},{kinds[i % 2]},{channels[i % 2]}"
        for i in range(90)
    ]
    header = "user_id,time,event,platform,acquisition_channel\n"
    (tmp_path / "log.csv").write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    sources, _ = drafted(tmp_path)
    assert sources["log"]["columns"] == {
        "ts": "time", "event": "event", "channel": "acquisition_channel", "device": "platform",
    }  # fmt: skip


def test_what_a_table_holds_is_asked_once_though_the_draft_needs_it_often(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"C{i:04d}" for i in range(60)]
    write(tmp_path, "CustomerNo", "customer", ids, ids)
    asked, kind_by_names = [], draft_kinds.kind_by_names

    def counted(names: Set[str], has_time: bool) -> str | None:
        asked.append(names)
        return kind_by_names(names, has_time)

    monkeypatch.setattr(draft_kinds, "kind_by_names", counted)
    drafted(tmp_path)
    assert len(asked) == 2


def test_fields_are_proposed_for_segments(tmp_path: Path) -> None:
    ids = [f"C{i:04d}" for i in range(60)]
    write(tmp_path, "CustomerNo", "customer", ids, ids)
    sources, _ = drafted(tmp_path)
    assert {name: f["role"] for name, f in sources["people"]["fields"].items()} == {
        "age": "segment",
        "region": "segment",
    }


def test_no_ladder_without_events(tmp_path: Path) -> None:
    ids = [f"C{i:04d}" for i in range(60)]
    write(tmp_path, "CustomerNo", "customer", ids, ids)
    (tmp_path / "log.csv").unlink()
    assert "ladder" not in drafted(tmp_path)[1]


def test_a_heading_with_an_address_is_not_proposed(tmp_path: Path) -> None:
    rows = "\n".join(f"C{i:04d},{18 + i % 50},{i % 3}" for i in range(60))
    (tmp_path / "people.csv").write_text(f"CustomerNo,Age,visits told by ann@example.org\n{rows}\n", encoding="utf-8")
    sources, text = drafted(tmp_path)
    assert "example.org" not in text
    assert "the heading of column 3 holds an address or number of somebody" in text
    assert [field["column"] for field in sources["people"]["fields"].values()] == ["Age"]


def test_an_endless_heading_gets_a_short_name(tmp_path: Path) -> None:
    heading = "how often " * 300
    rows = "\n".join(f"C{i:04d},{18 + i % 50},{i % 3}" for i in range(60))
    (tmp_path / "people.csv").write_text(f"CustomerNo,Age,{heading}\n{rows}\n", encoding="utf-8")
    sources, _ = drafted(tmp_path)
    names = list(sources["people"]["fields"])
    assert len(names) == 2
    assert max(map(len, names)) <= 60


def test_an_outcome_is_described_not_segmented_by_and_fields_have_blocks(tmp_path: Path) -> None:
    rows = [f"C{i:04d},{i % 40},{('DSL', 'Fiber')[i % 2]},{('Yes', 'No')[i % 3 == 0]},{i % 7}" for i in range(60)]
    header = "CustomerID,Age,InternetService,Churn,MonthlyOrders"
    (tmp_path / "people.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    fields = drafted(tmp_path)[0]["people"]["fields"]
    assert {name: f["role"] for name, f in fields.items() if f["role"] != "segment"} == {"churn": "describe"}
    blocks = {name: f["block"] for name, f in fields.items()}
    assert (blocks["age"], blocks["internet_service"], blocks["monthly_orders"]) == (
        "demographic",
        "technographic",
        "behavioural",
    )


def test_bands_and_worded_scales_are_ordered(tmp_path: Path) -> None:
    bands, level = ("65+", "19-24", "25-64"), ("high", "low", "medium")
    rows = [f"{i},{bands[i % 3]},{level[i % 3]},{('north', 'south', 'west')[i % 3]}" for i in range(60)]
    (tmp_path / "people.csv").write_text("rownames,Age,Level,Region\n" + "\n".join(rows) + "\n", encoding="utf-8")
    sources, text = drafted(tmp_path)
    fields = sources["people"]["fields"]
    assert (fields["age"]["kind"], fields["age"]["levels"]) == ("ordinal", ["19-24", "25-64", "65+"])
    assert (fields["level"]["kind"], fields["level"]["levels"]) == ("ordinal", ["low", "medium", "high"])
    assert fields["region"]["kind"] == "nominal"
    assert text.count("# ? lowest first; others become missing") == 2
    assert "# ? no id column found: every row a customer of its own; nearly all differ in rownames\n" in text


def test_orders_without_a_column_of_events_have_a_journey_by_count(tmp_path: Path) -> None:
    rows = [f"C{i % 20:03d},{i},{1 + i % 28:02d}.03.2024 10:00,9" for i in range(100)]
    (tmp_path / "log.csv").write_text("Customer No,No,Day,Total\n" + "\n".join(rows) + "\n", encoding="utf-8")
    sources, text = drafted(tmp_path)
    assert (sources["log"]["kind"], sources["log"]["event"]) == ("events", "order")
    begins = text.index("# stages: ")
    ladder = "\n".join(line.removeprefix("# ") for line in text[begins:].splitlines())
    settings = parse(yaml.safe_load(text[:begins] + ladder), DatasetSettings, "draft")
    assert settings.stages is not None
    assert [e.at_least for way in settings.stages.enter.values() for e in way if e.event == "order"] == [1, 2, 4]


def test_headings_of_letters_are_no_language_and_numbers_of_genders_are_codes(tmp_path: Path) -> None:
    rows = [f"{i},{i % 6},{i % 5},{i % 4},{i % 3},{i % 7},{1 + i % 3}" for i in range(60)]
    (tmp_path / "items.csv").write_text("id,E1,E2,E3,E4,E5,gender\n" + "\n".join(rows) + "\n", encoding="utf-8")
    sources, text = drafted(tmp_path)
    assert "\nlanguage: en " in text
    assert sources["items"]["fields"]["gender"]["kind"] == "nominal"
