"""Planted statements are found among claims and themes; claims that are not true are told."""

import numpy as np
import pandas as pd
import pytest

from pipeline.sample import lives
from pipeline.sample.recovered import judged, majority, recovered
from pipeline.sample.statements import as_json
from tests.personas.tables_for_tests import dictionary_of, entry, features_of

OF = {f"persona-{i + 1}": name for i, name in enumerate(lives.PERSONAS)}
NUMBER = {name: found for found, name in OF.items()}


def claims_of(statements, turned=False):
    """The first claim that says each statement, or its opposite."""
    rows = []
    for statement in statements:
        for said in statement["said"][:1]:
            up = said["more"] != turned
            rows.append(
                {
                    "persona_id": NUMBER[statement["persona"]],
                    "claim_id": f"{NUMBER[statement['persona']]}-{said['column']}",
                    "column": said["column"],
                    "level": said["level"],
                    "difference": 0.5 if up else -0.5,
                }
            )
    return pd.DataFrame(rows)


def themes_of(statements, more=True):
    wishes = [s for s in statements if s["words"]]
    return pd.DataFrame(
        {
            "persona_id": [NUMBER[s["persona"]] for s in wishes],
            "theme_id": [f"wish-{i}" for i in range(len(wishes))],
            "label": [", ".join(s["words"].lower().replace(",", "").replace(".", "").split()) for s in wishes],
            "more": more,
        }
    )


def test_at_least_forty_statements_of_every_kind_are_planted():
    planted = as_json()
    assert len(planted) >= 60
    assert {s["persona"] for s in planted} == set(lives.PERSONAS)
    kinds = {"motive", "need", "pain", "device", "hours", "channel", "theme", "value", "satisfaction", "who"}
    assert kinds <= {s["kind"] for s in planted}
    assert len({(s["persona"], s["text"]) for s in planted}) == len(planted)


def test_statements_are_recovered_from_claims_of_the_right_persona_only():
    planted = as_json()
    found = recovered(planted, claims_of(planted), themes_of(planted), OF)
    assert (found["found"] == found["persona"].map(NUMBER)).all()
    turned = recovered(planted, claims_of(planted, turned=True), themes_of(planted, more=False), OF)
    assert set(turned.loc[turned["found"] != "", "text"]) == set()
    elsewhere = {found: lives.PERSONAS[(i + 1) % 5] for i, found in enumerate(OF)}
    assert (recovered(planted, claims_of(planted), themes_of(planted), elsewhere)["found"] == "").mean() > 0.9


def test_a_claim_is_false_where_the_planted_persona_is_no_different():
    rng = np.random.default_rng(1)
    planted = np.repeat(["a", "b"], 3000)
    columns = {
        "size": rng.normal(np.where(planted == "a", 1.0, 0.0), 1),
        "noise": rng.normal(0, 1, 6000),
        "place": np.where(rng.random(6000) < np.where(planted == "a", 0.7, 0.3), "north", "south"),
    }
    features = features_of(columns)
    dictionary = dictionary_of(
        entry("size", "numeric"), entry("noise", "numeric"), entry("place", "nominal", levels=["north", "south"])
    )
    claims = pd.DataFrame(
        [
            ("persona-1", "size", "", "mean", 0.9),
            ("persona-1", "size", "", "mean", -0.9),
            ("persona-1", "noise", "", "mean", 0.3),
            ("persona-1", "place", "north", "share", 0.8),
        ],
        columns=["persona_id", "column", "level", "statistic", "difference"],
    )
    of_customer = pd.Series(planted, index=features["customer_id"])
    told = judged(claims, features, dictionary, of_customer, {"persona-1": "a"})
    assert told["false"].tolist() == [False, True, True, False]
    # Tolerance: the sampling error of 3,000 each.
    assert told["planted_difference"].tolist() == pytest.approx([1.0, 1.0, 0.0, 0.8], abs=0.1)


def test_the_planted_persona_of_a_found_one_is_that_of_most_of_its_customers():
    pairs = pd.DataFrame({"found": ["p", "p", "p", None, "q"], "planted": ["a", "a", "b", "b", "b"]})
    assert majority(pairs) == {"p": "a", "q": "b"}
