"""A tiny company's exports in the vendors' layouts, and the tables of one run."""

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml

from pipeline.core import tables
from pipeline.ingest import schema

KEY = "k" * 64

CONTACTS = """Record ID,First Name,Last Name,Email,Phone Number,Lifecycle Stage,Create Date,\
Became a Customer Date,City,Age,Plan
0012,Anna,Berg,anna@example.org,+49 30 1234567,Customer,2025-01-05 09:14,2025-03-01 10:00,Berlin,64,small
13,Ben,Okoro,ben@example.org,,Lead,2025-01-06 10:00,,Hamburg,unknown,large
14,Anna,Berg,Anna@Example.org ,,Customer,2025-02-01 08:00,2025-03-02 11:00,,35,huge
NA,Cleo,Price,cleo@example.org,,Lead,2025-01-07 10:00,,"Halle, Saale",51,small
"""
_IMPORT_IDS = [
    "startDate", "recordedDate", "status", "ipAddress", "duration", "finished", "_recordId", "recipientEmail",
    "QID1_1", "QID1_2", "QID1_3", "QID1_4", "QID2", "QID3", "QID4_TEXT",
]  # fmt: skip
_DAY = "2025-02-01"
SURVEY = [
    "StartDate,RecordedDate,Status,IPAddress,Duration (in seconds),Finished,ResponseId,RecipientEmail,"
    "Q1_1,Q1_2,Q1_3,Q1_4,Q2,Q3,Q4",
    'Start Date,"Recorded\nDate",Response Type,IP Address,Duration (in seconds),Finished,Response ID,Recipient Email,'
    'A - 1,A - 2,A - 3,A - 4,Which?,Recommend?,"Else, if anything?"',
    ",".join('"{""ImportId"":""' + name + '""}"' for name in _IMPORT_IDS),
    f"{_DAY} 10:00:00,{_DAY} 10:05:00,IP Address,203.0.113.1,300,True,R_1,anna@example.org,Agree,Disagree,Agree,Agree,"
    '"Phone, mail,Chat",9,"Call Ben Okoro, ben@example.org or +49 30 23125771."',
    f"{_DAY} 11:00:00,{_DAY} 11:05:00,IP Address,203.0.113.2,330,True,R_2,ben@example.org,Agree,Agree,Agree,Agree,,11,",
    f"{_DAY} 12:00:00,{_DAY} 12:05:00,Survey Preview,203.0.113.3,310,True,R_3,ben@example.org,"
    "Agree,Agree,Agree,Agree,Chat,5,",
    f"{_DAY} 13:00:00,{_DAY} 13:05:00,IP Address,203.0.113.4,20,True,R_4,nobody@example.org,"
    "Agree,Disagree,Agree,Disagree,Chat,0,",
    f"{_DAY} 14:00:00,{_DAY} 14:05:00,IP Address,203.0.113.5,90,False,R_5,cleo@example.org,Agree,,,,,,",
]


def _message(number: int, kind: str = "track", **more: object) -> dict[str, object]:
    clock = f"2025-02-0{1 + number % 8}T10:00:00.500Z"
    base: dict[str, object] = {
        "messageId": f"m-{number}",
        "type": kind,
        "event": "Viewed" if kind == "track" else None,
        "anonymousId": "device-1",
        "userId": None,
        "properties": {"path": "/a", "plan": "small"},
        "context": {"device": {"type": "mobile"}, "os": {"name": "Android"}, "timezone": "Europe/Berlin"},
        "originalTimestamp": clock,
        "sentAt": clock,
        "receivedAt": clock,
        "timestamp": clock,
    }
    return base | more


