"""What Typeform, Google Forms, LimeSurvey and long tables do in ways of their own, one test a quirk."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import InputError
from pipeline.core.sources import DatasetSettings, SourceSettings
from pipeline.ingest.checks import check
from pipeline.ingest.dates import in_iso
from pipeline.ingest.load import load_rows
from pipeline.ingest.readers import google_forms, limesurvey, qualtrics, responses_long, surveymonkey, typeform
from tests.ingest.survey_exports import (
    ANN,
    BEN,
    CLEO,
    LAYOUTS,
    LEVELS,
    STEM,
    WHICH,
    answered,
    answers_to,
    layout,
    loaded,
    mini,
    question,
    text_of,
)
from tests.ingest.survey_exports import limesurvey as limesurvey_layout

# --- Typeform --------------------------------------------------------------------------------------------


def test_choices_in_columns_of_their_own_are_listed_as_parts(tmp_path):
    rows = [
        ["#", "mail", "Tea", "Coffee", "Other", "Submit Date (UTC)"],
        ["a" * 32, "p1", "Tea", "Coffee", "", "2025-02-01 09:00:00"],
        ["b" * 32, "p2", "", "", "water from the tap", "2025-02-01 09:00:00"],
    ]
    asked = {"drinks": question("Which?", "multi", parts=["Tea", "Coffee", "Other"])}
    read = answered(tmp_path, mini("typeform", asked), text_of(rows).encode())
    assert answers_to(read, "drinks") == {"p1": ["Coffee", "Tea"], "p2": ["Other"]}
    wrong = {"drinks": question("Which?", "multi", parts=["Tea", "Cofee"])}
    with pytest.raises(InputError, match="no column `Cofee`. Did you mean `Coffee`"):
        answered(tmp_path, mini("typeform", wrong), text_of(rows).encode())


def test_typeform_times_are_utc_and_piping_stays_in_the_heading(tmp_path):
    rows, top, source = layout("typeform")
    rows[0][1] = "How good, {{answer_123}}?"
    source["questions"] = {"good": question("How good, {{answer_123}}?")}
    read = answered(tmp_path, source, text_of(rows).encode())
    assert read.table["answered_at"].min() == pd.Timestamp("2025-02-01T09:05Z")


# --- Google Forms ----------------------------------------------------------------------------------------


def test_a_response_without_an_id_is_known_by_its_content(tmp_path):
    rows, top, source = layout("google")
    one = answered(tmp_path, source, text_of(rows).encode()).table
    two = answered(tmp_path, source, text_of([rows[0], *rows[:0:-1]]).encode()).table
    assert one["response_id"].nunique() == 3
    pd.testing.assert_frame_equal(one, two)
    doubled = answered(tmp_path, source, text_of([*rows, rows[1]]).encode())
    assert doubled.table["response_id"].nunique() == 4, "equal rows are two responses"


def test_dates_that_can_be_read_two_ways_need_a_declaration(tmp_path):
    rows, top, source = layout("google")
    del source["dates"]
    with pytest.raises(InputError, match=r"`Timestamp`: 2 date\(s\) can be read .* Declare `dates: month first`"):
        answered(tmp_path, source, text_of(rows).replace("2/2/2025", "3/3/2025").encode())
    shown = answered(tmp_path, source, text_of(rows).replace("2/3/2025", "13/2/2025").encode()).table
    assert shown["answered_at"].dt.strftime("%m-%d").max() == "02-13", "a 13th shows that the day comes first"
    declared = answered(tmp_path, {**source, "dates": "day first"}, text_of(rows).encode()).table
    assert declared["answered_at"].max() == pd.Timestamp("2025-03-02T09:05Z")


def test_the_download_of_google_forms_names_its_offset(tmp_path):
    rows, top, source = layout("google")
    for row, day in zip(rows[1:], ("01", "02", "03"), strict=True):
        row[0] = f"2025/02/{day} 10:05:00 AM GMT+1"
    del source["dates"], source["timezone"]
    assert answered(tmp_path, source, text_of(rows).encode()).table["answered_at"].min() == pd.Timestamp(
        "2025-02-01T09:05Z"
    )


def test_an_event_log_with_a_timestamp_is_no_google_form(tmp_path):
    (tmp_path / "a.csv").write_text("Timestamp,user,event\n2025-02-01,1,open\n", encoding="utf-8")
    with pytest.raises(InputError, match="expected one header row with `Timestamp`"):
        google_forms.header(tmp_path / "a.csv")


def test_times_without_a_zone_are_refused_in_any_writing(tmp_path):
    for name in ("surveymonkey", "google", "limesurvey"):
        rows, top, source = layout(name)
        del source["timezone"]
        with pytest.raises(InputError, match="without a time zone. Declare `timezone`"):
            answered(tmp_path, source, text_of(rows).encode())


# --- LimeSurvey ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headings", ["code", "old code", "full", "both"])
def test_every_kind_of_heading_gives_the_same_answers(tmp_path, headings):
    _, _, source = layout("limesurvey")
    good, which, score = {
        "code": ("Q1[SQ001]", "Q2", "Q3"), "old code": ("Q1_SQ001", "Q2", "Q3"),
        "full": (f"{STEM} [Good]", WHICH, "Would you recommend us?"), "both": ("Q1[SQ001]", "Q2", "Q3"),
    }[headings]  # fmt: skip
    codes = {"SQ001": "Tea", "SQ002": "Coffee, black"} if "code" in headings else {}
    mail = "Your e-mail?" if headings == "full" else "email"
    source["ids"] = {"email": mail}
    source["questions"] = {
        "good": question(good, "likert", levels=LEVELS),
        "drinks": question(which, "multi", levels=["Tea", "Coffee, black"], codes=codes),
        "score": question(score, "nps"),
    }
    rows, _ = limesurvey_layout(headings)
    for delimiter in (",", ";"):
        read = answered(tmp_path, source, text_of(rows, delimiter).encode())
        assert answers_to(read, "drinks") == {ANN: ["Tea", "Coffee, black"], BEN: ["Tea"]}
        assert answers_to(read, "good") == {ANN: ["Agree"], BEN: ["Disagree"], CLEO: ["Agree"]}
        first = read.table.drop_duplicates("customer_id").set_index("customer_id")
        assert first["finished"].to_dict() == {ANN: True, BEN: True, CLEO: False}, "no submit date"


def test_anonymised_dates_say_finished_and_not_when(tmp_path):
    rows, top, source = layout("limesurvey")
    for row in rows[1:3]:
        row[1] = row[5] = "1980-01-01 00:00:00"
    read = answered(tmp_path, source, text_of(rows).encode())
    first = read.table.drop_duplicates("customer_id").set_index("customer_id")
    assert first["finished"].to_dict() == {ANN: True, BEN: True, CLEO: False}
    assert first["answered_at"].isna().all()
    assert read.account.warnings == []


def test_codes_in_headings_with_text():
    assert limesurvey.code_and_text("G1Q2[SQ001][other]. Which?\n[Tea [green]]")[0] == "G1Q2[SQ001][other]"
    assert limesurvey.code_and_text("id. Response ID") == ("id", "Response ID")


# --- long ------------------------------------------------------------------------------------------------


def test_a_long_table_is_folded_and_every_row_accounted_for(tmp_path):
    rows, top, source = layout("long")
    rows.append(["", "", "", "", "good", "Agree"])
    read = answered(tmp_path, source, text_of(rows).encode())
    account = read.account
    assert (account.read, account.kept, account.merged, account.rejected) == (13, 3, 9, 1)
    assert account.rejects["reason"].tolist() == ["no response id"]
    assert account.rejects["row"].tolist() == [13]


def test_an_answer_may_link_or_filter_respondents(tmp_path):
    rows, top, source = layout("long", ids={"email": "your mail"}, where={"cheap": "Agree"})
    rows += [["1", "", "", "", "your mail", "Ann@Example.org"], ["2", "", "", "", "your mail", "ben@example.org"]]
    read = answered(tmp_path, source, text_of(rows).encode())
    assert set(read.table["customer_id"]) == {BEN}
    assert read.account.rejects["reason"].unique().tolist() == ["`cheap` is not `Agree`"]
    assert (read.account.read, read.account.kept) == (14, 1)


def test_a_question_that_is_also_a_column_is_refused(tmp_path):
    rows, top, source = layout("long")
    rows[1][4] = "email"
    with pytest.raises(InputError, match="`email` is a column and a question: rename the column"):
        loaded(tmp_path, source, text_of(rows).encode())


def test_a_refusal_shows_no_endless_heading(tmp_path):
    rows, top, source = layout("long")
    rows[0][1] = rows[1][4] = "9" * 5_000
    source["ids"] = {"response": "respondent"}
    with pytest.raises(InputError, match="`9{80}` is a column and a question") as told:
        loaded(tmp_path, source, text_of(rows).encode())
    assert len(str(told.value)) < 500


def test_a_question_nobody_answered_is_there_and_empty(tmp_path):
    rows, top, source = layout("long")
    source["questions"] = {"more": question("more", "open")}
    rows.append(["3", "cleo@example.org", "", "", "more", ""])
    read = answered(tmp_path, source, text_of(rows).encode())
    assert read.table["answer"].isna().all()


def test_parts_that_disagree_about_a_multi_select_are_refused(tmp_path):
    rows, top, source = layout("long", files="*.csv")
    (tmp_path / "b.csv").write_text("respondent,question,answer\n1,drinks,Milk\n", encoding="utf-8")
    one_each = [r for r in rows if r[5] != "Coffee, black"]
    (tmp_path / "a.csv").write_text(text_of(one_each), encoding="utf-8", newline="")
    settings = DatasetSettings.model_validate({"title": "t", "sources": {"survey": source}})
    with pytest.raises(InputError, match="`drinks`: a respondent has several answers in different files"):
        load_rows(tmp_path, check(tmp_path, settings)[0])


# --- all -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", [qualtrics, surveymonkey, typeform, google_forms, limesurvey, responses_long])
@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"x\n", b"a,b\n", b"'\"\n\n", b"\x00\x01", b"", b"\xff\xfe"])
def test_a_file_of_another_kind_is_an_input_error(tmp_path, reader, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.csv: (expected|the file is empty|not a text file)"):
        reader.header(tmp_path / "a.csv")


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_header_without_rows_is_an_input_error(tmp_path, name):
    rows, top, source = layout(name)
    with pytest.raises(InputError, match="a header without rows"):
        loaded(tmp_path, source, text_of(rows[:top]).encode())


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_single_response_is_read(tmp_path, name):
    rows, top, source = layout(name)
    alone = [row for row in rows if row[0] in ("respondent", "1")] if name == "long" else rows[: top + 1]
    one = answered(tmp_path, source, text_of(alone).encode())
    assert one.account.kept == 1
    assert one.table["customer_id"].unique().tolist() == [ANN]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(["2/13/2025", "3/4/2025", "2025-01-02", "45700.5", "x", ""]), max_size=6))
def test_dates_are_read_alike_in_any_order(texts):
    column = pd.Series(texts, dtype="str")
    turned = in_iso(column[::-1], "x", habit="month first")[::-1]
    assert in_iso(column, "x", habit="month first").tolist() == turned.tolist()


def test_settings_name_the_orders_of_dates():
    with pytest.raises(ValueError, match="month first"):
        SourceSettings.model_validate({"kind": "responses", "format": "csv", "files": "a", "dates": "american"})
