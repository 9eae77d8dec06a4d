"""Names: short, from two traits of different themes, never gendered, unique, the same for the same claims."""

import pytest

from pipeline.personas.naming import names
from pipeline.personas.vocabulary import Trait, trait_of
from tests.personas.tables_for_tests import entry

YES_NO = ["no", "yes"]
FIELDS = {
    field["column"]: field
    for field in (
        entry("evening", "share", label="Share of activity in the evening (17–24 h)", theme="hours"),
        entry("night", "share", label="Share of activity at night (0–6 h)", theme="hours"),
        entry("desktop", "share", label="Share of activity on desktop", theme="device"),
        entry("email", "share", label="Share of activity through email", theme="channel"),
        entry("guides", "share", label="Share of “Guide Read” in activity", theme="activity"),
        entry("age", "numeric", label="Age", theme="demographic"),
        entry("age_band", "ordinal", label="Age band", theme="demographic", levels=["18-24", "25-34"]),
        entry("gender", "nominal", label="Gender as stated", theme="demographic"),
        entry("greeting", "nominal", label="Greeting", theme="demographic"),
        entry("tenure", "count", label="Months as a customer", unit="months", theme="tenure"),
        entry("charges", "numeric", label="Monthly charges", unit="USD", theme="value"),
        entry("contract", "nominal", label="Contract", theme="contract"),
        entry("backup", "nominal", label="Online backup", theme="technographic"),
        entry("partner", "binary", label="Has a partner", levels=YES_NO, theme="demographic"),
        entry("gift", "binary", label="Needs: a gift", block="attitudinal", theme="need", levels=YES_NO),
        entry("price", "ordinal", label="Price decides", block="attitudinal", levels=["no", "so-so", "yes"]),
        entry("os", "nominal", label="Main operating system", theme="device", block="technographic"),
        entry("size", "numeric", label="Shoe size", theme="other"),
    )
}


def claim(column: str, level: str = "", difference: float = 1.0) -> dict[str, object]:
    statistic = "share" if level else "mean"
    theme = FIELDS[column]["theme"]
    value = 0.7 if difference > 0 else 0.3
    about = {"column": column, "level": level, "statistic": statistic, "theme": theme}
    return about | {"difference": difference, "value": value}


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        (claim("evening"), claim("desktop"), "Evening desktop customers"),
        (claim("night"), claim("email"), "Night-time e-mail customers"),
        (claim("charges"), claim("contract", "Month-to-month"), "High-spending month-to-month customers"),
        (claim("tenure", difference=-1.0), claim("backup", "No"), "New customers without online backup"),
        (claim("backup", "No internet service"), claim("age"), "Older customers without internet service"),
        (claim("partner", "yes", -0.5), claim("age_band", "18-24"), "Customers without partner and aged 18-24"),
        (claim("gift", "yes"), claim("os", "iOS"), "iOS customers who need “a gift”"),
        (
            claim("price", "yes"),
            claim("size", difference=-1),
            "Customers high on “Price decides” and with low shoe size",
        ),
        (claim("guides"), claim("price"), "Customers with much “Guide Read” and high on “Price decides”"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_two_traits_make_a_readable_name(first, second, name):
    made = names({"persona-1": [first, second]}, FIELDS, "customers")["persona-1"]
    assert made == name if len(name) <= 60 else name.startswith(made)


def test_the_second_trait_comes_from_another_theme_where_there_is_one():
    ranked = [claim("evening"), claim("night"), claim("desktop")]
    assert names({"p": ranked}, FIELDS, "readers") == {"p": "Evening desktop readers"}
    assert names({"p": ranked[:2]}, FIELDS, "readers") == {"p": "Evening night-time readers"}


def test_names_are_unique():
    ranked = [claim("evening"), claim("desktop"), claim("age")]
    made = names({"a": ranked, "b": ranked, "c": ranked[:2], "d": [], "e": []}, FIELDS, "customers")
    assert made["b"] == "Evening desktop older customers"
    assert len(set(made.values())) == 5
    assert made["d"] == "Customers without a trait of their own"


@pytest.mark.parametrize(
    "gendered",
    [
        claim("gender", "female"),
        claim("greeting", "Mrs"),
        claim("greeting", "women's goods"),
        claim("greeting", "Male"),
    ],
    ids=lambda c: c["level"],
)
def test_gender_is_never_part_of_a_name(gendered):
    assert trait_of(gendered, FIELDS[gendered["column"]]) is None
    assert names({"p": [gendered, claim("evening")]}, FIELDS, "customers") == {"p": "Evening customers"}


def test_two_quoted_labels_are_joined_and_charges_are_high_not_many():
    fields = {c: entry(c, "binary", label=c, levels=YES_NO) for c in ("Yummy", "Tasty")}
    fields |= {"Costs": entry("Costs", "numeric", label="Running costs")}
    said = [
        {"column": c, "level": level, "statistic": kind, "theme": c, "difference": 1.0, "value": 0.9}
        for c, level, kind in (("Yummy", "yes", "share"), ("Tasty", "yes", "share"), ("Costs", "", "mean"))
    ]
    assert names({"p": said}, fields, "guests") == {"p": "“Yummy” and “Tasty” guests"}
    assert trait_of(said[2], fields["Costs"]) == Trait(after="with high running costs")


def test_what_they_do_less_of_is_no_trait_where_it_has_no_word():
    assert trait_of(claim("evening", difference=-1.0), FIELDS["evening"]) is None
    assert trait_of(claim("contract", "Two year", -1.0), FIELDS["contract"]) is None


def test_a_name_is_true_of_at_least_half_of_those_called_by_it():
    minor = {**claim("contract", "Month-to-month"), "value": 0.3}
    assert names({"p": [minor, claim("evening")]}, FIELDS, "customers") == {"p": "Evening customers"}
    assert names({"p": [minor]}, FIELDS, "customers") == {"p": "Month-to-month customers"}, "better than none"


def test_answers_of_many_words_are_quoted_evasions_name_nobody_and_the_middle_of_a_scale_is_neither_high_nor_low():
    price = {**claim("price", "so-so"), "column": "price"}
    assert trait_of(price, FIELDS["price"]) == Trait(after="answering “so-so” to “Price decides”")
    assert trait_of(claim("contract", "2 Adults No Kids"), FIELDS["contract"]) == Trait(before="“2 Adults No Kids”")
    assert trait_of(claim("contract", "51-250"), FIELDS["contract"]) == Trait(after="with contract 51-250")
    for evasion in ("Don’t know", "Other (please specify)", "Prefer not to say", "None of the above", "Weiß nicht"):
        assert trait_of(claim("contract", evasion), FIELDS["contract"]) is None, evasion


def test_a_label_that_is_a_sentence_and_a_level_that_says_how_often_read_well_in_a_name():
    finds = {"label": "Finds it cheap", "kind": "binary", "block": "attitudinal", "theme": "other", "levels": "[]"}
    visits = {"label": "Visits", "kind": "ordinal", "block": "behavioural", "theme": "other", "levels": "[]"}
    claim = {"column": "x", "level": "Yes", "statistic": "share", "difference": 0.5}
    assert trait_of(claim, finds) == Trait(after="who find it cheap")
    assert trait_of({**claim, "difference": -0.5}, finds) == Trait(after="who do not find it cheap")
    assert trait_of({**claim, "level": "Once a month"}, visits) == Trait(after="with visits “Once a month”")
    assert trait_of({**claim, "level": "Never"}, visits) == Trait(after="with visits “Never”")
