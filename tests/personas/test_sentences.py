"""Claims in words: every kind of feature reads well and says its own figures."""

import pytest

from pipeline.core.rounding import means_told, percent, shares_told
from pipeline.personas.narrative import hedge_of
from pipeline.personas.sentences import sentence
from tests.personas.tables_for_tests import entry

WIDE, NEAR = {"lower": 0.57, "upper": 0.68}, {"lower": 11.9, "upper": 12.8}
SHARE = {"statistic": "share", "level": "yes", "value": 0.624, "rest_value": 0.312, "n": 300, "bound": ""} | WIDE
MEAN = {"statistic": "mean", "level": "", "value": 12.34, "rest_value": 8.1, "n": 300, "bound": ""} | NEAR
RATIO = {"statistic": "mean", "level": "", "value": 0.624, "rest_value": 0.312, "n": 300, "bound": ""} | WIDE


@pytest.mark.parametrize(
    ("claim", "field", "text"),
    [
        (
            SHARE,
            entry("a", "binary", label="Needs: lower prices", block="attitudinal", theme="need", levels=["no", "yes"]),
            "62% name “lower prices” as a need, against 31% of the others.",
        ),
        (
            SHARE,
            entry("a", "binary", label="Where: at home", block="attitudinal", levels=["no", "yes"]),
            "62% tick “at home” for “Where”, against 31% of the others.",
        ),
        (
            SHARE,
            entry("a", "binary", label="Left in the last month", levels=["No", "yes"]),
            "“Left in the last month” applies to 62%, against 31% of the others.",
        ),
        (
            SHARE | {"level": "senior"},
            entry("a", "binary", label="Age group", levels=["junior", "senior"]),
            "“Age group” is “senior” for 62%, against 31% of the others.",
        ),
        (
            SHARE | {"level": "Business"},
            entry("a", "binary", label="Business customer", levels=["Private", "Business"]),
            "“Business customer” applies to 62%, against 31% of the others.",
        ),
        (
            SHARE | {"level": "Daily"},
            entry("a", "nominal", label="How often do you brew?", block="attitudinal"),
            "62% answer “Daily” to “How often do you brew?”, against 31% of the others.",
        ),
        (
            RATIO,
            entry("a", "share", label="Share of activity in the evening (17–24 h)", theme="hours"),
            "On average 62% of their activity is in the evening (17–24 h), against 31% among the others.",
        ),
        (
            RATIO,
            entry("a", "share", label="Share of activity through email", theme="channel"),
            "On average 62% of their activity comes through email, against 31% among the others.",
        ),
        (
            RATIO,
            entry("a", "share", label="Share of “Guide Read” in activity", theme="activity"),
            "On average “Guide Read” makes up 62% of their activity, against 31% among the others.",
        ),
        (
            RATIO,
            entry("a", "share", label="Refunds per order"),
            "On average refunds per order is 62%, against 31% among the others.",
        ),
        (
            MEAN,
            entry("a", "numeric", label="Mean order value", unit="EUR"),
            "Mean order value averages 12.3 EUR, against 8.1 EUR among the others.",
        ),
        (
            MEAN,
            entry("a", "count", label="Months as a customer", unit="months"),
            "On average 12.3 months as a customer, against 8.1 months among the others.",
        ),
        (
            MEAN,
            entry("a", "numeric", label="Events per week"),
            "They average 12.3 events per week, against 8.1 among the others.",
        ),
        (
            MEAN,
            entry("a", "count", label="Number of devices"),
            "They average 12.3 devices, against 8.1 among the others.",
        ),
        (
            MEAN,
            entry("a", "numeric", label="Charges so far", unit="USD"),
            "Charges so far: 12.3 USD on average, against 8.1 USD among the others.",
        ),
        (
            MEAN | {"value": 4.2, "rest_value": 3.1},
            entry("a", "numeric", label="Price focus", block="attitudinal"),
            "“Price focus” scores 4.2 on average, against 3.1 among the others.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_kind_of_feature_has_its_sentence(claim, field, text):
    assert sentence(claim, field, 500) == text


def test_an_ordinals_mean_is_a_place_on_its_scale_and_has_no_unit():
    income = entry("a", "ordinal", label="Yearly income", unit="USD", levels=["under 15K", "15-50K", "over 50K"])
    claim = MEAN | {"value": 1.6, "rest_value": 0.9}
    words = "Yearly income averages 1.6, against 0.9 among the others (0 is “under 15K”, 2 is “over 50K”)."
    assert sentence(claim, income, 500).replace("“Yearly income”", "Yearly income") == words


def test_an_ordinal_whose_levels_are_numbers_is_told_in_these_numbers():
    people = entry("a", "ordinal", label="Household size", unit="people", levels=["1", "2", "3", "4", "5+"])
    claim = MEAN | {"value": 1.0, "lower": 0.9, "upper": 1.1, "rest_value": 1.3}
    assert sentence(claim, people, 500) == "“Household size” averages 2.00, against 2.30 among the others."


def test_bounds_are_rounded_to_their_own_side_and_all_is_no_bound():
    field = entry("a", "binary", label="Likes tea", levels=["no", "yes"])
    told = sentence(SHARE | {"value": 0.9882, "rest_value": 0.7301, "bound": "at least"}, field, 500)
    assert told == "“Likes tea” applies to at least 98%, against at most 74% of the others."
    told = sentence(SHARE | {"value": 0.2501, "rest_value": 1.0, "bound": "at most"}, field, 500)
    assert told == "“Likes tea” applies to at most 26%, against 100% of the others."


def test_two_figures_that_differ_never_read_the_same_while_decimals_can_tell_them_apart():
    assert means_told(1.234, 1.231, 0.9, 1.5) == ("1.234", "1.231")
    assert means_told(1200.0, 1203.0, 1000.0, 1400.0) == ("1,200", "1,203")
    assert shares_told(0.4, 0.4, 0.3, 0.5) == ("40%", "40%")
    assert means_told(0.0, 0.0, 0.0, 0.0) == ("0", "0")
    assert means_told(-3.2, 4.0, -3.9, -2.6) == ("\N{MINUS SIGN}3.2", "4.0")


@pytest.mark.parametrize(("half", "told"), [(5.0, "3,205 EUR"), (72.0, "3,200 EUR"), (15.0, "3,205 EUR")])
def test_a_sentence_rounds_by_the_uncertainty_of_its_figure(half, told):
    claim = MEAN | {"value": 3205.0, "lower": 3205 - half, "upper": 3205 + half, "rest_value": 1000.0}
    assert f"averages {told}, against 1,000 EUR" in sentence(claim, entry("a", "numeric", label="Sum", unit="EUR"), 500)


def test_no_share_is_rounded_to_none_or_all():
    assert [percent(x) for x in (0, 0.0001, 0.0051, 0.994, 0.9999, 1)] == [
        "0%", "under 1%", "1%", "99%", "over 99%", "100%",
    ]  # fmt: skip


def test_the_wider_the_interval_the_stronger_the_hedge():
    claim = {"value": 0.6, "rest_value": 0.4}
    hedges = [hedge_of(claim | {"lower": 0.6 - half, "upper": 0.6 + half}) for half in (0.02, 0.04, 0.09, 0.15)]
    assert hedges == ["", "about", "roughly", "perhaps"]
