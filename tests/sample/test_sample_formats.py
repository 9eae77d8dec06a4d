"""Each export has the layout of the vendor's, and the dirt that real exports have."""

import json
import re

import pandas as pd

from pipeline.sample.attitudes import AGREEMENT


def test_contacts_are_a_hubspot_export_with_duplicates_and_placeholders(sample):
    raw = (sample.raw / "hubspot" / "contacts.csv").read_text(encoding="utf-8")
    contacts = sample.csv("hubspot/contacts.csv")
    assert list(contacts.columns[:6]) == [
        "Record ID",
        "First Name",
        "Last Name",
        "Email",
        "Phone Number",
        "Lead Status",
    ]
    became = [c for c in contacts.columns if re.fullmatch(r"Became an? [A-Z][a-z A-Z]+ Date", c)]
    assert len(became) == 7
    assert {"Lifecycle Stage", "Create Date", "Close Date", "Country/Region", "Original Source"} <= set(
        contacts.columns
    )
    assert contacts["Record ID"].is_unique
    repeated = contacts["Email"].str.lower().duplicated(keep=False)
    assert contacts["Email"].str.lower().nunique() == 600
    assert repeated.sum() == 24
    newest = contacts[repeated].sort_values("Create Date").groupby(contacts["Email"].str.lower())["Record ID"].last()
    assert set(newest) <= set(sample.truth["customers"])
    assert {"", "N/A"} < set(contacts["Age"])
    assert "Select" in set(contacts["Annual Income"])
    assert "NA" in set(contacts["Last Name"])
    assert contacts["Record ID"].str.startswith("0").sum() >= 2
    assert contacts["Brewing Methods"].str.contains(";").any()
    assert '"Said: ""call me after five"", then hung up"' in raw
    dates = contacts["Became a Lead Date"]
    assert dates[dates != ""].str.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d").mean() > 0.98
    assert {"31/02/2025 10:00", "last spring"} <= set(dates)


def test_lifecycle_stage_is_the_last_step_with_a_date(sample):
    contacts = sample.csv("hubspot/contacts.csv")
    customers = contacts[contacts["Became a Customer Date"] != ""]
    assert set(customers["Lifecycle Stage"]) <= {"Customer", "Evangelist"}
    assert (customers["Close Date"] == customers["Became a Customer Date"]).all()
    assert (customers["Became a Customer Date"] >= "2025-07-01").all()


def test_survey_is_a_qualtrics_export_with_three_header_rows(sample):
    survey = sample.csv("qualtrics/coffee-survey.csv", encoding="utf-8-sig")
    assert list(survey.columns[:5]) == ["StartDate", "EndDate", "Status", "IPAddress", "Progress"]
    assert list(survey.columns[5:9]) == ["Duration (in seconds)", "Finished", "RecordedDate", "ResponseId"]
    labels, codes, answers = survey.iloc[0], survey.iloc[1].map(json.loads), survey.iloc[2:]
    assert codes["ResponseId"] == {"ImportId": "_recordId"}
    assert codes["RecordedDate"] == {"ImportId": "recordedDate", "timeZone": "Europe/Berlin"}
    assert codes["ExternalReference"]["ImportId"] == "externalDataReference"
    assert "<b>" in labels["Q1_1"]
    assert "\n" in labels["Q3_1"]
    assert labels["Q1_1"].split(" - ")[1] == "I enjoy the craft of brewing"
    assert set(answers["Q1_1"]) <= {"", *AGREEMENT}
    assert answers["ResponseId"].is_unique


def test_survey_has_previews_unfinished_speeders_and_straight_liners(sample):
    answers = sample.csv("qualtrics/coffee-survey.csv", encoding="utf-8-sig").iloc[2:]
    assert (answers["Status"] == "Survey Preview").sum() == 4
    real = answers[answers["Status"] == "IP Address"]
    assert len(real) == 360
    assert 0.03 < (real["Finished"] == "False").mean() < 0.08
    duration = real["Duration (in seconds)"].astype(int)
    assert 0.01 < (duration < duration.median() / 3).mean() < 0.08
    items = [c for c in real.columns if re.fullmatch(r"Q[123]_\d", c)]
    flat = real[items].nunique(axis=1) == 1
    assert 0.02 < flat.mean() < 0.06
    by_email = (real["ExternalReference"] == "") & (real["RecipientEmail"] != "")
    unlinkable = (real["ExternalReference"] == "") & (real["RecipientEmail"] == "")
    assert by_email.sum() >= 5
    assert unlinkable.sum() >= 2


def test_multi_selects_hold_options_with_commas(sample):
    answers = sample.csv("qualtrics/coffee-survey.csv", encoding="utf-8-sig").iloc[2:]
    assert answers["Q4"].str.contains("Fresh beans, always in stock,Reliable deliveries", regex=False).any()


