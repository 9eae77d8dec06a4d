"""Texts become times and numbers in pandas and in the engine alike."""

import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.engine import connect
from pipeline.core.pseudonym import pseudonym
from pipeline.ingest import expressions as x
from pipeline.ingest.cells import numbers, without_missing
from pipeline.ingest.choices import split_choices
from pipeline.ingest.dates import in_iso
from pipeline.ingest.times import TIME, is_naive, parse_times

TIMES = {
    "2024-03-12": "2024-03-12T00:00:00",
    "2024-03-12 09:14": "2024-03-12T09:14:00",
    " 2024-03-12T09:14:05.123Z ": "2024-03-12T09:14:05.123",
    "2024-03-12 09:14:05+02:00": "2024-03-12T07:14:05",
    "2024-03-12T09:14:05-0330": "2024-03-12T12:44:05",
    "2024-03-12 09:14:05 UTC": "2024-03-12T09:14:05",
    "2024-03-12 09:14:05.1234567Z": "2024-03-12T09:14:05.123456",
    "2024-02-30": None,
    "2024-13-01 10:00": None,
    "12/03/2024": None,
    "2024-03-12 25:00": None,
    "yesterday": None,
    "": None,
    "1710234845": None,
}


def engine_times(texts: list[str]) -> list:
    connection = connect()
    table = connection.create_table("t", x.from_frame(pd.DataFrame({"text": texts, "n": range(len(texts))})))
    text = x.cell(table, "text", [""])
    moved = x.plus_minutes(x.local_time(text), -x.written_offset_minutes(text))
    known = table.mutate(common=x.common_time(text), ts=text.re_search(TIME).ifelse(moved, None)).order_by("n")
    found = x.to_frame(known.select("common", "ts"))
    without_search = found["common"].notna()
    assert found["common"][without_search].equals(found["ts"].rename("common")[without_search])
    return found["ts"].tolist()


def test_pandas_and_the_engine_read_the_same_times():
    texts = list(TIMES)
    expected = [pd.NaT if v is None else pd.Timestamp(v) for v in TIMES.values()]
    ours = parse_times(pd.Series(texts, dtype="str"), "UTC").dt.tz_localize(None).tolist()
    theirs = engine_times(texts)
    for text, want, one, two in zip(texts, expected, ours, theirs, strict=True):
        assert (one is pd.NaT and want is pd.NaT) or one == want, text
        assert (two is pd.NaT and want is pd.NaT) or two == want, text


WRITTEN = ["31.12.2024", "1.2.2024 9:05", "1/2/2024 12:05:06 AM", "12/11/2024, 1:00 pm", "2024-02-01", "1.2.24", "soon"]


@pytest.mark.parametrize("order", ["day first", "month first"])
def test_pandas_and_the_engine_read_the_same_dates_with_the_year_last(order):
    table = connect().create_table("t", x.from_frame(pd.DataFrame({"text": WRITTEN, "n": range(len(WRITTEN))})))
    theirs = x.to_frame(table.mutate(iso=x.day_and_month_in_iso(table.text, order)).order_by("n"))["iso"]
    ours = in_iso(pd.Series(WRITTEN, dtype="str"), "", declared=order)
    assert theirs.tolist() == ours.tolist()
    assert theirs[1] == ("2024-02-01 09:05:00" if order == "day first" else "2024-01-02 09:05:00")


SIGNS = "0123456789-T:.Z +\t"


def test_common_times_are_read_without_a_search_as_with_one():
    draw = random.Random(1)

    def spoiled(text: str) -> str:
        at = draw.randrange(len(text))
        return text[:at] + draw.choice(["", draw.choice(SIGNS), draw.choice(SIGNS) + text[at]]) + text[at + 1 :]

    good = ["2025-01-02T03:04:05Z", "2024-02-29T23:59:59.678Z", "2025-12-31T24:00:00.123456Z", "2025-02-29T00:00:60Z"]
    texts = [text for one in good for text in (one, *(spoiled(spoiled(one)) for _ in range(5000)))]
    read = engine_times(texts)
    assert read[:5002:5001] == [pd.Timestamp("2025-01-02 03:04:05"), pd.Timestamp("2024-02-29 23:59:59.678")]


