"""Drafts of tables that refer to one another, as the database of a shop is exported, and of logs by their headings."""

import datetime as dt
import json
from argparse import Namespace
from pathlib import Path

import openpyxl
import pytest

from pipeline.core.sources import SOURCES_FILE, read_sources
from pipeline.ingest.draft import draft_sources
from pipeline.ingest.inspection import inspect_folder
from pipeline.ingest.stage import main as ingest

N = 60


def write(folder: Path, name: str, heading: str, rows: list[str]) -> None:
    (folder / f"{name}.csv").write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")


def drafted(folder: Path) -> tuple[dict, str]:
    """The sources of the draft, and its text; it is one that a run takes."""
    text = draft_sources("shop", *inspect_folder(folder))
    (folder / SOURCES_FILE).write_text(text, encoding="utf-8")
    sources = read_sources(folder).sources
    return {name: s.model_dump(exclude_unset=True) for name, s in sources.items()}, text


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Twenty customers with three orders each, a line per order, of ten products."""
    customers = [f"{100 + i},{'north' if i % 3 else 'south'}" for i in range(20)]
    orders = [f"{1000 + i},{100 + i % 20},2024-03-{1 + i % 28:02d} 10:00:00+00:00" for i in range(N)]
    lines = [f"{1000 + i},P{i % 25},{5 + i % 7}.50,2024-04-{1 + i % 28:02d} 10:00:00+00:00" for i in range(N)]
    write(tmp_path, "customers", "customer_id,region", customers)
    write(tmp_path, "orders", "order_id,customer_id,ordered_at", orders)
    write(tmp_path, "order_lines", "order_id,product_id,price,shipped_at", lines)
    write(tmp_path, "products", "product_id,material", [f"P{i},{'wood' if i % 2 else 'steel'}" for i in range(25)])
    return tmp_path


def test_orders_are_events_though_each_row_has_an_id_of_its_own(shop: Path) -> None:
    sources, _ = drafted(shop)
    assert sources["orders"]["kind"] == "events"
    assert sources["orders"]["ids"] == {"customer": "customer_id"}
    assert sources["orders"]["columns"] == {"ts": "ordered_at", "event_id": "order_id"}


def test_lines_of_orders_find_their_customers_in_the_table_of_orders(shop: Path) -> None:
    sources, text = drafted(shop)
    assert (sources["orders"]["event"], sources["order_lines"]["event"]) == ("order", "happened")
    assert "#     second: [{event: order, at_least: 2}]" in text
    assert sources["order_lines"]["ids"] == {"customer": "customer_id"}
    assert sources["order_lines"]["join"] == [{"files": "orders.csv", "on": "order_id", "columns": ["customer_id"]}]


def test_a_table_of_products_is_no_source_where_others_know_the_customers(shop: Path) -> None:
    sources, text = drafted(shop)
    assert "products" not in sources
    assert "#   join: [{files: products.csv, on: product_id, columns: [material]}]" in text


def test_a_table_of_things_alone_is_asked_about(tmp_path: Path) -> None:
    write(tmp_path, "products", "product_id,material", [f"P{i},{'wood' if i % 2 else 'steel'}" for i in range(25)])
    sources, text = drafted(tmp_path)
    assert "products" in sources
    assert "# ? no persons?" in text


def test_numbers_of_deals_and_of_persons_are_not_one_space(tmp_path: Path) -> None:
    write(tmp_path, "deals", "Deal - ID,Deal - Stage", [f"{i},{'won' if i % 2 else 'lost'}" for i in range(1, 90)])
    write(tmp_path, "people", "Person - ID,Label", [f"{i},{'hot' if i % 2 else 'cold'}" for i in range(1, 60)])
    _, text = drafted(tmp_path)
    assert "ids: {deal: Person - ID" not in text


@pytest.mark.parametrize(("heading", "space"), [("visitorid", "visitor"), ("user_pseudo_id", "user_pseudo")])
def test_a_log_is_read_by_headings_written_in_one_word_or_with_event_before(
    tmp_path: Path, heading: str, space: str
) -> None:
    names = ("view", "addtocart", "transaction")
    rows = [f"{1430622000000 + i * 90_000},{7000 + i % 9},{names[i % 3]},{i}" for i in range(N)]
    write(tmp_path, "log", f"event_timestamp,{heading},event_name,product_id", rows)
    sources, text = drafted(tmp_path)
    assert sources["log"]["ids"] == {space: heading}
    assert sources["log"]["columns"] == {"ts": "event_timestamp", "event": "event_name"}
    assert "# events seen most: addtocart, transaction, view" in text


def test_seconds_before_2001_are_times_too(tmp_path: Path) -> None:
    rows = [f"{i % 9},{828_000_000 + i * 9_000_000},{i}" for i in range(N)]
    write(tmp_path, "ratings", "userId,timestamp,movieId", rows)
    sources, _ = drafted(tmp_path)
    assert sources["ratings"]["kind"] == "events"
    assert sources["ratings"]["epoch"] == "seconds"


def test_a_way_of_contact_is_no_id(tmp_path: Path) -> None:
    rows = [f"{20 + i},{('cellular', 'telephone', 'mail')[i % 3]}" for i in range(90)]
    write(tmp_path, "bank", "age,contact", rows)
    sources, _ = drafted(tmp_path)
    assert sources["bank"]["ids"] == {"row": "*"}


def test_many_columns_without_an_id_are_customers_though_one_is_a_date(tmp_path: Path) -> None:
    wide = ",".join(f"about_{i}" for i in range(13))
    rows = [f"2024-03-{1 + i % 28:02d}," + ",".join(str((i + k) % 5) for k in range(13)) for i in range(N)]
    write(tmp_path, "bookings", f"status_date,{wide}", rows)
    sources, _ = drafted(tmp_path)
    assert sources["bookings"]["kind"] == "customers"
    assert sources["bookings"]["ids"] == {"row": "*"}


def test_no_field_is_proposed_of_phones_places_or_one_value(tmp_path: Path) -> None:
    rows = [
        f"{i},+1512555{i % 7:04d},203.0.113.{i % 9},{48 + i % 9}.25,Leeds,{'a' if i % 2 else 'b'}" for i in range(N)
    ]
    write(tmp_path, "people", "customer_id,Reach me,Seen at,Latitude,Town,Plan", rows)
    sources, text = drafted(tmp_path)
    assert list(sources["people"]["fields"]) == ["plan"]
    assert "# direct identifiers, for `ids` only: Reach me, Seen at" in text
    assert "Latitude (a place), Town (one value)" in text


def test_a_plain_survey_has_questions_ticks_and_bands_in_order(tmp_path: Path) -> None:
    tools = ("Mail;Phone", "Mail", "Phone;Shop", "Shop", "Mail;Shop", "Phone")
    ages = ("18-24 years old", "Under 18 years old", "25 years or older")
    trust = ("Tend to agree", "DK", "Totally disagree", "Totally agree")
    rows = [f"{i},{tools[i % 6]},{ages[i % 3]},{trust[i % 4]}" for i in range(90)]
    write(tmp_path, "survey", "ResponseId,LearnCode,Age,Trust", rows)
    sources, _ = drafted(tmp_path)
    survey = sources["survey"]
    assert (survey["kind"], survey["ids"]) == ("responses", {"response": "ResponseId"})
    questions = {q["column"]: q for q in survey["questions"].values()}
    assert (questions["LearnCode"]["kind"], questions["LearnCode"]["separator"]) == ("multi", ";")
    assert questions["Age"]["levels"] == ["Under 18 years old", "18-24 years old", "25 years or older"]
    assert questions["Trust"]["levels"] == ["Totally disagree", "Tend to agree", "Totally agree"]


def test_two_sheets_of_orders_are_one_log_whose_prices_are_multiplied(tmp_path: Path) -> None:
    """As of Online Retail II: a sheet a year, ids as numbers with decimals, cancellations of a quantity below 0."""
    folder, book = tmp_path / "shop", openpyxl.Workbook()
    folder.mkdir()
    for sheet, year in ((book.active, 2010), (book.create_sheet(), 2011)):
        sheet.title = f"Year {year}"
        sheet.append(["Invoice", "Quantity", "InvoiceDate", "Price", "Customer ID"])
        for i in range(N):
            day, no = dt.datetime(year, 1 + i % 12, 3, 9, 30), year * 100 + i // 2
            back = no % 9 == 0
            sheet.append([f"C{no}" if back else no, -1 if back else i % 4 + 1, day, 2.55 + i % 2, 13085.0 + no % 10])
    book.save(folder / "retail.xlsx")
    sources, text = drafted(folder)
    assert sources["year"]["files"] == "retail.xlsx/Year *"
    wanted = {"ts": "InvoiceDate", "event_id": "Invoice", "amount": "Price", "quantity": "Quantity"}
    assert (sources["year"]["columns"], sources["year"]["lines"]) == (wanted, "sum")
    assert "`amount` is the price of one piece" in text
    ingest(Namespace(dataset=folder, out=tmp_path / "out", metrics=tmp_path / "ingest.json"))
    rows = json.loads((tmp_path / "ingest.json").read_text(encoding="utf-8"))["rows"]
    assert (rows["read"], rows["kept"], rows["merged"]) == (2 * N, N, N)


def test_lines_of_an_order_of_woocommerce_are_one_order_with_its_total(tmp_path: Path) -> None:
    head = "Order Number,Order Date,Email (Billing),Order Total Amount,Item Name"
    rows = [f"{300 + i // 2},2024-05-{1 + i % 28:02d} 10:00,w{i // 6}@example.org,20.5,Mug" for i in range(N)]
    write(tmp_path, "orders", head, rows)
    sources, _ = drafted(tmp_path)
    wanted = {"ts": "Order Date", "event_id": "Order Number", "amount": "Order Total Amount"}
    assert (sources["orders"]["columns"], sources["orders"]["event"]) == (wanted, "order")
    assert sources["orders"]["ids"] == {"email": "Email (Billing)"}


def test_days_and_names_of_a_process_log_are_those_of_its_traces(tmp_path: Path) -> None:
    def event(name: str, day: int) -> str:
        at = f"2012-02-{day:02d}T10:00:00.000+01:00"
        return f'<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="{at}"/></event>'

    traces = [
        f'<trace><string key="concept:name" value="{i}"/>{event("submitted", 3)}{event("approved", 4 + i)}</trace>'
        for i in range(9)
    ]
    (tmp_path / "log.xes").write_text(f"<log>{''.join(traces)}</log>", encoding="utf-8")
    _, text = drafted(tmp_path)
    assert "\n  start: 2012-02-03\n  end: 2012-02-13\n" in text
    assert "# events seen most: approved, submitted" in text


def test_months_are_parts_of_one_source_and_no_pattern_takes_in_another_file(tmp_path: Path) -> None:
    rows = [f"2019-10-{1 + i % 28:02d} 10:00:00 UTC,view,{i % 9}" for i in range(N)]
    for name in ("2019-Oct", "2019-Nov", "visits1", "visits2", "visits_of_shops"):
        write(tmp_path, name, "event_time,event_type,user_id", rows)
    sources, _ = drafted(tmp_path)
    assert {s["files"] for s in sources.values()} == {"*-*.csv", "visits[0-9]*.csv", "visits_of_shops.csv"}


def test_a_row_of_questions_below_the_header_is_read_as_that_and_another_row_of_names_told(tmp_path: Path) -> None:
    rows = [f"{20 + i % 9},{('Man', 'Woman')[i % 2]},{('', 'Python')[i % 2]},{i * 7}" for i in range(N)]
    asked = "What is your age?,What is your gender?,Which languages? - Python,Duration (in seconds)"
    write(tmp_path, "plain", "Q1,Q2,Q7_Part_1,Time", rows)
    write(tmp_path, "twice", "Q1,Q2,Q7_Part_1,Time", [asked, *rows])
    write(tmp_path, "units", "Q1,Q2,Q7_Part_1,Time", ["years,sex,ticked,seconds", *rows])
    plain, twice, units = inspect_folder(tmp_path)[0]
    assert (twice.format, twice.header_rows, twice.rows) == ("responses-labelled", 2, N)
    assert [c.label for c in twice.columns][:2] == ["What is your age?", "What is your gender?"]
    assert [any("row 1 reads like a second header" in w for w in f.warnings) for f in (plain, twice, units)] == [
        False,
        False,
        True,
    ]
    assert (plain.rows, units.format, units.rows) == (N, "csv", N + 1)


def test_turns_of_speech_are_no_table(tmp_path: Path) -> None:
    turns = ["[00:00:10] Agent: Hello, how can I help?", "[00:00:15] Customer: My bill, it is too high."] * 4
    (tmp_path / "call.txt").write_text("\n".join(turns) + "\n", encoding="utf-8")
    (found,), problems = inspect_folder(tmp_path)
    assert not problems
    assert (found.format, found.rows) == ("plain-text", 8)


def test_customers_of_an_experiment_are_not_segmented_by_their_group(tmp_path: Path) -> None:
    write(tmp_path, "people", "user_id,group,age", [f"{i},{('control', 'new')[i % 2]},{20 + i % 40}" for i in range(N)])
    sources, _ = drafted(tmp_path)
    assert {name: f["role"] for name, f in sources["people"]["fields"].items()} == {
        "group": "describe",
        "age": "segment",
    }
