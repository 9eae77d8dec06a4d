"""Feedback at touchpoints, competitors, campaign costs, refunds in a file of their own, and tables of links."""

import json

import pandas as pd
import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.sources import read_sources
from pipeline.ingest import schema
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.identity import resolve
from pipeline.ingest.inspection import inspect_folder
from pipeline.ingest.load import load_rows
from pipeline.ingest.mentions import mentions_in
from pipeline.ingest.people import people_tables, sightings_of
from pipeline.ingest.rejects import reconciliation
from tests.ingest.event_exports import AT, WINDOW, amplitude, jsonl
from tests.ingest.small_company import KEY, write_sources

CONTACTS = "id,email\n1,ann@example.org\nNA,ben@example.org\n"
CRM = {"kind": "customers", "format": "csv", "files": "crm.csv", "ids": {"contact": "id", "email": "email"}}
CSAT = """ticket,who,asked_about,via,rating,at
t1,ann@example.org,Support call,Phone,5,2025-02-01T10:00:00Z
t1,ann@example.org,Support call,Phone,4,2025-02-01T11:00:00Z
t2,BEN@example.org,Delivery,,1,2025-02-02T10:00:00Z
t3,zoe@example.org,Delivery,App,3,2025-02-03T10:00:00Z
t4,ann@example.org,Delivery,App,6,2025-02-03T10:00:00Z
t5,ann@example.org,Delivery,App,good,2025-02-03T10:00:00Z
t6,ann@example.org,Delivery,App,3,yesterday
"""
SCORES = {
    "kind": "feedback", "format": "csv", "files": "csat.csv", "ids": {"email": "who"},
    "score": {"measure": "csat", "worst": 1, "best": 5},
    "columns": {"score": "rating", "given_at": "at", "touchpoint": "asked_about", "channel": "via",
                "feedback_id": "ticket"},
}  # fmt: skip
COSTS = """date,campaign,channel,cost,currency
2025-02-01,Spring,CPC,10.25,
2025-02-01,Spring,CPC,10.25,
2025-02-02,,email,-3,EUR
2025-02-02,Spring,Display,7,USD
soon,Spring,CPC,7,EUR
2025-02-03,Spring,CPC,seven,EUR
"""
SPENT = {
    "kind": "costs", "format": "csv", "files": "costs.csv",
    "columns": {"day": "date", "cost": "cost", "campaign": "campaign", "channel": "channel", "currency": "currency"},
}  # fmt: skip


@pytest.fixture
def people(tmp_path):
    """The tables of people, and the account of each source, of sources without events."""

    def read(files: dict[str, str], sources: dict, **more: object):
        folder = tmp_path / "more"
        folder.mkdir(exist_ok=True)
        for name, content in {"crm.csv": CONTACTS, **files}.items():
            (folder / name).write_text(content, encoding="utf-8")
        write_sources(folder, {"title": "More", "currency": "EUR", "sources": {"crm": CRM, **sources}, **more})
        settings = read_sources(folder)
        rows = [load_rows(folder, f) for f in check(folder, settings)]
        resolution = resolve(sightings_of(rows, []), ["contact", "email"], 20, KEY.encode(), True)
        found = people_tables(rows, resolution, settings, KEY.encode())
        return found, reconciliation(found.accounts).set_index("source"), resolution

    return read


def test_the_order_of_rows_decides_nothing_about_scores(people):
    head, *rows = ["ticket,who,asked_about,via,rating,at", *(f"t1,ann@example.org,Delivery,{c},5,2025-02-01T10:00:00Z"
                   for c in ("App", "Phone", ""))]  # fmt: skip
    tables = [people({"csat.csv": "\n".join([head, *order, ""])}, {"csat": SCORES})[0].feedback
              for order in (rows, rows[::-1])]  # fmt: skip
    pd.testing.assert_frame_equal(*tables)


def test_scores_are_placed_on_their_scale_and_linked_to_customers(people):
    found, counts, _ = people({"csat.csv": CSAT}, {"csat": SCORES})
    table = found.feedback
    assert table[["touchpoint", "score", "share"]].to_numpy().tolist() == [
        ["Support call", 4.0, 0.75], ["Delivery", 1.0, 0.0], ["Delivery", 3.0, 0.5],
    ]  # fmt: skip
    assert table["channel"].fillna("-").tolist() == ["phone", "-", "app"]
    assert table["customer_id"].isna().tolist() == [False, False, True], "a score of nobody known is kept"
    assert counts.loc["csat", ["read", "kept", "merged", "rejected"]].tolist() == [7, 3, 1, 3]
    (account,) = [a for a in found.accounts if a.source == "csat"]
    assert sorted(account.rejects["reason"]) == [
        "the score is no number", "the score is not on the scale", "the time cannot be read",
    ]  # fmt: skip


