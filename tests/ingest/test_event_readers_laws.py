"""Laws of event logs: neither the order of lines, nor how the file is written, nor repeated events decide anything."""

import json
import random
from collections.abc import Callable

import pandas as pd
import pytest

from tests.ingest.event_exports import (
    amplitude,
    dataset,
    ga4,
    jsonl,
    judged_rows,
    mixpanel,
    posthog,
    snowplow,
    tsv,
    xes,
)

IDS = ["NA", "null", "0012", "None", "12", "nan", "-", "é ü"]
AT = "2025-02-01T10:00:0{}.123456Z"
UUID = "aaaaaaaa-bbbb-cccc-dddd-00000000000{}"


def moment(n: int) -> str:
    return AT.format(n // 3).replace("T", " ").replace("Z", "")


LINES: dict[str, tuple[dict, list]] = {
    "ga4": (
        {"format": "ga4", "ids": {"user": "user_id", "device": "user_pseudo_id"}, "keep": ["page"]},
        [ga4(u, moment(n), f"e{n % 2}", batch=(1, n % 3, n), user=u, page=f"/{n}") for n, u in enumerate(IDS)],
    ),
    "mixpanel": (
        {"format": "mixpanel", "ids": {"user": "distinct_id"}, "keep": ["page"]},
        [mixpanel("View", u, 1738404000 + n // 3, f"i{n}", n, page=f"/{n}") for n, u in enumerate(IDS)],
    ),
    "amplitude": (
        {"format": "amplitude", "ids": {"user": "user_id", "device": "device_id"}, "keep": ["page"]},
        [amplitude("View", f"d{n}", moment(n), f"i{n}", user_id=u) for n, u in enumerate(IDS)],
    ),
    "posthog": (
        {"format": "posthog", "ids": {"user": "distinct_id", "person": "person_id"}, "keep": ["page"]},
        [posthog(f"u{n}", "view", u, AT.format(n // 3), page=f"/{n}") for n, u in enumerate(IDS)],
    ),
    "jsonl": (
        {"format": "jsonl", "timezone": "Europe/Berlin", "ids": {"user": "who.id"},
         "columns": {"ts": "at", "event": "what", "event_id": "no", "order": "n"}},
        [{"who": {"id": u}, "what": "x,\"y\"\n", "at": moment(n), "no": f"{n}", "n": n} for n, u in enumerate(IDS)],
    ),
    "segment": (
        {"format": "segment", "ids": {"user": "userId", "device": "anonymousId"}, "keep": ["page"]},
        [{"messageId": f"m{n}", "type": "track", "event": f"e{n % 2}", "userId": u, "anonymousId": f"d{n}",
          "properties": {"page": f"/{n}"}, "timestamp": AT.format(n // 3)} for n, u in enumerate(IDS)],
    ),
    "snowplow": (
        {"format": "snowplow", "ids": {"user": "user_id"}, "keep": ["page_title"]},
        [snowplow(UUID.format(n), user_id=u, derived_tstamp=moment(n), page_title=f"\"{n}") for n, u in enumerate(IDS)],
    ),
}  # fmt: skip


def written(name: str, rows: list) -> str:
    return tsv(rows) if name == "snowplow" else jsonl(rows)


def told(table: pd.DataFrame) -> list[tuple]:
    """Kept rows without the file and row they stood in, in an order of their own."""
    good = table[table["reason"].isna() & ~table["merged"]]
    shown = good.drop(columns=["@file", "@row"]).astype("object").fillna("-").astype(str)
    return sorted(map(tuple, shown.to_numpy()))


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> dict[str, list[tuple]]:
    folder = tmp_path_factory.mktemp("plain")
    found = {}
    for name, (source, rows) in LINES.items():
        found[name] = told(judged_rows(dataset(folder / name, {"a.dat": written(name, rows)}, source)))
        assert len(found[name]) == len(rows)
    return found


def with_mark_and_crlf(text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


def in_utf16(text: str) -> bytes:
    return text.encode("utf-16")


def in_latin1(text: str) -> bytes:
    return text.encode("latin-1")


@pytest.mark.parametrize(
    ("name", "seed"),
    [(n, s) if s == 1 else pytest.param(n, s, marks=pytest.mark.slow) for n in LINES for s in (1, 2)],
)
def test_shuffled_and_repeated_lines_change_no_row(tmp_path, plain, name, seed):
    source, rows = LINES[name]
    draw = random.Random(seed)
    again = draw.sample(rows, 3)
    lines = draw.sample([*rows, *again], len(rows) + 3)
    half = len(lines) // 2
    parts = {"a.dat": written(name, lines[:half]), "b.dat": written(name, lines[half:])}
    found = judged_rows(dataset(tmp_path / name, parts, source))
    assert told(found) == plain[name]
    assert found["merged"].sum() == 3


def in_an_array(text: str) -> bytes:
    return ("[" + ",\n".join(text.splitlines()) + "]").encode()


def in_arrays_over_several_lines(text: str) -> bytes:
    objects = [json.loads(line) for line in text.splitlines()]
    return (json.dumps(objects[:3], indent=2) + "\n" + json.dumps(objects[3:], indent=1)).encode("utf-8-sig")


def each_over_several_lines(text: str) -> bytes:
    return "\r\n".join(json.dumps(json.loads(line), indent=4) for line in text.splitlines()).encode("utf-16")


AS_LINES = [with_mark_and_crlf, in_utf16, in_latin1]
AS_JSON = [in_an_array, in_arrays_over_several_lines, each_over_several_lines]


@pytest.mark.parametrize(
    ("name", "change"),
    [(n, c) for n in LINES for c in AS_LINES] + [(n, c) for n in LINES for c in AS_JSON if n in ("jsonl", "ga4")],
)
def test_how_a_log_is_written_changes_no_row(tmp_path, plain, name, change: Callable[[str], bytes]):
    source, rows = LINES[name]
    found = judged_rows(dataset(tmp_path / name, {"a.dat": change(written(name, rows))}, source))
    assert told(found) == plain[name]


@pytest.mark.parametrize("name", [name for name in LINES if name != "snowplow"])
def test_the_order_of_keys_changes_no_row(tmp_path, plain, name):
    source, rows = LINES[name]
    turned = "".join(json.dumps(dict(reversed(row.items())), separators=(",", " : ")) + "\n" for row in rows)
    assert told(judged_rows(dataset(tmp_path / name, {"a.dat": turned}, source))) == plain[name]


def test_the_order_of_fields_and_a_trailing_tab_change_no_row(tmp_path, plain):
    source, rows = LINES["snowplow"]
    turned = tsv(rows, header=True, fields=list(reversed(list(rows[0]))))
    assert told(judged_rows(dataset(tmp_path / "turned", {"a.dat": turned}, source))) == plain["snowplow"]
    trailing = tsv(rows).replace("\n", "\t\n")
    assert told(judged_rows(dataset(tmp_path / "tab", {"a.dat": trailing}, source))) == plain["snowplow"]


def test_xes_traces_in_another_order_or_document_are_the_same_rows(tmp_path):
    traces = {u: [("A", AT.format(0), "start"), ("B", AT.format(0), "complete")] for u in IDS}
    source = {"format": "xes", "ids": {"case": "case:concept:name"}}
    one = told(judged_rows(dataset(tmp_path / "one", {"a.xes": xes(traces)}, source)))
    turned = dict(reversed(traces.items()))
    parts = {"a.xes": xes(dict(list(turned.items())[:3])), "b.xes": xes(dict(list(turned.items())[3:]))}
    assert told(judged_rows(dataset(tmp_path / "two", parts, source))) == one
    for encoding in ("utf-16", "iso-8859-1"):
        text = xes(traces).replace("UTF-8", encoding.upper())
        assert told(judged_rows(dataset(tmp_path / encoding, {"a.xes": text.encode(encoding)}, source))) == one
    assert {row[list_position(one)] for row in one} == set(IDS)


def list_position(rows: list[tuple]) -> int:
    """Where the ids stand in the rows."""
    return next(i for i in range(len(rows[0])) if {row[i] for row in rows} == set(IDS))


@pytest.mark.parametrize("name", LINES)
def test_ids_survive_as_they_are(plain, name):
    assert any({row[i] for row in plain[name]} == set(IDS) for i in range(len(plain[name][0])))
