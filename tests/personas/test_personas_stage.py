"""Stage `personas` from folders to tables, and what no sentence may say."""

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.core.errors import SchemaError
from pipeline.ingest.schema import EVENTS_FOLDER, RESPONSES
from pipeline.personas.numerals import numbers_in
from pipeline.personas.schema import CLAIMS, KPIS, PERSONAS_FILE, PROFILE
from pipeline.personas.stage import main
from pipeline.segments.schema import MEMBERS, SUMMARY_FILE
from tests.personas.company_for_tests import FIELDS, company, write_company
from tests.personas.numbers_for_tests import unsupported
from tests.personas.tables_for_tests import customer_ids, features_of, members_of


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """(paths, facts) of a finished run; tests only read."""
    paths = write_company(tmp_path_factory.mktemp("company"), company())
    return paths, main(paths)


def read(paths):
    found = {table.name: tables.read(paths.out, table) for table in (PROFILE, CLAIMS, KPIS)}
    return found | {"personas": tables.read_json(paths.out / PERSONAS_FILE, "personas")}


def test_segments_become_personas_by_size_and_unstable_ones_count_as_unassigned(done):
    paths, facts = done
    content = read(paths)["personas"]
    assert [(p["persona_id"], p["segment"], p["customers"]) for p in content["personas"]] == [
        ("persona-1", 0, 300),
        ("persona-2", 1, 200),
    ]
    assert content["unassigned"] == {"customers": 100, "share": pytest.approx(1 / 6)}
    assert content["verdict"] == "The segments come back when the study is repeated."
    assert (facts["personas"], facts["customers"], facts["unassigned"]) == (2, 500, 100)
    assert json.loads(paths.metrics.read_text())["personas"] == 2


def test_planted_traits_are_claimed_of_the_right_persona(done):
    claims = read(done[0])["claims"].set_index("claim_id")
    expected = {
        "persona-1-hours_evening_share": 0.6,
        "persona-1-plan-yearly": 0.8,
        "persona-1-needs_calm-yes": 0.7,
        "persona-2-age_band-18-29": 0.7,
        "persona-2-mean_order_value": 16.0,
        "persona-2-device_desktop_share": 0.2,
    }
    for claim, planted in expected.items():
        assert claims.at[claim, "value"] == pytest.approx(planted, rel=0.15), claim  # sampling error of 200 customers
    assert "noise" not in set(claims["column"])
    assert claims.at["persona-1-hours_evening_share", "clustered_on"]
    assert not claims.at["persona-1-plan-yearly", "clustered_on"]


def test_the_narrative_says_no_number_that_is_not_in_its_claims(done):
    found = read(done[0])
    for persona in found["personas"]["personas"]:
        assert 1 <= len(persona["narrative"]) <= 5
        for sentence in persona["narrative"]:
            assert unsupported(sentence, found["claims"], FIELDS) == []
            assert {c.rsplit("-", 1)[0].startswith(persona["persona_id"]) for c in sentence["claims"]} == {True}
            invented = sentence | {"text": sentence["text"].replace(numbers_in(sentence["text"])[0], "77")}
            assert unsupported(invented, found["claims"], FIELDS) == ["77"]
        assert not re.search(r"\d", persona["name"])


def test_every_claims_sentence_says_its_own_figures(done):
    claims = read(done[0])["claims"]
    for _, claim in claims.iterrows():
        assert unsupported({"text": claim["sentence"], "claims": [claim["claim_id"]]}, claims, FIELDS) == []
        assert claim["sentence"].endswith(".")


def test_traits_point_to_claims_and_names_say_nothing_of_gender(done):
    found = read(done[0])
    for persona in found["personas"]["personas"]:
        mine = found["claims"].query("persona_id == @persona['persona_id']")
        assert persona["traits"] == mine["claim_id"].tolist()
        assert not re.search(r"\b(fe)?male\b", persona["name"], re.IGNORECASE)
    assert {"persona-1-gender-female", "persona-2-gender-male"} <= set(found["claims"]["claim_id"])


