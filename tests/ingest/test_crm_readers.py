"""Exports of HubSpot, Salesforce and Dynamics in the vendors' layouts: each quirk once."""

import csv
import datetime as dt
import io
import json

import openpyxl
import pandas as pd
import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.pseudonym import pseudonym
from pipeline.core.sources import read_sources
from pipeline.ingest import schema
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_file, inspect_folder
from pipeline.ingest.readers import salesforce_ids
from pipeline.ingest.readers.hubspot_deals import SEVERAL
from pipeline.ingest.readers.salesforce import MERGED
from tests.ingest.crm_exports import (
    ACME,
    ANN,
    BEN,
    BIG,
    BRACED,
    CONTACTS,
    DYNAMICS,
    FILES,
    OBSERVATION,
    ZONE,
    field,
    salesforce,
    source,
)
from tests.ingest.small_company import write_sources
from tests.ingest.test_workbooks_and_parquet import workbook


@pytest.fixture
def read(tmp_path, ingest):
    """Run the stage on a dataset of the given sources; their files are written as they stand above."""

    def run(name="out", texts=(), **sources):
        folder = tmp_path / f"crm-{name}"
        folder.mkdir()
        for file in {f for s in sources.values() for f in (s["files"], *(j["files"] for j in s.get("join", ())))}:
            if file in FILES or file in dict(texts):
                content = dict(texts)[file] if file in dict(texts) else FILES[file][0]
                (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / "pseudonym.key").write_text("k" * 64, encoding="ascii")
        write_sources(folder, {"title": "CRM", "observation": OBSERVATION, "sources": sources})
        return ingest(folder, name)

    return run


def counts(read_, name):
    return read_.reconciliation.loc[name, ["read", "kept", "merged", "rejected"]].tolist()


def told(events):
    """(event, time) of each event, in order."""
    ordered = events.sort_values(["ts", "event"])
    return [(e, t.strftime("%m-%d %H:%M")) for e, t in zip(ordered["event"], ordered["ts"], strict=True)]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_each_export_is_recognised_by_its_content(tmp_path, file, kind):
    content, expected = FILES[file]
    path = tmp_path / "export.dat"
    if kind == "csv":
        path.write_text(content, encoding="utf-8")
    else:
        frame = pd.read_csv(pd.io.common.StringIO(content), dtype=str, keep_default_na=False)
        workbook(path, Sheet1=[list(frame.columns), *frame.to_numpy().tolist()])
    assert inspect_file(path).format == expected


def test_a_draft_for_a_folder_of_exports_is_accepted_and_proposes_links_and_stages(tmp_path):
    for file, (content, _) in FILES.items():
        (tmp_path / file).write_text(content, encoding="utf-8")
    workbook(tmp_path / "fairs.xlsx", Fairs=[["fair", "visits"], ["a", 1], ["b", 2]], Notes=[["note"], ["x"]])
    draft = draft_sources("CRM", *inspect_folder(tmp_path))
    (tmp_path / "sources.yaml").write_text(draft, encoding="utf-8")
    drafted = read_sources(tmp_path)
    assert len(check(tmp_path, drafted)) == len(FILES) + 1
    assert "# fairs.xlsx/Notes: no column says whose a row is, so no source of its own" in draft
    assert drafted.sources["sf_leads"].ids == {"lead": "Id", "contact": "ConvertedContactId", "email": "Email"}
    assert drafted.sources["dynamics"].ids == {"contact": "(Do Not Modify) Contact", "email": "Email"}
    assert drafted.sources["history"].ids == {"contact": "contactId"}
    assert drafted.sources["fairs"].files == "fairs.xlsx/Fairs"
    assert drafted.sources["contacts"].stage_dates == {
        "Became Lead": "Became a Lead Date",
        "Became Customer": "Became a Customer Date",
    }


