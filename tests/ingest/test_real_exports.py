"""Real exports are read with the counts that their origins and our notes state."""

import gzip

import pandas as pd
import pytest

from pipeline.core.sources import read_sources
from pipeline.ingest import schema
from pipeline.ingest.inspection import inspect_file
from tests.ingest.small_company import write_sources

pytestmark = pytest.mark.realdata


def dataset(folder, real_data, files, content):
    """A dataset folder with links to real files and a sources.yaml (text, or an example's)."""
    folder.mkdir()
    for file in files:
        (folder / file.rsplit("/", 1)[-1]).symlink_to(real_data / file)
    if isinstance(content, dict):
        write_sources(folder, content)
    else:
        (folder / "sources.yaml").write_bytes(content.read_bytes())
    (folder / "pseudonym.key").write_text("k" * 64, encoding="ascii")
    return folder


def test_qualtrics_text_export(real_data, tmp_path, ingest):
    levels = [
        "strongly disagree",
        "stronlgy disagree",
        "somewhat disagree",
        "neutral",
        "somewhat agree",
        "strongly agree",
    ]
    questions = {
        "education": {"column": "education", "kind": "single", "label": "Education"},
        "belief": {"column": "belief", "kind": "single", "label": "Belief"},
        "why": {"column": "belief_open", "kind": "open", "label": "Why"},
        **{
            f"fair_{i}": {"column": f"practice_m2_{i}", "kind": "likert", "label": f"Item {i}", "levels": levels}
            for i in (1, 2, 3)
        },
    }
    source = {
        "kind": "responses",
        "format": "qualtrics",
        "files": "*.csv.gz",
        "ids": {"response": "ResponseId"},
        "questions": questions,
    }
    folder = dataset(
        tmp_path / "vote",
        real_data,
        ["survey_exports/qualtrics_voting_text.csv.gz"],
        {"title": "Votes", "sources": {"survey": source}},
    )
    done = ingest(folder)
    assert done.reconciliation.loc["survey", ["read", "kept", "merged", "rejected"]].tolist() == [156, 156, 0, 0]
    first = done.table(schema.RESPONSES).drop_duplicates("response_id")
    assert (~first["finished"]).sum() == 22
    assert len(done.table(schema.CUSTOMERS)) == 156
    times = first["answered_at"]
    assert times.notna().all(), "the export names its time zone"
    assert pd.Timestamp("2021-07-23T15:44:11Z") in set(times), "09:44:11 in Denver"


def test_telco(real_data, root, tmp_path, ingest):
    files = ["telco/Telco-Customer-Churn.csv.gz"]
    done = ingest(dataset(tmp_path / "telco", real_data, files, root / "examples" / "telco" / "sources.yaml"))
    customers = done.table(schema.CUSTOMERS)
    assert len(customers) == 7043
    assert customers["total_charges"].isna().sum() == 11
    assert (customers.loc[customers["total_charges"].isna(), "tenure"] == 0).all()
    assert customers["churn"].value_counts()["Yes"] == 1869
    assert "No internet service" in set(customers["security"])
    assert done.summary["has"]["events"] is False


def test_hillstrom_rows_that_are_equal_are_different_customers(real_data, tmp_path, ingest):
    ids = {"row": "*"}
    sources = {
        "customers": {
            "kind": "customers",
            "format": "csv",
            "files": "hillstrom.csv.gz",
            "ids": ids,
            "fields": {
                "spent": {"column": "history", "kind": "numeric", "block": "behavioural", "label": "Spent"},
                "band": {"column": "history_segment", "kind": "nominal", "block": "behavioural", "label": "Band"},
            },
        },
        "mailing": {
            "kind": "exposures",
            "format": "csv",
            "files": "hillstrom.csv.gz",
            "ids": ids,
            "columns": {"variant": "segment"},
            "event": "e-mail",
        },
    }
    window = {"start": "2008-03-01", "end": "2008-04-01", "features_until": "2008-03-01"}
    content = {"title": "Hillstrom", "observation": window, "sources": sources}
    done = ingest(dataset(tmp_path / "hillstrom", real_data, ["hillstrom/hillstrom.csv.gz"], content))
    assert len(done.table(schema.CUSTOMERS)) == 64_000
    arms = done.table(schema.EXPOSURES)["variant"].value_counts().to_dict()
    assert arms == {"Womens E-Mail": 21_387, "Mens E-Mail": 21_307, "No E-Mail": 21_306}
    assert done.reconciliation["merged"].tolist() == [0, 0]
    assert "2) $100 - $200" in set(done.table(schema.CUSTOMERS)["band"])


