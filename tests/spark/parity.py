"""One dataset of many formats, full of what goes wrong."""

import gzip
import json
from pathlib import Path
from typing import Any

from tests.ingest.event_exports import (
    WINDOW,
    amplitude,
    amplitude_zip,
    ga4,
    in_parquet,
    jsonl,
    mixpanel,
    posthog,
)
from tests.ingest.small_company import KEY, write_sources

DAY = "2025-02-{:02d}"


def write_company(folder: Path) -> Path:
    """A dataset folder with customers and one event source per format."""
    folder.mkdir(parents=True)
    (folder / "pseudonym.key").write_text(KEY, encoding="ascii")
    contents = {
        "people.csv": _people(),
        "shop-1.csv": _shop(range(0, 40)),
        "shop-2.csv.gz": gzip.compress(_shop(range(40, 80), bad=False).encode()),
        "till.csv": _till(),
        "receipts-1.csv": _receipts(range(0, 60)),
        "receipts-2.csv": _receipts(range(60, 120)),
        "app-1.jsonl": _app(range(0, 60)),
        "app-2.jsonl.gz": gzip.compress(_app(range(60, 120)).encode()),
        "mixpanel.json": _mixpanel(),
        "amplitude.zip": _amplitude(),
        "posthog.parquet": _posthog(),
        "ga4.json": _ga4(),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    write_sources(folder, {"title": "Both engines", "observation": WINDOW, "sources": SOURCES, "stages": STAGES})
    return folder


def _events(format_: str, files: str, ids: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"kind": "events", "format": format_, "files": files, "ids": ids, **more}


SOURCES: dict[str, Any] = {
    "people": {
        "kind": "customers", "format": "csv", "files": "people.csv", "ids": {"user": "id", "email": "mail"},
        "timezone": "UTC", "stage_dates": {"signed up": "since"},
    },
    "shop": _events(
        "csv", "shop-*", {"user": "user", "email": "mail"}, timezone="Europe/Berlin",
        columns={"ts": "at", "event": "what", "event_id": "no", "amount": "paid", "order": "nth", "channel": "via"},
        missing=["", "N/A"],
    ),
    "till": _events(
        "csv", "till.csv", {"user": "user"}, timezone="Europe/Berlin", dates="day first", decimal="comma",
        currency_mark="€", columns={"ts": "at", "event": "what", "amount": "paid"},
    ),
    "receipts": _events(
        "csv", "receipts-*", {"user": "user"}, event="bought", lines="sum", refunds={"event": "gave back"},
        columns={"ts": "at", "event_id": "no", "amount": "price", "quantity": "pieces"}, keep=["item"],
    ),
    "app": _events("segment", "app-*", {"user": "userId", "anonymous": "anonymousId"}),
    "mixpanel": _events("mixpanel", "mixpanel.json", {"user": "distinct_id"}),
    "amplitude": _events("amplitude", "amplitude.zip", {"user": "user_id", "device": "device_id"}),
    "posthog": _events("posthog", "posthog.parquet", {"user": "distinct_id"}),
    "ga4": _events("ga4", "ga4.json", {"user": "user_id", "device": "user_pseudo_id"}),
}  # fmt: skip
STAGES: dict[str, Any] = {
    "ladder": ["aware", "buys", "loyal"],
    "enter": {
        "aware": [{"event": "signed up"}, {"event": "view"}],
        "buys": [{"event": "bought"}],
        "loyal": [{"event": "bought", "at_least": 2}],
    },
    "moves": {"aware": ["buys"], "buys": ["loyal"], "loyal": []},
    "dropoff": {"inactivity_days": 20, "from_stages": ["aware", "buys"]},
}


def _people() -> str:
    rows = [f"u{n},u{n}@mail.test,2025-0{1 + n % 6}-{1 + n % 28:02d}" for n in range(12)]
    return "\n".join(["id,mail,since", *rows, "NA,na@mail.test,2025-03-02", ""])


def _shop(numbers: range, bad: bool = True) -> str:
    """Orders: repeated ids, equal rows, quoted line ends, clock changes, amounts and times of all kinds."""
    lines = ["no,user,mail,at,what,paid,nth,via,note,city"]
    times = ["2025-03-30 02:30:00", "2025-10-26T02:30", "2025-04-01", "2025-05-05T05:05:05.123456+0200",
             "2025-06-01 24:00:00", "2025-13-01 00:00", "soon", "", "2024-12-31T23:30:00",
             "2025-07-01T10:00:00Z"]  # fmt: skip
    paid = ["12.50", "-3", "1e2", "", "N/A", "free", "0.005", "+7.1", "99999999999999", "1,5"]
    for n in numbers:
        amount = f'"{paid[n % 10]}"' if "," in paid[n % 10] else paid[n % 10]
        city = '"Köln, ""Süd"""' if n % 4 else '" Ulm\nDonau "'
        lines.append(
            f"{'' if n % 5 == 0 else n % 30},u{n % 12},U{n % 12}@Mail.test,{times[n % 7 if n % 3 else n % 10]},"
            f"{'bought' if n % 3 else 'view'},{amount},{n % 4},{' Email ' if n % 2 else 'N/A'},a\\b {n % 2},{city}"
        )
        if bad and n % 13 == 0:
            lines += ["too,few", "", "one,two,three,4,5,6,7,8,9,10,11,12"]
    return "\n".join([*lines, lines[1], lines[1], ""])


def _till() -> str:
    """Dates and amounts as a till in Germany writes them."""
    times = [
        "31.03.2025 9:05",
        "1.4.2025",
        "30/03/2025 02:30:59",
        "5-12-2025 7:08 PM",
        "31.02.2025 10:00",
        "x",
        "1.4.25",
    ]
    paid = [f"1.234,{n:02d}{' €' if n % 3 else ''}" for n in range(28)]
    return "user;at;what;paid\n" + "".join(f"u{n % 12};{times[n % 7]};bought;{p}\n" for n, p in enumerate(paid))


def _receipts(numbers: range) -> str:
    """Lines of receipts: parts of pieces, what is taken back, halves of a hundredth, faults in one line of several."""
    prices = ["2.55", "0.005", "-0.005", "1e2", "", "9999999999999", "0.28915", "free", "7", "12.345678"]
    pieces = ["1", "3", "1", "0.125", "2", "9999999", "3500", "1", "-6", "", "1", "9999999999.999999", "x"]
    rows = [
        f"{n // 4 if n % 19 else ''},u{n // 4 % 12},2025-03-{1 + n // 4 % 28:02d}T10:0{n % 3}:00Z,"
        f"{prices[n % 10]},{pieces[n % 13]},thing {n % 7}"
        for n in numbers
    ]
    return "\n".join(["no,user,at,price,pieces,item", *rows, rows[3], ""])


def _app(numbers: range) -> str:
    """Messages: identify and alias, sent twice, lines that are no objects, clocks that are off, a bot."""
    lines: list[str] = []
    for n in numbers:
        at = f"{DAY.format(1 + n % 28)}T{n % 24:02d}:15:00.{n % 1000:03d}Z"
        one = {"messageId": f"m{n % 50}", "type": "track", "event": "view", "anonymousId": f"a{n % 9}",
               "timestamp": at, "properties": {"plan": f"p {n % 3} \"x\" \u00e9", "revenue": n % 7},
               "context": {"timezone": "America/New_York", "userAgent": "Mozilla/5.0 (iPhone) Safari/1"}}  # fmt: skip
        if n % 4 == 0:
            one |= {"userId": f"u{n % 12}"}
        if n % 6 == 0:
            one |= {"type": "identify", "messageId": f"i{n}"}
        if n % 10 == 3:
            one |= {"receivedAt": at, "sentAt": f"{at[:-1]}+00:00", "originalTimestamp": f"{DAY.format(3)}T10:00+01:00"}
            del one["timestamp"]
        lines.append(json.dumps(one, ensure_ascii=n % 2 == 0))
        if n % 17 == 5:
            lines += ['{"half": ', "", "[1]", "  ", '{"type": "track", "anonymousId": "a1", "messageId": null}']
    bot = {"type": "track", "event": "view", "anonymousId": "robot"}
    lines += [
        json.dumps({**bot, "messageId": f"b{n}", "timestamp": f"{DAY.format(5)}T10:{n % 60:02d}:00Z"})
        for n in range(150)
    ]
    return "\n".join(lines) + "\r\n"


def _mixpanel() -> str:
    rows = [
        mixpanel("view", f"u{n % 9}", 1738404000 + n * 3600.5 if n % 2 else 1738404000500, f"i{n % 8}", n)
        for n in range(30)
    ]
    return jsonl([*rows, mixpanel("view", "u1", 1738404000, None), mixpanel("view", "u1", 1738404000, None)])


def _amplitude() -> bytes:
    row = amplitude("bought", "d1", "2025-02-01 10:00:00.5", "1", user_id="u1")
    late = {"client_upload_time": "2025-02-01 10:00:00", "server_received_time": "2025-02-01 10:00:30.25"}
    return amplitude_zip(
        [[row, row], [amplitude("view", "d2", None, "3") | late | {"client_event_time": "2025-02-01 09:00:00"}]]
    )


def _posthog() -> bytes:
    rows = [
        posthog(f"h{n % 20}", "view", f"u{n % 9}", f"{DAY.format(1 + n % 28)}T10:00:00.{n % 3}Z", **{"$n": n})
        for n in range(30)
    ]
    return in_parquet(rows)


def _ga4() -> str:
    rows = [ga4(f"g{n % 5}", f"{DAY.format(1 + n % 28)} 10:00:00.5", "view", batch=(1, 2, n % 3) if n % 2 else None,
                user=f"u{n % 4}" if n % 3 == 0 else None, page=f"p{n}", n=n) for n in range(40)]  # fmt: skip
    return jsonl([*rows, *rows[:10]])