def test_hubspot_contacts_take_fields_of_their_first_company(read):
    companies = {
        "files": "companies.csv", "on": "Associated Company IDs", "key": "Record ID", "separator": ";",
        "prefix": "Company ", "columns": ["City", "Industry"],
    }  # fmt: skip
    crm = source(
        "customers", "contacts.csv", {"contact": "Record ID", "email": "Email"}, **ZONE, join=[companies],
        fields={"city": field("City"), "seat": field("Company City"), "industry": field("Company Industry")},
        stage_dates={"Became Lead": "Became a Lead Date", "Became Customer": "Became a Customer Date"},
    )  # fmt: skip
    done = read(crm=crm)
    customers = done.table(schema.CUSTOMERS).fillna("-").sort_values("city")
    assert customers[["city", "seat", "industry"]].to_numpy().tolist() == [
        ["Berlin", "München", "Banking"],
        ["Bonn", "Köln", "Retail"],
        ["Wien\nMitte", "-", "-"],
    ]
    assert told(done.events)[-1] == ("Became Customer", "02-01 09:00"), "the portal's zone is declared"
    assert set(done.table(schema.IDENTITIES)["space"]) == {"contact", "email"}


def test_hubspot_contacts_by_internal_names(read):
    crm = source(
        "customers", "internal.csv", {"contact": "hs_object_id", "email": "email"}, **ZONE,
        fields={"city": field("city")}, stage_dates={"Became Lead": "hs_lifecyclestage_lead_date",
                                                     "Created": "createdate"},
    )  # fmt: skip
    done = read(crm=crm)
    assert told(done.events) == [("Became Lead", "01-05 08:14"), ("Created", "01-05 08:14"), ("Created", "01-06 09:00")]


def test_hubspot_contacts_of_older_and_newer_exports_have_other_names_of_the_id(tmp_path):
    for name in ("Contact ID", "Record ID - Contact"):
        (tmp_path / "old.csv").write_text(CONTACTS.replace("Record ID", name), encoding="utf-8")
        assert inspect_file(tmp_path / "old.csv").format == "hubspot-contacts"


def test_property_history_gives_every_change_of_stage_also_backward(read):
    crm = source("customers", "contacts.csv", {"contact": "Record ID"}, **ZONE, fields={"city": field("City")})
    history = source("events", "history.csv", {"contact": "contactId"})
    done = read(crm=crm, history=history)
    assert told(done.events) == [
        ("hs_lead_status: NEW", "01-05 08:14"),
        ("lifecyclestage: lead", "01-05 08:14"),
        ("lifecyclestage: lead", "01-05 08:14"),
        ("lifecyclestage: customer", "02-01 10:00"),
        ("lifecyclestage: lead", "02-10 10:00"),
    ]
    assert done.events["sequence"].eq(0).all(), "changes of one import happened at one moment: ties stay ties"
    assert counts(done, "history") == [8, 5, 1, 2]
    assert done.reasons["history", "a change of a property that is no stage, or to nothing"] == 2
    assert b"ann@example.org" not in b"".join(done.all_bytes().values())


def test_all_changes_of_properties_count_where_the_analyst_says_so(read):
    crm = source("customers", "contacts.csv", {"contact": "Record ID"}, **ZONE, fields={"city": field("City")})
    history = source("events", "history.csv", {"contact": "contactId"}, columns={"event": "property"})
    names = read(crm=crm, history=history).events["event"].value_counts().to_dict()
    assert names == {"lifecyclestage": 5, "hs_lead_status": 1, "email": 1}


