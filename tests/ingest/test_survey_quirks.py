"""What Qualtrics and SurveyMonkey do in ways of their own, one test a quirk."""

import pandas as pd
import pytest

from pipeline.core.sources import QuestionSettings
from pipeline.ingest.choices import split_columns
from pipeline.ingest.dates import in_iso
from pipeline.ingest.headings import plain
from pipeline.ingest.readers import qualtrics, surveymonkey, typeform
from tests.ingest.survey_exports import (
    ANN,
    BEN,
    CLEO,
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

# --- Qualtrics -------------------------------------------------------------------------------------------


def test_numeric_codes_become_answers_and_say_nothing_about_order(tmp_path):
    rows, top, source = layout("qualtrics")
    codes = {"Disagree": "6", "Neither": "1", "Agree": "2"}
    coded = [*rows[:top], *([codes.get(cell, cell) for cell in row] for row in rows[top:])]
    asked = {k: {**q, "codes": {int(c): t for t, c in codes.items()}} if q["kind"] == "likert" else q
             for k, q in source["questions"].items()}  # fmt: skip
    numeric = answered(tmp_path, {**source, "questions": asked}, text_of(coded).encode())
    text = answered(tmp_path, source, text_of(rows).encode())
    pd.testing.assert_frame_equal(numeric.table.drop(columns="code"), text.table.drop(columns="code"))
    own = numeric.table[numeric.table["question"] == "good"].set_index("customer_id")
    assert own["code"].to_dict() == {ANN: "2", BEN: "6", CLEO: "2"}
    assert own["value"].to_dict() == {ANN: 2, BEN: 0, CLEO: 2}


def test_a_cell_that_is_no_declared_code_is_missing_and_counted(tmp_path):
    rows, top, source = layout("qualtrics")
    asked = {"good": {**source["questions"]["good"], "codes": {"7": "Agree"}}}
    read = answered(tmp_path, {**source, "questions": asked}, text_of(rows).replace("Disagree", "8").encode())
    assert answers_to(read, "good")[ANN] == ["Agree"]
    assert pd.isna(answers_to(read, "good")[BEN][0])
    assert read.account.warnings == ["`Q1_1`: 1 answer(s) are no declared code, now missing"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"codes": {"1": "Agree"}}, "list the answers under `levels`"),
        ({"codes": {"1": "Agre"}, "levels": ["Agree"]}, "not among `levels`: Agre"),
        ({"parts": ["a"]}, "`parts` are the columns of a question of kind `multi`"),
    ],
)
def test_codes_without_an_order_are_refused(more, told):
    with pytest.raises(ValueError, match=told):
        QuestionSettings.model_validate(question("Q", "likert", **more))


def test_codes_of_a_joined_multi_select_are_split_and_put_as_answers(tmp_path):
    rows, top, source = layout("qualtrics")
    text = text_of(rows).replace('"Tea,Coffee, black"', '"4,5"').replace(",Tea,", ",4,")
    asked = {"drinks": {**source["questions"]["drinks"], "codes": {"4": "Tea", "5": "Coffee, black"}}}
    read = answered(tmp_path, {**source, "questions": asked}, text.encode())
    assert answers_to(read, "drinks") == {ANN: ["Tea", "Coffee, black"], BEN: ["Tea"]}
    assert read.table["code"].tolist().count("4") == 2


@pytest.mark.parametrize("mark", ["1", "Survey Preview", "2", "Survey Test", "9", "17", "Offline Survey Preview"])
def test_responses_of_editors_are_rejected_with_a_reason(tmp_path, mark):
    rows, top, source = layout("qualtrics")
    read = answered(tmp_path, source, text_of(rows).replace("Survey Preview", mark).encode())
    assert read.account.rejects["reason"].tolist() == ["a preview by an editor, not a response"]
    assert (read.account.read, read.account.kept, read.account.rejected) == (4, 3, 1)


def test_seen_and_unanswered_is_missing_where_declared(tmp_path):
    rows, top, source = layout("qualtrics", missing=["", "-99"])
    read = answered(tmp_path, source, text_of(rows).replace(",Neither,", ",-99,").encode())
    assert pd.isna(answers_to(read, "cheap")[ANN][0])
    assert read.account.warnings == []


