"""Real survey exports give the counts, answers and shares that their origins publish."""

import csv
import gzip

import pandas as pd
import pytest

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest import schema
from pipeline.ingest.inspection import inspect_file
from tests.ingest.small_company import write_sources

pytestmark = pytest.mark.realdata

LEVELS = ["strongly disagree", "somewhat disagree", "neutral", "somewhat agree", "strongly agree"]
TYPO = ["stronlgy disagree", *LEVELS[1:]]
CODES = {"1": TYPO[0], "6": TYPO[1], "2": TYPO[2], "3": TYPO[3], "4": TYPO[4]}
METHODS = {1: "mv", 2: "cav", 3: "sv", 4: "mbc"}


def run(ingest, real_data, folder, file, source):
    """The stage's outputs for one survey file."""
    folder.mkdir()
    (folder / file.rsplit("/", 1)[-1]).symlink_to(real_data / file)
    (folder / "pseudonym.key").write_text("k" * 64, encoding="ascii")
    settings = {"kind": "responses", "files": file.rsplit("/", 1)[-1], **source}
    write_sources(folder, {"title": "Survey", "sources": {"survey": settings}})
    return ingest(folder, f"{folder.name}-out")


def voting(**more):
    questions = {
        f"fair_{turn}_{i}": {
            "column": f"legitimacy_{turn}_{i}",
            "kind": "likert",
            "label": f"{i}",
            "levels": TYPO,
            **more,
        }
        for turn in (1, 2)
        for i in METHODS
    }
    return {"format": "qualtrics", "ids": {"short": "short_id"}, "questions": questions}


@pytest.fixture(scope="module")
def counts():
    return {"read": 156, "kept": 156, "merged": 0, "rejected": 0}


def test_both_qualtrics_variants_have_equal_answers(real_data, tmp_path, ingest, counts):
    files = [f"survey_exports/qualtrics_voting_{v}.csv.gz" for v in ("text", "numeric")]
    text = run(ingest, real_data, tmp_path / "text", files[0], voting())
    numeric = run(ingest, real_data, tmp_path / "numeric", files[1], voting(codes=CODES))
    tables = [done.table(schema.RESPONSES) for done in (text, numeric)]
    pd.testing.assert_frame_equal(tables[0].drop(columns="code"), tables[1].drop(columns="code"))
    assert tables[0]["code"].isna().all()
    pairs = tables[1].dropna(subset="answer")[["code", "answer", "value"]].drop_duplicates().sort_values("value")
    assert pairs["code"].tolist() == ["1", "6", "2", "3", "4"], "labels decide the order, codes do not"
    for done in (text, numeric):
        assert done.reconciliation.loc["survey", list(counts)].to_dict() == counts
        first = done.table(schema.RESPONSES).drop_duplicates("response_id")
        assert (len(first), (~first["finished"]).sum()) == (156, 22)
        told = done.summary["sources"]["survey"]["warnings"] if "survey" in done.summary["sources"] else []
        assert any("`short_id`: 8 respondent id(s)" in w for w in told), told


def test_ratings_of_the_paper_are_reproduced(real_data, tmp_path, ingest):
    file = "survey_exports/qualtrics_voting_numeric.csv.gz"
    source = voting(codes=CODES) | {"ids": {"short": "short_id"}}
    done = run(ingest, real_data, tmp_path / "vote", file, source)
    with gzip.open(real_data / file, "rt", encoding="utf-8") as handle:
        raw = list(csv.reader(handle))
    place = {c: i for i, c in enumerate(raw[0])}
    ids = pd.Series([r[place["short_id"]] for r in raw[3:]])
    left_out = {*ids[ids.duplicated(keep=False)], *["12518", "71672", "92828", "84527", "71795", "43263"], ""}
    answers = done.table(schema.RESPONSES)
    finished = answers[answers["finished"]]
    reference = pd.read_csv(
        real_data / "survey_exports" / "voting_reference_df_legitimacy.csv", dtype={"short_id": "str"}
    )
    assert set(reference["short_id"]).isdisjoint(left_out)
    key = ("k" * 64).encode()
    known = {pseudonym(key, "short", v): v for v in set(reference["short_id"])}
    ratings = finished[finished["question"].str.startswith("fair_2_")].assign(
        short_id=finished["customer_id"].map(known),
        which_method=finished["question"].str[-1].astype("int64").map(METHODS),
    )
    ours = ratings.dropna(subset="short_id").set_index(["short_id", "which_method"])["value"].sort_index()
    theirs = reference.set_index(["short_id", "which_method"])["rating_cvd"].astype("float64").sort_index()
    pd.testing.assert_series_equal(ours, theirs, check_names=False)
    means = ours.groupby(level="which_method").mean().round(3).to_dict()
    assert means == {"mv": 1.725, "cav": 2.6, "sv": 3.208, "mbc": 2.742}