def test_log_follows_the_segment_spec_and_corrects_device_clocks(lines):
    assert set(lines["type"]) == {"track", "page", "identify"}
    assert lines["email"].notna().equals(lines["type"] == "identify")
    times = lines[["originalTimestamp", "sentAt", "receivedAt", "timestamp"]].apply(pd.to_datetime, utc=True)
    corrected = times["receivedAt"] - (times["sentAt"] - times["originalTimestamp"])
    assert (corrected == times["timestamp"]).all()
    skewed = (times["timestamp"] - times["originalTimestamp"]).abs() > pd.Timedelta(minutes=10)
    assert 0.005 < skewed.mean() < 0.08
    month = times["receivedAt"].dt.strftime("events-%Y-%m.jsonl")
    within = (times["receivedAt"] >= "2025-01-01") & (times["receivedAt"] < "2026-01-01")
    assert (month == lines["part"])[within].all()


def test_log_has_duplicates_bots_strangers_ties_strays_and_broken_lines(sample, lines, own):
    copies = lines[lines["messageId"].duplicated(keep=False)].groupby("messageId")["timestamp"].nunique()
    assert len(copies) > 200
    assert (copies == 1).all()
    hours = pd.to_datetime(lines["timestamp"], utc=True).dt.floor("h")
    busiest = lines.groupby(["anonymousId", hours]).size()
    bots = set(busiest[busiest > 120].index.get_level_values(0))
    assert len(bots) == 3
    assert not bots & set(sample.truth["identities"]["anonymous"])
    strangers = set(lines["anonymousId"]) - bots - set(sample.truth["identities"]["anonymous"])
    assert len(strangers) > 50
    assert own.duplicated(["customer", "timestamp"]).sum() > 200
    outside = ~lines["timestamp"].str.startswith("2025")
    assert 20 < outside.sum() < 200
    total = sum(len(p.read_bytes().splitlines()) for p in (sample.raw / "segment").glob("*.jsonl"))
    assert total - len(lines) >= 5


def test_devices_are_identified_later_by_e_mail_in_any_case(sample, lines, own):
    logins = own[own["type"] == "identify"]
    assert set(logins["anonymousId"]) == set(sample.truth["identities"]["anonymous"])
    assert (logins["email"].str.lower().map(sample.truth["identities"]["email"]) == logins["customer"]).all()
    assert (logins["userId"].map(sample.truth["identities"]["user"]) == logins["customer"]).all()
    assert (logins["email"] != logins["email"].str.lower()).mean() > 0.05
    first_login = logins.groupby("anonymousId")["ts"].min()
    before = own["ts"] < own["anonymousId"].map(first_login)
    assert own.loc[before, "userId"].isna().all()
    assert before.mean() > 0.1
    per_customer = logins.groupby("customer")["anonymousId"].nunique()
    assert set(per_customer) == {1, 2, 3}


def test_orders_have_refunds_duplicates_and_bad_amounts(sample):
    raw = (sample.raw / "shop" / "orders.csv").read_bytes()
    orders = sample.csv("shop/orders.csv")
    assert raw.count(b"\r\n") == len(orders) + 1
    assert list(orders.columns) == ["order_id", "contact_id", "ordered_at", "total", "currency", "kind", "product"]
    amounts = pd.to_numeric(orders["total"], errors="coerce")
    assert ((amounts < 0) == (orders["kind"] == "refund"))[amounts.notna()].all()
    assert 0.01 < (amounts < 0).mean() < 0.08
    assert amounts.isna().sum() == 4
    assert orders["order_id"].duplicated().sum() == orders.duplicated().sum() > 5
    assert set(orders["contact_id"]) <= set(sample.truth["identities"]["contact"])
    net = orders.assign(amount=amounts).drop_duplicates("order_id").groupby("contact_id")["amount"].sum()
    assert (net > -1e-6).all(), "nobody gets back more than was paid"


def test_interviews_are_transcripts_with_turns_and_consent(sample):
    turns = pd.concat([sample.csv(f"interviews/{p.name}") for p in (sample.raw / "interviews").glob("*.csv")])
    assert list(turns.columns) == ["doc_id", "respondent_id", "source", "date", "speaker", "turn", "text", "consent"]
    assert turns["doc_id"].nunique() == 40
    assert set(turns["speaker"]) == {"moderator", "respondent"}
    assert set(turns["consent"]) == {"yes", "no"}
    assert not turns.duplicated(["doc_id", "turn"]).any()
    assert turns["text"].str.contains("@example").any()
    assert turns["text"].str.contains(r"\+49 30 23125").any()
    known = turns["respondent_id"] != ""
    assert set(turns.loc[known, "respondent_id"]) <= set(sample.truth["customers"])
    assert 0 < (~known).mean() < 0.1


def test_mailing_is_randomised_with_repeats_and_unknown_addresses(sample):
    mailing = sample.csv("mailing/exposures.csv")
    assert list(mailing.columns) == ["email", "experiment", "variant", "sent_at"]
    persona = sample.persona_of("email", mailing["email"].str.lower())
    assert persona.isna().sum() == 5
    shares = mailing["variant"].value_counts(normalize=True)
    assert shares.between(0.25, 0.42).all()
    per_person = mailing.groupby(mailing["email"].str.lower())["variant"].nunique()
    assert (per_person == 1).all()
    assert mailing["email"].str.lower().duplicated().any()
