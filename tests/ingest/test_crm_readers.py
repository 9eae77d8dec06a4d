"""Exports of HubSpot, Salesforce and Dynamics in the vendors' layouts: each quirk once."""

import json

import pandas as pd
import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.sources import read_sources
from pipeline.ingest import schema
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_file, inspect_folder
from pipeline.ingest.readers import salesforce_ids
from tests.ingest.small_company import write_sources
from tests.ingest.test_workbooks_and_parquet import workbook

OBSERVATION = {"start": "2024-01-01", "end": "2025-01-01", "features_until": "2024-06-01"}
CONTACTS = """Record ID,First Name,Last Name,Email,Lifecycle Stage,Create Date,Associated Company,\
Associated Company IDs,Country/Region,City,Original Source,Became a Lead Date,Became a Customer Date
101,Ann,Berg,ann@example.org,Customer,2024-01-05 09:14,Acme,9002;9999,DE,Berlin,Organic Search,2024-01-05 09:14,\
2024-02-01 10:00
102,Ben,Okoro,ben@example.org,Lead,2024-01-06 10:00,Beta,9001,DE,Bonn,Direct Traffic,2024-01-06 10:00,
0103,Cleo,"Price, Dr",cleo@example.org,Lead,2024-01-07 10:00,,,AT,"Wien
Mitte",Direct Traffic,2024-01-07 10:00,
"""
INTERNAL = """hs_object_id,email,firstname,lifecyclestage,createdate,hs_lifecyclestage_lead_date,city
101,ann@example.org,Ann,customer,1704442440000,2024-01-05T08:14:00.000Z,Berlin
102,ben@example.org,Ben,lead,1704531600000,,Bonn
"""
COMPANIES = """Record ID,Company name,Website URL,Company owner,Create Date,City,Industry
9001,Beta,beta.example.org,Zed,2023-01-01 10:00,Köln,Retail
9002,Acme,acme.example.org,Zed,2023-01-02 10:00,München,Banking
"""
DEALS = """Record ID,Deal Name,Deal Stage,Amount,Deal owner,Associated Company IDs,Associated Contact IDs,Close Date,\
Pipeline
7001,Acme big,Closed Won,1200.50,Zed,9002,101;102,2024-03-01 10:00,Sales
7002,Beta,Proposal,300,Zed,9001,102,2024-04-01 10:00,Sales
7003,Beta old,Closed lost,10,Zed,9001,102,2024-02-01 10:00,Sales
7003,Beta old,Closed lost,10,Zed,9001,102,2024-02-01 10:00,Sales
"""
HISTORY = """contactId,property,value,sourceType,sourceId,sourceLabel,timestamp,updatedByUserId
101,lifecyclestage,lead,IMPORT,1,x,2024-01-05T08:14:00.000Z,
101,hs_lead_status,NEW,IMPORT,1,x,2024-01-05T08:14:00.000Z,
101,email,ann@example.org,IMPORT,1,x,2024-01-05T08:14:00.000Z,
101,lifecyclestage,customer,CRM_UI,2,x,1706781600000,7
101,lifecyclestage,lead,CRM_UI,2,x,2024-02-10T10:00:00Z,7
101,lifecyclestage,lead,CRM_UI,2,x,2024-02-10T10:00:00Z,7
102,lifecyclestage,lead,IMPORT,1,x,2024-01-05T08:14:00.000Z,
102,lifecyclestage,,IMPORT,1,x,2024-01-06T08:14:00.000Z,
"""
ANN, BEN, LEAD_ANN = "0035e00000AbCdE", "0035e00000aBcDe", "00Q5e00000XyZwv"
ACME, BIG = "0015e00000QqQqQ", "0065e00000BiGdL"
SF_CONTACTS = f""""Id","IsDeleted","MasterRecordId","AccountId","Salutation","FirstName","LastName","MailingCity",\
"Email","LeadSource","CreatedDate","SystemModstamp","Tier__c"
"{ANN}","false","","{salesforce_ids.of_18(ACME)}","Ms","Ann","Berg","Berlin","ann@example.org","Web",\
"2024-01-05T08:14:00.000Z","2024-02-05T08:14:00.000Z","gold"
"{salesforce_ids.of_18(BEN)}","false","","","","Ben","Okoro","Bonn","ben@example.org","Web",\
"2024-01-05 10:00:00","2024-02-05 10:00:00","silver"
"0035e00000ZzZzZ","true","{ANN}","","","Anna","Berg","Berlin","anna@example.org","Web",\
"2024-01-05T08:14:00.000Z","2024-02-05T08:14:00.000Z","gold"
"""
SF_LEADS = f""""Id","IsDeleted","LastName","FirstName","Company","Email","Status","Rating","IsConverted",\
"ConvertedDate","ConvertedContactId","CreatedDate","SystemModstamp"
"{LEAD_ANN}","false","Berg","Ann","Acme","ann.old@example.org","Qualified","Hot","true","2024-02-01",\
"{salesforce_ids.of_18(ANN)}","2024-01-02T08:14:00.000Z","2024-02-01T08:14:00.000Z"
"00Q5e00000AaAaA","false","Price","Cleo","Gamma","cleo@example.org","Open","Cold","false","","",\
"2024-01-03T08:14:00.000Z","2024-01-03T08:14:00.000Z"
"""
SF_ACCOUNTS = f""""Id","IsDeleted","Name","Type","Industry","NumberOfEmployees","CreatedDate","SystemModstamp"
"{ACME}","false","Acme","Customer","Banking","120","2023-01-02T08:14:00.000Z","2023-01-02T08:14:00.000Z"
"""
SF_OPPORTUNITIES = f""""Id","IsDeleted","AccountId","ContactId","Name","StageName","Amount","Probability","CloseDate",\
"IsClosed","IsWon","CreatedDate"
"{BIG}","false","{ACME}","{ANN}","Big","Closed Won","1000.5","100","2024-03-01","true","true","2024-01-10T08:00:00.000Z"
"0065e00000OpEn1","false","{ACME}","{ANN}","Open","Proposal","50","40","2024-04-01","false","false",\
"2024-01-11T08:00:00.000Z"
"0065e00000GoNe1","true","{ACME}","{ANN}","Gone","Closed Lost","50","0","2024-02-01","true","false",\
"2024-01-11T08:00:00.000Z"
"""
SF_FIELDS = f""""Id","IsDeleted","OpportunityId","CreatedById","CreatedDate","Field","DataType","OldValue","NewValue"
"0175e00000000A1","false","{salesforce_ids.of_18(BIG)}","0055e00000UsEr1","2024-01-10T08:00:00.000Z","created","","",""
"0175e00000000A2","false","{BIG}","0055e00000UsEr1","2024-01-20T08:00:00.000Z","StageName","Text","Lead","Proposal"
"0175e00000000A3","false","{BIG}","0055e00000UsEr1","2024-01-25T08:00:00.000Z","StageName","Text","Proposal","Lead"
"0175e00000000A4","false","{BIG}","0055e00000UsEr1","2024-01-25T08:00:00.000Z","Amount","Currency","50","1000.5"
"0175e00000000A5","true","{BIG}","0055e00000UsEr1","2024-01-26T08:00:00.000Z","StageName","Text","Lead","Closed Won"
"""
SF_STAGES = f""""Id","OpportunityId","StageName","Amount","Probability","CloseDate","CreatedDate","IsDeleted"
"0085e00000000A1","{BIG}","Lead","50","10","2024-03-01","2024-01-10T08:00:00.000Z","false"
"0085e00000000A2","{BIG}","Proposal","50","40","2024-03-01","2024-01-20T08:00:00.000Z","false"
"0085e00000000A3","{BIG}","Proposal","1000.5","40","2024-03-01","2024-01-21T08:00:00.000Z","false"
"0085e00000000A4","{BIG}","Lead","1000.5","10","2024-03-01","2024-01-25T08:00:00.000Z","false"
"""
_ONE, _TWO = "5d1c9a52-8f3e-4c55-9b8a-0d7f6a3b2c10", "{5D1C9A52-8F3E-4C55-9B8A-0D7F6A3B2C11}"
DYNAMICS = f"""(Do Not Modify) Contact,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On, Full Name,Email,\
Business Phone,Country,Lead Source,City (Account Name) (Account),Created On
{_ONE},abc==,2024-02-01 10:00:00,Ann Berg,ann@example.org,,DE,Web,Berlin,2024-01-01 09:00:00
{_TWO},abd==,2024-02-01 10:00:00,Ben Okoro,ben@example.org,,AT,Fair,Wien,2024-01-02 09:00:00
"""
FILES = {
    "contacts.csv": (CONTACTS, "hubspot-contacts"),
    "internal.csv": (INTERNAL, "hubspot-contacts"),
    "companies.csv": (COMPANIES, "hubspot-companies"),
    "deals.csv": (DEALS, "hubspot-deals"),
    "history.csv": (HISTORY, "hubspot-history"),
    "sf_contacts.csv": (SF_CONTACTS, "salesforce"),
    "sf_leads.csv": (SF_LEADS, "salesforce"),
    "sf_accounts.csv": (SF_ACCOUNTS, "salesforce"),
    "sf_opportunities.csv": (SF_OPPORTUNITIES, "salesforce-opportunities"),
    "sf_fields.csv": (SF_FIELDS, "salesforce-history"),
    "sf_stages.csv": (SF_STAGES, "salesforce-opportunity-history"),
    "dynamics.csv": (DYNAMICS, "dynamics"),
}
ZONE = {"timezone": "Europe/Berlin"}