def test_deals_are_events_once_they_are_closed(read):
    crm = source("customers", "contacts.csv", {"contact": "Record ID"}, **ZONE, fields={"city": field("City")})
    deals = source(
        "events", "deals.csv", {"contact": "Associated Contact IDs"}, **ZONE, keep=["Pipeline"], several_ids="first"
    )
    done = read(crm=crm, deals=deals)
    assert told(done.events) == [
        ("Deal Stage: Closed lost", "02-01 09:00"),
        ("Deal Stage: Closed Won", "03-01 09:00"),
    ]
    assert sorted(done.events["amount_hundredths"]) == [1_000, 120_050]
    assert counts(done, "deals") == [4, 2, 1, 1]
    assert done.reasons["deals", "no close date, or the deal is open and its close date a plan"] == 1
    assert json.loads(done.events["properties"].iloc[0]) == {"Pipeline": "Sales"}
    created = deals | {"columns": {"ts": "Close Date", "event": "Pipeline"}}
    assert len(read("planned", crm=crm, deals=created).events) == 3, "a declared time goes before the rule"
    undeclared = read("undeclared", crm=crm, deals={k: v for k, v in deals.items() if k != "several_ids"})
    assert undeclared.reasons["deals", SEVERAL] == 1, "which of two contacts bought is not guessed"
    assert counts(undeclared, "deals") == [4, 1, 1, 2]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("a0D30000001n7Pi", "a0D30000001n7PiEAI"),
        ("0019000000B98de", "0019000000B98deAAB"),
        ("000000000000000", "000000000000000AAA"),
        ("ZZZZZZZZZZZZZZZ", "ZZZZZZZZZZZZZZZ555"),
    ],
)
def test_ids_of_salesforce_get_the_documented_suffix(short, long):
    assert salesforce_ids.of_18(short) == long
    assert {salesforce_ids.of_18(t) for t in (long, long.upper(), long.lower(), f" {short} ")} == {long}


@pytest.mark.parametrize("text", ["", "NA", "0012", "Ann Berg", "12345678901234", "000000000000000ZZZ", "ä" * 15])
def test_what_is_no_id_of_salesforce_stays(text):
    assert salesforce_ids.of_18(text) == text
    assert not salesforce_ids.is_id(text)


def test_ids_are_put_alike_in_the_engine_and_in_frames():
    from pipeline.core.engine import connect

    texts = ["a0D30000001n7Pi", "A0D30000001N7PIEAI", "a0D30000001n7PiEAI", "NA", "", "000000000000000ZZZ", ANN, BEN]
    connection = connect()
    rows = ", ".join(f"('{t}')" for t in texts)
    found = connection.raw_sql(
        f'SELECT {salesforce_ids.sql_of_18(chr(34) + "Id" + chr(34))} FROM (VALUES {rows}) t("Id")'
    ).fetchall()
    assert [f[0] for f in found] == [salesforce_ids.of_18(t) for t in texts]


def test_a_lead_and_the_contact_that_it_became_are_one_customer(read):
    done = read(**salesforce())
    customers = done.table(schema.CUSTOMERS).fillna("-").sort_values(["city", "rating"])
    assert customers[["city", "tier", "industry", "rating"]].to_numpy().tolist() == [
        ["-", "-", "-", "Cold"],
        ["Berlin", "gold", "Banking", "Hot"],
        ["Bonn", "silver", "-", "-"],
    ]
    assert counts(done, "contacts") == [3, 2, 0, 1]
    assert done.reasons["contacts", MERGED] == 1
    merged = pseudonym(b"k" * 64, "contact", salesforce_ids.of_18("0035e00000ZzZzZ"))
    identities = done.table(schema.IDENTITIES).set_index("identifier")["customer_id"]
    kept = pseudonym(b"k" * 64, "contact", salesforce_ids.of_18(ANN))
    assert identities[merged] == identities[kept], "the id that was merged away is known"
    assert told(done.events)[-1] == ("Converted", "02-01 00:00"), "times of Salesforce are UTC"


def test_opportunities_are_events_once_they_are_closed(read):
    opportunities = source("events", "sf_opportunities.csv", {"contact": "ContactId"})
    done = read(**salesforce(opportunities=opportunities))
    won = done.events[done.events["source"] == "opportunities"]
    assert told(won) == [("StageName: Closed Won", "03-01 00:00")]
    assert won["amount_hundredths"].tolist() == [100_050]
    assert counts(done, "opportunities") == [3, 1, 0, 2]
    assert done.reasons["opportunities", "deleted in Salesforce (`IsDeleted`)"] == 1
    assert done.reasons["opportunities", "no close date, or the opportunity is open and its close date a plan"] == 1


