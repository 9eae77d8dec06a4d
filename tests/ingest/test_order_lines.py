"""Rows that are lines of orders, with the price of one piece and a quantity: one event an order, right to the cent."""

import csv
import io
import random
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.core.errors import InputError
from pipeline.core.sources import read_sources
from pipeline.ingest import schema
from pipeline.ingest.advice import understood
from pipeline.ingest.checks import check
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder
from tests.ingest.event_exports import dataset, judged_rows
from tests.ingest.small_company import KEY, Outputs, write_sources

Run = Callable[..., Outputs]
HEAD = "no,user,at,price,pieces,sku"
BY_PIECE = {
    "format": "csv", "ids": {"user": "user"}, "event": "order",
    "columns": {"ts": "at", "event_id": "no", "amount": "price", "quantity": "pieces"},
}  # fmt: skip
LINES: dict[str, Any] = BY_PIECE | {"lines": "sum", "keep": ["no"]}
AT = "2025-02-{:02d}T10:00:00Z"


def line(no: object, price: str, pieces: str, sku: str = "a", user: str = "u1", day: int = 1) -> str:
    return f"{no},{user},{AT.format(day)},{price},{pieces},{sku}"


def text(*rows: str, head: str = HEAD) -> str:
    return "\n".join([head, *rows]) + "\n"


def judged(folder: Path, content: str, source: Mapping[str, Any]) -> pd.DataFrame:
    found = judged_rows(dataset(folder, {"a.csv": content}, source))
    return found.sort_values("@row", ignore_index=True).astype({"cents": "Int64"})


def hundredths(price: Decimal, pieces: Decimal) -> int:
    return int((price * pieces * 100).quantize(Decimal(1), ROUND_HALF_UP))


@pytest.fixture(scope="module")
def planted() -> tuple[list[str], dict[str, int]]:
    """Lines of 150 orders in no order, whole and parts of pieces, some taken back; and what each order amounts to."""
    draw = random.Random(7)
    rows, totals = [], {}
    for no in map(str, range(150)):
        for n in range(draw.randint(1, 6)):
            price = Decimal(draw.randint(0, 90_000_000)).scaleb(-draw.choice([0, 2, 2, 4, 6]))
            pieces = Decimal(draw.randint(-4, 30)) if draw.random() < 0.7 else Decimal(draw.randint(1, 9999)).scaleb(-3)
            # A line is worth no more than a million: beyond what a float holds to the cent come the sums.
            totals[no] = totals.get(no, 0) + hundredths(price, pieces)
            rows.append(line(no, str(price), str(pieces), f"s{n}", f"u{int(no) % 20}", 1 + int(no) % 28))
    draw.shuffle(rows)
    return rows, totals


def test_orders_amount_to_their_lines_to_the_cent_and_less_than_nothing_is_a_refund(
    tmp_path: Path, planted: tuple[list[str], dict[str, int]], ingest: Run
) -> None:
    rows, totals = planted
    done = ingest(dataset(tmp_path / "log", {"a.csv": text(*rows)}, LINES | {"refunds": {"event": "refund"}}))
    events = done.events
    found = dict(zip(events["properties"].str.extract(r'"no": "(\d+)"')[0], events["amount_hundredths"], strict=True))
    assert found == totals
    assert ((events["event"] == "refund") == (events["amount_hundredths"] < 0)).all()
    assert {"order", "refund"} == set(events["event"])
    counts = done.reconciliation.loc["log", ["read", "kept", "merged", "rejected"]].tolist()
    assert counts == [len(rows), len(totals), len(rows) - len(totals), 0]
    assert done.summary["sources"]["log"]["warnings"] == []


def test_neither_the_order_of_lines_nor_how_files_are_split_matters(
    tmp_path: Path, planted: tuple[list[str], dict[str, int]], ingest: Run
) -> None:
    rows = planted[0]
    parts = {f"{n}.csv": text(*reversed(rows[n::3])) for n in range(3)}
    whole = ingest(dataset(tmp_path / "whole", {"a.csv": text(*rows)}, LINES), "one").events
    split = ingest(dataset(tmp_path / "split", parts, LINES), "other").events
    pd.testing.assert_frame_equal(split, whole)


def test_single_pieces_in_orders_of_one_line_are_as_if_nothing_were_declared(tmp_path: Path, ingest: Run) -> None:
    prices = ["12.5", "-3", "1e2", "", "free", "0.005", "+7.1", "9e13", "1.23456", "0.0049"]
    content = text(*(line(n, price, "1", day=1 + n) for n, price in enumerate(prices)))
    plain = LINES | {"columns": {k: v for k, v in LINES["columns"].items() if k != "quantity"}}
    plain.pop("lines")
    mine = ingest(dataset(tmp_path / "lines", {"a.csv": content}, LINES), "one")
    theirs = ingest(dataset(tmp_path / "plain", {"a.csv": content}, plain), "other")
    pd.testing.assert_frame_equal(mine.events, theirs.events)
    assert mine.reasons == theirs.reasons