@pytest.mark.parametrize("spoiled", ["given_at", "score"])
def test_scores_none_of_which_can_be_read_are_all_rejected(people, spoiled):
    read = {**SCORES, "columns": {**SCORES["columns"], spoiled: "asked_about"}}
    found, counts, _ = people({"csat.csv": CSAT}, {"csat": read})
    assert len(found.feedback) == 0
    assert counts.loc["csat", ["read", "kept", "rejected"]].tolist() == [7, 0, 7]


def test_effort_counts_the_other_way_round_where_its_scale_does(people):
    effort = SCORES | {"score": {"measure": "effort", "worst": 5, "best": 1}}
    found, _, _ = people({"csat.csv": CSAT}, {"csat": effort})
    assert found.feedback["share"].tolist() == [0.25, 1.0, 0.5]


def test_scores_without_a_scale_and_a_scale_without_length_are_refused(people):
    with pytest.raises(PipelineError, match="`score` must say what the scores mean"):
        people({"csat.csv": CSAT}, {"csat": {k: v for k, v in SCORES.items() if k != "score"}})
    with pytest.raises(PipelineError, match="they must differ"):
        people({"csat.csv": CSAT}, {"csat": SCORES | {"score": {"measure": "csat", "worst": 1, "best": 1}}})
    with pytest.raises(PipelineError, match="`at` of csat.csv hold.* without a time zone"):
        people({"csat.csv": CSAT.replace("Z\n", "\n")}, {"csat": SCORES})


def test_costs_are_kept_per_row_and_currency(people):
    found, counts, _ = people({"costs.csv": COSTS}, {"spent": SPENT})
    table = found.costs
    assert table["cost_hundredths"].tolist() == [1025, 1025, 700, -300]
    assert table["currency"].tolist() == ["EUR", "EUR", "USD", "EUR"]
    assert table["channel"].tolist() == ["cpc", "cpc", "display", "email"]
    assert table["day"].tolist()[:1] == [pd.Timestamp("2025-02-01", tz="UTC")], "a calendar day needs no zone"
    assert counts.loc["spent", ["read", "kept", "merged", "rejected"]].tolist() == [6, 4, 0, 2]
    (account,) = [a for a in found.accounts if a.source == "spent"]
    assert account.warnings == ["1 cost(s) are in another currency than EUR; they are not converted"]


COMPETITORS = {"Acme": ["Acme Corp", "ACM"], "Be+": []}
REVIEWS = """id,email,body,title,role
1,ann@example.org,"acme corp is cheaper. I left Acme\u00a0for you; ACMEs are many.",Be+ or you?,customer
2,zoe@example.org,Pacme is no name and ACM was fine,,customer
3,ann@example.org,You should mention Acme,,agent
"""


def test_competitors_are_counted_in_what_customers_say(people):
    reviews = {"kind": "texts", "format": "texts", "files": "reviews.csv", "ids": {"email": "email"},
               "columns": {"text": "body", "title": "title", "document": "id", "speaker": "role"}}  # fmt: skip
    found, _, _ = people({"reviews.csv": REVIEWS}, {"reviews": reviews}, competitors=COMPETITORS)
    table = found.mentions
    assert sorted(zip(table["competitor"], table["times"], table["customer_id"].isna(), strict=True)) == [
        ("Acme", 1, True), ("Acme", 2, False), ("Be+", 1, False),
    ]  # fmt: skip
    assert set(table["text_id"]) <= set(found.texts["text_id"])
    assert mentions_in(found.texts.iloc[:0], COMPETITORS).empty
    assert mentions_in(found.texts, {}).empty


def test_mentions_that_an_export_lists_bear_the_declared_names(people):
    listed = "who,rival,at\nann@example.org,ACM,2025-02-01T10:00:00Z\nann@example.org,Other,\n,,\n"
    source = {"kind": "mentions", "format": "csv", "files": "wins.csv", "ids": {"email": "who"},
              "columns": {"competitor": "rival", "mentioned_at": "at"}}  # fmt: skip
    found, counts, _ = people({"wins.csv": listed}, {"wins": source}, competitors=COMPETITORS)
    assert found.mentions["competitor"].tolist() == ["Acme"]
    assert counts.loc["wins", ["read", "kept", "rejected"]].tolist() == [3, 1, 2]
    found, _, _ = people({"wins.csv": listed}, {"wins": source})
    assert found.mentions["competitor"].tolist() == ["ACM", "Other"], "where none are declared all count"


