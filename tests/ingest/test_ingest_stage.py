"""Stage `ingest` on a tiny company: every row is accounted for, and ends where it should."""

import json

import pandas as pd

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest import schema
from pipeline.ingest.stage import Params
from tests.ingest.small_company import write_sources

ANNA, BEN, CLEO = (pseudonym(b"k" * 64, "contact", value) for value in ("0012", "13", "NA"))
COUNTS = ["read", "kept", "merged", "rejected"]


def test_every_row_is_kept_merged_or_rejected(done):
    table = done.reconciliation
    assert (table["read"] == table["kept"] + table["merged"] + table["rejected"]).all()
    assert table.loc["contacts", COUNTS].tolist() == [4, 3, 1, 0]
    assert table.loc["survey", COUNTS].tolist() == [5, 4, 0, 1]
    assert table.loc["web", COUNTS].tolist() == [11, 6, 1, 4]
    assert table.loc["orders", COUNTS].tolist() == [7, 5, 1, 1]
    assert table.loc["mailing", COUNTS].tolist() == [4, 2, 1, 1]
    assert table.loc["interviews", COUNTS].tolist() == [3, 2, 0, 1]


def test_rejects_name_file_row_column_reason_and_hide_the_value(done):
    rejects = done.table(schema.REJECTS).set_index("reason")
    amount = rejects.loc["the amount is no number"]
    assert amount[["file", "row", "column", "value"]].tolist() == ["orders.csv", 4, "total", "xxxx"]
    assert rejects.loc["the line is not a JSON object", "row"] == 6
    assert rejects.loc["outside the observation", "value"] == "9999-99-99x99:99:99x"
    assert rejects.loc["no consent", "file"] == "interviews/a.csv"
    assert set(rejects.index) >= {"visitor never identified", "the time cannot be read", "not a known customer"}


def test_of_two_records_of_one_person_the_later_wins_and_the_earlier_fills_its_gaps(done):
    anna = done.table(schema.CUSTOMERS).set_index("customer_id").loc[ANNA]
    assert anna["age"] == 35, "the later record"
    assert anna["city"] == "Berlin", "the later record has none"
    assert anna["plan"] == "small", "`huge` is no declared level"
    assert done.summary["identity"]["conflicts"] == 1


def test_ids_are_text_and_missing_texts_do_not_apply_to_them(done):
    customers = done.table(schema.CUSTOMERS).set_index("customer_id")
    assert {ANNA, BEN, CLEO} < set(customers.index)
    assert customers.loc[CLEO, "city"] == "Halle, Saale"
    assert pd.isna(customers.loc[BEN, "age"]), "`unknown` is declared to mean missing"
    assert "`Age`: 1 cell(s) hold a text that means missing" in done.summary["sources"]["contacts"]["warnings"]
    assert (
        "`Plan`: 1 cell(s) are not among the declared levels, now missing"
        in done.summary["sources"]["contacts"]["warnings"]
    )


def test_a_customer_known_from_orders_only_is_one_and_a_mere_addressee_is_not(done):
    customers = done.table(schema.CUSTOMERS).set_index("customer_id")
    other = customers.drop([ANNA, BEN, CLEO])
    assert other["sources"].tolist() == ["orders"]
    assert other[["city", "age"]].isna().all(axis=None)


def test_answers_carry_position_choices_and_flags(done):
    answers = done.table(schema.RESPONSES)
    by = answers.set_index(["customer_id", "question"]).sort_index(kind="stable")
    assert by.loc[[(ANNA, "a2")], "value"].tolist() == [0]
    assert by.loc[[(ANNA, "uses")], "answer"].tolist() == ["Chat", "Phone, mail"], "a comma inside a choice"
    assert by.loc[[(BEN, "uses")], "answer"].isna().tolist() == [True], "seen, nothing ticked"
    assert (CLEO, "uses") not in by.index, "unfinished: not known to be seen"
    assert by.loc[[(BEN, "nps")], "value"].isna().tolist() == [True], "11 is no score"
    assert by.loc[[(ANNA, "nps")], "answered_at"].tolist() == [pd.Timestamp("2025-02-01T09:05Z")], "Berlin in winter"
    first = answers.drop_duplicates("response_id")
    assert set(first.loc[first["straight_liner"], "customer_id"]) == {BEN}
    assert first.loc[first["speeder"], "customer_id"].isna().tolist() == [True]
    assert set(first.loc[~first["finished"], "customer_id"]) == {CLEO}