@pytest.mark.parametrize(
    ("file", "expected", "reason"),
    [
        ("sf_fields.csv", ["Opportunity created", "StageName: Proposal", "StageName: Lead"],
         "a change of a field that is no stage, or to nothing"),
        ("sf_stages.csv", ["StageName: Lead", "StageName: Proposal", "StageName: Lead"],
         "a change of another field, the stage stayed"),
    ],
)  # fmt: skip
def test_histories_give_changes_of_stage_to_the_contact_of_the_opportunity(read, file, expected, reason):
    join = [{"files": "sf_opportunities.csv", "on": "OpportunityId", "key": "Id", "columns": ["ContactId"]}]
    done = read(**salesforce(history=source("events", file, {"contact": "ContactId"}, join=join)))
    moves = done.events[done.events["source"] == "history"].sort_values("ts")
    assert moves["event"].tolist() == expected
    assert moves["customer_id"].nunique() == 1
    assert done.reasons["history", reason] == 1
    deleted = [n for (_, why), n in done.reasons.items() if "IsDeleted" in why or why == MERGED]
    assert sum(deleted) == (2 if file == "sf_fields.csv" else 1), "a contact merged away, and a deleted change"


def test_headers_of_the_data_loader_may_be_capitals(read):
    upper = {f: "\n".join([t.split("\n", 1)[0].upper(), t.split("\n", 1)[1]]) for f, (t, _) in FILES.items()}
    contacts = source("customers", "sf_contacts.csv", {"contact": "ID"}, fields={"tier": field("TIER__C")})
    won = source("events", "sf_opportunities.csv", {"contact": "CONTACTID"})
    done = read(texts=upper, contacts=contacts, won=won)
    assert counts(done, "contacts") == [3, 2, 0, 1]
    assert done.events["event"].tolist() == ["StageName: Closed Won"]


def in_workbook(folder):
    """The view of Dynamics as Excel has it: dates are days since 1900, the vendor's own sheet is hidden."""
    header, *rows = csv.reader(io.StringIO(DYNAMICS))
    dated = [[dt.datetime.fromisoformat(c) if i in (2, 9) else c for i, c in enumerate(row)] for row in rows]
    book = openpyxl.load_workbook(workbook(folder / "view.xlsx", Contacts=[header, *dated]))
    book.create_sheet("hiddenSheet").append(["(Do Not Modify) Contact", "contact:abc"])
    book["hiddenSheet"].sheet_state = "veryHidden"
    book.save(folder / "view.xlsx")
    return (folder / "view.xlsx").read_bytes()


@pytest.mark.parametrize("content", [lambda _: DYNAMICS, in_workbook], ids=["csv", "xlsx"])
def test_dynamics_columns_and_ids(read, tmp_path, content):
    crm = source(
        "customers", "dynamics.csv", {"contact": "(Do Not Modify) Contact", "email": "Email"}, **ZONE,
        fields={"country": field("Country"), "city": field("City (Account Name) (Account)")},
        stage_dates={"Created": "Created On"},
    )  # fmt: skip
    done = read(texts={"dynamics.csv": content(tmp_path)}, crm=crm)
    assert sorted(done.table(schema.CUSTOMERS)["city"]) == ["Berlin", "Wien"]
    assert told(done.events) == [("Created", "01-01 08:00"), ("Created", "01-02 08:00")]
    bare = DYNAMICS.replace(BRACED, BRACED.strip("{}").lower())
    again = read("bare", texts={"dynamics.csv": bare}, crm=crm)
    assert again.table(schema.CUSTOMERS).equals(done.table(schema.CUSTOMERS)), "a GUID has no case and no braces"


def test_dates_in_the_writing_of_a_country_ask_which_comes_first(read):
    crm = source(
        "customers", "dynamics.csv", {"contact": "(Do Not Modify) Contact"}, **ZONE,
        fields={"country": field("Country")}, stage_dates={"Created": "Created On"},
    )  # fmt: skip
    american = DYNAMICS.replace("2024-01-01 09:00:00", "2/1/2024 9:00 AM").replace(
        "2024-01-02 09:00:00", "2/3/2024 1:30 PM"
    )
    with pytest.raises(PipelineError, match=r"`Created On`: 2 date\(s\) can be read with the month or the day first"):
        read("unclear", texts={"dynamics.csv": american}, crm=crm)
    done = read("told", texts={"dynamics.csv": american}, crm=crm | {"dates": "month first"})
    assert told(done.events) == [("Created", "02-01 08:00"), ("Created", "02-03 12:30")]
    del crm["timezone"]
    with pytest.raises(PipelineError, match="`Created On`, .* of dynamics.csv hold.* without a time zone"):
        read("no-zone", texts={"dynamics.csv": american}, crm=crm)


