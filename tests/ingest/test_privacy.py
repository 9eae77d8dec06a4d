"""What is taken out of free text, and which columns may not be declared."""

import time

import pytest

from pipeline.core.sources import SourceSettings
from pipeline.ingest.cells import redacted
from pipeline.ingest.privacy import (
    is_direct_identifier,
    is_special_category,
    make_scrubber,
    name_columns,
    refused_fields,
)

SCRUB = make_scrubber(["Anna", "Will", "Zoë"], ["Price", "O'Neill", "van-Dijk"], "en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to a.b+c@mail.example.org!", "write to [email]!"),
        ("see https://x.example/a?b=c and www.x.org", "see [link] and [link]"),
        ("call +49 30 23125771 or 212-555-0123", "call [phone] or [phone]"),
        ("card 4111 1111 1111 1111", "card [card]"),
        ("pay DE89 3704 0044 0532 0130 00 now", "pay [account] now"),
        ("from 192.0.2.17", "from [ip]"),
        ("order 123456789", "order [number]"),
        ("in 2024 I paid 12.50 for 3 kg", "in 2024 I paid 12.50 for 3 kg"),
        ("anna said so, ANNA and Zoë too", "[name] said so, [name] and [name] too"),
        ("Anna's cup", "[name] cup"),
        ("The price is high. Price matters. Mr Price agrees", "The price is high. Price matters. Mr [name] agrees"),
        ("I will. Will you? Ask Will", "I will. Will you? Ask [name]"),
        ("ask jos\u00e9@ex\u00e4mple.de, or ben%40example.org", "ask [email], or [email]"),
        ("Zoe\u0308 came", "[name] came"),
        ("so says van-Dijk, and Ms van-dijk", "so says [name], and Ms van-dijk"),
        ("", ""),
        ("Annabel and planning", "Annabel and planning"),
    ],
)
def test_scrubbing(text, expected):
    assert SCRUB(text) == expected


def test_a_word_of_letters_without_end_is_scrubbed_in_no_time():
    started = time.perf_counter()
    for word in ("a" * 100_000, "9" * 100_000, "a." * 50_000 + "@", "a@" * 50_000, "a-" * 50_000):
        SCRUB(word)
    assert time.perf_counter() - started < 30


def test_scrubbing_twice_changes_nothing_more():
    once = SCRUB("Anna: a@x.org, +49 30 23125771, 4111111111111111")
    assert SCRUB(once) == once


@pytest.mark.parametrize(
    "name", ["Email", "e-mail", "RecipientEmail", "Phone Number", "first_name", "LastName", "IPAddress"]
)
def test_direct_identifiers_are_known_by_name(name):
    assert is_direct_identifier(name)


@pytest.mark.parametrize("name", ["City", "mailing_count", "Phone Service", "plan name", "StreamingTV", "email_opens"])
def test_other_columns_are_not_direct_identifiers(name):
    assert not is_direct_identifier(name)


@pytest.mark.parametrize("name", ["health", "Religion", "Ethnic group", "TradeUnion", "sexual_orientation"])
def test_special_categories_are_known_by_name(name):
    assert is_special_category(name)


@pytest.mark.parametrize("name", ["healthy", "gender", "trace", "party size", "Age"])
def test_other_fields_are_no_special_categories(name):
    assert not is_special_category(name)


def test_name_columns_are_told_apart():
    assert name_columns(["First Name", "Last Name", "Company name", "Name"]) == (["First Name"], ["Last Name", "Name"])


def test_redacted_values_keep_their_shape_only():
    assert redacted("Ann-12 é") == "xxx-99 x"


def customers_with(field: dict, **more: object) -> SourceSettings:
    declared = {"kind": "nominal", "block": "demographic", "label": "x", **field}
    return SourceSettings(kind="customers", format="csv", files="a.csv", fields={"x": declared}, **more)


BASIS = "art. 9 (2) a: explicit consent, register no. 12"


def test_a_special_category_is_refused_without_a_legal_basis():
    (told,) = refused_fields("crm", customers_with({"column": "Religion"}))
    assert "`fields.x` speaks of a special category" in told
    assert "`sensitive: {x: …}`" in told
    assert refused_fields("crm", customers_with({"column": "Religion"}, sensitive={"x": BASIS})) == []


def test_a_legal_basis_is_words_about_something_that_is_there():
    told = refused_fields("crm", customers_with({"column": "Religion"}, sensitive={"x": "yes", "y": BASIS}))
    assert len(told) == 2
    assert "sensitive.y: no field, question or kept column of that name" in told[0]
    assert "sensitive.x: say in words which legal basis" in told[1]


def test_a_legal_basis_opens_no_direct_identifier():
    (told,) = refused_fields("crm", customers_with({"column": "Email"}, sensitive={"x": BASIS}))
    assert "holds a direct identifier" in told


def test_kept_columns_need_a_legal_basis_too():
    kept = SourceSettings(kind="events", format="csv", files="a.csv", keep=["properties.diagnosis"])
    (told,) = refused_fields("web", kept)
    assert "`keep: properties.diagnosis`" in told
    assert refused_fields("web", kept.model_copy(update={"sensitive": {"properties.diagnosis": BASIS}})) == []
