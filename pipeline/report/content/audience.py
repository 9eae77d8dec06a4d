"""Who reads the report: for outsiders nothing verbatim, no example of a customer, no money, and a higher limit."""

from dataclasses import replace
from typing import Any, Literal

import pandas as pd

from pipeline.report.inputs import Inputs

Audience = Literal["internal", "external"]
MONEY_WORDS = ("revenue", "value", "worth", "spend")
SINGLE_CUSTOMERS = ("exemplars", "rhythm", "annotations")
"""Tables that tell of single customers, of cells that cannot be counted here, or of what the team thinks."""


def for_outsiders(inputs: Inputs) -> Inputs:
    """`inputs` without quotes, examples, the map of customers, rejected cells, and all that speaks of money."""
    dictionary = inputs.dictionary
    currency = inputs.settings.currency
    of_money = (dictionary["theme"] == "value") | ((dictionary["unit"] == currency) if currency else False)
    columns = set(dictionary.loc[of_money, "column"])
    claims = inputs.claims[~inputs.claims["column"].isin(columns)]
    kept = set(claims["claim_id"])
    kpis = inputs.kpis.loc[[not _money(r["kpi"], r["unit"], currency) for r in inputs.kpis.to_dict("records")]]
    return replace(
        inputs,
        dictionary=dictionary[~of_money],
        profile=inputs.profile[~inputs.profile["column"].isin(columns)],
        claims=claims,
        kpis=kpis,
        worth=inputs.worth.iloc[:0],
        points=inputs.points.iloc[:0],
        rejects=inputs.rejects.iloc[:0],
        ingest={**inputs.ingest, "identity": {}},
        personas=_personas(inputs.personas, kept),
        segments={**inputs.segments, "dropped_columns": {}},
        proof={name: _emptied(name, frame) for name, frame in inputs.proof.items()},
    )


def _money(kpi: str, unit: str, currency: str) -> bool:
    return any(word in kpi.lower() for word in MONEY_WORDS) or bool(currency) and currency in unit


def _personas(personas: dict[str, Any], claims: set[str]) -> dict[str, Any]:
    """`personas.json` without quotes and worth, and without sentences that rest on a claim left out."""
    listed = [
        {
            **persona,
            "quotes": [],
            "worth": None,
            "narrative": [s for s in persona["narrative"] if set(s["claims"]) <= claims],
        }
        for persona in personas["personas"]
    ]
    return {**personas, "personas": listed, "worth": {"status": "Not shown to this audience"}}


def _emptied(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    if name in SINGLE_CUSTOMERS:
        return frame.iloc[:0]
    if name == "satisfaction":
        return frame.loc[[not _money(kpi, "", "") for kpi in frame["kpi"]]]
    return frame