def test_a_join_whose_columns_clash_says_how_to_name_them(read):
    join = [{"files": "companies.csv", "on": "Associated Company IDs", "key": "Record ID", "columns": ["City"]}]
    crm = source("customers", "contacts.csv", {"contact": "Record ID"}, **ZONE, join=join, fields={"c": field("City")})
    with pytest.raises(PipelineError, match="has a column `City`; drop it from `join`, or give a `prefix`"):
        read(crm=crm)
    join[0] |= {"prefix": "Company ", "key": "Company ID"}
    with pytest.raises(PipelineError, match="join companies.csv: no column `Company ID`"):
        read("key", crm=crm)


@pytest.mark.parametrize("declared", ["hubspot-contacts", "hubspot-companies", "salesforce", "dynamics"])
def test_a_wrong_format_is_told_with_the_right_one(read, declared):
    file = "internal.csv" if declared != "hubspot-contacts" else "dynamics.csv"
    crm = {"kind": "customers", "format": declared, "files": file, "ids": {"contact": "x"}, **ZONE}
    with pytest.raises(PipelineError, match=rf"{file}: expected .*looks like `format: {FILES[file][1]}`"):
        read(crm=crm)


def test_of_several_contacts_of_an_opportunity_the_declared_one_counts(read):
    """OpportunityContactRole, in the layout of the weekly export: at most one row per opportunity is primary."""
    big = salesforce_ids.of_18(BIG)
    roles = (
        '"Id","OpportunityId","ContactId","Role","IsPrimary","IsDeleted"\n'
        f'"00K5e00000RoLe1","{big}","{salesforce_ids.of_18(BEN)}","Evaluator","false","false"\n'
        f'"00K5e00000RoLe2","{big}","{salesforce_ids.of_18(ANN)}","Decision Maker","true","false"\n'
    )
    join = {"files": "roles.csv", "on": "Id", "key": "OpportunityId", "columns": ["ContactId"], "prefix": "Role "}
    sales = source("events", "sf_opportunities.csv", {"contact": "Role ContactId"})
    contacts = salesforce()["contacts"]
    files = {"roles.csv": roles}
    with pytest.raises(PipelineError, match="`OpportunityId` is not unique.*say by `where` which counts"):
        read("all", texts=files, contacts=contacts, sales=sales | {"join": [join]})
    done = read(
        "one", texts=files, contacts=contacts, sales=sales | {"join": [join | {"where": {"IsPrimary": "true"}}]}
    )
    (event,) = done.events[done.events["source"] == "sales"].to_dict("records")
    ann = pseudonym(b"k" * 64, "contact", salesforce_ids.of_18(ANN))
    assert event["customer_id"] == ann
    assert done.reconciliation.loc["sales", ["read", "kept"]].tolist() == [3, 1]


def test_a_converted_lead_is_its_account_where_accounts_are_the_customers(read):
    accounts = source("customers", "sf_accounts.csv", {"account": "Id"}, fields={"type": field("Type")})
    leads = source("customers", "sf_leads.csv", {"lead": "Id", "account": "ConvertedAccountId"})
    text = (
        FILES["sf_leads.csv"][0]
        .replace('"ConvertedContactId"', '"ConvertedAccountId"')
        .replace(f'"{salesforce_ids.of_18(ANN)}"', f'"{salesforce_ids.of_18(ACME)}"')
    )
    done = read(texts={"sf_leads.csv": text}, accounts=accounts, leads=leads)
    assert sorted(done.table(schema.CUSTOMERS)["sources"]) == ["accounts+leads", "leads"]