def test_a_naive_time_without_a_zone_is_missing():
    texts = pd.Series(["2024-03-12 09:14", "2024-03-12T09:14:00Z"], dtype="str")
    assert is_naive(texts).tolist() == [True, False]
    assert parse_times(texts, None).isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2025-01-15 12:00", "2025-01-15T11:00Z"),
        ("2025-07-15 12:00", "2025-07-15T10:00Z"),
        ("2025-10-26 02:30", "2025-10-26T00:30Z"),  # happens twice: the first
        ("2025-03-30 02:30", "2025-03-30T01:30Z"),  # does not exist: moved on
    ],
)
def test_summer_time(local, utc):
    assert parse_times(pd.Series([local], dtype="str"), "Europe/Berlin").tolist() == [pd.Timestamp(utc)]


def test_numbers_are_not_guessed_at():
    values, wrong = numbers(pd.Series(["1", "-2.5", "1e3", "1,234", "12 EUR", "nan", "0x1", None], dtype="str"))
    assert values.tolist()[:3] == [1.0, -2.5, 1000.0]
    assert wrong.tolist() == [False] * 3 + [True] * 4 + [False]


def test_texts_that_mean_missing_are_counted_apart_from_empty_cells():
    texts, marked = without_missing(pd.Series([" ", "N/A", "n/a", "a "], dtype="str"), ["", "N/A"])
    assert texts.isna().tolist() == [True, True, False, False]
    assert (texts[3], marked) == ("a", 1)


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [
        ("12.3", 1230),
        ("-0.005", -1),
        ("0.005", 1),
        ("1234567.89", 123456789),
        ("4.440892e-16", 0),
        ("1.25E2", 12500),
        ("1e99", None),
        ("12,3", None),
        ("", None),
        ("free", None),
    ],
)
def test_money_is_integer_hundredths(text, hundredths):
    table = connect().create_table("t", x.from_frame(pd.DataFrame({"text": [text]})))
    assert table.select(v=x.hundredths(x.cell(table, "text", [""]))).to_pyarrow()["v"].to_pylist() == [hundredths]


@pytest.mark.parametrize("key", [b"k", b"k" * 64, b"k" * 100])
def test_the_engine_makes_the_same_pseudonyms(key):
    values = ["a", "", "ü€", "x" * 200]
    connection = connect()
    table = connection.create_table("t", x.from_frame(pd.DataFrame({"v": values, "n": range(4)})))
    made = x.to_frame(table.mutate(p=x.keyed_pseudonym(key, "event:web", table.v)).order_by("n"))["p"]
    assert made.tolist() == [pseudonym(key, "event:web", v) for v in values]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["Phone", "Phone, mail", "Chat", "E-mail, or chat, or both"]), unique=True))
def test_choices_come_apart_as_they_were_joined(chosen):
    levels = ["Phone", "Phone, mail", "Chat", "E-mail, or chat, or both"]
    ambiguous = "Phone" in chosen and any(c == "mail" for c in chosen)
    assert ambiguous or split_choices(",".join(chosen), levels) == chosen


def test_a_choice_that_is_not_declared_ends_at_the_comma():
    assert split_choices("Chat,my own, Phone", ["Chat", "Phone"]) == ["Chat", "my own", "Phone"]
    assert split_choices(" , ", []) == []


@pytest.mark.parametrize("text", ["9" * 5000, "1e999", "-1e400", "0." + "9" * 5000])
def test_numbers_beyond_all_measure_are_none(text):
    values, wrong = numbers(pd.Series([text, "1"], dtype="str"))
    assert values.isna().tolist() == [True, False]
    assert wrong.tolist() == [True, False]
