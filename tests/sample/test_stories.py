"""What the stories of the five lives claim holds in the raw exports, before the launch."""

import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier

from pipeline.sample import lives
from pipeline.sample.attitudes import AGREEMENT

HOBBY, OFFICE, PARENTS, STUDENTS, GIFTS = lives.PERSONAS
MOST = "more than half"
HIGHEST = "more than any other persona"
CLAIMS = {
    "They are most active between 18 and 23 o'clock.": [(HOBBY, "busiest hours begin at 18", MOST)],
    "Most of what they do happens on a desktop computer.": [(HOBBY, "desktop", MOST)],
    "They read guides and forums more than anybody else.": [(HOBBY, "guides and forums", HIGHEST)],
    "They agree most that brewing is a craft they enjoy.": [(HOBBY, "craft", HIGHEST)],
    "Most of what they do falls into work hours, 8 to 17 o'clock from Monday to Friday.": [
        (OFFICE, "work hours", MOST)
    ],
    "They come through e-mail more than anybody else.": [(OFFICE, "email", HIGHEST)],
    "Their typical order is the largest.": [(OFFICE, "typical order", HIGHEST)],
    "Most of them are business customers.": [(OFFICE, "business", MOST)],
    "Most of what they do happens on a phone.": [(PARENTS, "mobile", MOST)],
    "They are active early, 5 to 8 o'clock, more than anybody else.": [(PARENTS, "early", HIGHEST)],
    "They agree most that coffee has to be quick.": [(PARENTS, "quick", HIGHEST)],
    "They live in the largest households.": [(PARENTS, "household", HIGHEST)],
    "They are active at night, 23 to 4 o'clock, more than anybody else.": [(STUDENTS, "night", HIGHEST)],
    "They come through social media more than anybody else.": [(STUDENTS, "social", HIGHEST)],
    "They view deals and copy coupons more than anybody else.": [(STUDENTS, "deals and coupons", HIGHEST)],
    "They are the youngest, and agree most that price decides.": [
        (STUDENTS, "youth", HIGHEST),
        (STUDENTS, "price", HIGHEST),
    ],
    "They use tablets more than anybody else.": [(GIFTS, "tablet", HIGHEST)],
    "They are active at weekends more than anybody else.": [(GIFTS, "weekend", HIGHEST)],
    "They come through search more than anybody else.": [(GIFTS, "search", HIGHEST)],
    "They name finding a gift as a need more than anybody else.": [(GIFTS, "gift", HIGHEST)],
}


@pytest.fixture(scope="module")
def flags(own) -> pd.DataFrame:
    """One row per line before the launch: which habits it speaks of."""
    before = own[own["ts"] < "2025-07-01"]
    hour, weekday = before["local"].dt.hour, before["local"].dt.day_of_week
    return pd.DataFrame(
        {
            **{name: before["device"] == name for name in ("desktop", "mobile", "tablet")},
            **{name: before["channel"] == name for name in ("email", "social", "search")},
            "guides and forums": before["event"].isin(["Guide Read", "Forum Visited"]),
            "deals and coupons": before["event"].isin(["Deal Viewed", "Coupon Copied"]),
            "work hours": hour.between(8, 16) & (weekday < 5),
            "early": hour.between(5, 7),
            "night": hour.isin([23, 0, 1, 2, 3]),
            "weekend": weekday >= 5,
        }
    )


@pytest.fixture(scope="module")
def measures(sample, own, flags) -> pd.DataFrame:
    """One row per persona, one column per measure."""
    before = own.loc[flags.index]
    by_hour = pd.crosstab(before["persona"], before["local"].dt.hour).reindex(columns=range(24), fill_value=0)
    # Column h of `windows`: activity from h to h + 5 o'clock.
    windows = sum(by_hour.rename(columns=lambda h, shift=shift: (h - shift) % 24) for shift in range(5))
    result = flags.groupby(before["persona"]).mean()
    result["busiest hours begin at 18"] = (windows.idxmax(axis=1) == 18).astype(float)
    return result.join(_from_contacts(sample)).join(_from_survey(sample)).join(_from_orders(sample))


def _from_contacts(sample) -> pd.DataFrame:
    contacts = sample.csv("hubspot/contacts.csv")
    persona = sample.persona_of("contact", contacts["Record ID"])
    known = contacts["Customer Type"] != ""
    return pd.DataFrame(
        {
            "business": (contacts["Customer Type"] == "Business")[known].groupby(persona[known]).mean(),
            "household": pd.to_numeric(contacts["Household Size"], errors="coerce").groupby(persona).mean(),
            "youth": -pd.to_numeric(contacts["Age"], errors="coerce").groupby(persona).mean(),
        }
    )


def _from_survey(sample) -> pd.DataFrame:
    answers = sample.csv("qualtrics/coffee-survey.csv", encoding="utf-8-sig").iloc[2:]
    persona = sample.persona_of("contact", answers["ExternalReference"])
    position = {level: number for number, level in enumerate(AGREEMENT)}
    likert = {"craft": "Q1_1", "price": "Q2_1", "quick": "Q3_1"}
    columns = {name: answers[column].map(position).groupby(persona).mean() for name, column in likert.items()}
    return pd.DataFrame(columns | {"gift": answers["Q4"].str.contains("Finding a gift").groupby(persona).mean()})


def _from_orders(sample) -> pd.DataFrame:
    orders = sample.csv("shop/orders.csv").query("kind == 'order'").drop_duplicates("order_id")
    persona = sample.persona_of("contact", orders["contact_id"])
    return pd.DataFrame({"typical order": pd.to_numeric(orders["total"], errors="coerce").groupby(persona).median()})


def test_every_statement_has_a_check_and_every_check_its_statement():
    told = lives.statements()
    assert tuple(told) == lives.PERSONAS
    assert [text for texts in told.values() for text in texts] == list(CLAIMS)
    for persona, texts in told.items():
        assert {who for text in texts for who, _, _ in CLAIMS[text]} == {persona}


@pytest.mark.parametrize("statement", CLAIMS)
def test_statement_holds(measures, statement):
    for persona, measure, rule in CLAIMS[statement]:
        values = measures[measure]
        if rule == MOST:
            assert values[persona] > 0.5
        else:
            assert values[persona] > values.drop(persona).max()


def test_single_habits_overlap_but_all_together_tell_the_lives_apart(own, flags):
    """Cross-validated accuracy of a small tree on one habit, and of a forest on all; guessing the largest gives 0.3."""
    habits = flags.groupby(own["customer"]).mean()
    persona = own.groupby("customer")["persona"].first().reindex(habits.index)
    one = DecisionTreeClassifier(max_leaf_nodes=8, random_state=0)
    alone = {name: cross_val_score(one, habits[[name]], persona, cv=4).mean() for name in habits}
    together = cross_val_score(RandomForestClassifier(100, random_state=0), habits, persona, cv=4).mean()
    assert max(alone.values()) < 0.65, alone
    assert together > 0.8


def test_sizes_are_the_planted_shares(sample):
    counts = pd.Series(sample.truth["customers"]).value_counts()
    assert [counts[name] for name in lives.PERSONAS] == [180, 150, 120, 90, 60]
