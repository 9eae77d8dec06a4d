"""A device of two people joins nobody; what was done on it goes to whom it was last known as."""

import json

import pandas as pd
import pytest

from pipeline.ingest import schema
from tests.ingest.small_company import MESSAGES, write_sources

ONE = MESSAGES[0]


def message(number: int, clock: str, **more: object) -> dict:
    times = dict.fromkeys(("originalTimestamp", "sentAt", "receivedAt", "timestamp"), f"2025-02-01T{clock}:00Z")
    return (
        ONE | times | {"messageId": f"s-{number}", "anonymousId": "kiosk", "properties": {"path": f"/{number}"}} | more
    )


LOG = [
    message(0, "08:00"),
    message(1, "09:00", type="identify", event=None, userId="0012", traits={"email": "anna@example.org"}),
    message(2, "09:00"),
    message(3, "10:00"),
    message(4, "11:00", userId="13"),
    message(40, "11:01", type="identify", event=None, userId="13"),
    message(5, "12:00"),
    message(6, "12:30", type="identify", event=None, userId="0012", anonymousId="phone"),
    message(7, "13:00", anonymousId="phone"),
]


@pytest.fixture
def owners(mini, sources, ingest):
    """Path of each event's page -> contact, of a run on the given messages."""

    def run(messages: list[dict], name: str) -> tuple[dict[str, str], object]:
        kept = {k: sources["sources"][k] for k in ("contacts", "web")}
        write_sources(mini, sources | {"sources": kept})
        (mini / "events" / "part-0.jsonl").write_text("\n".join(map(json.dumps, messages)) + "\n", encoding="utf-8")
        (mini / "events" / "part-1.jsonl").unlink(missing_ok=True)
        done = ingest(mini, name)
        customers = done.table(schema.CUSTOMERS).set_index("customer_id")["age"]
        told = done.events.dropna(subset="properties")
        pages = told["properties"].str.extract(r'"path": "(.+?)"')[0]
        ages = pd.Series(told["customer_id"].map(customers).to_numpy(), index=pages)
        return {page: "anna" if age == 35 else "ben" for page, age in ages.items()}, done

    return run


def test_events_of_a_shared_device_go_to_whom_it_was_last_known_as(owners):
    found, done = owners(LOG, "first")
    assert found == {"/2": "anna", "/3": "anna", "/4": "ben", "/5": "ben", "/7": "anna"}
    assert done.reasons["web", "visitor never identified"] == 1, "nobody was known at eight"
    assert done.reconciliation.loc["web", ["read", "kept", "rejected"]].tolist() == [9, 8, 1]
    identity = done.summary["identity"]
    assert identity["shared_devices"] == 1
    told = {c["conflict"]: (c["space"], c["count"]) for c in identity["conflict_table"]}
    assert told == {
        "a device of several people": ("anonymous", 1),
        "several identifiers of one customer": ("contact", 1),
    }


def test_the_order_of_lines_decides_nothing(owners):
    found, _ = owners(LOG, "first")
    turned, _ = owners(LOG[::-1], "second")
    assert found == turned