def test_a_quantity_multiplies_each_row_where_rows_are_no_lines(tmp_path: Path) -> None:
    rows = [("2.55", "6"), ("0.005", "3"), ("-0.005", "1"), ("9.99", "1.5"), ("1.95", "-2"), ("3", "0"), ("", "2")]
    found = judged(tmp_path, text(*(line(n, *row) for n, row in enumerate(rows))), BY_PIECE)
    assert found["cents"].fillna(-1).tolist() == [1530, 2, -1, 1499, -390, 0, -1]
    assert found["reason"].isna().all()


def test_marks_of_decimals_and_currency_are_those_of_the_source(tmp_path: Path) -> None:
    content = text('1,u1,2025-02-01T10:00:00Z,"€ 1.234,50","1,5",a', '2,u1,2025-02-01T10:00:00Z,"2,00 €",2,a')
    found = judged(tmp_path, content, BY_PIECE | {"decimal": "comma", "currency_mark": "€"})
    assert found["cents"].tolist() == [185_175, 400]


def test_a_quantity_that_is_no_number_is_rejected_by_its_column_and_one_that_is_missing_is_told(
    tmp_path: Path, ingest: Run
) -> None:
    rows = [line(1, "5", "two"), line(2, "x", "two"), line(3, "5", ""), line(4, "", ""), line(5, "9e9", "9e9")]
    done = ingest(dataset(tmp_path / "log", {"a.csv": text(*rows)}, BY_PIECE))
    rejects = done.table(schema.REJECTS)[["row", "column", "reason", "value"]].to_numpy().tolist()
    assert rejects == [
        [1, "pieces", "the quantity is no number", "xxx"],
        [2, "price", "the amount is no number", "x"],
        [5, "price", "the amount is too large", "9x9"],
    ]
    assert done.events["amount_hundredths"].tolist() == [0, 0]
    told = done.summary["sources"]["log"]["warnings"]
    assert "1 row(s) have a price and no quantity: they count as without an amount" in told


def test_a_line_with_a_fault_is_lost_alone_and_that_its_order_lacks_it_is_told(tmp_path: Path, ingest: Run) -> None:
    rows = [
        line(1, "5", "2"), line(1, "7", "two"), line(1, "1", "", "b"),
        line(2, "5", "2", user=""), line(2, "9", "1", "b", user=""),
        line(3, "1", "1"), line(3, "1", "1"), line(3, "1", "1", "b"),
        line(4, "1", "1"), line(4, "1", "1", "b", user="u2", day=9),
        line("", "2", "1"), line("", "2", "1"),
    ]  # fmt: skip
    done = ingest(dataset(tmp_path / "log", {"a.csv": text(*rows)}, LINES))
    assert sorted(done.events["amount_hundredths"]) == [200, 200, 200, 300, 1000]
    assert done.reconciliation.loc["log", ["read", "kept", "merged", "rejected"]].tolist() == [12, 5, 4, 3]
    assert done.reasons == {("log", "no identifier"): 2, ("log", "the quantity is no number"): 1}
    told = "\n".join(done.summary["sources"]["log"]["warnings"])
    for part in (
        "1 line(s) have no amount", "1 line(s) are rejected while others of their 1 order(s) are kept",
        "1 line(s) equal another of their order",
        "1 order(s) have lines of several customers, and 1 lines more than a day apart: is `no`",
    ):  # fmt: skip
        assert part in told, told


def test_lines_that_were_not_wanted_are_not_missed(tmp_path: Path, ingest: Run) -> None:
    rows = [line(1, "5", "2", "goods"), line(1, "4", "1", "postage"), line(2, "1", "1", "goods")]
    done = ingest(dataset(tmp_path / "log", {"a.csv": text(*rows)}, LINES | {"where": {"sku": "goods"}}))
    assert sorted(done.events["amount_hundredths"]) == [100, 1000]
    assert done.summary["sources"]["log"]["warnings"] == ["1 row(s): `sku` is not `goods`"]


def test_the_order_shows_its_first_line_by_time(tmp_path: Path, ingest: Run) -> None:
    rows = [line(1, "5", "1", "b", day=2), line(1, "900", "1", "c", day=1), line(1, "1", "1", "a", day=3)]
    done = ingest(dataset(tmp_path / "log", {"a.csv": text(*rows)}, LINES | {"keep": ["sku"]}))
    event = done.events.iloc[0]
    assert (event["properties"], event["amount_hundredths"]) == ('{"sku": "c"}', 90_600)
    assert event["ts"] == pd.Timestamp(AT.format(1))