def test_key_figures_use_only_what_happened_before_the_cut_off(done):
    kpis = read(done[0])["kpis"].set_index(["persona_id", "kpi"])
    # Half of the customers: 2 x 30.10 - 10.00 = 50.20 EUR in two orders; the 999 EUR came on the cut-off day.
    assert kpis.at[("all", "revenue per customer"), "value"] == pytest.approx(25.10)
    assert kpis.at[("all", "revenue per customer"), "unit"] == "EUR"
    assert kpis.at[("persona-2", "orders per customer"), "value"] == 1.0
    assert kpis.at[("all", "share with an order"), "value"] == 0.5
    assert kpis.at[("unassigned", "customers"), "value"] == 100


def test_answers_become_points_and_top_two_boxes(done):
    kpis = read(done[0])["kpis"].set_index(["persona_id", "kpi"])
    assert kpis.at[("persona-1", "nps"), "value"] == pytest.approx(100 * (34 - 33) / 100)
    assert kpis.at[("persona-1", "nps"), "lower"] < 1 < kpis.at[("persona-1", "nps"), "upper"]
    assert (kpis.at[("all", "csat"), "value"], kpis.at[("all", "csat mean"), "value"]) == (0.5, 3.25)
    assert ("persona-2", "nps") not in kpis.index, "nobody of persona-2 answered"


def test_breakdowns_stand_beside_personas_in_the_profile(done):
    profile = read(done[0])["profile"]
    assert profile["group_by"].unique().tolist() == ["all", "persona", "plan"]
    assert profile.loc[profile["group_by"] == "plan", "group"].unique().tolist() == ["Monthly", "Yearly"]


def test_without_structure_there_are_no_personas_and_everything_else_is_there(tmp_path):
    parts = company()
    parts["segments"] = parts["segments"] | {"verdict": "none", "sentence": "No segment structure was found."}
    paths = write_company(tmp_path, parts)
    main(paths)
    found = read(paths)
    assert found["personas"]["personas"] == []
    assert found["personas"]["verdict"] == "No segment structure was found."
    assert found["personas"]["unassigned"] == {"customers": 600, "share": 1.0}
    assert found["claims"].empty
    assert set(found["profile"]["group"]) == {"all", "unassigned", "Monthly", "Yearly"}
    assert set(found["kpis"]["persona_id"]) == {"all", "unassigned"}


def test_without_events_and_answers_their_figures_are_absent(tmp_path):
    paths = write_company(tmp_path, company())
    shutil.rmtree(paths.ingest / EVENTS_FOLDER)
    tables.write(RESPONSES.empty(), paths.ingest, RESPONSES)
    main(paths)
    assert set(read(paths)["kpis"]["kpi"]) == {"customers", "share of customers"}


def test_row_order_and_pseudonym_key_change_no_word_and_no_figure(done, tmp_path):
    parts = company()
    order = np.random.default_rng(2).permutation(600)
    fresh = customer_ids(600, salt=4)
    features, members = parts["features"].iloc[order], parts["members"].iloc[order]
    parts["features"] = features_of(
        {c: features[c].to_numpy() for c in features.columns[1:]}, [fresh[i] for i in order]
    )
    parts["members"] = members_of([fresh[i] for i in order], members["segment"].tolist())
    parts["who_answers"] = fresh
    paths = write_company(tmp_path, parts)
    main(paths)
    again, before = read(paths), read(done[0])
    assert again["personas"] == before["personas"]
    for name in ("profile", "claims"):
        pd.testing.assert_frame_equal(again[name], before[name], check_exact=True)


def test_a_missing_input_names_the_stage_to_run_and_leaves_the_output_alone(tmp_path):
    paths = write_company(tmp_path, company())
    main(paths)
    before = (paths.out / PERSONAS_FILE).read_bytes()
    (paths.segments / MEMBERS.file).unlink()
    with pytest.raises(SchemaError, match="Run stage `segments` first"):
        main(paths)
    (paths.segments / SUMMARY_FILE).unlink()
    assert (paths.out / PERSONAS_FILE).read_bytes() == before