def test_free_text_is_scrubbed_and_open_answers_are_texts(done):
    texts = done.table(schema.TEXTS).set_index("topic")["text"]
    assert texts["wish"] == "Call [name] [name], [email] or [phone]."
    assert "Ask [name]. The price is fine." in set(texts["interviews"]), "Price is a last name, but here a word"


def test_events_are_in_utc_deduplicated_and_attributed(done):
    events = done.events.sort_values("ts").set_index(["source", "event"])
    assert set(events["customer_id"]) == {ANNA, BEN, *events.loc[[("orders", "Ordered")], "customer_id"]}
    viewed = events.loc[[("web", "Viewed")], "ts"]
    assert viewed.iloc[0] == pd.Timestamp("2025-02-01T11:30Z"), "receivedAt - (sentAt - originalTimestamp)"
    assert len(viewed) == 4
    assert events.loc[[("web", "page")], "device"].tolist() == ["mobile"]
    refund = events.loc[[("orders", "Refunded")]].iloc[0]
    assert (refund["amount_hundredths"], refund["utc_offset_minutes"]) == (-205, 120), "summer time"
    assert refund["ts"] == pd.Timestamp("2025-07-03T07:00Z")
    assert sorted(events.loc[[("orders", "Ordered")], "amount_hundredths"]) == [0, 700, 700, 1230]
    dated = events.loc[[("contacts", "Became Customer")]]
    assert dated["ts"].tolist() == [pd.Timestamp("2025-03-02T10:00Z")], "of the later record"


def test_properties_are_json_without_addresses(done):
    texts = done.events["properties"].dropna()
    assert {"mail": "[email]", "path": 'x "y"'} in [json.loads(t) for t in texts]


def test_no_direct_identifier_reaches_any_output(done):
    content = b"".join(p.read_bytes() for p in done.folder.rglob("*.json"))
    frames = [
        done.table(t) for t in (schema.CUSTOMERS, schema.RESPONSES, schema.TEXTS, schema.IDENTITIES, schema.REJECTS)
    ]
    shown = " ".join(f.to_csv() for f in [*frames, done.events, done.table(schema.EXPOSURES)]) + content.decode()
    for secret in ("anna@", "Anna", "Berg", "Okoro", "ben@", "0012", "device-1", "1234567", "203.0.113"):
        assert secret not in shown


def test_events_are_ordered_in_parts_by_customer_and_typed(done):
    parts = sorted((done.folder / "events").glob("*.parquet"))
    assert len(parts) == 8
    for number, path in enumerate(parts):
        part = pd.read_parquet(path)
        assert all(int(c[:2], 16) % 8 == number for c in part["customer_id"])
        assert part.equals(part.sort_values(["customer_id", "ts", "sequence", "event", "event_id"], ignore_index=True))
        schema.EVENTS.check(part)


def test_same_input_gives_the_same_bytes(done, mini, ingest):
    assert ingest(mini, "again").all_bytes() == done.all_bytes()


def test_bots_are_rejected(mini, ingest, monkeypatch):
    limits = Params(event_parts=1, largest_identity_group=20, bot_events_per_hour=1, memory_limit_gib=1)
    monkeypatch.setattr("pipeline.ingest.stage.params.load", lambda *_: limits)
    done = ingest(mini)
    assert done.reasons["web", "a bot: more than 1 events in an hour"] == 4, "page and view of device-1 in one hour"
    assert done.reasons["orders", "a bot: more than 1 events in an hour"] == 2, "two orders of 13 in one hour"
    assert done.reconciliation.loc["orders", "kept"] == 3


def test_without_events_the_events_are_an_empty_table(mini, ingest, sources):
    kept = {name: s for name, s in sources["sources"].items() if name in ("survey", "interviews")}
    write_sources(mini, {"title": "T", "sources": kept})
    done = ingest(mini)
    assert done.events.empty
    assert {name for name, there in done.summary["has"].items() if there} == {"responses", "texts"}
    assert len(done.table(schema.CUSTOMERS)) == 6, "without a CRM every respondent is a customer"
