"""Stage `journeys` from files to files: tables that keep their schemas, notes where there is nothing to tell."""

import argparse
import json

import numpy as np
import pandas as pd
import pytest
import yaml

from pipeline.core import tables
from pipeline.journeys import stage
from pipeline.journeys.few import told_shares
from pipeline.journeys.schema import COMPARISONS, CURVES, FUNNEL, MARKOV, POOLED, SPELLS, STAGE_PROFILE, TRANSITIONS
from pipeline.segments.schema import MEMBERS
from pipeline.segments.schema import RESAMPLED as DRAWS
from tests.journeys.logs_for_tests import log, shop

DATASET = {
    "title": "Test",
    "observation": {"start": "2023-01-01", "features_until": "2024-01-01", "end": "2024-04-10"},
    "sources": {"log": {"kind": "events", "format": "csv", "files": "x.csv", "timezone": "UTC"}},
    "stages": shop().model_dump(mode="json"),
}
CUSTOMERS = [f"customer-{n:02d}" for n in range(30)]


def company(folder, has_events=True, customers=CUSTOMERS, **changes):
    """A folder with everything the stage reads; returns its paths."""
    content = {key: value for key, value in (DATASET | changes).items() if value is not None}
    (folder / "dataset").mkdir()
    (folder / "dataset" / "sources.yaml").write_text(yaml.safe_dump(content))
    tables.write_json({"has": {"events": has_events}}, folder / "ingest" / "ingest.json")
    listed = [{"persona_id": f"persona-{n + 1}", "segment": n} for n in range(2)]
    tables.write_json({"personas": listed}, folder / "personas" / "personas.json")
    segments = [place % 3 - 1 for place in range(len(customers))]
    members = pd.DataFrame({"customer_id": customers, "segment": segments, "probability": 1.0, "assigned_by": "fit"})
    tables.write(members, folder / "segments", MEMBERS)
    rng = np.random.default_rng(1)
    draws = {f"copies_{run}": rng.poisson(1, len(customers)) for run in range(4)}
    # Clustered anew, one customer in five is in the next segment.
    moved = [np.where(rng.random(len(customers)) < 0.2, (np.array(segments) + 2) % 3 - 1, segments) for _ in range(4)]
    draws |= {f"segment_{run}": segment for run, segment in enumerate(moved)}
    tables.write(pd.DataFrame({"customer_id": customers, **draws}), folder / "segments", DRAWS)
    if has_events:
        (folder / "ingest" / "events").mkdir()
        rows = [
            row
            for n, customer in enumerate(customers)
            for row in ((customer, n, "visit"), (customer, n + 1 + n % 7, "demo"), (customer, 40 + n, "order"))[
                : 1 + n % 4
            ]
        ]
        log(*rows).to_parquet(folder / "ingest" / "events" / "part-0.parquet")
    return argparse.Namespace(
        dataset=folder / "dataset",
        **{name: folder / name for name in ("ingest", "segments", "personas")},
        out=folder / "journeys",
        metrics=folder / "metrics.json",
        plots=folder / "plots",
    )


def test_tables_summary_metrics_and_plots(tmp_path):
    paths = company(tmp_path)
    facts = stage.main(paths)

    spells = tables.read(paths.out, SPELLS)
    assert facts["journeys"] == spells["case_id"].nunique() == 30
    assert spells.groupby("persona_id")["customer_id"].nunique().to_dict() == {
        "persona-1": 10,
        "persona-2": 10,
        "unassigned": 10,
    }
    everybody = ["all", "persona-1", "persona-2", "unassigned"]
    for table in (TRANSITIONS, CURVES, FUNNEL):
        assert tables.read(paths.out, table)["group"].drop_duplicates().tolist() == everybody
    summary = json.loads((paths.out / "journeys.json").read_text())
    assert summary["note"] == ""
    assert summary["journeys"] == 30
    assert summary["dropoff"] == "drop-off"
    metrics = json.loads(paths.metrics.read_text())
    assert set(metrics["reach_last_stage"]) == set(everybody)
    curve = pd.read_csv(paths.plots / "curves.csv")
    assert {"day", "state", "probability"} <= set(curve.columns)
    assert pd.read_csv(paths.plots / "funnel.csv")["stage"].tolist() == DATASET["stages"]["ladder"]


def with_few_unassigned(folder):
    """Four customers are unassigned, thirteen in each of two personas."""
    paths = company(folder)
    members = tables.read(paths.segments, MEMBERS)
    segments = [-1] * 4 + [n % 2 for n in range(len(members) - 4)]
    tables.write(members.assign(segment=segments), paths.segments, MEMBERS)
    return paths


def test_journeys_of_few_are_in_no_figure_of_all(tmp_path):
    paths = with_few_unassigned(tmp_path)
    stage.main(paths)
    began = tables.read(paths.out, FUNNEL).query("step == 0").set_index("group")["entered"]
    assert began.to_dict() == {"all": 26, "persona-1": 13, "persona-2": 13, "unassigned": 4}
    moves = tables.read(paths.out, TRANSITIONS).pivot_table(index=["from", "to"], columns="group", values="at_risk")
    assert (moves["all"] == moves["persona-1"] + moves["persona-2"]).all()
    assert set(tables.read(paths.out, STAGE_PROFILE)["persona"]) == {"all", "persona-1", "persona-2"}
    summary = json.loads((paths.out / "journeys.json").read_text())
    assert (summary["left_out_of_all"], summary["journeys"]) == (["unassigned"], 26)
    assert tables.read(paths.out, SPELLS)["case_id"].nunique() == 30, "nobody is dropped from the spells"


