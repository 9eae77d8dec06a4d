"""The truth is whole, and no stage reads it."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from pipeline.sample import lives
from pipeline.sample.law import matrix


def test_identities_lead_to_customers_and_cover_every_export(sample, own):
    truth = sample.truth
    for owners in truth["identities"].values():
        assert set(owners.values()) == set(truth["customers"])
    identities = truth["identities"]
    contacts = sample.csv("hubspot/contacts.csv")
    assert set(contacts["Record ID"]) == set(identities["contact"])
    assert set(contacts["Email"].str.lower()) == set(identities["email"])
    assert set(own["userId"].dropna()) <= set(identities["user"])
    linked = contacts["Record ID"].map(identities["contact"]) == contacts["Email"].str.lower().map(identities["email"])
    assert linked.all()


def test_transitions_are_the_law(sample):
    names = [*sample.truth["stages"], "stay"]
    planted = matrix()
    for number, persona in enumerate(lives.PERSONAS):
        for stage, moves in sample.truth["transitions"][persona].items():
            for to, chance in moves.items():
                assert planted[number, names.index(stage), names.index(to)] == chance
    assert sum(len(m) for s in sample.truth["transitions"].values() for m in s.values()) == 55


def test_clicks_happen_at_the_planted_rates(sample, own):
    mailing = sample.csv("mailing/exposures.csv").drop_duplicates()
    mailing = mailing.assign(
        customer=mailing["email"].str.lower().map(sample.truth["identities"]["email"]),
        sent=pd.to_datetime(mailing["sent_at"], utc=True),
    ).dropna()
    clicks = own[own["event"] == "Email Link Clicked"].groupby("customer")["ts"].agg(["min", "count"])
    mailing = mailing.drop_duplicates("customer").join(clicks, on="customer")
    delay = (mailing["min"] - mailing["sent"]).dropna()
    assert clicks["count"].max() == 1
    assert len(delay) == len(clicks)
    assert delay.between(pd.Timedelta(0), pd.Timedelta(days=7)).all()
    groups = mailing.assign(persona=mailing["customer"].map(sample.truth["customers"]), clicked=mailing["min"].notna())
    planted = sample.truth["experiments"]["september-subject-line"]
    for (persona, variant), rows in groups.groupby(["persona", "variant"]):
        rate = planted[persona][variant]
        spread = (rate * (1 - rate) / len(rows)) ** 0.5
        assert abs(rows["clicked"].mean() - rate) < 3.5 * spread, (persona, variant)


def test_each_variant_moves_one_persona_only(sample):
    planted = sample.truth["experiments"]["september-subject-line"]
    for variant, persona in (("brew-guide", lives.PERSONAS[0]), ("student-deal", lives.PERSONAS[3])):
        moved = {name for name, rates in planted.items() if rates[variant] != rates["control"]}
        assert moved == {persona}


@pytest.mark.parametrize(
    "stage", ["core", "ingest", "features", "segments", "personas", "journeys", "experiments", "report"]
)
def test_no_stage_reads_the_truth(root: Path, stage: str):
    """No stage's code names the truth file or its folder, and no stage depends on it in the graph."""
    for file in (root / "pipeline" / stage).rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "truth.json" not in text, file
        assert "sample-truth" not in text, file
        assert "pipeline.sample" not in text, file
    graph = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    readers = [name for name, node in graph.items() if any("truth" in str(dep) for dep in node.get("deps", []))]
    assert readers == []
