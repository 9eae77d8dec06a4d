"""Event exports of each vendor: clock, repeated events, order, links and properties as the vendor documents them."""

import json

import pandas as pd
import pytest

from tests.ingest.event_exports import (
    AMPLITUDE,
    AT,
    GA4,
    MIXPANEL,
    POSTHOG,
    SNOWPLOW,
    UUID,
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
)


def test_ga4_times_are_microseconds_in_utc_and_integers_may_be_texts(rows):
    found = kept(rows(jsonl([ga4("d", "2025-02-01T10:00:00.123456", "view")]), GA4))
    assert found["ts"].tolist() == [pd.Timestamp("2025-02-01 10:00:00.123456")]
    assert found[["channel", "device", "os", "browser"]].iloc[0].tolist() == ["cpc", "mobile", "Android", "Chrome"]


def test_ga4_events_of_a_batch_stand_in_the_order_of_page_request_and_index(rows):
    batches = [(1, 0, 9), (1, 2, 0), (2, 0, 0), (1, 0, 1), (1, 10, 0)]
    found = kept(rows(jsonl([ga4("d", AT, f"e{b}", batch=b) for b in batches]), GA4))
    assert found["event"].tolist() == [f"e{b}" for b in sorted(batches)]


def test_ga4_parameters_are_reached_by_key_whatever_their_type(rows):
    event = ga4("d", AT, "view", page="a.b/{c}", n=3, price=1.5)
    event["event_params"].append({"key": "both", "value": {"string_value": None, "int_value": "7"}})
    event["event_params"].append({"key": "a.dot", "value": {"string_value": "deep"}})
    keep = [
        "page",
        "params.n",
        "event_params.price",
        "both",
        "params.a.dot",
        "user_properties.tier",
        "geo.country",
        "no",
    ]
    found = properties(kept(rows(jsonl([event]), {**GA4, "keep": keep})))
    assert found == [{"page": "a.b/{c}", "n": "3", "price": "1.5", "both": "7", "dot": "deep", "tier": "gold",
                      "country": "Germany"}]  # fmt: skip


def test_ga4_an_event_in_two_tables_is_one_and_without_batch_fields_none_is_merged(rows):
    told = ga4("d", AT, "view", batch=(1, 0, 0), page="a")
    later = told | {"traffic_source": {"medium": "email"}}
    assert rows(jsonl([told, later]), GA4)["merged"].sum() == 1
    old = ga4("d", AT, "view", page="a")
    assert len(kept(rows(jsonl([old, old]), GA4))) == 2


def test_ga4_parquet_holds_the_same_events_as_json_lines(rows, tmp_path):
    events = [ga4("d", AT, "view", batch=(1, 0, 1), page="a", n=2), ga4("e", AT, "buy", batch=(1, 0, 0), user="0012")]
    numbers = ("event_timestamp", "batch_page_id", "batch_ordering_id", "batch_event_index")
    typed = [e | {n: int(e[n]) for n in numbers} for e in events]
    for event in typed:
        event["event_params"] = [
            {"key": p["key"], "value": {"string_value": None, "int_value": None} | {
                k: int(v) if k == "int_value" else v for k, v in p["value"].items()}}
            for p in event["event_params"]
        ]  # fmt: skip
        del event["items"]
    source = {**GA4, "keep": ["page", "n", "geo.country"]}
    one = kept(rows(jsonl(events), source))
    two = kept(judged_rows(dataset(tmp_path / "parquet", {"events.parquet": parquet(typed)}, source)))
    pd.testing.assert_frame_equal(one.drop(columns="@file"), two.drop(columns="@file"))
    assert set(one["id user"].dropna()) == {"0012"}


def test_mixpanel_keeps_the_event_that_was_processed_last(rows):
    lines = [mixpanel("View", "a", 1738404000, "i", 5, page="old"),
             mixpanel("View", "a", 1738404000, "i", 10, page="new"),
             mixpanel("View", "a", 1738404000, "i", 9, page="middle"),
             mixpanel("View", "a", 1738404001, "i", page="another second"),
             mixpanel("Buy", "a", 1738404000, "i")]  # fmt: skip
    found = kept(rows(jsonl(lines), {**MIXPANEL, "keep": ["page"]}))
    assert [p.get("page") for p in properties(found) if p] == ["new", "another second"]
    assert len(found) == 3


def test_mixpanel_events_without_an_insert_id_are_never_merged(rows):
    assert len(kept(rows(jsonl([mixpanel("View", "a", 1738404000, None)] * 2), MIXPANEL))) == 2


def test_texts_that_mean_missing_leave_the_key_of_an_event_alone(rows):
    lines = [mixpanel("View", "NA", 1738404000, "i", **{"$browser": "NA"})] * 2
    found = rows(jsonl(lines), {**MIXPANEL, "missing": ["NA"]})
    assert (len(kept(found)), found["merged"].sum(), kept(found)["browser"].isna().all()) == (1, 1, True)


