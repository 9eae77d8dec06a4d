"""What sources.yaml can ask of any source: look-ups, filters, kept columns, standard columns, spread-out choices."""

import json

import pandas as pd
import pytest

from pipeline.ingest import schema
from tests.ingest.small_company import write_sources

OBSERVATION = {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-07-01"}
CUSTOMERS = "id,tier_id,status\n1,g,active\n2,s,active\n3,g,closed\n4,x,active\n"
TIERS = "tier_id,tier\ng,Gold\ns,Silver\n"
EVENTS = """person,what,when,order,zone,value,page,state
1,view,2025-02-01 10:00:00+01:00,2,Europe/Helsinki,,/a,ok
1,view,2025-02-01 09:00:00Z,1,Europe/Helsinki,,/b,ok
1,view,2025-02-01 09:00:00Z,1,Europe/Helsinki,,/b,ok
2,buy,2025-07-01T09:00:00Z,,Nowhere/Land,19.999,,ok
2,buy,2025-07-02T09:00:00Z,,,5,,test
"""
SURVEY = """rid,person,done,seconds,Q1_1,Q1_2,Q1_3
a,1,yes,100,Phone,,Chat
b,2,yes,110,,,
c,3,no,90,,,
a,1,yes,100,Phone,,Chat
"""


@pytest.fixture
def shop(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    files = {
        "customers.csv": CUSTOMERS,
        "tiers.csv": TIERS,
        "events.tsv": EVENTS.replace(",", "\t"),
        "survey.csv": SURVEY,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    tier = {"column": "tier", "kind": "nominal", "block": "demographic", "label": "Tier"}
    crm = {
        "kind": "customers",
        "format": "csv",
        "files": "customers.csv",
        "ids": {"contact": "id"},
        "join": [{"files": "tiers.csv", "on": "tier_id", "columns": ["tier"]}],
        "where": {"status": "active"},
        "fields": {"tier": tier},
    }
    web = {
        "kind": "events",
        "format": "csv",
        "files": "events.tsv",
        "ids": {"contact": "person"},
        "columns": {"ts": "when", "event": "what", "order": "order", "timezone": "zone", "amount": "value"},
        "where": {"state": "ok"},
        "keep": ["page"],
    }
    survey = {
        "kind": "responses",
        "format": "csv",
        "files": "survey.csv",
        "ids": {"contact": "person"},
        "columns": {"response_id": "rid", "finished": "done", "duration": "seconds"},
        "questions": {"uses": {"column": "Q1", "kind": "multi", "label": "Uses", "levels": ["Phone", "Mail", "Chat"]}},
    }
    write_sources(
        folder, {"title": "Shop", "observation": OBSERVATION, "sources": {"crm": crm, "web": web, "survey": survey}}
    )
    (folder / "pseudonym.key").write_text("k" * 64, encoding="ascii")
    return folder


@pytest.fixture
def read(shop, ingest):
    return ingest(shop)


def test_settings_of_sources_are_followed(read):
    customers = read.table(schema.CUSTOMERS)
    assert sorted(customers["tier"].fillna("-")) == ["-", "Gold", "Silver"], "a key that the look-up lacks is missing"
    assert read.reasons["crm", "`status` is not `active`"] == 1

    events = read.events.sort_values(["ts", "sequence"], ignore_index=True)
    assert read.reconciliation.loc["web", ["read", "kept", "merged", "rejected"]].tolist() == [5, 4, 0, 1]
    assert read.reasons["web", "`state` is not `ok`"] == 1
    assert events["ts"].tolist() == [pd.Timestamp("2025-02-01T09:00Z")] * 3 + [pd.Timestamp("2025-07-01T09:00Z")]
    assert events["sequence"].tolist() == [1, 1, 2, 0]
    assert events["utc_offset_minutes"].tolist() == [120, 120, 120, 0], "an unknown zone gives no offset"
    assert events["amount_hundredths"].tolist() == [0, 0, 0, 2000]
    assert [json.loads(p)["page"] for p in events["properties"].dropna()] == ["/b", "/b", "/a"]
    assert events["event_id"].is_unique, "equal rows without an id are different events"

    answers = read.table(schema.RESPONSES)
    assert read.reconciliation.loc["survey", ["read", "kept", "merged"]].tolist() == [4, 3, 1]
    assert answers["answer"].fillna("-").value_counts().to_dict() == {"Phone": 1, "Chat": 1, "-": 1}
    assert answers["value"].dropna().tolist() == [0.0, 2.0]
