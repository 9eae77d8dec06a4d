"""What is not supplied is said to be so, and does not stop the stage."""

import json
import shutil

import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.ingest.schema import EVENTS_FOLDER, RESPONSES
from pipeline.personas.schema import PERSONAS_FILE
from pipeline.personas.stage import main
from tests.personas.company_for_tests import company, write_company
from tests.personas.tables_for_tests import members_of, stability_of


def outcome(paths):
    main(paths)
    content = json.loads((paths.out / PERSONAS_FILE).read_text(encoding="utf-8"))
    return content, {file.stem: pd.read_parquet(file) for file in paths.out.glob("*.parquet")}


def test_without_survey_orders_and_texts_every_part_says_so(tmp_path):
    paths = write_company(tmp_path, company())
    shutil.rmtree(paths.ingest / EVENTS_FOLDER)
    tables.write(RESPONSES.empty(), paths.ingest, RESPONSES)
    content, found = outcome(paths)
    assert len(content["personas"]) == 2
    assert content["texts"]["status"] == "not supplied"
    assert content["worth"]["status"] == "not supplied"
    assert not any(content["supplied"].values())
    for name in ("satisfaction", "nonresponse", "rhythm", "reach", "touchpoints", "competitors", "worth", "perception"):
        assert found[name].empty, name
    assert {one["reach"] for one in content["personas"]} == {None}
    lacking = found["evaluation"].query("criterion in ['nps', 'csat', 'reach', 'future value per buyer']")
    assert lacking["source"].eq("not supplied").all()
    assert found["react"].query("check == 'future value'")["result"].eq("not supplied").all()


@pytest.mark.parametrize("unassigned", [0, 4])
def test_one_persona_has_nobody_to_differ_from(tmp_path, unassigned):
    parts = company()
    ids = parts["features"]["customer_id"].tolist()
    parts["members"] = members_of(ids, [-1] * unassigned + [0] * (len(ids) - unassigned))
    parts["stability"] = stability_of(["highly stable"])
    content, found = outcome(write_company(tmp_path, parts))
    (only,) = content["personas"]
    assert only["customers"] == 600 - unassigned
    assert found["claims"].empty
    assert only["story"].startswith("Nothing measured sets these customers clearly apart")
    assert only["react"]["exact"] == "fail", "no large differences"
    assert found["exemplars"]["rank"].max() == 3
    assert (found["profile"]["n"] >= 10).all()


def test_figures_that_are_written_rest_on_enough_customers(tmp_path):
    _, found = outcome(write_company(tmp_path, company()))
    profile = found["profile"]
    assert (profile["n"] >= 10).all()
    shares = profile[profile["statistic"] == "share"]
    assert ((shares["value"] * shares["n"]).round() >= 10).all()
    scored = found["kpis"][~found["kpis"]["kpi"].isin(["customers", "share of customers"])]
    assert (scored["n"] >= 10).all()
    assert (found["exemplars"]["shared_by"] >= 10).all()
    for name in ("reach", "satisfaction", "touchpoints", "competitors"):
        shown = found[name][found[name]["value"].notna()]
        assert (shown["n"] >= 10).all(), name
