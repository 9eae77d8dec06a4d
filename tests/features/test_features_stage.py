"""Stage `features` as it is run: ingest's tables in, features and dictionary out; with and without an event log."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipeline.core import tables
from pipeline.core.errors import SettingsError
from pipeline.features import own
from pipeline.features.feature import Feature
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.features.stage import main
from pipeline.ingest import schema as ingest

SOURCES = {
    "title": "t",
    "observation": {"start": "2026-01-01", "end": "2026-07-01", "features_until": "2026-04-01"},
    "sources": {
        "crm": {
            "kind": "customers",
            "format": "csv",
            "files": "crm.csv",
            "fields": {"age": {"column": "Age", "kind": "numeric", "block": "demographic", "label": "Age"}},
        },
        "log": {"kind": "events", "format": "csv", "files": "log.csv", "timezone": "UTC"},
    },
}


@pytest.fixture
def paths(tmp_path: Path, root: Path, monkeypatch) -> Namespace:
    monkeypatch.chdir(root)
    folder = tmp_path / "ingest"
    (tmp_path / "sources.yaml").write_text(yaml.safe_dump(SOURCES))
    customers = pd.DataFrame({"customer_id": ["b", "a"], "sources": "crm", "age": [40.0, None]})
    tables.write(customers, folder, ingest.CUSTOMERS)
    tables.write(ingest.RESPONSES.empty(), folder, ingest.RESPONSES)
    return Namespace(dataset=tmp_path, ingest=folder, out=tmp_path / "out", metrics=tmp_path / "metrics.json")


def write_log(paths: Namespace, has_events: bool) -> None:
    has = {"events": has_events, "responses": False, "texts": False, "exposures": False}
    tables.write_json({"has": has}, paths.ingest / ingest.SUMMARY_FILE)
    if has_events:
        times = pd.to_datetime([f"2026-02-{day:02d} 08:00" for day in range(1, 11)], utc=True)
        row = {"customer_id": "a", "sequence": 0, "event": "visit", "source": "log", "channel": "email"}
        log = pd.DataFrame([{**row, "ts": ts, "event_id": i} for i, ts in enumerate(times)])
        blanks = dict.fromkeys(("device", "os", "browser", "properties"), None)
        log = log.assign(**blanks, amount_hundredths=0, utc_offset_minutes=0)
        (paths.ingest / "events").mkdir()
        ingest.EVENTS.check(log).to_parquet(paths.ingest / "events" / "part-0.parquet", index=False)


def test_without_a_log_there_are_declared_fields_only(paths, capsys):
    write_log(paths, has_events=False)
    facts = main(paths)
    assert facts == {"customers": 2, "features": 1, "to segment by": 0}
    assert "warning: no feature has the role `segment`" in capsys.readouterr().err
    features = tables.read(paths.out, FEATURES)
    assert features["customer_id"].tolist() == ["a", "b"]
    assert features["age"].isna().tolist() == [True, False]


def test_with_a_log_behaviour_is_described_and_metrics_count_it(paths):
    write_log(paths, has_events=True)
    main(paths)
    features = tables.read(paths.out, FEATURES).set_index("customer_id")
    rows = tables.read(paths.out, DICTIONARY).set_index("column")
    assert features.loc["a", "hours_morning_share"] == 1
    assert features.loc["b", rows.index[rows["block"] == "behavioural"]].isna().all()
    assert rows.loc["hours_night_share", "label"] == "Share of activity at night (0–6 h)"
    metrics = tables.read_json(paths.metrics, "features")
    assert metrics["features"] == len(rows) == len(features.columns)
    assert sum(metrics["blocks"].values()) == len(rows)
    first = {p.name: p.read_bytes() for p in paths.out.iterdir()}
    main(paths)
    assert first == {p.name: p.read_bytes() for p in paths.out.iterdir()}


STAGES = {"ladder": ["aware", "buys"], "moves": {"aware": ["buys"]}}
ENTER = {"aware": [{"event": "open"}], "buys": [{"event": "order"}, {"event": "became customer"}]}


def test_outcomes_of_the_journey_are_refused_by_name_as_what_customers_are_segmented_by(paths):
    """Orders, their share in activity, and a stage's date in the CRM; to describe customers with them is allowed."""
    write_log(paths, has_events=True)
    log = pd.read_parquet(paths.ingest / "events" / "part-0.parquet")
    order = log.head(2).assign(event="order", amount_hundredths=500, event_id=[-1, -2])
    pd.concat([log, order]).to_parquet(paths.ingest / "events" / "part-0.parquet", index=False)
    won = {"column": "Won", "kind": "nominal", "block": "demographic", "label": "Won", "role": "segment"}
    crm = SOURCES["sources"]["crm"]
    crm = {**crm, "stage_dates": {"became customer": "Won"}, "fields": {**crm["fields"], "won": won}}
    roles = {"orders": "segment", "mean_order_value": "segment", "event_order_share": "segment", "age": "segment"}
    given = {**SOURCES, "sources": {**SOURCES["sources"], "crm": crm}, "stages": {**STAGES, "enter": ENTER}}
    customers = tables.read(paths.ingest, ingest.CUSTOMERS).assign(won="2026-01-01")
    tables.write(customers, paths.ingest, ingest.CUSTOMERS)

    (paths.dataset / "sources.yaml").write_text(yaml.safe_dump({**given, "roles": roles}))
    with pytest.raises(SettingsError, match="segmented by; give them the role `describe`") as refused:
        main(paths)
    for name in (
        "sources.crm.fields.won",
        "roles.event_order_share`: `order`",
        "roles.orders",
        "roles.mean_order_value",
    ):
        assert name in str(refused.value)
    assert "roles.age" not in str(refused.value)

    described = {"orders": "describe", "won": "describe", "age": "segment"}
    (paths.dataset / "sources.yaml").write_text(yaml.safe_dump({**given, "roles": described}))
    assert main(paths)["customers"] == 2


def test_an_own_feature_sees_nothing_from_the_cut_off_on_and_is_one_like_any_other(paths, monkeypatch):
    write_log(paths, has_events=True)
    part = paths.ingest / "events" / "part-0.parquet"
    log = pd.read_parquet(part)
    log.loc[0:2, "ts"] = pd.Timestamp("2026-04-01", tz="UTC")
    ingest.EVENTS.check(log).to_parquet(part, index=False)

    def visits_seen(given: own.Given) -> tuple[Feature, pd.Series]:
        feature = Feature("visits_seen", "Visits seen", "behavioural", "count", "segment", "behavioural", "own", "-")
        return feature, given.events.groupby("customer_id").size()

    monkeypatch.setattr(own, "OWN", (visits_seen,))
    main(paths)
    features = tables.read(paths.out, FEATURES).set_index("customer_id")
    assert features.loc["a", "visits_seen"] == 7
    assert pd.isna(features.loc["b", "visits_seen"])
    assert tables.read(paths.out, DICTIONARY).set_index("column").loc["visits_seen", "source"] == "own"