def field(column, kind="nominal"):
    return {"column": column, "kind": kind, "block": "demographic", "label": column}


def source(kind, files, ids, **more):
    return {"kind": kind, "format": FILES[files][1], "files": files, "ids": ids, **more}


@pytest.fixture
def read(tmp_path, ingest):
    """Run the stage on a dataset of the given sources; their files are written as they stand above."""

    def run(name="out", texts=(), **sources):
        folder = tmp_path / f"crm-{name}"
        folder.mkdir()
        for file in {f for s in sources.values() for f in (s["files"], *(j["files"] for j in s.get("join", ())))}:
            if file in FILES:
                (folder / file).write_text(dict(texts).get(file, FILES[file][0]), encoding="utf-8")
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
    (tmp_path / "sources.yaml").write_text(draft_sources("CRM", *inspect_folder(tmp_path)), encoding="utf-8")
    drafted = read_sources(tmp_path)
    assert len(check(tmp_path, drafted)) == len(FILES) + 2
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
    deals = source("events", "deals.csv", {"contact": "Associated Contact IDs"}, **ZONE, keep=["Pipeline"])
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


def salesforce(**more):
    accounts = {
        "files": "sf_accounts.csv", "on": "AccountId", "key": "Id", "prefix": "Account", "columns": ["Industry"],
    }  # fmt: skip
    contacts = source(
        "customers", "sf_contacts.csv", {"contact": "Id", "email": "Email"}, join=[accounts],
        fields={"tier": field("Tier__c"), "industry": field("AccountIndustry"), "city": field("MailingCity")},
    )  # fmt: skip
    leads = source(
        "customers", "sf_leads.csv", {"lead": "Id", "contact": "ConvertedContactId", "email": "Email"},
        fields={"rating": field("Rating")}, stage_dates={"Lead": "CreatedDate", "Converted": "ConvertedDate"},
    )  # fmt: skip
    return {"contacts": contacts, "leads": leads, **more}


