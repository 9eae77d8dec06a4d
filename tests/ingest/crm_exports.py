"""Small exports of HubSpot, Salesforce and Dynamics 365 in the vendors' layouts, and sources that read them."""

from pipeline.ingest.readers import salesforce_ids

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
_ONE, BRACED = "5d1c9a52-8f3e-4c55-9b8a-0d7f6a3b2c10", "{5D1C9A52-8F3E-4C55-9B8A-0D7F6A3B2C11}"
DYNAMICS = f"""(Do Not Modify) Contact,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On, Full Name,Email,\
Business Phone,Country,Lead Source,City (Account Name) (Account),Created On
{_ONE},abc==,2024-02-01 10:00:00,Ann Berg,ann@example.org,,DE,Web,Berlin,2024-01-01 09:00:00
{BRACED},abd==,2024-02-01 10:00:00,Ben Okoro,ben@example.org,,AT,Fair,Wien,2024-01-02 09:00:00
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
