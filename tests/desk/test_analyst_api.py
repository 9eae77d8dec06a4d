"""What notebooks read and draw with: misspelt names are refused, nothing is written, colours are the report's."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline import figures, tables
from pipeline.core.errors import SchemaError
from pipeline.report.palette import LIGHT
from tests.report.tables_for_tests import build
from tests.report.world_for_tests import World


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("data"), World(personas=2, customers=150))


@pytest.fixture(autouse=True)
def _read_there(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSONAS_DATA", str(data))


def test_tables_are_listed_and_read_by_name() -> None:
    there = tables.listed()["there"]
    assert there["segments", "members"] and not there["ingest", "costs"]
    assert len(tables.read("segments", "members")) == 150
    assert set(tables.record("personas", "personas")) >= {"personas", "verdict"}
    with pytest.raises(SchemaError, match="no table `membres`. Did you mean `members`?"):
        tables.read("segments", "membres")
    with pytest.raises(SchemaError, match="no stage `segment`. Did you mean `segments`?"):
        tables.read("segment", "members")


def test_events_are_cut_by_day_and_column() -> None:
    assert len(tables.events()) == 150
    assert list(tables.events(["customer_id", "event"], until="2025-03-02").columns) == ["customer_id", "event"]
    assert tables.events(until="2025-03-01").empty


def test_every_customer_gets_a_persona_or_is_unassigned() -> None:
    members = tables.read("segments", "members")
    given = tables.with_persona(members[["customer_id"]])
    assert list(given["customer_id"]) == list(members["customer_id"])
    assert set(given["persona_id"]) <= {*tables.names(), tables.UNASSIGNED}
    sizes = {p["persona_id"]: p["customers"] for p in tables.record("personas", "personas")["personas"]}
    counted = given["persona_id"].value_counts()
    assert {i: int(counted[i]) for i in sizes} == sizes
    stranger = tables.with_persona(pd.DataFrame({"customer_id": ["nobody"]}))
    assert stranger["persona"].tolist() == [tables.UNASSIGNED]


def test_without_a_project_it_says_where_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERSONAS_DATA")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SchemaError, match="no project here or above"):
        tables.folder()


def test_pictures_have_the_colours_of_the_report() -> None:
    import matplotlib.pyplot as plt

    mine = tables.with_persona(tables.read("features", "features"))
    persona_ids = sorted(set(mine["persona_id"]) - {tables.UNASSIGNED})
    ax = figures.boxes(mine, "age")
    assert [label.get_text() for label in ax.get_yticklabels()][: len(persona_ids)] == [
        tables.names()[i] for i in persona_ids
    ]
    assert figures.colour(persona_ids[0]) == LIGHT["p1"]
    bars = figures.shares(mine, "region").patches
    assert sum(bar.get_width() for bar in bars) == pytest.approx(mine["persona_id"].nunique())
    nothing = mine.iloc[:0]
    figures.boxes(nothing, "age")
    figures.shares(nothing, "region")
    plt.close("all")