def test_a_lead_and_the_contact_that_it_became_are_one_customer(read):
    done = read(**salesforce())
    customers = done.table(schema.CUSTOMERS).fillna("-").sort_values(["city", "rating"])
    assert customers[["city", "tier", "industry", "rating"]].to_numpy().tolist() == [
        ["-", "-", "-", "Cold"],
        ["Berlin", "gold", "Banking", "Hot"],
        ["Bonn", "silver", "-", "-"],
    ]
    assert counts(done, "contacts") == [3, 2, 0, 1]
    assert done.reasons["contacts", "deleted in Salesforce (`IsDeleted`)"] == 1
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
    deleted = [n for (_, why), n in done.reasons.items() if "IsDeleted" in why]
    assert sum(deleted) == (2 if file == "sf_fields.csv" else 1), "a deleted contact, and a deleted change"


def test_headers_of_the_data_loader_may_be_capitals(read):
    upper = {f: "\n".join([t.split("\n", 1)[0].upper(), t.split("\n", 1)[1]]) for f, (t, _) in FILES.items()}
    contacts = source("customers", "sf_contacts.csv", {"contact": "ID"}, fields={"tier": field("TIER__C")})
    won = source("events", "sf_opportunities.csv", {"contact": "CONTACTID"})
    done = read(texts=upper, contacts=contacts, won=won)
    assert counts(done, "contacts") == [3, 2, 0, 1]
    assert done.events["event"].tolist() == ["StageName: Closed Won"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_dynamics_columns_and_ids(read, tmp_path, kind):
    crm = source(
        "customers", "dynamics.csv", {"contact": "(Do Not Modify) Contact", "email": "Email"}, **ZONE,
        fields={"country": field("Country"), "city": field("City (Account Name) (Account)")},
        stage_dates={"Created": "Created On"},
    )  # fmt: skip
    done = read(crm=crm)
    assert sorted(done.table(schema.CUSTOMERS)["city"]) == ["Berlin", "Wien"]
    assert told(done.events) == [("Created", "01-01 08:00"), ("Created", "01-02 08:00")]
    bare = DYNAMICS.replace(_TWO, _TWO.strip("{}").lower())
    assert (
        read("bare", texts={"dynamics.csv": bare}, crm=crm).table(schema.CUSTOMERS).equals(done.table(schema.CUSTOMERS))
    )


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
