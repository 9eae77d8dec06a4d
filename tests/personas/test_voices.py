"""From the table of texts to what personas.json says of them."""

import numpy as np
import pandas as pd
import pytest

from pipeline.ingest.schema import TEXTS
from pipeline.personas.schema import QUOTES, SATURATION, THEMES
from pipeline.personas.themes import ThemeRules
from pipeline.personas.voices import voices, with_voices
from tests.personas.test_themes import planted

RULES = ThemeRules(least_texts=30, most_themes=12, resamples=6, min_stability=0.6, fit_texts=2000, seed=1)
LISTED = ["persona-1", "persona-2"]


def texts_of(topic: str, texts: pd.Series, customers: list[str | None], speaker: str = "respondent") -> pd.DataFrame:
    n = len(texts)
    rows = {
        "text_id": [f"{topic}{at}" for at in range(n)],
        "customer_id": customers,
        "source": "survey",
        "document": [f"d-{topic}-{at // 2}" for at in range(n)],
        "topic": topic,
        "speaker": speaker,
        "speaker_number": 1,
        "turn": 0,
        "title": None,
        "text": texts.to_numpy(),
        "rating": np.nan,
        "written_at": pd.Timestamp("2025-01-01", tz="UTC"),
    }
    return TEXTS.check(pd.DataFrame(rows))


@pytest.fixture(scope="module")
def world():
    """240 answers: `late` is the matter of persona-1, `price` and `site` of persona-2; every tenth is not linked."""
    texts, subject = planted(240, seed=6)
    customers = [None if at % 10 == 9 else f"c{at}" for at in range(240)]
    personas = {f"c{at}": LISTED[0 if s == 0 else 1] for at, s in enumerate(subject)}
    return texts_of("wish", texts, customers), personas


def run(table, personas, language="en"):
    return voices(table, personas, LISTED, language, RULES, min_cell=10, quotes_per_theme=2)


def test_each_persona_has_its_own_themes_and_quotes(world):
    said = run(*world)
    for rows, table in ((said.themes, THEMES), (said.quotes, QUOTES), (said.saturation, SATURATION)):
        table.check(rows)
    content = with_voices({"personas": [{"persona_id": p} for p in LISTED]}, said)
    first, second = content["personas"]
    assert "delivery" in first["themes"][0]["label"] or "courier" in first["themes"][0]["label"]
    assert len(second["themes"]) == 2
    assert not {t["theme_id"] for t in first["themes"]} & {t["theme_id"] for t in second["themes"]}
    assert first["quotes"][0]["theme_id"] == first["themes"][0]["theme_id"]
    assert content["texts"]["status"] == "supplied"
    assert content["texts"]["sentiment"] == "not supported"
    assert said.themes.set_index(["theme_id", "persona_id"]).loc[("wish-1", "unassigned"), "n"] == 24


def test_other_names_of_customers_and_another_order_change_nothing(world):
    table, personas = world
    renamed = {name: f"z{hash_}" for hash_, name in enumerate(sorted(personas, reverse=True))}
    other = table.assign(customer_id=table["customer_id"].map(renamed), text_id=table["text_id"].str[::-1])
    other = other.sample(frac=1, random_state=1)
    first = run(table, personas)
    second = run(other, {renamed[name]: p for name, p in personas.items()})
    pd.testing.assert_frame_equal(first.themes, second.themes)
    pd.testing.assert_frame_equal(first.quotes, second.quotes)
    assert first.content == second.content


def test_moderators_are_not_heard(world):
    table, personas = world
    asked = texts_of("wish", pd.Series(["What about delivery and parcels today?"] * 50), [None] * 50, "moderator")
    asked["text_id"] = "m" + asked["text_id"]
    both = run(pd.concat([table, asked], ignore_index=True), personas)
    pd.testing.assert_frame_equal(both.themes, run(table, personas).themes)


def test_an_unsupported_language_says_so(world):
    said = run(*world, language="fi")
    assert said.content["status"] == "not supported: language `fi`; themes are sought in texts in de, en"
    assert said.themes.empty and said.quotes.empty


def test_no_text_is_not_supplied():
    said = run(TEXTS.empty(), {})
    assert said.content == {"status": "not supplied", "sentiment": "not supported", "topics": []}
    assert with_voices({"personas": [{"persona_id": "persona-1"}]}, said)["personas"][0]["themes"] == []


def test_few_texts_are_counted_and_left_alone(world):
    table, personas = world
    told = run(table.head(20), personas).content["topics"]
    assert told == [
        {"topic": "wish", "texts": 20, "speakers": 20, "documents": 10, "status": "fewer than 30 texts", "themes": 0}
    ]


def test_titles_are_part_of_a_text(world):
    table, personas = world
    titled = table.assign(title=np.where(np.arange(len(table)) % 2 == 0, "Grinder grinder grinder broken", ""))
    labels = set(
        run(titled.assign(title=titled["title"].astype("object").where(titled["title"] != "", None)), personas).themes[
            "label"
        ]
    )
    assert any("grinder" in label for label in labels)
