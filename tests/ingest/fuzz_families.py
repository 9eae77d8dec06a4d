"""A small good export of every format, the source that declares it, its mutations, and a count of its rows."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

import pyarrow as pa

from tests.ingest import container_mutations as containers
from tests.ingest import crm_exports as crm
from tests.ingest import event_exports as logs
from tests.ingest import export_counts as counts
from tests.ingest import mutations as m
from tests.ingest.object_mutations import OBJECTS
from tests.ingest.record_mutations import RECORDS
from tests.ingest.small_company import CONTACTS, EXPOSURES, MESSAGES, ORDERS, SOURCES, SURVEY, TURNS
from tests.ingest.survey_exports import LAYOUTS, text_of

Range = tuple[int, int]
Source = Mapping[str, Any]
ANY_NUMBER: Range = (0, 10**9)


@dataclass(frozen=True)
class Family:
    """`broken` gives a mutated export and the least and most rows that it holds; `rows` are those of the good one."""

    source: Source
    suffix: str
    content: bytes
    rows: int
    broken: Callable[[Random], tuple[bytes, Range]]


def delimited(source: Source, text: str, header: int = 1, delimiter: str = ",") -> Family:
    base = m.Base(text, header, delimiter)
    mutations = RECORDS + m.LINES + tuple(m.on_bytes(change) for change in m.BYTES)

    def broken(random: Random) -> tuple[bytes, Range]:
        content = m.doubly(random, base, mutations)
        return content, counts.records_in(content, header)

    return Family(source, ".txt", text.encode(), len(base.lines) - header, broken)


def lines(source: Source, text: str, header: int = 0, more: tuple[m.Mutation, ...] = OBJECTS) -> Family:
    base = m.Base(text, header, "\t")
    mutations = more + more + m.LINES + tuple(m.on_bytes(change) for change in m.BYTES)

    def broken(random: Random) -> tuple[bytes, Range]:
        content = m.doubly(random, base, mutations)
        return content, counts.objects_in(content) if more is OBJECTS else counts.lines_in(content, 1)

    return Family(source, ".txt", text.encode(), len(base.lines) - header, broken)


def texts(source: Source, text: str) -> Family:
    """JSON lines, which may break so that they are taken for delimited text."""
    family = lines(source, text)

    def broken(random: Random) -> tuple[bytes, Range]:
        content, (least, most) = family.broken(random)
        return content, (min(least, counts.records_in(content, 1)[0]), most)

    return Family(source, ".txt", text.encode(), family.rows, broken)


def in_an_array(source: Source, rows: list[dict[str, Any]]) -> Family:
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    base = m.Base(text, 0, " ")
    mutations = (*m.LINES, *(m.on_bytes(change) for change in m.BYTES))

    def broken(random: Random) -> tuple[bytes, Range]:
        content = m.doubly(random, base, mutations)
        return content, counts.objects_in(content)

    return Family(source, ".txt", text.encode(), len(rows), broken)


def spoken(source: Source, text: str) -> Family:
    """Turns of speech: a line is one, or goes on with the one above."""
    base = m.Base(text, 0, ":")
    mutations = (*m.LINES, *(m.on_bytes(change) for change in m.BYTES))

    def broken(random: Random) -> tuple[bytes, Range]:
        content = m.doubly(random, base, mutations)
        return content, (min(1, counts.lines_in(content)[0]), counts.lines_in(content)[1])

    return Family(source, ".txt", text.encode(), len(base.lines), broken)


def gzipped(family: Family, count: Callable[[bytes], Range]) -> Family:
    def broken(random: Random) -> tuple[bytes, Range]:
        inner = family.broken(random)[0] if random.random() < 0.3 else family.content
        content = containers.broken_gzip(random, inner)
        plain = counts.unpacked(content)
        return content, count(plain) if plain is not None else ANY_NUMBER

    return Family(family.source, ".txt.gz", counts.gzip.compress(family.content), family.rows, broken)


def xes_log(source: Source, text: str, rows: int) -> Family:
    base = m.Base(text, 0, " ")
    tags = tuple(_tag_changes())
    mutations = (*tags, *tags, *m.LINES, *(m.on_bytes(change) for change in m.BYTES))

    def broken(random: Random) -> tuple[bytes, Range]:
        content = m.doubly(random, base, mutations)
        return content, counts.events_in(content)

    return Family(source, ".txt", text.encode(), rows, broken)


def _tag_changes() -> list[m.Mutation]:
    """Tags are lost, renamed, nested, empty; attributes odd; entities and document types declared."""
    swaps = [
        ("<event>", "<event/><event>"), ("</event>", ""), ("<event>", "<event><event>"), ("<trace>", "<trace/><trace>"),
        ('key="concept:name"', ""), ('key="concept:name"', 'key=""'), ("<string", "<list"), ("string", "id"),
        ('value="', 'value="&#10;'), ('value="', 'value="&#x0;'), ('value="', 'value="&a;'), ('value="', 'value="<'),
        ("<log", '<!DOCTYPE log [<!ENTITY a "b">]><log'), ("utf-8", "utf-16"), ("UTF-8", "Latin-1"),
        ("UTF-8", "no-such"),
        ("<trace>", "<trace><trace>"), ("</trace>", "</trace></trace>"), ("<event>", "<!-- <event>"),
        ("<event>", "<![CDATA[<event>]]><event>"), ("xmlns=", "xmlns:x="), ("<event>", "<x:event>"), ("<log", "<Log"),
        ("trace>", "x>"), ("event>", "EVENT>"), ("<string", "<string><string"), ("time:timestamp", "concept:name"),
    ]  # fmt: skip

    def change(random: Random, base: m.Base) -> bytes:
        old, new = random.choice(swaps)
        return base.text.replace(old, new, random.choice([1, 1, 2, -1])).encode()

    def both(random: Random, base: m.Base) -> bytes:
        wrapped = base.text.replace("<event>", "<list><event>").replace("</event>", "</event></list>")
        deep = base.text.replace("<event>", "<event>" + "<x>" * 5_000 + "</x>" * 5_000, 1)
        return random.choice([wrapped, deep]).encode()

    def values(random: Random, base: m.Base) -> bytes:
        from xml.sax.saxutils import quoteattr

        parts = base.text.split('value="')
        chosen = [quoteattr(random.choice(m.ODD))[1:-1] if random.random() < 0.2 else "" for _ in parts]
        return 'value="'.join([parts[0], *(c + p for c, p in zip(chosen, parts[1:], strict=False))]).encode()

    return [change, change, change, both, values, values]


def zipped(source: Source, content: bytes, rows: int) -> Family:
    def broken(random: Random) -> tuple[bytes, Range]:
        deep = random.random() < 0.6
        mutated = containers.broken_member(random, content) if deep else random.choice(m.BYTES)(random, content)
        return mutated, counts.lines_in_zip(mutated)

    return Family(source, ".zip", content, rows, broken)


def in_workbook(source: Source, records: list[list[str]], header: int = 1) -> Family:
    good = containers.workbook(records)
    rows = len(records) - header

    def broken(random: Random) -> tuple[bytes, Range]:
        what = random.random()
        if what < 0.5:
            content, filled = containers.changed_workbook(random, records)
            return content, (max(0, filled - header), filled + 1)
        if what < 0.75:
            return random.choice(m.BYTES)(random, good), (rows, rows)
        return containers.broken_member(random, good), (rows, 10**9)

    return Family(source, ".xlsx", good, rows, broken)


def in_parquet(source: Source, table: pa.Table) -> Family:
    good = containers.parquet(table)

    def broken(random: Random) -> tuple[bytes, Range]:
        if random.random() < 0.5:
            content, rows = containers.changed_parquet(random, table)
            return content, (rows, rows)
        return random.choice(m.BYTES)(random, good), (table.num_rows, table.num_rows)

    return Family(source, ".parquet", good, table.num_rows, broken)


def repeated(text: str, header: int, times: int, ids: int = 0) -> str:
    """The rows of a small export several times, each time with other ids in the column `ids`; one line each."""
    records = list(csv.reader(io.StringIO(text, newline="")))
    flat = [[" ".join(cell.split()) for cell in row] for row in records]
    rows = [
        [f"{c}{n or ''}" if i == ids else c for i, c in enumerate(row)] for n in range(times) for row in flat[header:]
    ]
    return text_of([*flat[:header], *rows])


def _crm() -> dict[str, Family]:
    zone = crm.ZONE
    sources: dict[str, dict[str, Any]] = {
        "hubspot internal": crm.source(
            "customers", "internal.csv", {"contact": "hs_object_id", "email": "email"}, **zone),
        "hubspot companies": crm.source("customers", "companies.csv", {"company": "Record ID"}, **zone),
        "hubspot deals": crm.source("events", "deals.csv", {"contact": "Associated Contact IDs"}, **zone),
        "hubspot history": crm.source("events", "history.csv", {"contact": "contactId"}),
        "salesforce contacts": crm.source(
            "customers", "sf_contacts.csv", {"contact": "Id", "email": "Email"}, fields={"tier": crm.field("Tier__c")}),
        "salesforce leads": crm.source(
            "customers", "sf_leads.csv", {"lead": "Id", "contact": "ConvertedContactId", "email": "Email"},
            stage_dates={"Lead": "CreatedDate", "Converted": "ConvertedDate"}),
        "salesforce accounts": crm.source("customers", "sf_accounts.csv", {"account": "Id"}),
        "salesforce opportunities": crm.source("events", "sf_opportunities.csv", {"contact": "ContactId"}),
        "salesforce history": crm.source("events", "sf_fields.csv", {"deal": "OpportunityId"}),
        "salesforce stages": crm.source("events", "sf_stages.csv", {"deal": "OpportunityId"}),
        "dynamics": crm.source(
            "customers", "dynamics.csv", {"guid": "(Do Not Modify) Contact", "email": "Email"}, **zone,
            fields={"country": crm.field("Country")}, stage_dates={"Created": "Created On"}),
    }  # fmt: skip
    made = {name: delimited(source, repeated(crm.FILES[source["files"]][0], 1, 4)) for name, source in sources.items()}
    records = list(csv.reader(io.StringIO(repeated(crm.DYNAMICS, 1, 4))))
    made["dynamics in a workbook"] = in_workbook(sources["dynamics"], records)
    return made


def _surveys() -> dict[str, Family]:
    survey = "\n".join(SURVEY).replace("Recorded\nDate", "Recorded") + "\n"
    made = {"qualtrics of four items": delimited(SOURCES["sources"]["survey"], survey, 3)}
    for layout, (maker, source) in LAYOUTS.items():
        rows, header = maker()
        flat = [[" ".join(cell.split()) for cell in row] for row in rows]
        made[f"survey {layout}"] = delimited(source, text_of([*flat[:header], *flat[header:] * 4]), header)
    return made


def _logs() -> dict[str, Family]:
    at = [f"2025-02-0{1 + n % 9}T10:00:00Z" for n in range(16)]
    segment = [x | {"messageId": f"{x['messageId']}-{n}"} for n in range(2) for x in MESSAGES]
    plain = [t.replace("T", " ").removesuffix("Z") for t in at]
    ga4 = [logs.ga4(f"d{n}", t, "view", batch=(1, 1, n), user=f"u{n}", page="/a") for n, t in enumerate(plain)]
    mixpanel = [logs.mixpanel("View", f"p{n}", 1_738_400_000 + n, f"i{n}", n) for n in range(16)]
    amplitude = [logs.amplitude("View", f"d{n}", t, f"i{n}", user_id=f"u{n}") for n, t in enumerate(plain)]
    posthog = [logs.posthog(f"u{n}", "View", f"p{n}", t) for n, t in enumerate(at)]
    uuid = "aaaaaaaa-bbbb-cccc-dddd-0000000000{:02}"
    snowplow = [logs.snowplow(uuid.format(n), user_id=f"u{n}", derived_tstamp=t) for n, t in enumerate(plain)]
    xes = logs.xes({f"c{n}": [("Start", at[n], "complete"), ("End", at[n + 1], "complete")] for n in range(6)})
    by_user = {"ids": {"user": "user"}, "columns": {"ts": "at", "event": "what", "amount": "sum"}}
    rows = [{"user": f"u{n}", "at": t, "what": "View", "sum": "12.30"} for n, t in enumerate(at)]
    orders = SOURCES["sources"]["orders"]
    in_columns = pa.table({k: [r[k] for r in rows] for k in rows[0]})
    kept = {"keep": ["page"]}
    made = {
        "segment": lines(SOURCES["sources"]["web"], logs.jsonl(segment)),
        "ga4": lines(logs.GA4 | kept, logs.jsonl(ga4)),
        "ga4 in parquet": in_parquet(logs.GA4 | kept, pa.Table.from_pylist(ga4)),
        "mixpanel": lines(logs.MIXPANEL, logs.jsonl(mixpanel)),
        "amplitude": lines(logs.AMPLITUDE | kept, logs.jsonl(amplitude)),
        "amplitude in a zip": zipped(logs.AMPLITUDE, logs.amplitude_zip([amplitude[:8], amplitude[8:]]), 16),
        "snowplow": lines(logs.SNOWPLOW | kept, logs.tsv(snowplow), 0, RECORDS),
        "snowplow with a header": lines(logs.SNOWPLOW, logs.tsv(snowplow, header=True), 1, RECORDS),
        "posthog": lines(logs.POSTHOG | kept, logs.jsonl(posthog)),
        "posthog in parquet": in_parquet(
            logs.POSTHOG, pa.Table.from_pylist([p | {"properties": json.dumps(p["properties"])} for p in posthog])
        ),
        "xes": xes_log(logs.XES | {"keep": ["org:resource/role"]}, xes, 12),
        "jsonl": lines({"format": "jsonl", **by_user}, logs.jsonl(rows)),
        "jsonl in an array": in_an_array({"format": "jsonl", **by_user}, rows),
        "events in csv": delimited(orders, repeated(ORDERS, 1, 3)),
        "events in a workbook": in_workbook(
            orders | {"format": "xlsx"}, list(csv.reader(io.StringIO(repeated(ORDERS, 1, 3))))
        ),
        "lines of orders": _lines_of_orders(at),
        "events in parquet": in_parquet({"format": "parquet", **by_user}, in_columns),
    }
    made["xes in gzip"] = gzipped(made["xes"], counts.events_in)
    made["jsonl in gzip"] = gzipped(made["jsonl"], counts.lines_in)
    made["events in csv in gzip"] = gzipped(made["events in csv"], lambda content: counts.records_in(content, 1))
    return {name: _as_events(family) for name, family in made.items()}


def _lines_of_orders(at: list[str]) -> Family:
    columns = {"ts": "at", "event_id": "no", "amount": "price", "quantity": "pieces"}
    source = {"format": "csv", "ids": {"user": "user"}, "event": "Ordered", "columns": columns, "lines": "sum"}
    rows = [
        [f"{n // 3}", f"u{n // 6}", at[n // 3], f"{n}.305", "-1.5" if n % 7 == 5 else f"{n}", f"Mug {n}"]
        for n in range(24)
    ]
    heading = ["no", "user", "at", "price", "pieces", "item"]
    return delimited(source | {"refunds": {}, "keep": ["item"]}, text_of([heading, *rows]))


def _as_events(family: Family) -> Family:
    return Family({"kind": "events", **family.source}, family.suffix, family.content, family.rows, family.broken)


def _others() -> dict[str, Family]:
    reviews = [
        {"document": f"r{n}", "text": f"Late, née {n}", "rating": 12.30, "by": {"mail": f"p{n}@example.org"},
         "written_at": f"2025-02-0{1 + n % 9}T10:00:00Z"} for n in range(16)
    ]  # fmt: skip
    as_texts = {"kind": "texts", "format": "texts"}
    contacts = SOURCES["sources"]["contacts"]
    generic = {k: v for k, v in contacts.items() if k != "format"}
    records = list(csv.reader(io.StringIO(repeated(CONTACTS, 1, 4))))
    names, *rows = records
    table = pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)})
    in_csv = [["document", "text", "rating", "written_at", "mail"]] + [
        [str(r["document"]), str(r["text"]), "12.30", str(r["written_at"]), f"p{n}@example.org"]
        for n, r in enumerate(reviews)
    ]
    return {
        "hubspot contacts": delimited(contacts, repeated(CONTACTS, 1, 4)),
        "customers in csv": delimited({**generic, "format": "csv"}, repeated(CONTACTS, 1, 4)),
        "customers in a workbook": in_workbook({**generic, "format": "xlsx"}, records),
        "customers in parquet": in_parquet({**generic, "format": "parquet"}, table),
        "customers in json": lines(
            {**generic, "format": "jsonl"}, logs.jsonl(dict(zip(names, r, strict=True)) for r in rows)
        ),
        "exposures": delimited(SOURCES["sources"]["mailing"], repeated(EXPOSURES, 1, 5)),
        "transcripts": delimited(SOURCES["sources"]["interviews"], repeated(TURNS, 1, 6)),
        "plain text": spoken(
            {"kind": "texts", "format": "plain-text", "ids": {"document": "document"}},
            "".join(f"[00:0{n}] {('Anna', 'Moderator')[n % 2]}: It was late, née {n}.\n" for n in range(9)),
        ),
        "texts": texts(as_texts | {"ids": {"email": "by.mail"}}, logs.jsonl(reviews)),
        "texts in csv": delimited(as_texts | {"ids": {"email": "mail"}}, text_of(in_csv)),
    }


FAMILIES: dict[str, Family] = {**_crm(), **_surveys(), **_logs(), **_others()}
