"""A small company with two planted lives, as the folders that stage `personas` reads."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from pipeline.core import tables
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.ingest.schema import EVENTS, EVENTS_FOLDER, RESPONSES, TEXTS
from pipeline.segments.schema import MEMBERS, STABILITY, SUMMARY_FILE
from tests.personas.tables_for_tests import customer_ids, dictionary_of, entry, features_of, members_of, stability_of

AGREE = ["strongly disagree", "disagree", "neutral", "agree", "strongly agree"]
SETTINGS = {
    "title": "Tea by post",
    "currency": "EUR",
    "customers_are": "customers",
    "observation": {"start": "2025-01-01", "end": "2026-01-01", "features_until": "2025-07-01"},
    "sources": {
        "shop": {"kind": "events", "format": "csv", "files": "events.csv", "timezone": "UTC"},
        "survey": {
            "kind": "responses",
            "format": "qualtrics",
            "files": "survey.csv",
            "questions": {
                "recommend": {"column": "Q1", "kind": "nps", "label": "Would recommend us"},
                "content": {
                    "column": "Q2",
                    "kind": "likert",
                    "label": "Content with us",
                    "theme": "satisfaction",
                    "levels": ["very unhappy", "unhappy", "so-so", "happy", "very happy"],
                },
            },
        },
    },
    "breakdowns": ["plan"],
}
FIELDS = dictionary_of(
    entry("plan", "nominal", label="Plan", levels=["Monthly", "Yearly"], block="demographic"),
    entry("age_band", "ordinal", label="Age band", levels=["18-29", "30-49", "50+"], block="demographic"),
    entry("gender", "nominal", label="Gender as stated", levels=["female", "male"], block="demographic"),
    entry("hours_evening_share", "share", label="Share of activity in the evening (17–24 h)", theme="hours"),
    entry("device_desktop_share", "share", label="Share of activity on desktop", theme="device", block="technographic"),
    entry("mean_order_value", "numeric", label="Mean order value", theme="value", unit="EUR", role="describe"),
    entry(
        "needs_calm",
        "binary",
        label="What do you need tea for?: calm",
        theme="need",
        block="attitudinal",
        levels=["no", "yes"],
        role="describe",
    ),
    entry("price", "ordinal", label="Price decides", block="attitudinal", theme="motivation", levels=AGREE),
    entry("noise", "numeric", label="Shoe size"),
)


def company(count: int = 600, seed: int = 5) -> dict[str, object]:
    """features, members (segments of 1/2, 1/3 and 1/6 of the customers, the last one is not stable)."""
    rng = np.random.default_rng(seed)
    ids = customer_ids(count)
    segment = np.repeat(
        [0, 1, 2, -1], [count // 2, count // 3, count // 12, count - count // 2 - count // 3 - count // 12]
    )
    calm = np.where(segment == 0, rng.random(count) < 0.7, rng.random(count) < 0.2).astype(float)
    calm[rng.random(count) < 0.4] = np.nan
    columns: dict[str, object] = {
        "plan": np.where(rng.random(count) < np.where(segment == 0, 0.8, 0.3), "Yearly", "Monthly"),
        "age_band": np.where(segment == 1, rng.choice(3, count, p=[0.7, 0.2, 0.1]), rng.choice(3, count)).astype(float),
        "gender": np.where(rng.random(count) < np.where(segment == 0, 0.9, 0.2), "female", "male"),
        "hours_evening_share": np.clip(rng.normal(np.where(segment == 0, 0.6, 0.3), 0.1), 0, 1),
        "device_desktop_share": np.clip(rng.normal(np.where(segment == 1, 0.2, 0.6), 0.2), 0, 1),
        "mean_order_value": rng.gamma(4, np.where(segment == 1, 4, 9)),
        "needs_calm": calm,
        "price": np.clip(rng.integers(0, 4, count) + (segment == 1), 0, 4).astype(float),
        "noise": rng.normal(42, 2, count),
    }
    return {
        "features": features_of(columns, ids),
        "members": members_of(ids, segment),
        "stability": stability_of(["highly stable", "valid", "not shown"]),
        "segments": {
            "verdict": "reproducible",
            "sentence": "The segments come back when the study is repeated.",
            "columns": ["hours_evening_share", "device_desktop_share", "price"],
        },
    }


def write_company(folder: Path, tables_of: dict[str, object]) -> Namespace:
    """The company's folders under `folder`; returns the stage's paths."""
    features, members = tables_of["features"], tables_of["members"]
    assert isinstance(features, pd.DataFrame)
    dataset = folder / "raw"
    dataset.mkdir()
    (dataset / "sources.yaml").write_text(yaml.safe_dump(SETTINGS), encoding="utf-8")
    tables.write(features, folder / "features", FEATURES)
    tables.write(FIELDS, folder / "features", DICTIONARY)
    tables.write(members, folder / "segments", MEMBERS)
    tables.write(tables_of["stability"], folder / "segments", STABILITY)
    tables.write_json(tables_of["segments"], folder / "segments" / SUMMARY_FILE)
    ids = tables_of.get("who_answers", features["customer_id"].tolist())
    assert isinstance(ids, list)
    tables.write(answers(ids), folder / "ingest", RESPONSES)
    tables.write(TEXTS.empty(), folder / "ingest", TEXTS)
    tables.write(orders(ids), folder / "ingest" / EVENTS_FOLDER, EVENTS)
    return Namespace(
        baseline=folder / "baseline",
        review=folder / "review",
        dataset=dataset,
        ingest=folder / "ingest",
        features=folder / "features",
        segments=folder / "segments",
        out=folder / "personas",
        metrics=folder / "metrics" / "personas.json",
    )


def answers(ids: list[str]) -> pd.DataFrame:
    """The first 100 customers answer: NPS 10, 8, 3 in turn; satisfaction 4, 3, 0, 2 in turn."""
    rows = []
    for i, customer in enumerate(ids[:100]):
        given = {"recommend": (10.0, 8.0, 3.0)[i % 3], "content": (4.0, 3.0, 0.0, 2.0)[i % 4]}
        for question, value in given.items():
            kind = "nps" if question == "recommend" else "likert"
            given_by = (f"r{i}", customer, "survey", question, kind)
            rows.append((*given_by, str(value), value, None, True, False, False, None))
    return RESPONSES.check(pd.DataFrame(rows, columns=list(RESPONSES.columns)))


def orders(ids: list[str]) -> pd.DataFrame:
    """Everybody visits; every second customer orders 30.10 EUR twice, gets 10.00 back and orders after the cut-off."""
    rows = []
    for i, customer in enumerate(ids):
        rows.append((customer, "2025-02-01", "visit", 0))
        if i % 2 == 0:
            rows += [(customer, "2025-03-01", "order", 3010), (customer, "2025-04-01", "order", 3010)]
            rows += [(customer, "2025-05-01", "refund", -1000), (customer, "2025-07-01", "order", 99_900)]
    frame = pd.DataFrame(rows, columns=["customer_id", "ts", "event", "amount_hundredths"])
    frame = frame.assign(
        ts=pd.to_datetime(frame["ts"], utc=True),
        sequence=0,
        event_id=range(len(frame)),
        source="shop",
        utc_offset_minutes=0,
        **dict.fromkeys(["channel", "device", "os", "browser", "properties"], None),
    )
    return EVENTS.check(frame)
