"""Personas of real exports: whoever reads a sentence finds its figures in the table beside it, and words, not codes.

Segments are cut along one axis here, which takes no time; whether there are any is what stage `segments` is for.
"""

import re
import shutil
from argparse import Namespace

import numpy as np
import pandas as pd
import pytest

from pipeline.core import tables
from pipeline.core.sources import read_sources
from pipeline.features.schema import DICTIONARY, FEATURES
from pipeline.features.stage import main as make_features
from pipeline.ingest.stage import main as ingest
from pipeline.personas.claims import Rules
from pipeline.personas.describe import Inputs, describe
from pipeline.segments.schema import MEMBERS, STABILITY
from tests.personas.numbers_for_tests import unsupported

pytestmark = pytest.mark.realdata
EXPORTS = {
    "mcdonalds": ["mcdonalds/mcdonalds.csv"],
    "telco": ["telco/Telco-Customer-Churn.csv.gz"],
    "ospo2018": ["survey_exports/surveymonkey_ospo2018.csv.gz"],
    "voting": ["survey_exports/qualtrics_voting_text.csv.gz", "survey_exports/voteapp_analytics.csv.gz"],
}


def cut(features, dictionary, groups):
    """The position of each customer's group: equal parts along the first principal axis of all columns.

    Nothing is drawn: k-means gave three customers of `voting` groups of their own on one machine and not on another.
    """
    parts = []
    for field in dictionary[dictionary["role"] == "segment"].to_dict("records"):
        values = features[field["column"]]
        if field["kind"] == "nominal":
            parts.append(pd.get_dummies(values).to_numpy(dtype=float))
        else:
            number = values.astype(float)
            parts.append(((number.fillna(number.mean()) - number.mean()) / number.std()).to_numpy()[:, None])
    columns = np.hstack(parts)
    axis = np.linalg.svd(columns - columns.mean(axis=0), full_matrices=False)[2][0]
    along = pd.Series(columns @ (axis * np.sign(axis[np.abs(axis).argmax()])))
    return pd.qcut(along.rank(method="first"), groups, labels=False)


@pytest.fixture(scope="module", params=list(EXPORTS))
def described(request, real_data, root, tmp_path_factory):
    at = tmp_path_factory.mktemp(request.param)
    raw = at / request.param
    raw.mkdir()
    shutil.copy2(root / "examples" / request.param / "sources.yaml", raw)
    for file in EXPORTS[request.param]:
        (raw / file.rpartition("/")[2]).symlink_to(real_data / file)
    ingest(Namespace(dataset=raw, out=at / "ingest", metrics=at / "i.json"))
    make_features(Namespace(dataset=raw, ingest=at / "ingest", out=at / "features", metrics=at / "f.json"))
    features, dictionary = tables.read(at / "features", FEATURES), tables.read(at / "features", DICTIONARY)
    of = {"customer_id": features["customer_id"], "segment": cut(features, dictionary, 3)}
    members = MEMBERS.check(pd.DataFrame({**of, "probability": 1.0, "assigned_by": "fit"}))
    told = {"verdict": "useful", "sentence": "Cut along one axis.", "columns": []}
    inputs = Inputs(features, dictionary, members, STABILITY.empty(), told, [])
    return describe(inputs, read_sources(raw), Rules(10, 0.2, 24)), dictionary


def test_every_number_of_every_sentence_stands_in_the_table_beside_it(described):
    found, dictionary = described
    assert len(found.claims) >= 10
    for persona in found.personas["personas"]:
        for sentence in persona["narrative"]:
            assert unsupported(sentence, found.claims, dictionary) == [], sentence["text"]
    for claim in found.claims.to_dict("records"):
        said = {"text": claim["sentence"], "claims": [claim["claim_id"]]}
        assert unsupported(said, found.claims, dictionary) == [], claim["sentence"]


def test_sentences_and_names_speak_in_labels(described):
    found, dictionary = described
    texts = [*found.claims["sentence"], *(p["name"] for p in found.personas["personas"])]
    texts += [sentence["text"] for p in found.personas["personas"] for sentence in p["narrative"]]
    raw = [c for c in dictionary["column"] if "_" in c]
    for text in texts:
        assert not [c for c in raw if re.search(rf"\b{re.escape(c)}\b", text)], text
        assert not re.search(r"please specify|-0\b|\bnan\b|“[01]” for", text), text
        assert text.count("“") == text.count("”"), text
    ordinal = dictionary.loc[(dictionary["kind"] == "ordinal") & (dictionary["unit"] != ""), "column"]
    means = found.claims[found.claims["column"].isin(ordinal) & (found.claims["level"] == "")]
    units = dictionary.set_index("column")["unit"]
    for claim in means.to_dict("records"):
        assert units[claim["column"]] not in claim["sentence"].split("(")[0]


def test_no_persona_is_called_by_what_less_than_half_of_it_are(described):
    found = described[0]
    names = [p["name"] for p in found.personas["personas"]]
    assert len(set(names)) == len(names)
    for persona in found.personas["personas"]:
        own = found.claims[found.claims["persona_id"] == persona["persona_id"]]
        common = own[(own["statistic"] == "share") & (own["difference"] > 0) & (own["value"] >= 0.5)]
        minor = own[(own["statistic"] == "share") & (own["difference"] > 0) & (own["value"] < 0.5)]
        levels = set(minor["level"]) - set(common["level"])
        assert not [level for level in levels if f"“{level}”" in persona["name"]]