def test_orders_without_any_amount_and_beyond_all_money(tmp_path: Path) -> None:
    most = "9999999999999"
    rows = [line(1, "", "1"), line(1, "", "2"), *(line(2, most, "9", s) for s in "ab"), line(3, most, "10")]
    found = judged(tmp_path, text(*rows), LINES)
    assert found["cents"].isna()[:2].all()
    kept = found[~found["merged"]]
    assert kept["reason"].fillna("").tolist() == ["", "the amount is too large", ""]
    assert kept["cents"].iloc[2] == 9_999_999_999_999_000


def test_an_export_of_refunds_alone_adds_before_it_turns_the_sign(tmp_path: Path) -> None:
    source = LINES | {"refunds": {"event": "refund", "every_row": True}}
    found = judged(tmp_path, text(line(1, "100", "1"), line(1, "-10", "1", "fee"), line(2, "-5", "2")), source)
    kept = found[~found["merged"]]
    assert (kept["cents"].tolist(), set(kept["event"])) == ([-9000, -1000], {"refund"})


def test_amounts_of_lines_need_no_quantity(tmp_path: Path) -> None:
    columns = {k: v for k, v in LINES["columns"].items() if k != "quantity"}
    found = judged(tmp_path, text(line(1, "3.86", "2"), line(1, "1.59", "9", "b")), LINES | {"columns": columns})
    assert found.loc[~found["merged"], "cents"].tolist() == [545]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"columns": {"ts": "at", "quantity": "pieces"}}, "`columns.quantity` needs `columns.amount`"),
        ({"columns": {"ts": "at", "event_id": "no"}, "lines": "sum"}, "`lines: sum` needs `columns.amount`"),
        ({"columns": {"ts": "at", "amount": "price"}, "lines": "sum"}, "`lines: sum` needs `columns.event_id`"),
    ],
)
def test_what_the_settings_lack_is_told(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    folder = dataset(tmp_path / "log", {"a.csv": text(line(1, "1", "1"))}, BY_PIECE | change)
    with pytest.raises(InputError, match=told):
        check(folder, read_sources(folder))


def test_check_tells_what_it_understood(tmp_path: Path) -> None:
    told = []
    for source in (LINES, BY_PIECE, BY_PIECE | {"columns": {"ts": "at", "amount": "price"}}):
        folder = dataset(tmp_path / "log", {"a.csv": text(line(1, "1", "1"))}, source)
        told.append(understood(check(folder, read_sources(folder))[0]))
    assert told == [
        ["rows with one `no` are the lines of one order, which amounts to the sum of `price` × `pieces`"],
        ["the amount of a row is `price` × `pieces`"],
        [],
    ]


def online_retail(rows: int) -> tuple[str, dict[str, int]]:
    """Lines as UCI Online Retail has them, and what each invoice with a customer amounts to."""
    draw, totals, number = random.Random(3), dict[str, int](), 536_365
    made = io.StringIO()
    write = csv.writer(made, lineterminator="\n").writerow
    write(["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"])
    for n in range(rows):
        number += draw.randint(1, 3)
        back, who = draw.random() < 0.1, "" if draw.random() < 0.25 else str(17_850 + draw.randrange(40))
        no, at = f"{'C' if back else ''}{number}", f"{1 + n % 12}/{1 + n % 28}/2011 {8 + n % 12}:{n % 60:02d}"
        for sku in draw.sample(range(70), draw.randint(1, 5)):
            price, pieces = Decimal(draw.randint(1, 2000)) / 100, draw.choice([1, 2, 6, 12, 48]) * (-1 if back else 1)
            write([no, f"{84_000 + sku}A", f"MUG {sku}", pieces, at, price, who, "United Kingdom"])
            if who:
                totals[no] = totals.get(no, 0) + hundredths(price, Decimal(pieces))
    return made.getvalue(), totals


def drafted(folder: Path, content: str, orders: list[str] | None = None) -> tuple[dict[str, Any], str]:
    """The source `shop` of the draft, and its text; beside the content may be a table of orders."""
    folder.mkdir()
    if orders:
        (folder / "orders.csv").write_text(text(*orders, head="order_id,customer_id,created_at,via"), encoding="utf-8")
    (folder / "shop.csv").write_text(content, encoding="utf-8")
    (folder / "pseudonym.key").write_text(KEY, encoding="ascii")
    draft = draft_sources("shop", *inspect_folder(folder))
    (folder / "sources.yaml").write_text(draft, encoding="utf-8")
    return read_sources(folder).sources["shop"].model_dump(exclude_unset=True), draft


def test_a_draft_of_online_retail_is_ingested_as_it_stands_with_all_amounts(tmp_path: Path, ingest: Run) -> None:
    content, totals = online_retail(300)
    source, draft = drafted(tmp_path / "shop", content)
    assert source["columns"] == {
        "ts": "InvoiceDate", "amount": "UnitPrice", "quantity": "Quantity", "event_id": "InvoiceNo"
    }  # fmt: skip
    assert (source["lines"], source["refunds"], source["event"]) == ("sum", {"event": "refund"}, "order")
    assert all("# ?" in row for row in draft.splitlines() if row.split(":")[0].strip() in ("columns", "lines"))
    assert check(tmp_path / "shop", read_sources(tmp_path / "shop"))
    done = ingest(tmp_path / "shop")
    events = done.events
    assert sorted(events["amount_hundredths"]) == sorted(totals.values())
    assert (events["event"] == "refund").sum() == sum(no.startswith("C") for no in totals)
    assert set(reason for _, reason in done.reasons) == {"no identifier"}


def shop_rows(amount: Callable[[int, int], object], head: str, what: str = "") -> str:
    rows = [
        f"{1000 + n},c{n % 9},2024-03-{1 + n % 28:02d} 10:00:00Z,{amount(n, k)}{what}"
        for n in range(40)
        for k in range(1, 4)
    ]
    return text(*rows, head=head)


def test_a_total_on_each_line_is_never_added_up_and_amounts_that_differ_are(tmp_path: Path) -> None:
    head = "Order ID,Customer ID,Order Date,{}"
    total, _ = drafted(tmp_path / "total", shop_rows(lambda n, k: 20 + n, head.format("Total")))
    differ, _ = drafted(tmp_path / "lines", shop_rows(lambda n, k: 20 + n * k, head.format("Sales")))
    events, _ = drafted(tmp_path / "steps", shop_rows(lambda n, k: 20 + n * k, head.format("Total,Event"), ",paid"))
    assert "lines" not in total and "lines" not in events
    assert total["columns"] == {"ts": "Order Date", "amount": "Total", "event_id": "Order ID"}
    assert "event_id" not in events["columns"]
    assert differ["lines"] == "sum"
    assert differ["columns"] == {"ts": "Order Date", "amount": "Sales", "event_id": "Order ID"}


def test_lines_in_a_table_of_their_own_take_who_and_when_from_that_of_the_orders(tmp_path: Path, ingest: Run) -> None:
    draw, folder = random.Random(5), tmp_path / "shop"
    orders = [f"{5000 + n},{100 + n % 25},2024-03-{1 + n % 28:02d} 10:00:00,web" for n in range(60)]
    items = [
        (5000 + n, draw.randint(1, 4), Decimal(draw.randint(1, 9999)) / 100)
        for n in range(60)
        for _ in range(1 + n % 3)
    ]
    totals = pd.Series([hundredths(price, Decimal(n)) for _, n, price in items]).groupby([i[0] for i in items]).sum()
    rows = [f"{k},{no},S{k % 9},{n},{price}" for k, (no, n, price) in enumerate(items)]
    source, draft = drafted(folder, text(*rows, head="item_id,order_id,sku,qty_ordered,price"), orders)
    assert source["columns"] == {
        "ts": "created_at", "amount": "price", "quantity": "qty_ordered", "event_id": "order_id", "channel": "via"
    }  # fmt: skip
    assert list(read_sources(folder).sources) == ["shop"]
    assert "# orders.csv: joined to shop.csv" in draft
    done = ingest(folder)
    assert sorted(done.events["amount_hundredths"]) == sorted(totals)
    assert done.events["customer_id"].nunique() == 25
    assert set(done.events["channel"]) == {"web"}


@pytest.mark.realdata
def test_baskets_amount_to_the_sum_of_their_lines(real_data: Path, tmp_path: Path, ingest: Run) -> None:
    file = real_data / "completejourney" / "transactions_sample.csv.gz"
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "lines.csv.gz").symlink_to(file)
    (folder / "pseudonym.key").write_text(KEY, encoding="ascii")
    source = {
        "kind": "events", "format": "csv", "files": "lines.csv.gz", "ids": {"household": "household_id"},
        "timezone": "UTC", "event": "basket", "lines": "sum", "keep": ["basket_id"],
        "columns": {"ts": "transaction_timestamp", "event_id": "basket_id", "amount": "sales_value"},
    }  # fmt: skip
    window = {"start": "2017-01-01", "end": "2018-01-02", "features_until": "2018-01-02"}
    write_sources(folder, {"title": "Baskets", "observation": window, "sources": {"shop": source}})
    events = ingest(folder).events
    lines = pd.read_csv(file, dtype=str)
    cents = lines["sales_value"].map(lambda value: hundredths(Decimal(value), Decimal(1)))
    wanted = cents.groupby(lines["basket_id"]).sum()
    found = events.set_index(events["properties"].str.extract(r'"basket_id": "(.+)"')[0])["amount_hundredths"]
    assert found.sort_index().to_dict() == wanted.to_dict()
    assert len(wanted) > 40_000
