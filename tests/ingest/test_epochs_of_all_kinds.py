"""Times that are numbers since 1970, in every kind of source: read as the same times in ISO 8601 are."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipeline.core.engine import connect
from pipeline.core.errors import InputError
from pipeline.core.sources import read_sources
from pipeline.ingest import expressions as x
from pipeline.ingest import schema
from pipeline.ingest.checks import check
from pipeline.ingest.dates import PER_SECOND, from_epoch
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder
from tests.ingest.small_company import KEY, write_sources

N = 40
MOMENTS = [pd.Timestamp("2025-02-01T09:00:00Z") + pd.Timedelta(hours=5 * n) for n in range(N)]
ROWS = {
    "people": ("who,plan,joined,changed", lambda n, when: f"u{n % 30},{'ab'[n % 2]},{when},{when}"),
    "survey": (
        "response_id,who,begun,timestamp,How was it?",
        lambda n, when: f"r{n},u{n % 30},{when},{when},{['Bad', 'Good'][n % 2]}",
    ),
    "trial": ("who,variant,time", lambda n, when: f"u{n},{'ab'[n % 2]},{when}"),
    "reviews": (
        "review id,who,stars,body,timestamp",
        lambda n, when: f"{n},u{n},{1 + n % 5},Came late on day {n} again,{when}",
    ),
    "scores": ("who,csat,touchpoint,timestamp", lambda n, when: f"u{n},{1 + n % 5},chat,{when}"),
    "lost": ("who,competitor,timestamp", lambda n, when: f"u{n},Acme,{when}"),
    "spend": ("date,campaign,spend", lambda n, when: f"{when},spring,{1 + n}"),
}
IDS = {"user": "who"}
QUESTION = {"column": "How was it?", "kind": "single", "label": "How was it?"}
PLAN = {"column": "plan", "kind": "nominal", "block": "demographic", "label": "Plan"}
SOURCES: dict[str, dict[str, object]] = {
    "people": {
        "kind": "customers", "ids": IDS, "columns": {"modified": "changed"}, "stage_dates": {"joined": "joined"},
        "fields": {"plan": PLAN},
    },
    "survey": {
        "kind": "responses", "ids": IDS, "questions": {"was": QUESTION},
        "columns": {"response_id": "response_id", "started_at": "begun", "answered_at": "timestamp"},
    },
    "trial": {
        "kind": "exposures", "ids": IDS, "event": "new form", "columns": {"variant": "variant", "exposed_at": "time"},
    },
    "reviews": {
        "kind": "texts", "ids": IDS,
        "columns": {"text": "body", "document": "review id", "rating": "stars", "written_at": "timestamp"},
    },
    "scores": {
        "kind": "feedback", "ids": IDS, "score": {"measure": "csat", "worst": 1, "best": 5},
        "columns": {"score": "csat", "given_at": "timestamp", "touchpoint": "touchpoint"},
    },
    "lost": {"kind": "mentions", "ids": IDS, "columns": {"competitor": "competitor", "mentioned_at": "timestamp"}},
    "spend": {"kind": "costs", "columns": {"day": "date", "cost": "spend", "campaign": "campaign"}},
}  # fmt: skip
TIMES = (
    (schema.RESPONSES, "answered_at"), (schema.EXPOSURES, "exposed_at"), (schema.TEXTS, "written_at"),
    (schema.FEEDBACK, "given_at"), (schema.MENTIONS, "mentioned_at"), (schema.COSTS, "day"),
)  # fmt: skip
WINDOW = {"start": "2025-01-01", "end": "2025-04-01", "features_until": "2025-02-15"}


def written(folder: Path, unit: str | None, missing: str = "") -> Path:
    """The dataset, its times as numbers in that unit, or as ISO 8601; the first row of each file has none."""
    folder.mkdir()
    for name, (heading, line) in ROWS.items():
        each = [m.isoformat() if unit is None else str(int(m.timestamp() * PER_SECOND[unit])) for m in MOMENTS]
        each[0] = missing if name in ("people", "survey", "reviews", "lost") else each[0]
        rows = "\n".join(line(n, when) for n, when in enumerate(each))
        (folder / f"{name}.csv").write_text(f"{heading}\n{rows}\n", encoding="utf-8")
    (folder / "pseudonym.key").write_text(KEY, encoding="ascii")
    about = {"format": "csv", "missing": ["", missing]} | ({"epoch": unit} if unit else {})
    sources = {name: {**source, **about, "files": f"{name}.csv"} for name, source in SOURCES.items()}
    write_sources(folder, {"title": "x", "language": "en", "observation": WINDOW, "sources": sources})
    return folder


def changed(folder: Path, source: str, **change: object) -> Path:
    settings = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
    settings["sources"][source] |= change
    settings["sources"][source] = {k: v for k, v in settings["sources"][source].items() if v is not None}
    write_sources(folder, settings)
    return folder


def mistakes(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        check(folder, read_sources(folder))
    return str(caught.value)


def test_every_kind_reads_numbers_as_the_times_that_they_are(tmp_path, ingest):
    told = ingest(written(tmp_path / "iso", None), "iso")
    found = ingest(written(tmp_path / "numbers", "milliseconds", "0"), "numbers")
    for table, when in TIMES:
        ours, theirs = found.table(table), told.table(table)
        pd.testing.assert_series_equal(ours[when], theirs[when])
        assert ours[when].notna().sum() >= 29, table.name
    for table in (schema.CUSTOMERS, schema.EXPOSURES, schema.FEEDBACK, schema.MENTIONS, schema.COSTS):
        pd.testing.assert_frame_equal(found.table(table), told.table(table))
    assert found.reconciliation["kept"].tolist() == told.reconciliation["kept"].tolist()
    joined = [result.events.query("event == 'joined'")["ts"].tolist() for result in (found, told)]
    assert joined[0] == joined[1]
    assert len(joined[0]) == 30


@pytest.mark.parametrize("unit", PER_SECOND)
def test_numbers_are_read_as_the_engine_reads_them(unit):
    texts = ["1710278040", "1710278040.25", "-1", "0", "2024", " 1.5e9 ", "1710278040123", "1710278040123456",
             "99999999999999999", "-62135596800", "2024-03-12", "soon", "", "1e99", "12345678901234567890"]  # fmt: skip
    table = connect().create_table("t", x.from_frame(pd.DataFrame({"text": texts, "n": range(len(texts))})))
    number = x.epoch_time(table.text.strip(), PER_SECOND[unit])
    theirs = x.to_frame(table.mutate(iso=number).order_by("n"))["iso"]
    read = pd.to_datetime(theirs.dropna().astype("str"), format="%Y-%m-%d %H:%M:%S.%f").astype("datetime64[us]")
    ours = from_epoch(pd.Series(texts), unit)
    numbers = ours[ours.str.endswith("Z")]
    assert numbers.index.tolist() == read.index.tolist()
    assert pd.to_datetime(numbers.str[:-1], format="ISO8601").astype("datetime64[us]").tolist() == read.tolist()
    assert ours[10:13].tolist() == texts[10:13]


@pytest.mark.parametrize("source", list(SOURCES))
@pytest.mark.parametrize("epoch", [None, "milliseconds"])
def test_numbers_without_their_unit_or_with_another_are_told_before_anything_runs(tmp_path, source, epoch):
    told = mistakes(changed(written(tmp_path / "a", "seconds"), source, epoch=epoch))
    assert f"of {source}.csv holds numbers such as `9999999999` (9 for digits), seconds since 1970. " in told
    assert f"Declare `epoch: seconds`{', not milliseconds.' if epoch else '.'}" in told


def test_a_unit_of_no_time_is_told(tmp_path):
    columns = {"text": "body", "document": "review id"}
    told = mistakes(changed(written(tmp_path / "a", "seconds"), "reviews", columns=columns))
    assert "reviews: `epoch` is the unit of times, and `columns` names none. Name one, or remove it." in told


@pytest.mark.parametrize("unit", PER_SECOND)
def test_a_draft_says_the_unit(tmp_path, unit):
    folder = written(tmp_path / "a", unit)
    (folder / "sources.yaml").unlink()
    draft = yaml.safe_load(draft_sources("a", *inspect_folder(folder)))["sources"]
    told = {name: (source["kind"], source.get("epoch")) for name, source in draft.items() if name != "people"}
    kinds = {name: (SOURCES[name]["kind"], unit) for name in SOURCES if name not in ("people", "survey")}
    assert told == kinds | {"survey": ("responses", unit)}
    assert draft["survey"]["columns"] == {"answered_at": "timestamp"}


def test_dates_with_the_year_last_are_read_in_texts_and_exposures_too(tmp_path, ingest):
    folder = written(tmp_path / "a", "seconds")
    about = {"epoch": None, "dates": "day first", "timezone": "UTC"}
    for name in ("reviews", "trial"):
        changed(folder, name, **about)
        heading, line = ROWS[name]
        rows = "\n".join(line(n, f"{1 + n % 28}.3.2025 9:05") for n in range(N))
        (folder / f"{name}.csv").write_text(f"{heading}\n{rows}\n", encoding="utf-8")
    found = ingest(folder)
    for table, when in ((schema.TEXTS, "written_at"), (schema.EXPOSURES, "exposed_at")):
        assert sorted(set(found.table(table)[when].dt.day)) == list(range(1, 29))