def test_what_leaves_the_data_folder_tells_of_no_few(tmp_path):
    paths = with_few_unassigned(tmp_path)
    stage.main(paths)
    metrics = json.loads(paths.metrics.read_text())
    assert "unassigned" not in metrics["reach_last_stage"]
    spells = tables.read(paths.out, SPELLS)
    assert metrics["spells"] == (spells["persona_id"] != "unassigned").sum()
    curve = pd.read_csv(paths.plots / "curves.csv")
    assert set((curve["probability"].dropna() * 26).round(3)) <= {0, 10, 26}


def test_a_share_of_few_takes_that_of_all_with_it():
    rows = [("all", "all", 90, 40), ("persona", "persona-1", 50, 37), ("persona", "persona-2", 40, 3)]
    columns = ["group_by", "group", "entered", "reached"]
    told = pd.DataFrame(rows, columns=columns).assign(stage="bought", probability=0.5)
    assert dict(told_shares(told, "bought", 10)) == {"persona-1": 0.5}
    enough = told.assign(reached=[49, 37, 12])
    assert set(told_shares(enough, "bought", 10)) == {"all", "persona-1", "persona-2"}


def test_same_input_gives_the_same_bytes_and_other_ids_the_same_figures(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = company(tmp_path / "a"), company(tmp_path / "b", customers=CUSTOMERS[::-1])
    stage.main(first)
    before = {path.name: path.read_bytes() for path in first.out.iterdir()}
    stage.main(first)
    assert {path.name: path.read_bytes() for path in first.out.iterdir()} == before
    stage.main(second)
    for name in (TRANSITIONS.file, CURVES.file, FUNNEL.file, "journeys.json"):
        assert (second.out / name).read_bytes() == before[name], name


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"has_events": False, "stages": None}, "no event log supplied"),
        ({"has_events": False}, "no event log supplied"),
        ({"stages": None}, "no stages declared"),
    ],
)
def test_nothing_to_tell_is_said_and_tables_are_empty(tmp_path, changes, note):
    paths = company(tmp_path, **changes)
    assert stage.main(paths) == {"note": note}
    for table in (SPELLS, TRANSITIONS, CURVES, FUNNEL):
        assert tables.read(paths.out, table).empty
    assert json.loads((paths.out / "journeys.json").read_text())["note"] == note
    assert pd.read_csv(paths.plots / "curves.csv").empty


def test_a_window_longer_than_anybody_was_followed_is_told(tmp_path, capsys):
    paths = company(tmp_path, observation={"start": "2023-01-01", "features_until": "2024-01-01", "end": "2024-02-10"})
    stage.main(paths)
    told = " ".join(capsys.readouterr().err.split())
    assert "journeys.window_days in params.yaml is 120, but no journey was followed for longer than 40 days" in told
    assert json.loads((paths.out / "journeys.json").read_text())["followed_days"] == 40
    assert json.loads((paths.out / "journeys.json").read_text())["unwatched_days"] == 0
    assert tables.read(paths.out, FUNNEL)["probability"].isna().all()


def test_a_log_without_stage_events_is_told_apart_from_no_log(tmp_path):
    paths = company(tmp_path)
    log(("customer-00", 3, "ping")).to_parquet(paths.ingest / "events" / "part-0.parquet")
    assert stage.main(paths)["journeys"] == 0
    summary = json.loads((paths.out / "journeys.json").read_text())
    assert summary["has_events"] is True
    assert summary["tied_share"] is None
    assert summary["unseen_events"] == ["click", "demo", "order", "visit"]


def test_personas_are_pooled_compared_and_the_process_is_checked(tmp_path):
    paths = company(tmp_path)
    stage.main(paths)
    pooled = tables.read(paths.out, POOLED)
    funnel = tables.read(paths.out, FUNNEL).query("group_by == 'persona'").set_index(["group", "stage"])
    steps = pooled[pooled["quantity"] == "reached within the window"].set_index(["persona", "to"])
    known = steps["raw"].dropna()
    assert set(steps.index.get_level_values("persona")) == {"persona-1", "persona-2"}
    np.testing.assert_allclose(known, funnel["probability"].loc[known.index], atol=1e-9)
    rates = pooled[pooled["quantity"] == "rate per day"]
    spells = tables.read(paths.out, SPELLS).query("persona_id == 'persona-1' and `from` == 'aware'")
    row = rates.query("persona == 'persona-1' and `from` == 'aware' and to == 'consider'").iloc[0]
    assert row["count"] == spells["to"].eq("consider").sum()
    assert row["base"] == pytest.approx((spells["stop"] - spells["start"]).sum())
    assert pooled["weight"].dropna().between(0, 1).all()

    compared = tables.read(paths.out, COMPARISONS)
    assert len(compared) == len(shop().ladder) - 1
    assert set(compared["finding"]) <= {"differ", "no difference", "not enough data"}
    assert len(tables.read(paths.out, MARKOV)) > 0
