"""What `personas check` warns of in settings that could be run, but would lose what the analyst brought."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.core.errors import InputError
from pipeline.core.settings import parse
from pipeline.core.sources import DatasetSettings
from pipeline.ingest.advice import observation_advice, stage_advice
from pipeline.ingest.advice_fields import field_advice
from pipeline.ingest.checks import check
from pipeline.ingest.column_kinds import are_addresses
from pipeline.ingest.summary import files_doubted
from pipeline.ingest.unjoined import strangers, unjoined

CRM = "id;mail;fee;paid;since;level;level\n" + "".join(
    f"{n};a{n}@x.example;{n % 7},90;$1,234.{n % 90 + 10};0{n % 9 + 1}.03.2024;{('low', 'mid', 'high')[n % 3]};x\n"
    for n in range(60)
)
FIELD = {"block": "demographic", "label": "x"}


def dataset(folder: Path, field: dict[str, object], **source: object) -> DatasetSettings:
    (folder / "crm.csv").write_text(CRM, encoding="utf-8")
    crm = {"kind": "customers", "format": "csv", "files": "crm.csv", "ids": {"contact": "id"}, **source}
    content = {"title": "x", "sources": {"crm": {**crm, "fields": {"f": {**FIELD, **field}}}}}
    return parse(content, DatasetSettings, "sources.yaml")


@pytest.mark.parametrize(
    ("field", "source", "told"),
    [
        (
            {"column": "fee", "kind": "numeric"},
            {},
            "`fee` are no numbers: written is `9,99` .* Declare `decimal: comma`",
        ),
        ({"column": "fee", "kind": "count"}, {"decimal": "point"}, "Declare `decimal: comma`."),
        ({"column": "fee", "kind": "numeric"}, {"decimal": "comma"}, None),
        ({"column": "paid", "kind": "numeric"}, {}, "Declare `currency_mark: [$]`."),
        ({"column": "since", "kind": "numeric"}, {}, "written is `99.99.9999` .* A date is no number"),
        ({"column": "level", "kind": "share"}, {}, "60 of the first 60 values of `level` .* Declare `kind: nominal`"),
        ({"column": "level", "kind": "ordinal"}, {}, "list `levels`, lowest first .*mid"),
        ({"column": "level", "kind": "ordinal", "levels": ["low", "Mid", "high"]}, {}, "`mid` Did you mean `Mid`[?]"),
        ({"column": "level", "kind": "ordinal", "levels": ["low", "mid", "high"]}, {}, None),
        ({"column": "mail", "kind": "nominal"}, {}, "`mail` holds e-mail addresses. Remove it"),
    ],
)
def test_fields_that_do_not_fit_are_told_with_what_to_declare(
    field: dict[str, object], source: dict[str, object], told: str | None, tmp_path: Path
) -> None:
    settings = dataset(tmp_path, field, **source)
    found = check(tmp_path, settings)
    lines = field_advice(tmp_path, found)
    assert "@" not in "".join(lines), "no value of a person"
    assert not lines if told is None else pd.Series(lines).str.contains(told).tolist() == [True]


@pytest.mark.parametrize(("others", "are"), [(5, True), (7, False)])
def test_a_draft_and_a_check_take_the_same_columns_for_addresses(others: int, are: bool, tmp_path: Path) -> None:
    settings = dataset(tmp_path, {"column": "mail", "kind": "nominal"})
    mails = [f"a{n}@x.example" if n >= others else "none given" for n in range(60)]
    (tmp_path / "crm.csv").write_text("id;mail\n" + "".join(f"{n};{mail}\n" for n, mail in enumerate(mails)))
    assert are_addresses(pd.Series(mails)) == are, "nine in ten are enough: they are somebody's"
    assert bool(field_advice(tmp_path, check(tmp_path, settings))) == are


def test_a_declared_column_that_stands_twice_is_told(tmp_path: Path) -> None:
    (found,) = check(tmp_path, dataset(tmp_path, {"column": "level", "kind": "nominal"}))
    assert files_doubted(found) == ["crm.csv: columns of one name, numbered: level (2). Which is meant?"]
    (found,) = check(tmp_path, dataset(tmp_path, {"column": "since", "kind": "nominal"}))
    assert files_doubted(found) == []


def test_a_json_array_in_place_of_a_table_is_told_as_such(tmp_path: Path) -> None:
    settings = dataset(tmp_path, {"column": "fee", "kind": "numeric"})
    (tmp_path / "crm.csv").write_text('[{"id": 1}, {"id": 2}]', encoding="utf-8")
    with pytest.raises(InputError, match="crm: crm.csv: expected delimited text, found an array of JSON objects"):
        check(tmp_path, settings)


def test_a_log_of_another_year_than_observed_is_told(tmp_path: Path) -> None:
    log = "who,at\n" + "".join(f"{n},{1 + n % 28}.0{1 + n % 9}.2025 9:00\n" for n in range(40))
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    source = {"kind": "events", "format": "csv", "files": "log.csv", "ids": {"user": "who"}, "dates": "day first"}
    source |= {"columns": {"ts": "at"}, "event": "visit", "timezone": "UTC"}
    for year, told in ((2025, []), (2024, ["log: the first 40 rows of log.csv lie between 2025-01-01 and 2025-09-27"])):
        days = {"start": f"{year}-01-01", "end": f"{year + 1}-01-01", "features_until": f"{year}-07-01"}
        content = {"title": "x", "sources": {"log": source}, "observation": days}
        settings = parse(content, DatasetSettings, "sources.yaml")
        lines = observation_advice(tmp_path, settings, check(tmp_path, settings))
        assert [line.partition(", outside")[0] for line in lines] == told


def test_a_time_or_event_of_a_look_up_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("who,campaign\n" + "".join(f"{n},{n % 3}\n" for n in range(40)), encoding="utf-8")
    (tmp_path / "mails.csv").write_text("campaign,sent,name\n0,2025-01-02,a\n1,2025-02-02,b\n", encoding="utf-8")
    source = {"kind": "events", "format": "csv", "files": "log.csv", "ids": {"user": "who"}, "timezone": "UTC"}
    source |= {"join": [{"files": "mails.csv", "on": "campaign", "columns": ["sent", "name"]}]}
    source |= {"columns": {"ts": "sent", "event": "name"}}
    days = {"start": "2020-01-01", "end": "2021-01-01", "features_until": "2020-07-01"}
    stages = {"ladder": ["a", "b"], "enter": {"a": [{"event": "a"}]}, "moves": {"a": ["b"]}}
    content = {"title": "x", "sources": {"log": source}, "observation": days, "stages": stages}
    settings = parse(content, DatasetSettings, "sources.yaml")
    found = check(tmp_path, settings)
    assert observation_advice(tmp_path, settings, found) == []
    assert stage_advice(tmp_path, settings, found) == []


def several(**ids: dict[str, str]) -> DatasetSettings:
    kinds = {"crm": "customers", "log": "events", "survey": "responses"}
    sources = {name: {"kind": kinds[name], "format": "csv", "files": "x.csv", "ids": own} for name, own in ids.items()}
    days = {"start": "2025-01-01", "end": "2025-03-01", "features_until": "2025-02-01"}
    return parse({"title": "x", "sources": sources, "observation": days}, DatasetSettings, "sources.yaml")


def test_sources_whose_ids_lead_to_no_customer_are_told() -> None:
    assert unjoined(several(crm={"contact": "id"}, log={"user": "u", "contact": "c"}, survey={"user": "x"})) == []
    (told,) = unjoined(several(crm={"contact": "id"}, log={"user": "u"}, survey={"row": "*"}))
    assert told.startswith(
        "log: its ids (user) are of no kind that leads to the customers (contact): its rows join nobody"
    )
    assert unjoined(several(log={"user": "u"})) == []


def test_a_log_of_strangers_is_told_by_how_many() -> None:
    settings = several(crm={"contact": "id"}, log={"contact": "c"})
    told = strangers(pd.Series(["crm", "crm+log", "log", "log", "log+survey"]), settings)
    assert told["log"].startswith("3 of its 4 customers stand in no table of customers (crm)")
    assert strangers(pd.Series(["crm", "crm+log", "log"]), settings) == {}
    assert strangers(pd.Series(["log"]), several(log={"contact": "c"})) == {}
