"""One dataset of many formats, full of what goes wrong, and a real log, through DuckDB and through Spark."""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from pipeline.core import engine, params, stage, tables
from pipeline.core.errors import PipelineError, SettingsError
from pipeline.core.sources import read_sources
from pipeline.features.activity import count_activity
from pipeline.ingest import schema
from pipeline.ingest.stage import main
from pipeline.journeys.stage import read_journeys
from tests.ingest.event_exports import XES, dataset, xes
from tests.spark.parity import write_company

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(not find_spec("pyspark"), reason="pyspark is not installed: run `make test-spark`"),
    pytest.mark.skipif(not shutil.which("java"), reason="there is no Java, which Spark needs"),
]
ENGINES = ("duckdb", "spark")
QUICK = [["spark.sql.shuffle.partitions", "2"], ["spark.sql.codegen.wholeStage", "false"],
         ["spark.sql.codegen.factoryMode", "NO_CODEGEN"]]  # fmt: skip
"""Little data: to compile a plan takes longer than to run it."""
TABLES = (schema.CUSTOMERS, schema.IDENTITIES, schema.REJECTS, schema.RECONCILIATION)


@pytest.fixture(scope="module", autouse=True)
def quick_java() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1")
        patch.delenv("PERSONAS_PSEUDONYM_KEY", raising=False)
        yield


def workspace(root: Path, folder: Path, name: str) -> Path:
    """A folder whose params.yaml chooses the engine."""
    settings = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    spark = {"master": "local[2]", "memory_gib": 1, "task_memory_gib": 0.5, "options": QUICK}
    folder.mkdir(parents=True)
    changed = settings | {"engine": name, "spark": spark, "ingest": settings["ingest"] | {"event_parts": 2}}
    (folder / "params.yaml").write_text(yaml.safe_dump(changed), encoding="utf-8")
    return folder


def ingested(root: Path, folder: Path, name: str, raw: Path) -> Path:
    """The outputs of stage ingest with one engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace(root, folder / name, name))
        main(stage.Paths(dataset=raw, out=folder / name / "out", metrics=folder / name / "out.json"))
    return folder / name / "out"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, root: Path) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("engines")
    raw = write_company(folder / "company")
    return {"raw": raw, **{name: ingested(root, folder, name, raw) for name in ENGINES}}


def parts(out: Path) -> dict[str, pd.DataFrame]:
    return {p.name: pd.read_parquet(p) for p in sorted((out / schema.EVENTS_FOLDER).glob("*.parquet"))}


def test_the_dataset_holds_what_goes_wrong(company: dict[str, Any]) -> None:
    accounts = tables.read(company["duckdb"], schema.RECONCILIATION)
    assert (accounts["kept"] > 0).all()
    assert accounts["merged"].sum() > 0
    reasons = set(tables.read(company["duckdb"], schema.REJECTS)["reason"])
    told = ("the row has 2 cells", "not a JSON object", "time cannot be read", "a bot", "is no number",
            "no time", "visitor never identified", "quantity is no number", "amount is too large")  # fmt: skip
    missed = [part for part in told if not any(part in reason for reason in reasons)]
    assert not missed, reasons


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_tables_are_equal(company: dict[str, Any], table: tables.Table) -> None:
    theirs, ours = (tables.read(company[name], table) for name in ENGINES)
    pd.testing.assert_frame_equal(ours, theirs)


def test_events_are_equal_part_by_part_in_order(company: dict[str, Any]) -> None:
    theirs, ours = parts(company["duckdb"]), parts(company["spark"])
    assert list(ours) == list(theirs)
    for name, part in theirs.items():
        pd.testing.assert_frame_equal(ours[name], part)


def test_counts_before_the_cut_off_and_spells_are_equal(
    company: dict[str, Any], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = read_sources(company["raw"])
    assert settings.stages is not None and settings.observation is not None
    found = []
    for name in ENGINES:
        monkeypatch.chdir(workspace(root, tmp_path / name, name))
        log = company["duckdb"] / schema.EVENTS_FOLDER
        events = engine.read_parquet_folder(engine.chosen(params.load_general()), log)
        counts = count_activity(events, settings.observation, ["bought"])
        found.append((counts, read_journeys(log, settings.stages, settings.observation)))
    (theirs, spells), (ours, our_spells) = found
    for name in ("totals", "orders", "gadgets"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name))
    for name, levels in theirs.levels.items():
        pd.testing.assert_frame_equal(ours.levels[name], levels)
    assert len(spells.spells) > 10
    pd.testing.assert_frame_equal(our_spells.spells, spells.spells)
    pd.testing.assert_frame_equal(our_spells.illegal, spells.illegal)


def test_a_mistake_in_a_file_is_told_plainly(root: Path, tmp_path: Path) -> None:
    cut_off = xes({str(n): [("Create", "2025-02-01T10:00:00Z", "complete")] for n in range(3000)})[:-400]
    raw = dataset(tmp_path / "log", {"a.xes": cut_off}, XES)
    with pytest.raises(PipelineError, match="the XML cannot be read"):
        ingested(root, tmp_path / "run", "spark", raw)


def test_spark_without_its_settings_is_refused() -> None:
    with pytest.raises(SettingsError, match="`engine: spark` needs the block `spark`: master"):
        engine.chosen(params.General(dataset="x", engine="spark"))


@pytest.mark.realdata
def test_a_real_log_gives_equal_events(real_data: Path, root: Path, tmp_path: Path) -> None:
    content = (real_data / "traffic_fines" / "traffic_fines.csv.gz").read_bytes()
    source = {"format": "csv", "timezone": "Europe/Rome", "ids": {"case": "case_id"},
              "columns": {"ts": "timestamp", "event": "activity", "order": ".order",
                          "amount": "paymentamount"}}  # fmt: skip
    raw = dataset(tmp_path / "fines", {"fines.csv.gz": content}, source)
    text = (raw / "sources.yaml").read_text(encoding="utf-8").replace("2025-01-01", "1990-01-01")
    (raw / "sources.yaml").write_text(text, encoding="utf-8")
    theirs, ours = (ingested(root, tmp_path / "run", name, raw) for name in ENGINES)
    assert tables.read(ours, schema.RECONCILIATION)["kept"].tolist() == [34_724]
    for name, part in parts(theirs).items():
        pd.testing.assert_frame_equal(parts(ours)[name], part)
