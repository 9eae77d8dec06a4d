"""Scores and complaints by stage, information before a stage, first contact, purchases after purchases."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.core.engine import connect, read_parquet_folder
from pipeline.core.sources import QuestionSettings
from pipeline.ingest.schema import FEEDBACK, RESPONSES
from pipeline.journeys.emotions import BEFORE, emotions, scores, staged_scores
from pipeline.journeys.first_contact import first_contact, first_contacts
from pipeline.journeys.information import arrivals, contacts_before, information
from pipeline.journeys.loyalty import Afterwards, loyalty, purchase_days
from pipeline.journeys.pains import PainSetting, complaints, pains, severities
from pipeline.journeys.visits import states_of
from tests.journeys.logs_for_tests import shop
from tests.journeys.map_for_tests import mapped, one

START = pd.Timestamp("2024-01-01", tz="UTC")
LOG = (
    ("a", 1, "visit"), ("a", 2, "read", {"channel": "mail"}), ("a", 2, "look"), ("a", 5, "demo"), ("a", 9, "order"),
    ("b", 1, "visit"), ("b", 4, "demo"),
    ("c", 6, "visit"),
)  # fmt: skip


def frame(rows):
    return rows.to_pyarrow().to_pandas()


def feedback(*rows):
    """(customer, day, measure, touchpoint, share)."""
    table = pd.DataFrame(rows, columns=["customer_id", "day", "measure", "touchpoint", "share"])
    given = START + pd.to_timedelta(table["day"], unit="D")
    return FEEDBACK.check(table.drop(columns="day").assign(source="x", channel=None, score=1.0, given_at=given))


def answers(*rows):
    """(customer, day, question, kind, answer, value)."""
    table = pd.DataFrame(rows, columns=["customer_id", "day", "question", "kind", "answer", "value"])
    return RESPONSES.check(
        table.drop(columns="day").assign(
            response_id=table["customer_id"], source="x", answered_at=START + pd.to_timedelta(table["day"], unit="D"),
            finished=True, straight_liner=False, speeder=False, code=None,
        )
    )  # fmt: skip


NPS = QuestionSettings(column="n", kind="nps", label="N", theme="satisfaction")
CSAT = QuestionSettings(column="c", kind="numeric", label="C", theme="satisfaction")
PAINS = QuestionSettings(column="p", kind="multi", label="P", theme="pain", levels=["slow", "dear"])


def test_scores_fall_into_the_stage_the_customer_was_in(tmp_path):
    stays, _ = mapped(tmp_path, *LOG)
    given = scores(
        feedback(("a", 3, "csat", "help", 1.0), ("b", 3, "csat", "help", 0.0), ("b", 2, "csat", "help", 1.0),
                 ("a", 6, "effort", None, 0.5), ("c", 3, "csat", None, 0.75), ("stranger", 3, "csat", None, 0.0)),
        answers(("a", 7, "n", "nps", "9", 9.0), ("b", 7, "n", "nps", "6", 6.0), ("a", 7, "c", "numeric", "1", 1.0),
                ("b", 7, "c", "numeric", "5", 5.0)),
        {"n": NPS, "c": CSAT, "p": PAINS},
    )  # fmt: skip
    staged = staged_scores(given, stays)
    table = emotions(staged, ["persona-1"], states_of(shop()), 1)
    own = {"persona": "persona-1", "topic": "emotion"}
    aware = one(table, **own, stage="aware", item="csat", measure="positive share")
    # b said good on day 2 and bad on day 3: the latest counts.
    assert (aware["value"], aware["count"], aware["base"]) == (0.5, 1, 2)
    assert one(table, **own, stage="aware", item="csat", measure="negative share")["value"] == 0.5
    nps = {"stage": "consider", "item": "nps"}
    assert one(table, **own, **nps, measure="positive share")["value"] == 0.5
    assert one(table, **own, **nps, measure="negative share")["value"] == 0.5
    assert one(table, **own, **nps, measure="mean")["value"] == pytest.approx(0.75)
    assert one(table, **own, stage="consider", item="c", measure="mean")["value"] == 0.5
    assert one(table, **own, stage=BEFORE, item="csat", measure="mean")["value"] == 0.75
    # Gaps stay gaps: nobody was asked in these stages.
    assert not set(table["stage"]) & {"buy", "loyal", "drop-off"}
    few = emotions(staged, ["persona-1"], states_of(shop()), 3)
    assert few[["value", "lower", "upper"]].isna().all(axis=None)
    assert (few["status"] == "not enough data").all()


def test_a_score_during_several_journeys_belongs_to_none(tmp_path):
    stages = shop(case="deal")
    stays, _ = mapped(tmp_path, ("a", 1, "visit", {"deal": "1"}), ("a", 5, "visit", {"deal": "2"}), stages=stages)
    given = scores(feedback(("a", 3, "csat", None, 1.0), ("a", 6, "csat", None, 1.0)), RESPONSES.empty(), {})
    assert staged_scores(given, stays)["at"].tolist() == [int(START.value // 1000) + 3 * 86_400_000_000]


def test_planted_pains_drive_customers_away():
    """Of those bothered 60 % drop off on day 10, of the others 20 %; the rest moves on on day 5."""
    size = 400
    bothered = np.arange(size) % 2 == 0
    place = np.arange(size) // 2 % 10
    gone = np.where(bothered, place < 6, place < 2)
    names = np.char.add("c", np.arange(size).astype(str))
    stays = pd.DataFrame(
        {"visit": np.arange(size), "customer_id": names, "persona": "persona-1", "stage": "aware", "from_entry": True,
         "to": np.where(gone, "drop-off", "consider"), "days": np.where(gone, 10.0, 5.0)}
    )  # fmt: skip
    said = answers(
        *((name, 0, "p", "multi", "slow" if bad else None, np.nan) for name, bad in zip(names, bothered, strict=True))
    )
    severity = pd.Series(np.where(bothered, 0.8, 0.1), index=names)
    empty = staged_scores(scores(FEEDBACK.empty(), RESPONSES.empty(), {}), stays.assign(began=0, ended=1))
    setting = PainSetting(["persona-1"], ["aware"], "drop-off", 30.0, 10)
    table = pains(stays, complaints(said, {"p": PAINS}), empty, severity, setting)
    found = table[(table["persona"] == "persona-1") & (table["item"] == "slow")].set_index("measure")
    assert found["value"].to_dict() == pytest.approx(
        {"frequency": 0.5, "severity": 0.8, "drop-off with it": 0.6, "drop-off without it": 0.2, "index": 0.24}
    )
    assert found.loc["drop-off with it", ["count", "base"]].tolist() == [120, 200]
    dear = table[(table["persona"] == "persona-1") & (table["item"] == "dear")].set_index("measure")["value"]
    assert dear["frequency"] == 0
    assert dear[["severity", "drop-off with it", "index"]].isna().all()
    nowhere = PainSetting(["persona-1"], ["aware"], None, 30.0, 10)
    unknown = pains(stays, complaints(said, {"p": PAINS}), empty, severity, nowhere)
    assert unknown.loc[unknown["measure"].isin(["drop-off with it", "index"]), "value"].isna().all()


def test_a_bad_score_counts_from_its_moment_on(tmp_path):
    rows = [(f"{n:02d}", 1, "visit") for n in range(20)]
    rows += [(f"{n:02d}", 9 if n < 10 else 3, "demo") for n in range(15)]
    stays, _ = mapped(tmp_path, *rows)
    bad = feedback(*((f"{n:02d}", 4, "csat", "help", 0.25) for n in [*range(5), *range(15, 20)]))
    staged = staged_scores(scores(bad, RESPONSES.empty(), {}), stays)
    setting = PainSetting(["persona-1"], ["aware"], "drop-off", 30.0, 5)
    asked = complaints(RESPONSES.empty(), {})
    table = pains(stays, asked, staged, severities(scores(bad, RESPONSES.empty(), {})), setting)
    found = table[table["persona"] == "persona-1"].set_index("measure")
    assert found["value"].to_dict() == pytest.approx(
        {"frequency": 0.5, "severity": 0.75, "drop-off with it": 0.5, "drop-off without it": 0.0, "index": 0.1875}
    )
    # Those who were bothered later on count among the others until then.
    assert found.loc["drop-off without it", "base"] == 20


def test_information_before_a_stage_is_counted_from_the_origin(tmp_path):
    stays, touched = mapped(tmp_path, *LOG)
    arrived = arrivals(stays, shop().ladder)
    table = information(frame(contacts_before(touched, arrived)), arrived, ["persona-1"], 1)
    own = table[(table["persona"] == "persona-1") & (table["stage"] == "consider")].set_index("measure")
    # a: visit, read, look on two days by one channel; b: visit.
    assert own["value"].to_dict() == {
        "median touchpoints": 2.0, "median kinds of touchpoint": 2.0, "median channels": 0.5, "median active days": 1.5,
        "median days since the origin": 3.5,
    }  # fmt: skip
    assert own["base"].tolist() == [2] * 5
    bought = one(table, persona="persona-1", stage="buy", measure="median touchpoints")
    assert (bought["value"], bought["base"]) == (4.0, 1)
    assert not (table["stage"] == "loyal").any()
    few = information(frame(contacts_before(touched, arrived)), arrived, ["persona-1"], 2)
    assert few.loc[few["stage"] == "buy", "value"].isna().all()


def test_first_contact_at_the_logs_edge_is_told_apart(tmp_path):
    stays, _ = mapped(tmp_path, ("a", -360, "ad", {"channel": "tv"}), ("b", -40, "ad", {"channel": "tv"}), *LOG)
    events = read_parquet_folder(connect(), tmp_path)
    first = frame(first_contacts(events, date(2023, 1, 1), 30))
    table = first_contact(first, stays, ["persona-1"], 9, 1)
    own = table[table["persona"] == "persona-1"]
    edge = one(own, measure="seen at the log's edge")
    assert (edge["count"], edge["base"]) == (1, 3)
    ad = one(own, measure="share", item="ad", channel="tv")
    assert (ad["count"], ad["base"], ad["value"]) == (1, 2, 0.5)
    assert one(own, measure="share", item="visit")["count"] == 1


def test_bought_again_counts_those_who_still_may(tmp_path):
    money = {"amount": 500}
    rows = [(name, 1, "visit") for name in "abcd"]
    rows += [("a", 2, "pay", money), ("a", 2.2, "pay", money), ("a", 12, "pay", money), ("b", 3, "pay", money),
             ("c", 95, "pay", money), ("d", 3, "pay", {"amount": -500}), ("a", 30, "pay", money)]  # fmt: skip
    stays, touched = mapped(tmp_path, *rows)
    end = int(stays["ended"].max())
    after = Afterwards([20.0], ["aware", "consider", "buy", "loyal"], "drop-off", end)
    table = loyalty(frame(purchase_days(touched)), stays, ["persona-1"], after, 1)
    own = {"persona": "persona-1", "item": "after purchase 1"}
    again = one(table, **own, measure="bought again by day 20")
    # c was watched for 5 days after it; b for long: one of two.
    assert (again["value"], again["count"], again["base"]) == (0.5, 1, 3)
    assert (
        one(table, persona="persona-1", item="after purchase 2", measure="half have bought again by")["value"] == 18.0
    )
    there = one(table, persona="persona-1", measure="still there on day 20")
    assert (there["count"], there["base"]) == (3, 4)
    nobody = loyalty(frame(purchase_days(touched))[:0], stays, ["persona-1"], Afterwards([20.0], ["buy"], None, end), 1)
    assert nobody.empty


def test_no_words_and_no_arrivals_give_no_rows(tmp_path):
    stays, touched = mapped(tmp_path, ("a", 1, "visit"))
    arrived = arrivals(stays, shop().ladder)
    assert information(frame(contacts_before(touched, arrived)), arrived, ["persona-1"], 1).empty
    assert emotions(staged_scores(scores(FEEDBACK.empty(), RESPONSES.empty(), {}), stays), [], ["aware"], 1).empty