def test_a_split_multi_select_takes_its_choices_from_the_label(tmp_path):
    rows, top, source = layout("qualtrics")
    place = rows[0].index("Q2")
    cells = [
        ["Q2_1", "Q2_10", "Q2_2"],
        [f"{WHICH} - Selected Choice - Tea", f"{WHICH} - Other - Text", f"{WHICH} - Milk - oat"],
    ]
    ids = ['{"ImportId":"QID2_1"}', '{"ImportId":"QID2_10"}', '{"ImportId":"QID2_2"}']
    ticks = [["1", "", ""], ["", "", "1"], ["", "", ""], ["1", "", ""]]
    split = [[*row[:place], *new, *row[place + 1 :]] for row, new in zip(rows, [*cells, ids, *ticks], strict=True)]
    asked = {"drinks": question("Q2", "multi", levels=["Tea", "oat"])}
    read = answered(tmp_path, {**source, "questions": asked}, text_of(split).encode())
    assert answers_to(read, "drinks") == {ANN: ["Tea"], BEN: ["oat"]}


def test_headings_lose_markup_and_line_breaks():
    assert plain("<p>Which of <b>these</b>?</p><br>\n(tick&nbsp;all)") == "Which of these? (tick&nbsp;all)"
    assert plain("a < b, b > c?") == "a < b, b > c?"


def test_a_legacy_export_names_its_metadata(tmp_path):
    rows, top, source = layout("qualtrics legacy")
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text_of(rows).encode())
    found = qualtrics.header(tmp_path / "a.csv")
    assert found.rows == 2
    assert found.columns[:5] == ("ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress")
    assert found.columns[-1] == "LocationLatitude", "the trailing comma is no column"


def test_a_tab_separated_file_may_have_more_commas_than_tabs(tmp_path):
    rows = [["#", "One, two, three, four, five, six?", "Submit Date (UTC)"], ["a" * 32, "x", "2025-02-01 10:00:00"]]
    (tmp_path / "a.csv").write_text("\n".join("\t".join(row) for row in rows), encoding="utf-8")
    assert typeform.header(tmp_path / "a.csv").columns[1] == "One, two, three, four, five, six?"


def test_straight_liners_and_speeders_are_flagged_not_dropped(tmp_path):
    names = ["#", "mail", *(f"Item {i}?" for i in range(4)), "Start Date (UTC)", "Submit Date (UTC)"]
    rows = [names]
    for n, picked in enumerate(
        [["Agree"] * 4, ["Agree", "Agree", "Agree", "Disagree"], ["Disagree"] * 4, ["", *["Agree"] * 3]]
    ):
        minutes = 1 if n == 2 else 10
        rows.append([f"{n}", f"p{n}", *picked, "2025-02-01 10:00:00", f"2025-02-01 10:{minutes:02d}:00"])
    asked = {f"i{i}": question(f"Item {i}?", "likert", levels=["Disagree", "Agree"]) for i in range(4)}
    table = answered(tmp_path, mini("typeform", asked), text_of(rows).encode()).table
    first = table.drop_duplicates("customer_id").set_index("customer_id")
    assert first["straight_liner"].to_dict() == {"p0": True, "p1": False, "p2": True, "p3": False}
    assert first["speeder"].to_dict() == {"p0": False, "p1": False, "p2": True, "p3": False}, "by start and end"


def test_respondent_ids_in_two_responses_are_told(tmp_path):
    rows, top, source = layout("typeform")
    again = [*rows, ["d" * 32, *rows[1][1:]]]
    read = answered(tmp_path, source, text_of(again).encode())
    assert read.account.warnings == ["`mail`: 1 respondent id(s) stand in more than one response"]
    assert read.account.kept == 4


# --- SurveyMonkey ----------------------------------------------------------------------------------------


def test_blank_headings_continue_the_question_right_of_the_metadata_only():
    columns, labels = surveymonkey.columns_of(
        ["Respondent ID", "Start Date", "", "Uses?", "", "", "Why?", "Rate", ""],
        ["", "", "", "Tea", "", "Other (please specify)", "Open-Ended Response", "Price", "Taste"],
    )
    assert columns == ("Respondent ID", "Start Date", "column 3", "Uses? [Tea]", "Uses?",
                       "Uses? [Other (please specify)]", "Why?", "Rate [Price]", "Rate [Taste]")  # fmt: skip
    assert labels["Rate [Taste]"] == "Rate - Taste"
    after, _ = surveymonkey.columns_of(["Respondent ID", "Uses?", "IP Address", ""], ["", "Response", "", "Tea"])
    assert after[3] == "Tea", "no choice of the question before the metadata"