def test_a_table_of_links_joins_the_spaces_of_two_sources(people):
    cards = {"kind": "links", "format": "csv", "files": "cards.csv", "ids": {"contact": "crm", "card": "card"}}
    links = "crm,card\nNA,c-1\nNA,c-1\n1,\n"
    found, counts, resolution = people({"cards.csv": links}, {"cards": cards})
    assert resolution.customers["card"]["c-1"] == resolution.customers["contact"]["NA"]
    assert len(found.customers) == 2
    assert counts.loc["cards", ["read", "kept", "merged", "rejected"]].tolist() == [3, 1, 1, 1]
    with pytest.raises(PipelineError, match="`ids` must name two columns"):
        people({"cards.csv": links}, {"cards": cards | {"ids": {"contact": "crm"}}})


def test_amplitude_merged_ids_are_one_person(tmp_path, ingest):
    """The file of merged ids in the layout of the S3 export: one JSON object per line, numbers."""
    folder = tmp_path / "log"
    folder.mkdir()
    events = [amplitude("View", f"d{n}", AT, str(n), amplitude_id=n) for n in (11, 22, 33)]
    merges = [{"scope": 1, "merge_time": 1738404000000, "merge_server_time": 1738404000000, "amplitude_id": 11,
               "merged_amplitude_id": 22}]  # fmt: skip
    (folder / "events.json").write_text(jsonl(events), encoding="utf-8")
    (folder / "-1_2025-02-01_10.json").write_text(jsonl(merges), encoding="utf-8")
    (folder / "pseudonym.key").write_text(KEY, encoding="ascii")
    sources = {
        "log": {"kind": "events", "format": "amplitude", "files": "events.json",
                "ids": {"amplitude": "amplitude_id", "anonymous": "device_id"}},
        "merges": {"kind": "links", "format": "amplitude-merges", "files": "-1*.json",
                   "ids": {"amplitude": "merged_amplitude_id"}},
    }  # fmt: skip
    write_sources(folder, {"title": "Log", "observation": WINDOW, "sources": sources})
    done = ingest(folder)
    assert done.events.groupby("customer_id").size().sort_values().tolist() == [1, 2]
    assert done.reconciliation.loc["merges", ["read", "kept"]].tolist() == [1, 1]
    assert done.table(schema.FEEDBACK).empty and done.table(schema.COSTS).empty and done.table(schema.MENTIONS).empty
    assert done.summary["has"]["costs"] is False


def test_refunds_in_a_file_of_their_own_count_as_negative(rows):
    source = {"format": "csv", "ids": {"contact": "who"}, "refunds": {"event": "refund", "every_row": True},
              "columns": {"ts": "at", "amount": "amount"}, "event": "order"}  # fmt: skip
    days = [f"1,2025-02-0{day}T10:00:00Z,{amount}\n" for day, amount in ((1, "12.50"), (2, "-2"), (3, ""))]
    found = rows("who,at,amount\n" + "".join(days), source)
    assert found["cents"].fillna(0).tolist() == [-1250, -200, 0]
    assert found["event"].tolist() == ["refund"] * 3


def test_a_draft_of_events_without_an_id_asks_for_one(tmp_path):
    lines = [{"at": f"2025-02-01T10:00:0{n}Z", "what": "x"} for n in range(3)]
    (tmp_path / "log.jsonl").write_text(jsonl(lines), encoding="utf-8")
    draft = draft_sources("Log", *inspect_folder(tmp_path))
    assert "ids: {}                      # ? which column says who did it" in draft
    (tmp_path / "sources.yaml").write_text(draft, encoding="utf-8")
    with pytest.raises(PipelineError, match="`ids` is empty: say which column holds the customer's id"):
        check(tmp_path, read_sources(tmp_path))


def test_a_draft_of_scores_mentions_costs_and_merges_is_accepted(tmp_path):
    scores = (
        CSAT.replace("yesterday", "2025-02-03T11:00:00Z")
        .replace("rating", "CSAT Score")
        .replace("asked_about", "Touchpoint")
        .replace(",at\n", ",Date\n")
    )
    files = {
        "csat.csv": scores,
        "spend.csv": COSTS.replace("cost", "Spend").replace("soon", "2025-02-03"),
        "wins.csv": "email,competitor\nann@example.org,Acme\nben@example.org,Be\n",
        "merges.json": json.dumps({"scope": 1, "amplitude_id": 11, "merged_amplitude_id": 22}) + "\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    draft = draft_sources("More", *inspect_folder(tmp_path))
    (tmp_path / "sources.yaml").write_text(draft, encoding="utf-8")
    kinds = {name: s.kind for name, s in read_sources(tmp_path).sources.items()}
    assert kinds == {"csat": "feedback", "spend": "costs", "wins": "mentions", "merges": "links"}
    assert len(check(tmp_path, read_sources(tmp_path))) == 4
    assert "columns: {day: date, cost: Spend, campaign: campaign, channel: channel, currency: currency}" in draft
