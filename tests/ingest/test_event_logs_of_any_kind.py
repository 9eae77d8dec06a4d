"""XES, JSON lines and Parquet with declared columns; what is told of wrong files; recognition; a real log."""

import gzip
import json

import pandas as pd
import pytest

from pipeline.core.errors import InputError, PipelineError
from pipeline.core.sources import read_sources
from pipeline.ingest import schema
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_file, inspect_folder
from pipeline.ingest.readers import ga4 as ga4_reader
from pipeline.ingest.readers import posthog as posthog_reader
from pipeline.ingest.readers import xes as xes_reader
from pipeline.ingest.recognition import recognise
from tests.ingest.event_exports import (
    AMPLITUDE,
    AT,
    GA4,
    MIXPANEL,
    POSTHOG,
    SNOWPLOW,
    UUID,
    XES,
    amplitude,
    amplitude_zip,
    dataset,
    ga4,
    in_parquet,
    jsonl,
    judged_rows,
    kept,
    mixpanel,
    parquet,
    posthog,
    properties,
    snowplow,
    tsv,
    xes,
)

TRACES = {
    "0012": [("Create", "2025-02-01T10:00:00.000+01:00", "start"), ("Pay", "2025-02-01T10:00:00.000+01:00", "complete"),
             ("Archive", "2025-02-01T10:00:00.000+01:00", "complete")],
    "null": [("Create", "2025-02-02T00:00:00Z", "complete")],
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_xes_cases_are_customers_and_equal_times_keep_the_order_of_the_file(rows, packed):
    content = xes(TRACES).encode()
    source = {**XES, "keep": ["org:resource", "org:resource/role", "case:amount"]}
    found = kept(rows(gzip.compress(content) if packed else content, source, "log.xes.gz" if packed else "log.xes"))
    assert found["event"].tolist() == ["Create", "Pay", "Archive", "Create"]
    assert found["sequence"].tolist() == [0, 1, 2, 0]
    assert found["id case"].tolist() == ["0012", "0012", "0012", "null"]
    assert found["ts"].iloc[0] == pd.Timestamp("2025-02-01 09:00:00")
    assert properties(found)[0] == {"org:resource": "R 1", "org:resource/role": "clerk", "case:amount": "35.0"}


def test_xes_one_transition_of_a_pair_may_be_kept(rows):
    found = rows(xes(TRACES), {**XES, "where": {"lifecycle:transition": "complete"}})
    assert (len(kept(found)), found["reason"].notna().sum()) == (3, 1)


def test_xes_with_a_document_type_is_refused(tmp_path):
    bad = '<!DOCTYPE log [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    with pytest.raises(PipelineError, match="holds a document type declaration, which may hide entities"):
        judged_rows(dataset(tmp_path / "log", {"a.xes": xes(TRACES, bad)}, XES))


def test_xes_in_an_unknown_encoding_is_told_in_short(tmp_path):
    content = xes(TRACES)
    declared = f'<?xml version="1.0" encoding="U{"x" * 5000}"?>' + content[content.index("<log") :]
    with pytest.raises(PipelineError, match=r"a\.xes: the XML is in an encoding that is not known") as told:
        judged_rows(dataset(tmp_path / "log", {"a.xes": declared}, XES))
    assert len(str(told.value)) < 300


def test_a_mistake_of_ours_in_xes_is_not_told_as_an_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr(xes_reader, "_name", lambda element: {}[element.tag])
    with pytest.raises(KeyError, match="log"):
        judged_rows(dataset(tmp_path / "log", {"a.xes": xes(TRACES)}, XES))


def test_xes_that_is_cut_off_is_an_error_not_a_shorter_table(tmp_path):
    content = xes({str(n): TRACES["0012"] for n in range(2000)})
    with pytest.raises(PipelineError, match="the XML cannot be read"):
        judged_rows(dataset(tmp_path / "log", {"a.xes": content[: int(len(content) * 0.9)]}, XES))


JSONL = {"format": "jsonl", "ids": {"user": "who.id"}, "columns": {"ts": "at", "event": "what", "event_id": "no"}}


@pytest.mark.parametrize(
    ("form", "unit", "number"),
    [
        ("jsonl", "seconds", 1738404000.5),
        ("jsonl", "microseconds", "1738404000500000"),
        ("parquet", "milliseconds", 1738404000500),
        ("csv", "milliseconds", 1738404000500),
    ],
)
def test_times_may_be_numbers_of_a_declared_unit(rows, form, unit, number):
    row = {"who": {"id": "NA"}, "what": "x", "at": number, "no": "1"}
    source = {**JSONL, "format": form, "epoch": unit}
    content = jsonl([row]) if form == "jsonl" else parquet([row])
    if form == "csv":
        source["ids"] = {"user": "who"}
        content = f"who,what,at,no\nNA,x,{number},1\n"
    found = kept(rows(content, source))
    assert (found["ts"].tolist(), found["id user"].tolist()) == ([pd.Timestamp(f"{AT}.5")], ["NA"])


def test_a_number_that_is_no_time_is_rejected(rows):
    lines = [{"who": {"id": "1"}, "what": "x", "at": at, "no": str(at)} for at in ("soon", 1e30, True)]
    found = rows(jsonl(lines), {**JSONL, "epoch": "seconds"})
    assert set(found["reason"]) == {"the time cannot be read"}


def test_parquet_times_in_utc_are_known_and_local_ones_need_a_zone(tmp_path):
    row = {"who": "1", "what": "x", "no": "1"}
    source = {**JSONL, "format": "parquet", "ids": {"user": "who"}}
    zoned = parquet([row | {"at": pd.Timestamp(AT, tz="Europe/Berlin")}])
    found = kept(judged_rows(dataset(tmp_path / "zoned", {"a.parquet": zoned}, source)))
    assert found["ts"].tolist() == [pd.Timestamp("2025-02-01 09:00:00")]
    local = dataset(tmp_path / "local", {"a.parquet": parquet([row | {"at": pd.Timestamp(AT)}])}, source)
    with pytest.raises(InputError, match="times without a time zone"):
        judged_rows(local)


@pytest.mark.parametrize("source", [JSONL, MIXPANEL])
def test_lines_that_are_no_objects_are_rejected_with_their_row(rows, source):
    good = (
        {"who": {"id": "1"}, "what": "x", "at": f"{AT}Z", "no": "1"}
        if source is JSONL
        else mixpanel("V", "a", 1738404000, "1")
    )
    found = rows(json.dumps(good) + '\n{"half": \n\n[1]\n', source)
    bad = found[found["reason"].notna()]
    assert bad[["@row", "reason"]].sort_values("@row").to_numpy().tolist() == [
        [2, "the line is not a JSON object"],
        [3, ""],  # blank: it is no row, and counts nowhere but in the numbers of those after it
        [4, "the line is not a JSON object"],
    ]


def test_blank_lines_are_neither_read_nor_rejected(tmp_path, ingest):
    lines = [json.dumps({"who": {"id": "1"}, "what": "x", "at": f"{AT}Z", "no": str(n)}) for n in (1, 2, 2)]
    found = ingest(dataset(tmp_path / "log", {"log.jsonl": "\n".join([*lines, "", "  ", "[1]", ""]) + "\n"}, JSONL))
    counts = found.table(schema.RECONCILIATION).iloc[0]
    assert counts[["read", "kept", "merged", "rejected"]].tolist() == [4, 2, 1, 1]
    assert found.table(schema.REJECTS)[["row", "reason"]].to_numpy().tolist() == [[6, "the line is not a JSON object"]]


@pytest.mark.parametrize(
    ("source", "content", "told"),
    [
        (GA4, jsonl([mixpanel("View", "a", 1, "1")]), "one JSON object per line or a Parquet file.*`format: mixpanel`"),
        (MIXPANEL, tsv([snowplow(UUID.format(1))]), "one JSON object per line, with `event`.*`format: snowplow`"),
        (SNOWPLOW, "a\tb\n1\t2\n", "expected 131 tab-separated fields.*found 2 field"),
        (XES, "<html></html>", "expected an XES document.*found no <log>"),
        (POSTHOG, parquet([{"a": 1}]), "found Parquet columns a"),
        (AMPLITUDE, amplitude_zip([])[:30], "mistake"),
        (AMPLITUDE, b"PAR1 broken", "cannot be read as Parquet"),
        ({**JSONL, "columns": {"ts": "when", "event": "what"}}, jsonl([{"who": {"id": "1"}, "what": "x", "at": 1}]),
         "columns.ts: no column `when`"),
        ({**GA4, "ids": {"user": "userid"}}, jsonl([ga4("d", AT, "view")]), "ids.user: no column `userid`.*`user_id`"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_declared_is_told_clearly(tmp_path, source, content, told):
    folder = dataset(tmp_path / "log", {"part.dat": content}, source)
    with pytest.raises(PipelineError, match=told):
        check(folder, read_sources(folder))


EXPORTS = {
    "ga4": (jsonl([ga4("d", AT, "view", page="a")]), 1),
    "mixpanel": (jsonl([mixpanel("View", "a", 1738404000, "1")] * 2), 2),
    "amplitude": (amplitude_zip([[amplitude("Buy", "d", AT, "1")], [amplitude("Buy", "d", AT, "2")]]), 2),
    "snowplow": (tsv([snowplow(UUID.format(1))] * 3), 3),
    "posthog": (in_parquet([posthog("u1", "view", "0012", f"{AT}Z")]), 1),
    "xes": (xes(TRACES), 4),
    "jsonl": (jsonl([{"who": 1, "at": f"{AT}Z"}] * 2), 2),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_a_format_is_recognised_by_its_content_alone(tmp_path, name):
    content, count = EXPORTS[name]
    path = tmp_path / "export.dat"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert recognise(path)[0] == name
    found = inspect_file(path)
    assert (found.format, found.rows, found.header_rows) == (name, count, 0)
    assert found.columns


def test_a_draft_of_event_logs_passes_the_check(tmp_path):
    suffixes = {"mixpanel": "json", "amplitude": "zip", "posthog": "parquet"}
    vendors = [name for name in EXPORTS if name != "jsonl"]
    for name in vendors:
        content, _ = EXPORTS[name]
        path = tmp_path / f"{name}.{suffixes.get(name, 'txt')}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    (tmp_path / "notes.json").write_text('{\n  "no": "log"\n}', encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(draft_sources("Logs", *inspect_folder(tmp_path)), encoding="utf-8")
    found = {f.name: f for f in check(tmp_path, read_sources(tmp_path))}
    assert sorted(found) == sorted(vendors)
    assert found["mixpanel"].settings.ids == {"user": "properties.distinct_id"}
    assert found["ga4"].settings.ids == {"user": "user_id", "anonymous": "user_pseudo_id"}


def test_paths_of_vendors_objects_are_listed():
    assert "params.page" in ga4_reader.paths_of(ga4("d", AT, "view", page="a"))
    assert ga4_reader.paths_of({"event_params": None, "user_properties": [{"value": 1}]}) == []
    assert posthog_reader.paths_of({"properties": "no object"}) == []


@pytest.mark.realdata
def test_traffic_fines_stand_in_their_declared_order(real_data, tmp_path, ingest):
    content = (real_data / "traffic_fines" / "traffic_fines.csv.gz").read_bytes()
    source = {"format": "csv", "timezone": "Europe/Rome", "ids": {"case": "case_id"},
              "columns": {"ts": "timestamp", "event": "activity", "order": ".order",
                          "amount": "paymentamount"}}  # fmt: skip
    folder = dataset(tmp_path / "fines", {"fines.csv.gz": content}, source)
    text = (folder / "sources.yaml").read_text(encoding="utf-8").replace("2025-01-01", "1990-01-01")
    (folder / "sources.yaml").write_text(text, encoding="utf-8")
    done = ingest(folder)
    assert done.reconciliation.loc["log", ["read", "kept", "merged", "rejected"]].tolist() == [34_724, 34_724, 0, 0]
    events = done.events
    assert (events["customer_id"].nunique(), len(done.table(schema.CUSTOMERS))) == (10_000, 10_000)
    ties = events.duplicated(["customer_id", "ts"], keep=False).sum()
    assert ties > 0, "dates without a time tie"
    table = pd.read_csv(folder / "fines.csv.gz", dtype=str).sort_values(".order", key=lambda s: s.astype(int))
    wanted = table.sort_values("timestamp", kind="stable").groupby("case_id")["activity"].agg(">".join)
    variants = events.groupby("customer_id", sort=False)["event"].agg(">".join)
    assert variants.value_counts().to_dict() == wanted.value_counts().to_dict()
    assert variants.value_counts()["Create Fine>Payment"] == 3428