def test_a_question_asked_twice_is_numbered_with_all_its_columns():
    columns, _ = surveymonkey.columns_of(
        ["Respondent ID", "Why not?", "", "Else?", "Why not?", ""], ["", "A", "B", "Response", "A", "B"]
    )
    assert columns == ("Respondent ID", "Why not? [A]", "Why not? [B]", "Else?", "Why not? (2) [A]", "Why not? (2) [B]")
    assert split_columns("Why not?", columns) == ["Why not? [A]", "Why not? [B]"]
    assert split_columns("Why not? (2)", columns) == ["Why not? (2) [A]", "Why not? (2) [B]"]


def test_a_condensed_export_has_joined_choices_and_perhaps_one_header_row(tmp_path):
    rows, top, source = layout("surveymonkey")
    upper = [*rows[0][:9], f"{STEM} [Good]", f"{STEM} [Cheap]", WHICH, *rows[0][14:]]
    below = [[*row[:11], ", ".join(c for c in row[11:14] if c), *row[14:]] for row in rows[top:]]
    second = [""] * 9 + ["Response"] * 4 + ["Open-Ended Response"]
    for heads in ([upper], [upper, second]):
        read = answered(tmp_path, source, text_of([*heads, *below]).encode())
        assert read.account.read == 3
        assert answers_to(read, "drinks") == {ANN: ["Tea", "Coffee, black"], BEN: ["Tea"]}
        assert answers_to(read, "good")[BEN] == ["Disagree"]


def test_what_is_written_beside_other_is_no_choice(tmp_path):
    rows, top, source = layout("surveymonkey")
    rows[top][13] = "rooibos, from Anna"
    del source["questions"]["drinks"]["levels"]
    source["questions"]["else"] = question(f"{WHICH} [Other (please specify)]", "open")
    read = answered(tmp_path, source, text_of(rows).encode())
    assert answers_to(read, "drinks")[ANN] == ["Coffee, black", "Other (please specify)", "Tea"]
    assert answers_to(read, "else")[ANN] == ["rooibos, from Anna"]


def test_ids_beyond_32_bits_and_with_zeros_stay_text(tmp_path):
    rows, top, source = layout("surveymonkey", ids={"respondent": "Respondent ID"})
    rows[top][0] = "009999999999999999999"
    assert loaded(tmp_path, source, text_of(rows).encode()).ids["respondent"].iloc[0] == "009999999999999999999"


def test_american_dates_and_serial_days_are_the_same_moment():
    texts = pd.Series(["07/09/2018 12:50:13 PM", "43290.534872685", "2018-07-09 12:50:13", "7/9/2018 12:50:13", ""])
    assert in_iso(texts, "x", habit="month first").tolist() == ["2018-07-09 12:50:13"] * 4 + [""]
    midnight = pd.Series(["07/09/2018 12:05:00 AM", "07/13/2018 01:05 pm", "7/9/2018"])
    assert in_iso(midnight, "x").tolist() == ["2018-07-09 00:05:00", "2018-07-13 13:05:00", "2018-07-09 00:00:00"]


def test_a_declared_order_goes_before_what_the_column_shows_and_that_before_the_habit():
    shown, unclear = pd.Series(["13/02/2018", "01/02/2018"]), pd.Series(["01/02/2018"])
    assert in_iso(shown, "x", habit="month first")[1] == "2018-02-01 00:00:00"
    assert in_iso(unclear, "x", habit="month first")[0] == "2018-01-02 00:00:00"
    assert in_iso(unclear, "x", declared="day first", habit="month first")[0] == "2018-02-01 00:00:00"
    assert in_iso(pd.Series(["1.2.2018 9:05"]), "x")[0] == "2018-02-01 09:05:00", "dots: the day comes first"


def test_a_date_that_is_none_under_the_declared_order_is_missing_and_told(tmp_path):
    rows, top, source = layout("surveymonkey", dates="month first")
    rows[top][3] = "13/02/2025 10:05:00 AM"
    read = answered(tmp_path, source, text_of(rows).encode())
    assert read.account.warnings == ["`End Date`: 1 time(s) cannot be read, now missing"]
