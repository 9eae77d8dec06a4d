"""Narratives: one sentence per topic, the most telling first, nothing said twice."""

from pipeline.personas.narrative import narrative, story
from tests.personas.tables_for_tests import entry

FIELDS = {
    field["column"]: field
    for field in (
        entry("orders", "count", label="Orders", theme="value"),
        entry("charges", "numeric", label="Monthly charges", unit="USD", theme="value"),
        entry("tenure", "count", label="Months as a customer", unit="months"),
        entry("backup", "nominal", label="Online backup", block="technographic"),
        entry("security", "nominal", label="Online security", block="technographic"),
        entry("evening", "share", label="Share of activity in the evening", theme="hours"),
        entry("guides", "share", label="Share of “Guide Read” in activity", theme="activity"),
        entry("spent", "numeric", label="Spent in the past year", unit="USD", theme="value"),
        entry("since", "count", label="Months since the last order"),
        entry("brews", "ordinal", label="Brews at home", block="attitudinal", levels=["never", "often"]),
        entry("craft", "numeric", label="Craft", block="attitudinal"),
        entry("likes", "binary", label="Needs: calm", block="attitudinal", theme="need"),
    )
}


def claim(column: str, level: str = "", value: float = 0.6, difference: float = 1.0) -> dict[str, object]:
    return {
        "claim_id": f"persona-1-{column}",
        "theme": FIELDS[column]["theme"],
        "column": column,
        "level": level,
        "statistic": "share" if level else "mean",
        "value": value,
        "lower": value - 0.01,
        "upper": value + 0.01,
        "rest_value": 0.2,
        "n": 100,
        "bound": "",
        "difference": difference,
    }


def test_a_level_is_spoken_of_once_and_a_plain_yes_belongs_to_its_feature():
    ranked = [claim("orders", value=3.0), claim("backup", "No service"), claim("security", "No service")]
    assert [s["claims"] for s in narrative(ranked, FIELDS, 100)] == [["persona-1-orders"], ["persona-1-backup"]]
    plain = [claim("orders", value=3.0), claim("backup", "No"), claim("security", "No")]
    assert narrative(plain, FIELDS, 100)[1]["claims"] == ["persona-1-backup", "persona-1-security"]


def test_the_most_telling_claim_comes_first_and_is_not_repeated():
    told = narrative([claim("likes", "yes"), claim("orders", value=3.0)], FIELDS, 100)
    assert told[0] == {
        "text": "What sets them apart most: 60% name “calm” as a need, against 20% of the others.",
        "claims": ["persona-1-likes"],
    }
    assert [s["claims"] for s in told[1:]] == [["persona-1-orders"]]


def test_the_story_names_what_it_is_about_without_figures():
    ranked = [claim("orders"), claim("charges", difference=-1.0), claim("tenure"), claim("backup", "No")]
    assert story(ranked, FIELDS, "customers") == (
        "Set apart by more orders, lower monthly charges and more months as a customer."
    )
    assert (
        story([claim("likes", "yes", difference=-1.0)], FIELDS, "customers") == "Set apart by naming “calm” less often."
    )


def test_traits_of_a_story_read_well_whatever_the_label_is():
    told = story([claim("guides"), claim("evening", difference=-1.0), claim("spent")], FIELDS, "customers")
    assert told == "Set apart by more “Guide Read”, less activity in the evening and higher “spent in the past year”."
    told = story([claim("since"), claim("brews", "often"), claim("brews", difference=-1.0)], FIELDS, "customers")
    assert told == (
        "Set apart by more months since the last order, answering “often” to “Brews at home” more often and lower on "
        "“Brews at home”."
    )


def test_nothing_to_claim_is_said():
    assert narrative([], FIELDS, 100) == []
    assert story([], FIELDS, "readers") == "Nothing measured sets these readers clearly apart from the others."