@pytest.mark.parametrize(
    ("file", "format_", "rows", "header_rows"),
    [
        ("qualtrics_voting_text.csv.gz", "qualtrics", 156, 3),
        ("qualtrics_voting_numeric.csv.gz", "qualtrics", 156, 3),
        ("surveymonkey_ospo2018.csv.gz", "surveymonkey", 748, 2),
    ],
)
def test_survey_exports_are_recognised(real_data, file, format_, rows, header_rows):
    found = inspect_file(real_data / "survey_exports" / file)
    assert (found.format, found.rows, found.header_rows) == (format_, rows, header_rows)


HAS = "Does your company have an open source program (either formal or informal) or management initiative?"
SIZE = "How many people work for your company or organization?"
OFTEN = "How often does your company do the following activities?"
JOURNEY = "Where is your company or organization on its open source journey? (Check all that apply)"
CRITICAL = (
    "On a scale of 1-5, how business-critical is your open source program to the success of your engineering or "
    "product teams? (1= extremely critical, 5 = not at all critical)"
)
DUTIES = "What are the primary responsibilities of the open source program? (Check all that apply)"
STEPS = [
    "Consuming open source code in products or services",
    "Contributing to upstream open source projects",
    "Influencing open source projects via leadership or maintainer roles",
    "Initiating or releasing open source projects",
    "Not involved in open source",
    "Don’t know",
]


def test_surveymonkey_shares_are_those_of_the_report(real_data, tmp_path, ingest):
    questions = {
        "has": {"column": HAS, "kind": "single", "label": "Has"},
        "size": {"column": SIZE, "kind": "single", "label": "Size"},
        "internal": {"column": f"{OFTEN} [Use open source code for noncommercial or internal reasons]",
                     "kind": "single", "label": "Internal"},
        "commercial": {"column": f"{OFTEN} [Use open source code in commercial products]",
                       "kind": "single", "label": "Commercial"},
        "critical": {"column": CRITICAL, "kind": "single", "label": "Critical"},
        "journey": {"column": JOURNEY, "kind": "multi", "label": "Journey", "levels": STEPS},
        "duties": {"column": DUTIES, "kind": "multi", "label": "Duties"},
    }  # fmt: skip
    source = {
        "format": "surveymonkey",
        "ids": {"respondent": "Respondent ID"},
        "timezone": "UTC",
        "questions": questions,
    }
    done = run(ingest, real_data, tmp_path / "ospo", "survey_exports/surveymonkey_ospo2018.csv.gz", source)
    assert done.reconciliation.loc["survey", ["read", "kept", "merged", "rejected"]].tolist() == [748, 748, 0, 0]
    answers = done.table(schema.RESPONSES)
    by = {q: answers[answers["question"] == q].set_index("response_id")["answer"] for q in questions}
    has = by["has"].value_counts().to_dict()
    assert (has["Yes"], has["No, but planning one"], len(by["has"])) == (280, 119, 748), "53 % have or plan one"
    assert round(100 * (by["internal"].dropna() == "Frequently").mean(), 1) == 71.6
    assert round(100 * (by["commercial"].dropna() == "Frequently").mean(), 1) == 54.9
    critical = by["critical"].dropna()
    assert (critical.str[0].isin(["1", "2"]).sum(), len(critical)) == (95, 161)
    large = by["size"] == "Greater than 10,000"
    assert (int((by["has"][large] == "Yes").sum()), int(large.sum())) == (100, 160), "63 % of the largest"
    assert answers["answer"].str.contains("\xa0").fillna(False).sum() == 0
    ticked = by["journey"].value_counts()
    assert [ticked[s] for s in STEPS] == [629, 313, 204, 248, 68, 22], "the columns' counts, folded back"
    assert by["duties"].value_counts()["Other (please explain)"] == 14, "what was written beside it is no choice"
    assert by["duties"].index.nunique() < 170, "who was not asked has no row"
    when = answers["answered_at"]
    assert when.notna().all()
    assert when.min() >= pd.Timestamp("2018-06-01", tz="UTC") and when.max() < pd.Timestamp("2018-09-01", tz="UTC")


def test_mcdonalds_levels_are_ordered_by_declaration(real_data, tmp_path, ingest):
    levels = ["I hate it!-5", *map(str, range(-4, 5)), "I love it!+5"]
    questions = {
        "like": {"column": "Like", "kind": "likert", "label": "Like", "levels": levels},
        "yummy": {"column": "yummy", "kind": "likert", "label": "Yummy", "levels": ["No", "Yes"]},
    }
    source = {"format": "csv", "ids": {"row": "*"}, "questions": questions}
    done = run(ingest, real_data, tmp_path / "fast-food", "mcdonalds/mcdonalds.csv", source)
    assert done.reconciliation.loc["survey", ["read", "kept", "merged", "rejected"]].tolist() == [1453, 1453, 0, 0]
    answers = done.table(schema.RESPONSES).set_index("question")
    with (real_data / "mcdonalds" / "mcdonalds.csv").open(encoding="utf-8") as file:
        raw = pd.Series([row["Like"] for row in csv.DictReader(file)])
    score = raw.str.extract(r"([+-]?[0-9]+)$")[0].astype("float64")
    assert answers.loc["like", "value"].sub(5).sort_values().tolist() == score.sort_values().tolist()
    assert round(answers.loc["yummy", "value"].mean(), 2) == 0.55, "as the book has it"
