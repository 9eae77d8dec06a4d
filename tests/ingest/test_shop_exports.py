"""A shop's exports as they come: Shopify orders, a form in German and a log of PostHog, drafted, checked, ingested."""

from argparse import Namespace
from pathlib import Path

import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.core.sources import read_sources
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder
from pipeline.ingest.schema import RECONCILIATION, RESPONSES
from pipeline.ingest.stage import main as ingest

CUSTOMERS, ORDERS = 40, 70
ORDER = ["Name", "Email", "Financial Status", "Paid at", "Currency", "Total", "Created at", "Lineitem quantity",
         "Lineitem name", "Id", "Source"]  # fmt: skip
FORM = ["Zeitstempel", "Nutzername", "Wie zufrieden sind Sie?", "Welche Kanäle nutzen Sie?"]
LOG = ["*.uuid", "*.event", "*.timestamp", "*.distinct_id", "*.properties.$device_type"]


def write(file: Path, rows: list[list[object]]) -> None:
    pd.DataFrame(rows[1:], columns=rows[0]).to_csv(file, index=False)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    orders: list[list[object]] = [ORDER]
    for i in range(ORDERS):
        at, who = f"2025-03-{1 + i % 28:02d} 10:00:00 +0100", f"who{i % CUSTOMERS}@example.org"
        orders.append([f"#{1001 + i}", who, "paid", at, "EUR", 10 + i, at, 1, "Tee", 5_000_000 + i, "web"])
        orders.append([f"#{1001 + i}", who, None, None, None, None, at, 2, "Tasse", None, None])
    write(folder / "orders_export_1.csv", orders)
    scale, boxes = (
        ("Zufrieden", "Neutral", "Unzufrieden"),
        ("Mail, Chat", "Mail", "Mail, Filiale", "Filiale", "Chat, Filiale", "Chat"),
    )
    answers = [
        [f"{1 + i % 28:02d}.03.2025 12:00:00", f"WHO{i}@example.org", scale[i % 3], boxes[i % 6]] for i in range(30)
    ]
    write(folder / "Umfrage (Antworten).csv", [FORM, *answers])
    seen = [
        [f"{i:032x}", ("$pageview", "add to cart")[i % 3 == 0], f"2025-03-{1 + i % 28:02d}T09:00:00.000Z",
         f"who{i % 35}@example.org", ("Mobile", "Desktop")[i % 2]]
        for i in range(200)
    ]  # fmt: skip
    write(folder / "export.csv", [LOG, *seen])
    (folder / "sources.yaml").write_text(draft_sources("shop", *inspect_folder(folder)), encoding="utf-8")
    return folder


def test_a_draft_of_a_shop_is_ingested_as_it_stands_and_everybody_is_one_customer(shop: Path) -> None:
    settings = read_sources(shop)
    assert check(shop, settings)
    ingest(Namespace(dataset=shop, out=shop / "out", metrics=shop / "m.json"))
    told = tables.read(shop / "out", RECONCILIATION).set_index("source")
    assert (told["read"] == told["kept"] + told["merged"] + told["rejected"]).all()
    assert told.loc["orders_export_1", ["read", "kept", "merged"]].tolist() == [2 * ORDERS, ORDERS, ORDERS]
    assert told["rejected"].sum() == 0
    events = pd.read_parquet(shop / "out" / "events")
    assert events["amount_hundredths"].sum() == 100 * sum(10 + i for i in range(ORDERS))
    assert set(events["device"].dropna()) == {"mobile", "desktop"}
    answers = tables.read(shop / "out", RESPONSES)
    assert events["customer_id"].nunique() == CUSTOMERS
    assert set(answers["customer_id"]) <= set(events["customer_id"])
    assert set(answers["kind"]) == {"likert", "multi"}
