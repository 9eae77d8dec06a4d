"""One small survey in every vendor's layout: three respondents, the same answers.

Ann finished, ticked tea and coffee, agrees, gives 9; Ben finished, ticked tea, disagrees, gives 0; Cleo did not finish
where the format can say so, and ticked nothing.
"""

import copy
import csv
import io
import json
from pathlib import Path

from pipeline.core.sources import DatasetSettings
from pipeline.ingest.checks import check
from pipeline.ingest.load import load_rows
from pipeline.ingest.responses import Answers, read_answers
from pipeline.ingest.rows import Rows

STEM = "How much do you agree?"
WHICH = "Which, if any, do you drink?"
WHY = "Why, in\nyour “own” words?"
SCORE = "Would you recommend us?"
ANN, BEN, CLEO = (f"{n}@example.org" for n in ("ann", "ben", "cleo"))
LEVELS = ["Disagree", "Neither", "Agree"]
DRINKS = ["Tea", "Coffee, black"]


def text_of(rows: list[list[str]], delimiter: str = ",") -> str:
    """The rows as delimited text."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def qualtrics() -> tuple[list[list[str]], int]:
    names = ["StartDate", "EndDate", "Status", "Finished", "RecordedDate", "ResponseId", "RecipientEmail",
             "Q1_1", "Q1_2", "Q2", "Q3", "Q4"]  # fmt: skip
    texts = ["Start Date", "End Date", "Response Type", "Finished", "Recorded Date", "Response ID", "Recipient Email",
             f"{STEM} - Good", f"{STEM} - Cheap", f"<b>{WHICH}</b>", SCORE, WHY]  # fmt: skip
    ids = ["startDate", "endDate", "status", "finished", "recordedDate", "_recordId", "recipientEmail",
           "QID1_1", "QID1_2", "QID2", "QID3", "QID4_TEXT"]  # fmt: skip
    days = [f"2025-02-0{d} 10:0{m}:00" for d, m in ((1, 0), (1, 5), (2, 0), (2, 5), (3, 0), (3, 5))]
    rows = [
        [*days[:2], "IP Address", "True", days[1], "R_1", "ann@example.org", "Agree", "Neither",
         ",".join(DRINKS), "9", "Good,\nreally"],
        [*days[2:4], "IP Address", "True", days[3], "R_2", "ben@example.org", "Disagree", "Agree", "Tea", "0", ""],
        [*days[4:], "IP Address", "False", days[5], "R_3", "cleo@example.org", "Agree", "", "", "", ""],
        [*days[4:], "Survey Preview", "True", days[5], "R_4", "", "Agree", "Agree", "Tea", "5", ""],
    ]  # fmt: skip
    return [names, texts, [json.dumps({"ImportId": i}) for i in ids], *rows], 3


def qualtrics_legacy() -> tuple[list[list[str]], int]:
    top = [f"V{i}" for i in range(1, 11)] + ["Q1_1", "Q1_2", "Q2", "Q3", "Q4", "LocationLatitude", ""]
    texts = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status",
             "StartDate", "EndDate", "Finished", f"{STEM}-Good", f"{STEM}-Cheap", WHICH, SCORE, WHY,
             "LocationLatitude", ""]  # fmt: skip
    modern = qualtrics()[0][3:]
    rows = [
        [r[5], "Default Response Set", "Anonymous", "", r[6], "203.0.113.1",
         "1" if "Preview" in r[2] else "0", r[0], r[1], "1" if r[3] == "True" else "0", *r[7:], "", ""]
        for r in modern
    ]  # fmt: skip
    return [top, texts, *rows], 2


def surveymonkey() -> tuple[list[list[str]], int]:
    top = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name",
           "Last Name", "Custom Data 1", STEM, "", WHICH, "", "", SCORE, WHY]  # fmt: skip
    second = [*[""] * 9, "Good", "Cheap", "Tea", "Coffee,\xa0black", "Other (please specify)", "Response",
              "Open-Ended Response"]  # fmt: skip
    times = [f"02/0{d}/2025 10:0{m}:00 AM" for d, m in ((1, 0), (1, 5), (2, 0), (2, 5), (3, 0), (3, 5))]
    rows = [
        ["114000000001", "7", *times[:2], "", "ann@example.org", "", "", "", "Agree", "Neither", "Tea",
         "Coffee,\xa0black", "", "9", "Good,\nreally"],
        ["114000000002", "7", *times[2:4], "", "ben@example.org", "", "", "", "Disagree", "Agree", "Tea", "", "",
         "0", ""],
        ["114000000003", "7", *times[4:], "", "cleo@example.org", "", "", "", "Agree", "", "", "", "", "", ""],
    ]  # fmt: skip
    return [top, second, *rows], 2


def typeform() -> tuple[list[list[str]], int]:
    top = ["#", f"{STEM} Good", f"{STEM} Cheap", WHICH, SCORE, WHY, "mail", "Response Type", "Start Date (UTC)",
           "Submit Date (UTC)", "Network ID"]  # fmt: skip
    token = [c * 32 for c in "abc"]
    rows = [
        [token[0], "Agree", "Neither", " / ".join(DRINKS), "9", "Good,\nreally", "ann@example.org", "completed",
         "2025-02-01 09:00:00", "2025-02-01 09:05:00", "n1"],
        [token[1], "Disagree", "Agree", "Tea", "0", "", "ben@example.org", "completed", "2025-02-02 09:00:00",
         "2025-02-02 09:05:00", "n2"],
        [token[2], "Agree", "", "", "", "", "cleo@example.org", "partial", "2025-02-03 09:00:00",
         "2025-02-03 09:05:00", "n3"],
    ]  # fmt: skip
    return [top, *rows], 1


def google_forms() -> tuple[list[list[str]], int]:
    top = ["Timestamp", "Email Address", f"{STEM} [Good]", f"{STEM} [Cheap]", WHICH, SCORE, WHY]
    rows = [
        ["2/1/2025 10:05:00", "ann@example.org", "Agree", "Neither", ", ".join(DRINKS), "9", "Good,\nreally"],
        ["2/2/2025 10:05:00", "ben@example.org", "Disagree", "Agree", "Tea", "0", ""],
        ["2/3/2025 10:05:00", "cleo@example.org", "Agree", "", "", "", ""],
    ]
    return [top, *rows], 1


def limesurvey(headings: str = "code") -> tuple[list[list[str]], int]:
    codes = ["id", "submitdate", "lastpage", "startlanguage", "seed", "startdate", "datestamp", "email",
             "Q1[SQ001]", "Q1[SQ002]", "Q2[SQ001]", "Q2[SQ002]", "Q3", "Q4"]  # fmt: skip
    texts = ["Response ID", "Date submitted", "Last page", "Start language", "Seed", "Date started", "Date last action",
             "Your e-mail?", f"{STEM} [Good]", f"{STEM} [Cheap]", f"{WHICH} [Tea]",
             f"{WHICH} [Coffee, black]", SCORE, WHY]  # fmt: skip
    top = {
        "code": codes,
        "old code": [c.replace("[", "_").replace("]", "") for c in codes],
        "full": texts,
        "both": [f"{c}. {t}" for c, t in zip(codes, texts, strict=True)],
    }[headings]
    rows = [
        ["1", "2025-02-01 10:05:00", "3", "en", "11", "2025-02-01 10:00:00", "2025-02-01 10:05:00", "ann@example.org",
         "Agree", "Neither", "Y", "Y", "9", "Good,\nreally"],
        ["2", "2025-02-02 10:05:00", "3", "en", "12", "2025-02-02 10:00:00", "2025-02-02 10:05:00", "ben@example.org",
         "Disagree", "Agree", "Y", "N", "0", ""],
        ["3", "", "1", "en", "13", "2025-02-03 10:00:00", "2025-02-03 10:05:00", "cleo@example.org",
         "Agree", "", "", "", "", ""],
    ]  # fmt: skip
    return [top, *rows], 1


def responses_long() -> tuple[list[list[str]], int]:
    top = ["respondent", "email", "submitted_at", "finished", "question", "answer"]
    people = {
        "1": ["ann@example.org", "2025-02-01T09:05:00Z", "yes"],
        "2": ["ben@example.org", "2025-02-02T09:05:00Z", "yes"],
        "3": ["cleo@example.org", "2025-02-03T09:05:00Z", "no"],
    }
    given = {
        "1": [("good", "Agree"), ("cheap", "Neither"), ("drinks", "Tea"), ("drinks", DRINKS[1]), ("score", "9"),
              ("why", "Good,\nreally")],
        "2": [("good", "Disagree"), ("cheap", "Agree"), ("drinks", "Tea"), ("score", "0"), ("why", "")],
        "3": [("good", "Agree")],
    }  # fmt: skip
    return [top, *([who, *people[who], q, a] for who, answers in given.items() for q, a in answers)], 1


def responses_labelled() -> tuple[list[list[str]], int]:
    names = ["mail", "at", "Q1_1", "Q1_2", "Q2_Part_1", "Q2_Part_2", "Q3", "Q4"]
    texts = ["Your e-mail?", "Date submitted", f"{STEM} - Good", f"{STEM} - Cheap",
             f"<b>{WHICH}</b> - Tea", f"{WHICH} - Coffee, black", SCORE, WHY]  # fmt: skip
    rows = [
        ["ann@example.org", "2025-02-01 10:05:00", "Agree", "Neither", *DRINKS, "9", "Good,\nreally"],
        ["ben@example.org", "2025-02-02 10:05:00", "Disagree", "Agree", "Tea", "", "0", ""],
        ["cleo@example.org", "2025-02-03 10:05:00", "Agree", "", "", "", "", ""],
    ]
    return [names, texts, *rows], 2


def questions(good: str, cheap: str, which: str, score: str, why: str, **multi: object) -> dict:
    """The declaration of the five questions under the columns of one layout."""
    likert = {"kind": "likert", "levels": LEVELS, "label": "Agree"}
    return {
        "good": {"column": good, **likert},
        "cheap": {"column": cheap, **likert},
        "drinks": {"column": which, "kind": "multi", "label": "Drinks", "levels": DRINKS, **multi},
        "score": {"column": score, "kind": "nps", "label": "Recommend"},
        "why": {"column": why, "kind": "open", "label": "Why"},
    }


_WHY = " ".join(WHY.split())
_BERLIN = {"timezone": "Europe/Berlin"}
_CODES = {"SQ001": "Tea", "SQ002": "Coffee, black"}
_GRID = (f"{STEM} [Good]", f"{STEM} [Cheap]", WHICH, SCORE, _WHY)
_LINES = (f"{STEM} Good", f"{STEM} Cheap", WHICH, SCORE, _WHY)
_NUMBERED = questions("Q1_1", "Q1_2", "Q2", "Q3", "Q4")
_CODED = questions("Q1[SQ001]", "Q1[SQ002]", "Q2", "Q3", "Q4", codes=_CODES)


def _source(form: str, mail: str, asked: dict, **more: object) -> dict:
    return {
        "kind": "responses",
        "format": form,
        "files": "survey.csv",
        "ids": {"email": mail},
        "questions": asked,
        **more,
    }


LAYOUTS = {
    "qualtrics": (qualtrics, _source("qualtrics", "RecipientEmail", _NUMBERED, **_BERLIN)),
    "qualtrics legacy": (qualtrics_legacy, _source("qualtrics", "EmailAddress", _NUMBERED, **_BERLIN)),
    "surveymonkey": (surveymonkey, _source("surveymonkey", "Email Address", questions(*_GRID), **_BERLIN)),
    "typeform": (typeform, _source("typeform", "mail", questions(*_LINES, separator=" / "))),
    "google": (
        google_forms,
        _source("google-forms", "Email Address", questions(*_GRID), dates="month first", **_BERLIN),
    ),
    "limesurvey": (limesurvey, _source("limesurvey", "email", _CODED, **_BERLIN)),
    "labelled": (
        responses_labelled,
        _source(
            "responses-labelled",
            "mail",
            questions("Q1_1", "Q1_2", "Q2_Part", "Q3", "Q4"),
            columns={"answered_at": "at"},
            **_BERLIN,
        ),
    ),
    "long": (responses_long, _source("responses-long", "email", questions("good", "cheap", "drinks", "score", "why"))),
}
"""Layout -> maker of (rows, header rows), and the source as sources.yaml declares it."""


def loaded(folder: Path, source: dict, content: bytes) -> Rows:
    """The rows that ingest loads from one survey file."""
    folder.mkdir(exist_ok=True)
    (folder / source["files"]).write_bytes(content)
    settings = DatasetSettings.model_validate({"title": "Survey", "sources": {"survey": source}})
    return load_rows(folder, check(folder, settings)[0])


def answered(folder: Path, source: dict, content: bytes) -> Answers:
    """The answers that ingest reads from one survey file; customers keep their e-mail, or their first id."""
    rows = loaded(folder, source, content)
    return read_answers(rows, rows.ids.iloc[:, 0], str, b"k" * 32)


def answers_to(answers: Answers, question: str) -> dict[str, list]:
    """Answers to one question by customer."""
    own = answers.table[answers.table["question"] == question]
    return own.groupby("customer_id")["answer"].apply(list).to_dict()


def layout(name: str, **more: object) -> tuple[list[list[str]], int, dict]:
    """Rows and header rows of a layout, and its source with changes; free to change."""
    maker, source = LAYOUTS[name]
    return *maker(), {**copy.deepcopy(source), **more}


def question(column: str, kind: str = "single", **more: object) -> dict:
    """One declared question."""
    return {"column": column, "kind": kind, "label": column, **more}


def mini(form: str, asked: dict, mail: str = "mail", **more: object) -> dict:
    """A source with questions of its own."""
    return _source(form, mail, asked, **more)
