"""Makers of event exports in their vendors' exact layouts, and a dataset around one of them."""

import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.core.engine import PLACE, connect
from pipeline.core.sources import read_sources
from pipeline.ingest import behaviour
from pipeline.ingest import expressions as x
from pipeline.ingest.checks import check
from pipeline.ingest.load import load_events
from pipeline.ingest.readers.snowplow import FIELDS
from tests.ingest.small_company import KEY, write_sources

WINDOW = {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-03-01"}

AT = "2025-02-01 10:00:00"
UUID = "aaaaaaaa-bbbb-cccc-dddd-00000000000{}"
GA4 = {"format": "ga4", "ids": {"user": "user_id", "device": "user_pseudo_id"}}
MIXPANEL = {"format": "mixpanel", "ids": {"user": "distinct_id"}}
AMPLITUDE = {"format": "amplitude", "ids": {"user": "user_id", "device": "device_id"}}
SNOWPLOW = {"format": "snowplow", "ids": {"user": "user_id", "device": "domain_userid"}}
POSTHOG = {"format": "posthog", "ids": {"user": "distinct_id"}}
XES = {"format": "xes", "ids": {"case": "case:concept:name"}}


def dataset(folder: Path, files: Mapping[str, str | bytes], source: Mapping[str, Any]) -> Path:
    """A dataset folder with one event source `log` over all the files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    (folder / "pseudonym.key").write_text(KEY, encoding="ascii")
    pattern = next(iter(files)) if len(files) == 1 else "*." + next(iter(files)).split(".", 1)[1]
    content = {
        "title": "Log",
        "observation": WINDOW,
        "sources": {"log": {"kind": "events", "files": pattern, **source}},
    }
    write_sources(folder, content)
    return folder


def judged_rows(folder: Path) -> pd.DataFrame:
    """The judged rows of the dataset's only source: kept, merged and rejected."""
    settings = read_sources(folder)
    connection = connect()
    source = load_events(connection, folder, check(folder, settings)[0])
    assert settings.observation is not None
    return x.to_frame(behaviour.judge(connection, source, settings.observation, KEY.encode(), 10_000).rows.drop(PLACE))


def jsonl(rows: Sequence[Mapping[str, Any]]) -> str:
    """One object per line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def parquet(rows: Sequence[Mapping[str, Any]], **types: str) -> bytes:
    """The rows as a Parquet file; `types` name pandas dtypes of columns."""
    buffer = io.BytesIO()
    pd.DataFrame(list(rows)).astype(types).to_parquet(buffer)
    return buffer.getvalue()


def ga4(device: str, at: str, event: str, *, batch: tuple[int, int, int] | None = None, user: str | None = None,
        **params: object) -> dict[str, Any]:  # fmt: skip
    """One event of a BigQuery export as JSON lines: integers are texts, fields without a value are null."""
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    values = [
        {"key": k, "value": {kinds[type(v)]: str(v) if isinstance(v, int) else v}}
        for k, v in params.items()
    ]  # fmt: skip
    page, request, index = batch or (None, None, None)
    return {
        "event_date": at[:10].replace("-", ""),
        "event_timestamp": str(int(pd.Timestamp(at, tz="UTC").value // 1000)),
        "event_name": event,
        "event_params": values,
        "user_id": user,
        "user_pseudo_id": device,
        "user_properties": [{"key": "tier", "value": {"string_value": "gold", "set_timestamp_micros": "1"}}],
        "device": {"category": "mobile", "operating_system": "Android", "web_info": {"browser": "Chrome"}},
        "geo": {"country": "Germany"},
        "traffic_source": {"medium": "cpc", "source": "google", "name": "spring"},
        "stream_id": "1",
        "platform": "WEB",
        "items": [],
        "batch_page_id": str(page) if page is not None else None,
        "batch_ordering_id": str(request) if request is not None else None,
        "batch_event_index": str(index) if index is not None else None,
    }


def mixpanel(event: str, person: str, time: float, insert: str | None, processed: int = 0, **more: object) -> dict:
    """One line of a raw export."""
    properties = {"time": time, "distinct_id": person, "mp_processing_time_ms": processed, "$os": "iOS", **more}
    return {"event": event, "properties": properties | ({"$insert_id": insert} if insert else {})}


def amplitude(event: str, device: str, time: str | None, insert: str | None, **more: object) -> dict[str, Any]:
    """One line of an export; all keys are present, null where empty."""
    row = {
        "$insert_id": insert, "$schema": None, "uuid": f"u-{insert}", "app": 1, "amplitude_id": 9, "user_id": None,
        "device_id": device, "event_id": 1, "event_type": event, "event_time": time, "client_event_time": time,
        "client_upload_time": time, "server_received_time": time, "server_upload_time": time, "processed_time": time,
        "session_id": -1, "event_properties": {"page": "home"}, "user_properties": {"plan": "small"}, "groups": {},
        "data": {}, "platform": "iOS", "os_name": "ios", "device_family": "Apple iPhone", "country": "Germany",
    }  # fmt: skip
    return row | more


def amplitude_zip(parts: Sequence[Sequence[Mapping[str, Any]]]) -> bytes:
    """The zip of gzipped parts that the export gives."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, rows in enumerate(parts):
            archive.writestr(f"1/1_2025-02-01_{number}#0.json.gz", gzip.compress(jsonl(rows).encode()))
    return buffer.getvalue()


def snowplow(event_id: str, **more: str) -> dict[str, str]:
    """The fields of one enriched event."""
    row = dict.fromkeys(FIELDS, "")
    row |= {"app_id": "shop", "platform": "web", "event": "page_view", "event_name": "page_view", "event_id": event_id,
            "collector_tstamp": "2025-02-01 10:00:00.000", "domain_userid": "d-1", "dvce_type": "Computer",
            "derived_tstamp": "2025-02-01 10:00:00.123", "os_timezone": "Europe/Berlin"}  # fmt: skip
    return row | more


def tsv(rows: Sequence[Mapping[str, str]], header: bool = False, fields: Sequence[str] = FIELDS) -> str:
    """Enriched events as lines, without a header row unless asked for."""
    lines = [list(fields)] if header else []
    return "".join("\t".join(line) + "\n" for line in [*lines, *([row[f] for f in fields] for row in rows)])


def posthog(uuid: str, event: str, user: str, at: str, person: str | None = None, **properties: object) -> dict:
    """One event of a batch export as JSON lines."""
    return {
        "uuid": uuid, "event": event, "distinct_id": user, "person_id": person or f"p-{user}", "timestamp": at,
        "created_at": at, "_inserted_at": at,
        "properties": {"$os": "Mac OS X", "$device_type": "Desktop", **properties},
        "person_properties": {"plan": "small"}, "elements_chain": "",
    }  # fmt: skip


def xes(traces: Mapping[str, Sequence[tuple[str, str, str]]], extra: str = "") -> str:
    """A log of traces; events are (activity, time, transition)."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', extra, '<log xes.version="1.0" xmlns="http://www.xes-standard.org/">',
             '<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>',
             '<global scope="event"><string key="concept:name" value="unknown"/></global>',
             '<string key="concept:name" value="a log"/>']  # fmt: skip
    for case, events in traces.items():
        parts.append(f'<trace><string key="concept:name" value="{case}"/><float key="amount" value="35.0"/>')
        for activity, at, transition in events:
            parts.append(
                f'<event><string key="concept:name" value="{activity}"/><date key="time:timestamp" value="{at}"/>'
                f'<string key="lifecycle:transition" value="{transition}"/><string key="org:resource" value="R 1">'
                '<string key="role" value="clerk"/></string></event>'
            )
        parts.append("</trace>")
    return "\n".join([*parts, "</log>"])


def kept(table: pd.DataFrame) -> pd.DataFrame:
    """The judged rows that are events, in order of time."""
    good = table[table["reason"].isna() & ~table["merged"] & table["behaviour"]]
    return good.sort_values(["ts", "sequence", "event_id"], ignore_index=True)


def properties(table: pd.DataFrame) -> list[dict]:
    """The kept properties of each row."""
    return [json.loads(p) if isinstance(p, str) else {} for p in table["properties"]]


def in_parquet(events: list[dict]) -> bytes:
    """Events of PostHog as its Parquet export holds them."""
    texts = [
        {**e, "properties": json.dumps(e["properties"]), "timestamp": pd.Timestamp(e["timestamp"])} for e in events
    ]
    return parquet(texts)