def test_completejourney(real_data, root, tmp_path, ingest):
    names = ("demographics", "campaigns", "campaign_descriptions", "coupon_redemptions", "transactions_sample")
    folder = dataset(
        tmp_path / "journey",
        real_data,
        [f"completejourney/{n}.csv.gz" for n in names],
        root / "examples" / "completejourney" / "sources.yaml",
    )
    done = ingest(folder)
    read = done.reconciliation
    assert read["read"].tolist() == [801, 6589, 2102, 75_000]
    assert read["merged"].sum() == 0, "equal rows without an id are different events"
    events = done.events
    campaigns = events[events["event"] == "campaign received"]
    assert campaigns["customer_id"].nunique() == 1559
    kinds = campaigns["properties"].str.extract(r'"campaign_type": "(Type .)"')[0].value_counts().to_dict()
    assert kinds == {"Type A": 3647, "Type B": 2368, "Type C": 574}
    assert events.loc[events["event"] == "coupon redeemed", "customer_id"].nunique() == 410
    parts = [real_data / "completejourney" / f"{n}.csv.gz" for n in names if n != "campaign_descriptions"]
    households = {h for p in parts for h in pd.read_csv(p, usecols=["household_id"])["household_id"]}
    assert len(done.table(schema.CUSTOMERS)) == len(households) > 801, "a household seen in events only is a customer"
    assert read_sources(folder).observation.start.isoformat() == "2016-11-14"
    with gzip.open(real_data / "completejourney" / "transactions_sample.csv.gz", "rt") as file:
        header = next(file).strip().split(",")
        sales = pd.read_csv(file, names=header)["sales_value"]
    bought = events.loc[events["event"] == "item bought", "amount_hundredths"]
    assert bought.sum() == int((sales * 100).round().sum())


@pytest.mark.parametrize(
    ("file", "format_", "rows", "header_rows"),
    [
        ("survey_exports/qualtrics_voting_numeric.csv.gz", "qualtrics", 156, 3),
        ("telco/Telco-Customer-Churn.csv.gz", "csv", 7043, 1),
        ("hillstrom/hillstrom.csv.gz", "csv", 64_000, 1),
        ("survey_exports/voteapp_analytics.csv.gz", "csv", 2086, 1),
        ("mcdonalds/mcdonalds.csv", "csv", 1453, 1),
    ],
)
def test_inspection_of_real_files(real_data, file, format_, rows, header_rows):
    found = inspect_file(real_data / file)
    assert (found.format, found.rows, found.header_rows) == (format_, rows, header_rows)


def test_inspection_tells_what_telco_holds(real_data):
    found = inspect_file(real_data / "telco" / "Telco-Customer-Churn.csv.gz")
    by_name = {c.name: c for c in found.columns}
    assert [c.name for c in found.columns if c.id] == ["customerID"]
    assert (by_name["SeniorCitizen"].kind, by_name["tenure"].kind) == ("binary", "numeric")
    assert by_name["TotalCharges"].missing == pytest.approx(11 / 7043)
    assert found.encoding == "utf-8"


def test_telco_and_hillstrom_as_parquet_keep_their_counts(real_data, root, tmp_path, ingest):
    folder = dataset(tmp_path / "telco", real_data, [], root / "examples" / "telco" / "sources.yaml")
    frame = pd.read_csv(real_data / "telco" / "Telco-Customer-Churn.csv.gz")
    frame.to_parquet(folder / "telco.parquet")
    settings = (folder / "sources.yaml").read_text(encoding="utf-8")
    settings = settings.replace("format: csv", "format: parquet").replace(
        "Telco-Customer-Churn.csv.gz", "telco.parquet"
    )
    (folder / "sources.yaml").write_text(settings, encoding="utf-8")
    customers = ingest(folder).table(schema.CUSTOMERS)
    assert (len(customers), customers["total_charges"].isna().sum()) == (7043, 11)
    assert customers["churn"].value_counts()["Yes"] == 1869

    rows = pd.read_csv(real_data / "hillstrom" / "hillstrom.csv.gz")
    rows.to_parquet(tmp_path / "hillstrom.parquet", index=False)
    found = inspect_file(tmp_path / "hillstrom.parquet")
    assert (found.format, found.rows) == ("parquet", 64_000)