def test_mixpanel_time_is_in_seconds_or_milliseconds(rows):
    lines = [mixpanel("View", "a", 1738404000, "1"), mixpanel("View", "a", 1738404000123, "2")]
    assert kept(rows(jsonl(lines), MIXPANEL))["ts"].tolist() == [pd.Timestamp(AT), pd.Timestamp(f"{AT}.123")]


def test_mixpanel_times_of_old_projects_are_in_the_declared_zone(rows):
    found = kept(rows(jsonl([mixpanel("V", "a", 1738404000, "1")]), {**MIXPANEL, "timezone": "America/Los_Angeles"}))
    assert found["ts"].tolist() == [pd.Timestamp("2025-02-01 18:00:00")]


def test_mixpanel_identities_that_an_alias_joins_are_one_customer(tmp_path, ingest):
    lines = [mixpanel("View", "anon", 1738404000, "1"),
             mixpanel("$identify", "NA", 1738404001, "2", **{"$anon_id": "anon"}),
             mixpanel("View", "NA", 1738404002, "3"),
             mixpanel("View", "other", 1738404003, "4", alias="anon")]  # fmt: skip
    found = ingest(dataset(tmp_path / "log", {"export.json": jsonl(lines)}, MIXPANEL)).events
    assert found.groupby("customer_id").size().sort_values().tolist() == [1, 2]


def test_amplitude_is_read_from_its_zip_of_gzipped_parts(rows):
    parts = [[amplitude("Buy", "d", f"{AT}.123000", "1")], [amplitude("View", "d", f"{AT}.124000", "2")]]
    found = kept(rows(amplitude_zip(parts), {**AMPLITUDE, "keep": ["page", "user_properties.plan"]}))
    assert found["ts"].tolist() == [pd.Timestamp(f"{AT}.123"), pd.Timestamp(f"{AT}.124")]
    assert properties(found)[0] == {"page": "home", "plan": "small"}
    assert found["@file"].tolist() == ["part.dat/1/1_2025-02-01_0#0.json.gz", "part.dat/1/1_2025-02-01_1#0.json.gz"]
    assert found["device"].tolist() == ["mobile", "mobile"]


def test_amplitude_clocks_less_than_a_minute_apart_are_not_corrected(rows):
    happened = {
        "2025-02-01 10:07:00.500000": "2025-02-01 10:02:00.500000",
        "2025-02-01 10:03:00.000000": "2025-02-01 09:58:00",
        "2025-02-01 10:06:00.000000": "2025-02-01 10:01:00",
        "2025-02-01 10:05:59.900000": AT,
        "2025-02-01 10:04:00.100000": AT,
        None: AT,
    }
    clocks = {"client_event_time": AT, "client_upload_time": "2025-02-01 10:05:00"}
    lines = [amplitude(f"{r}", "d", None, f"{r}", server_received_time=r, **clocks) for r in happened]
    found = kept(rows(jsonl(lines), AMPLITUDE))
    assert dict(zip(found["event"], found["ts"], strict=True)) == {f"{r}": pd.Timestamp(t) for r, t in happened.items()}


def test_amplitude_events_of_one_insert_id_and_device_are_one(rows):
    lines = [amplitude("Buy", "d", AT, "1"), amplitude("Buy", "e", AT, "1"),
             amplitude("Buy", "d", AT, "1", server_upload_time="2025-02-03 00:00:00",
                       event_properties={"page": "last"}),
             amplitude("Buy", "d", AT, None), amplitude("Buy", "d", AT, None)]  # fmt: skip
    found = rows(jsonl(lines), {**AMPLITUDE, "keep": ["page"]})
    assert (len(kept(found)), found["merged"].sum()) == (4, 1)
    assert "last" in {p["page"] for p in properties(kept(found))}


def test_amplitude_equal_times_are_ordered_by_the_counter_of_events_and_identify_is_no_behaviour(rows):
    lines = [
        amplitude(name, "d", AT, name, event_id=n) for name, n in (("c", 12), ("a", 2), ("b", 7), ("$identify", 1))
    ]
    assert kept(rows(jsonl(lines), AMPLITUDE))["event"].tolist() == ["a", "b", "c"]


@pytest.mark.parametrize("header", [False, True])
def test_snowplow_fields_are_known_without_a_header_row(rows, header):
    content = tsv([snowplow(UUID.format(1)), snowplow(UUID.format(2), user_id="NA")], header) + "a\tshort line\n"
    found = rows(content, {**SNOWPLOW, "keep": ["app_id"]})
    good = kept(found)
    assert good["ts"].tolist() == [pd.Timestamp(f"{AT}.123")] * 2
    assert (properties(good)[0], good["device"].iloc[0]) == ({"app_id": "shop"}, "desktop")
    assert set(good["id user"].dropna()) == {"NA"}
    bad = found[found["reason"].notna()]
    assert bad[["reason", "@row"]].to_numpy().tolist() == [["the line does not have 131 fields", 3]]


