"""Themes in free texts: planted ones are found, equal texts agree, small cells stay hidden whatever one subtracts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from pipeline.core.suppression import hidden
from pipeline.personas.quotes import quotes
from pipeline.personas.saturation import saturation
from pipeline.personas.schema import ALL, QUOTES, SATURATION, THEMES
from pipeline.personas.theme_shares import Speakers, theme_shares
from pipeline.personas.themes import NO_THEME, ThemeRules, Themes, find_themes

RULES = ThemeRules(least_texts=30, most_themes=12, resamples=8, min_stability=0.6, fit_texts=2000, seed=1)
SUBJECTS = {
    "late": "delivery parcel courier late waiting door tracking date",
    "price": "price expensive shipping cost coupon discount fee cheap",
    "site": "website slow login password page crash button error",
}


def planted(n: int, seed: int) -> tuple[pd.Series, np.ndarray]:
    """n texts of five words of one subject and three that anybody says, with the subject of each."""
    rng = np.random.default_rng(seed)
    words = [text.split() for text in SUBJECTS.values()]
    common = ["shop", "order", "bought", "month", "friend", "said", "morning", "again"]
    subject = rng.integers(0, len(words), n)
    texts = [" ".join(rng.permutation([*rng.choice(words[s], 5), *rng.choice(common, 3)])) for s in subject]
    return pd.Series(texts), subject


@pytest.mark.parametrize("n", [45, 300])
def test_planted_themes_are_found_from_a_few_dozen_texts_up(n):
    texts, subject = planted(n, seed=1)
    found = find_themes(texts, "en", RULES)
    told = found.of_text != NO_THEME
    assert told.mean() > 0.9
    assert adjusted_rand_score(subject[told], found.of_text[told]) > 0.9
    assert min(found.stability) >= RULES.min_stability
    for words in found.labels[:3]:
        assert max(len(set(words.split(", ")) & set(s.split())) for s in SUBJECTS.values()) >= 3


def test_themes_are_ordered_by_size_and_the_same_in_any_order():
    texts, _ = planted(200, seed=2)
    found = find_themes(texts, "en", RULES)
    sizes = np.bincount(found.of_text[found.of_text != NO_THEME])
    assert (np.diff(sizes) <= 0).all()
    order = np.random.default_rng(3).permutation(200)
    again = find_themes(texts.iloc[order], "en", RULES)
    assert again.labels == found.labels
    assert (again.of_text == found.of_text[order]).all()


def test_equal_texts_have_equal_themes():
    texts, _ = planted(150, seed=4)
    doubled = find_themes(pd.concat([texts, texts]), "en", RULES)
    assert (doubled.of_text[:150] == doubled.of_text[150:]).all()


@pytest.mark.parametrize(
    "texts", [["late parcel"] * 29, ["n/a", "-", "no", ""] * 20, ["one delivery"] * 50, ["123 456"] * 40]
)
def test_too_little_is_no_theme(texts):
    assert find_themes(pd.Series(texts), "en", RULES) is None


@pytest.mark.parametrize("seed", [6, 29, 36])  # one that needs more than 400 steps, and two that leave nothing over
def test_nearly_equal_texts_warn_of_nothing(seed):
    rng = np.random.default_rng(seed)
    said, also = list(SUBJECTS.values())[: 2 + seed % 2], ["", "", "", "", *(sign * 4 for sign in "abcdefghij")]
    texts = [f"{rng.choice(said)}{'!' * int(rng.integers(4))} {rng.choice(also)}" for _ in range(60)]
    find_themes(pd.Series(texts), "en", replace(RULES, most_themes=25))


def test_noise_has_no_stable_theme_for_most_texts():
    rng = np.random.default_rng(5)
    words = ["".join(rng.choice(list("abcdefghijklmnop"), 6)) for _ in range(300)]
    found = find_themes(pd.Series([" ".join(rng.choice(words, 6)) for _ in range(200)]), "en", RULES)
    assert found is None or (found.of_text != NO_THEME).mean() < 0.5


def test_german_texts_lose_german_fillers():
    texts = ["Die Lieferung kam nicht und der Paketbote war weg", "Der Preis ist mir zu hoch und das Porto auch"] * 30
    texts += ["Paketbote ohne Lieferung gekommen", "Porto und Preis viel zu hoch", "Lieferung fehlt", "Preis hoch"] * 5
    found = find_themes(pd.Series(texts), "de", RULES)
    assert found is not None
    assert not {"und", "die", "nicht", "war"} & set(", ".join(found.labels).split(", "))


def world(counts: np.ndarray) -> tuple[Themes, Speakers, pd.Series]:
    """Themes x groups: that many speakers with one text each, and as many again without a theme."""
    themes, groups = [], []
    for (theme, group), n in np.ndenumerate(counts):
        themes += [theme] * n + [NO_THEME] * n
        groups += [group] * 2 * n
    size = len(themes)
    labels = [f"persona-{at + 1}" for at in range(counts.shape[1])]
    found = Themes(tuple(f"t{at}" for at in range(len(counts))), (1.0,) * len(counts), np.array(themes), np.ones(size))
    texts = pd.Series([f"customer {at} says four words" for at in range(size)])
    return found, Speakers(np.arange(size), np.array(groups), labels), texts


def test_shares_are_of_speakers_with_interval_and_rest():
    themes, speakers, _ = world(np.array([[60, 20], [20, 60]]))
    table = THEMES.check(theme_shares("wish", themes, speakers, 10)).set_index(["theme_id", "persona_id"])
    one = table.loc[("wish-1", "persona-1")]
    assert (one["value"], one["n"], one["rest_value"]) == (60 / 160, 160, 20 / 160)
    assert one["lower"] < one["value"] < one["upper"] and one["more"]
    assert not table.loc[("wish-1", "persona-2"), "more"]
    assert table.loc[("wish-2", ALL), "value"] == 80 / 320


def test_a_speaker_with_many_texts_counts_once():
    themes = Themes(("t",), (1.0,), np.array([0] * 30 + [NO_THEME] * 20), np.ones(50))
    speakers = Speakers(
        np.concatenate([np.repeat(np.arange(15), 2), np.arange(15, 35)]), np.zeros(35, int), ["persona-1"]
    )
    table = theme_shares("x", themes, speakers, 10)
    assert table["value"].tolist() == [15 / 35, 15 / 35]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 30), min_size=2, max_size=4), min_size=1, max_size=3).filter(
        lambda r: len({len(x) for x in r}) == 1
    )
)
def test_nothing_small_can_be_had_by_subtraction(rows):
    """The attacker knows n and every shown share, and takes what is shown from what a total says."""
    counts = np.array(rows)
    themes, speakers, _ = world(counts)
    if not len(speakers.of_text):
        return
    table = theme_shares("t", themes, speakers, 10)
    sizes = {speakers.labels[g]: n for g, n in enumerate(speakers.sizes)}
    if ALL in set(table["persona_id"]) and len(table):
        unlisted = sum(n for label, n in sizes.items() if label not in set(table["persona_id"]))
        assert unlisted == 0 or unlisted >= 10 or set(table["persona_id"]) == {ALL}
    for _, theme in table.groupby("theme_id"):
        shown = theme.set_index("persona_id")
        said = (shown["value"] * shown["n"]).round()
        parts = said.drop(index=ALL, errors="ignore").dropna()
        assert (said.dropna() >= 10).all()
        totals = [said[ALL]] if ALL in said.index else []
        everybody = sum(sizes.values())
        for label, row in shown.dropna(subset="rest_value").iterrows():
            rest = round(row["rest_value"] * (everybody - row["n"]))
            assert rest >= 10
            totals.append(said[label] + rest)
        hidden_groups = len(sizes) - len(parts)
        for total in pd.Series(totals, dtype=float).dropna():
            left = total - parts.sum()
            assert (left == 0 and hidden_groups == 0) or left >= 10


def test_hidden_counts_are_never_alone():
    assert hidden(np.array([40, 3, 25, 12]), 10).tolist() == [False, True, False, True]
    assert hidden(np.array([40, 0]), 10).all()
    assert not hidden(np.array([40, 30]), 10).any()


def test_quotes_come_from_shown_cells_only_nearest_first():
    themes, speakers, texts = world(np.array([[30, 4], [25, 25]]))
    near = np.linspace(0.3, 0.9, len(texts))
    themes = Themes(themes.labels, themes.stability, themes.of_text, near)
    shares = theme_shares("wish", themes, speakers, 10)
    found = QUOTES.check(quotes("wish", themes, shares, texts, speakers, 2))
    cells = set(zip(found["theme_id"], found["persona_id"], strict=True))
    assert ("wish-1", "persona-2") not in cells, "four speakers are too few to quote"
    assert ("wish-1", "persona-1") in cells
    assert not found["approved"].any()
    for _, cell in found.groupby(["theme_id", "persona_id"]):
        assert cell["centrality"].is_monotonic_decreasing
        assert len(cell) <= 2
    texts.iloc[:] = "too short"
    assert quotes("wish", themes, shares, texts, speakers, 2).empty


def test_saturation_by_hand():
    """Three documents, theme a in all, b in one: 1 + 1/3, 1 + 2/3, 2."""
    themes = Themes(("a", "b"), (1.0, 1.0), np.array([0, 0, 0, 1, NO_THEME]), np.ones(5))
    curve = SATURATION.check(saturation("talks", themes, np.array([0, 1, 2, 2, 0])))
    assert curve["themes"].tolist() == pytest.approx([4 / 3, 5 / 3, 2.0])