MESSAGES = [
    _message(1),
    _message(2),
    _message(2),
    _message(3, "identify", userId="0012", traits={"email": "ANNA@example.org"}),
    _message(4, userId="0012", anonymousId=None, properties={"path": 'x "y"', "mail": "anna@example.org"}),
    _message(5, anonymousId="device-2"),
    _message(6, timestamp="yesterday"),
    _message(7, timestamp="2031-01-01T00:00:00Z"),
    _message(8, timestamp=None, receivedAt="2025-02-01T12:00:00.000Z", sentAt="2025-02-01T09:30:00Z",
             originalTimestamp="2025-02-01T09:00:00Z"),
    _message(9, "page", event=None, name="Home"),
]  # fmt: skip
ORDERS = """order_id,contact_id,ordered_at,total
o1,0012,2025-02-03 09:00:00,12.30
o2,0012,2025-07-03 09:00:00,-2.05
o2,0012,2025-07-03 09:00:00,-2.05
o3,13,2025-02-04 09:00:00,free
o4,13,2025-02-04 10:00:00,
o5,13,2025-02-04 10:00:00,7
o6,99,2025-02-04 10:00:00,7
"""
EXPOSURES = """email,experiment,variant,sent_at
anna@example.org,mail,b,2025-02-09T07:00:00Z
ben@example.org,mail,a,2025-02-09T07:00:00Z
ben@example.org,mail,a,2025-02-10T07:00:00Z
zoe@example.net,mail,,2025-02-10T07:00:00Z
"""
TURNS = """doc_id,respondent_id,source,date,speaker,turn,text,consent
I-1,13,interview,2025-02-01,moderator,0,How are you?,yes
I-1,13,interview,2025-02-01,respondent,1,Ask anna. The price is fine.,yes
I-2,NA,interview,2025-02-01,respondent,0,Not for you,no
"""
SOURCES = {
    "title": "Mini",
    "currency": "EUR",
    "observation": {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-03-01"},
    "sources": {
        "contacts": {
            "kind": "customers",
            "format": "hubspot-contacts",
            "files": "contacts.csv",
            "timezone": "Europe/Berlin",
            "ids": {"contact": "Record ID", "email": "Email"},
            "fields": {
                "city": {"column": "City", "kind": "nominal", "block": "demographic", "label": "City"},
                "age": {"column": "Age", "kind": "numeric", "block": "demographic", "label": "Age"},
                "plan": {
                    "column": "Plan",
                    "kind": "ordinal",
                    "block": "demographic",
                    "label": "Plan",
                    "levels": ["small", "large"],
                },
            },
            "stage_dates": {"Became Customer": "Became a Customer Date"},
            "missing": ["", "unknown"],
        },
        "survey": {
            "kind": "responses",
            "format": "qualtrics",
            "files": "survey.csv",
            "timezone": "Europe/Berlin",
            "ids": {"email": "RecipientEmail"},
            "questions": {
                **{
                    f"a{i}": {
                        "column": f"Q1_{i}",
                        "kind": "likert",
                        "label": f"A {i}",
                        "levels": ["Disagree", "Agree"],
                        "scale": "a",
                    }
                    for i in (1, 2, 3, 4)
                },
                "uses": {"column": "Q2", "kind": "multi", "label": "Uses", "levels": ["Chat", "Phone, mail"]},
                "nps": {"column": "Q3", "kind": "nps", "label": "Recommend"},
                "wish": {"column": "Q4", "kind": "open", "label": "Else"},
            },
        },
        "web": {
            "kind": "events",
            "format": "segment",
            "files": "events/*.jsonl",
            "ids": {"contact": "userId", "anonymous": "anonymousId", "email": "traits.email"},
            "keep": ["path", "mail"],
        },
        "orders": {
            "kind": "events",
            "format": "csv",
            "files": "orders.csv",
            "timezone": "Europe/Berlin",
            "event": "Ordered",
            "ids": {"contact": "contact_id"},
            "columns": {"ts": "ordered_at", "event_id": "order_id", "amount": "total"},
            "refunds": {"event": "Refunded"},
        },
        "mailing": {
            "kind": "exposures",
            "format": "csv",
            "files": "mailing.csv",
            "ids": {"email": "email"},
            "columns": {"exposed_at": "sent_at", "experiment": "experiment", "variant": "variant"},
        },
        "interviews": {
            "kind": "texts",
            "format": "transcript",
            "files": "interviews/*.csv",
            "ids": {"contact": "respondent_id"},
        },
    },
}


@dataclass(frozen=True)
class Outputs:
    """Tables of one run."""

    folder: Path

    def table(self, which: tables.Table) -> pd.DataFrame:
        return tables.read(self.folder, which)

    @property
    def events(self) -> pd.DataFrame:
        parts = sorted((self.folder / schema.EVENTS_FOLDER).glob("*.parquet"))
        return pd.concat([pd.read_parquet(p) for p in parts], ignore_index=True)

    @property
    def summary(self) -> dict:
        return json.loads((self.folder / schema.SUMMARY_FILE).read_text(encoding="utf-8"))

    @property
    def reconciliation(self) -> pd.DataFrame:
        return self.table(schema.RECONCILIATION).set_index("source")

    @property
    def reasons(self) -> dict[tuple[str, str], int]:
        rejects = self.table(schema.REJECTS)
        return rejects.groupby(["source", "reason"]).size().to_dict()

    def all_bytes(self) -> dict[str, bytes]:
        return {p.relative_to(self.folder).as_posix(): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


def write_sources(folder: Path, content: dict) -> None:
    (folder / "sources.yaml").write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def write_mini(folder: Path, content: dict) -> None:
    for name in ("", "events", "interviews"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(m) for m in MESSAGES]
    texts = {
        "contacts.csv": CONTACTS,
        "survey.csv": "\n".join(SURVEY) + "\n",
        "events/part-0.jsonl": "\n".join([*lines[:5], "{broken", ""]),
        "events/part-1.jsonl": "\n".join(lines[5:]) + "\n",
        "orders.csv": ORDERS,
        "mailing.csv": EXPOSURES,
        "interviews/a.csv": TURNS,
        "pseudonym.key": KEY + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    write_sources(folder, content)