def test_snowplow_columns_of_a_file_with_a_header_row_may_be_few_and_in_any_order(rows):
    fields = ["event_name", "derived_tstamp", "event_id", "collector_tstamp", "domain_userid", "user_id"]
    assert len(kept(rows(tsv([snowplow(UUID.format(1))], True, fields), SNOWPLOW))) == 1


def test_snowplow_time_is_by_the_clock_of_the_collector(rows):
    device = {"dvce_created_tstamp": "2025-01-01 09:00:00.000", "dvce_sent_tstamp": "2025-01-01 09:30:00.250"}
    happened = [
        ({}, f"{AT}.123"),
        ({"derived_tstamp": "", "true_tstamp": "2025-02-01 08:00:00.000"}, "2025-02-01 08:00:00"),
        ({"derived_tstamp": "", **device}, "2025-02-01 09:29:59.750"),
        ({"derived_tstamp": ""}, AT),
    ]
    lines = [snowplow(UUID.format(n), event_name=f"{n}", **clocks) for n, (clocks, _) in enumerate(happened)]
    found = kept(rows(tsv(lines), SNOWPLOW)).sort_values("event")
    assert found["ts"].tolist() == [pd.Timestamp(t) for _, t in happened]


def test_snowplow_events_are_one_by_id_and_fingerprint(rows):
    one = UUID.format(1)
    lines = [snowplow(one), snowplow(one), snowplow(one, event_fingerprint="f"), snowplow(one, event_fingerprint="f")]
    found = rows(tsv(lines), SNOWPLOW)
    assert (len(kept(found)), found["merged"].sum()) == (2, 2)


def test_snowplow_json_fields_are_reached_into_and_quotes_are_no_quoting(rows):
    unstruct = json.dumps({"schema": "s", "data": {"schema": "iglu:c/buy/jsonschema/1-0-0", "data": {"id": 'a "b'}}})
    entities = [{"schema": "iglu:c/page/jsonschema/1-0-0", "data": {"tier": "no"}},
                {"schema": "iglu:c/user/jsonschema/1-0-0", "data": {"tier": "gold"}}]  # fmt: skip
    fields = {"unstruct_event": unstruct, "contexts": json.dumps({"data": entities}), "page_title": '"half a quote'}
    keep = ["unstruct_event.id", "contexts.user.tier", "contexts.other.tier", "page_title"]
    found = kept(rows(tsv([snowplow(UUID.format(1), **fields)]), {**SNOWPLOW, "keep": keep}))
    assert properties(found) == [{"id": 'a "b', "tier": "gold", "page_title": '"half a quote'}]


@pytest.mark.parametrize("write", [jsonl, in_parquet])
def test_posthog_properties_are_an_object_or_a_text_that_holds_one(rows, write):
    events = [posthog("u1", "view", "0012", "2025-02-01T10:00:00.123+00:00", page="x"),
              posthog("u1", "view", "0012", "2025-02-01T10:00:00.123+00:00", page="x")]  # fmt: skip
    found = rows(write(events), {**POSTHOG, "keep": ["page", "person_properties.plan"]})
    assert found["merged"].sum() == 1
    good = kept(found)
    assert good["ts"].tolist() == [pd.Timestamp(f"{AT}.123")]
    assert properties(good) == [{"page": "x", "plan": "small"}]
    assert good[["os", "device", "id user"]].iloc[0].tolist() == ["Mac OS X", "desktop", "0012"]


def test_posthog_identities_that_identify_joins_are_one_customer(tmp_path, ingest):
    events = [posthog("1", "view", "anon", f"{AT}Z"), posthog("2", "view", "user", f"{AT}Z"),
              posthog("3", "view", "x", f"{AT}Z"),
              posthog("4", "$identify", "user", f"{AT}Z", **{"$anon_distinct_id": "anon"}),
              posthog("5", "view", "x", f"{AT}Z", **{"$anon_distinct_id": "anon"})]  # fmt: skip
    found = ingest(dataset(tmp_path / "log", {"events.jsonl": jsonl(events)}, POSTHOG)).events
    assert found.groupby("customer_id").size().tolist() == [2, 2]
    assert "$identify" not in set(found["event"])


@pytest.mark.parametrize("parameters", [True, 5, "x", {"key": "page"}, None])
def test_ga4_parameters_that_are_no_list_cost_no_event(rows, parameters):
    good = ga4("d1", AT, "view", page="/a")
    found = rows(jsonl([good, {**ga4("d2", AT, "view"), "event_params": parameters}]), GA4)
    assert found["reason"].isna().tolist() == [True, True]
