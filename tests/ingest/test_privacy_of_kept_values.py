"""What is taken out of kept event columns, fields and closed answers; sensitive names in European languages."""

import json

import pandas as pd
import pytest

from pipeline.ingest import expressions as x
from pipeline.ingest.kept_values import scrubbed, scrubbed_json
from pipeline.ingest.privacy import is_direct_identifier, is_direct_path, is_special_category, name_columns, scrub_cell

TAKEN_OUT = {
    "ann@example.org": "[email]",
    "to ann%40example.org now": "to [email] now",
    "+49 30 23125771": "[phone]",
    "call 0171/1234567 now": "call [phone] now",
    "(212) 555-0123": "[phone]",
    "192.0.2.17": "[ip]",
    "2001:db8::ff00:42": "[ip]",
    "DE89 3704 0044 0532 0130 00": "[account]",
    "GB29NWBK60161331926819": "[account]",
    "4111 1111 1111 1111": "[card]",
    "paid by 378282246310005": "paid by [card]",
}
LEFT = (
    "/products/item-12/view", "1738404000", "1738404000123456", "4111111111111112", "10000-19999", "2025-02-01",
    "01/02/2025 10:00:00", "01.02.2025", "10:00:00", "AB12-CDEF-3456", "0012", "v1.2.3", "x::y", "12.50", "1e5", "",
    "Mozilla/5.0", "ann", "Is it? Yes.", "19-29 / 30-39", "50,000 to 99,999",
)  # fmt: skip


@pytest.fixture(scope="module")
def kept():
    """The kept values of an event column, in the engine."""

    def scrub(values: list[str | None]) -> list[str]:
        table = x.from_frame(pd.DataFrame({"n": range(len(values)), "v": pd.Series(values, dtype="str")}))
        return x.to_frame(table.select("n", v=scrubbed(table.v)).order_by("n"))["v"].tolist()

    return scrub


def test_a_kept_value_is_a_json_text_whichever_way_it_takes() -> None:
    values = [*TAKEN_OUT, *LEFT, 'he said "no"', "a\\b", "line\nend", "Köln 100 %", None, '"ann@example.org"']
    table = x.from_frame(pd.DataFrame({"n": range(len(values)), "v": pd.Series(values, dtype="str")}))
    found = x.to_frame(table.select("n", plain=scrubbed(table.v), quoted=scrubbed_json(table.v)).order_by("n"))
    for plain, quoted in zip(found["plain"], found["quoted"], strict=True):
        assert pd.isna(quoted) if pd.isna(plain) else json.loads(quoted) == plain.replace("\n", " ")


def test_kept_columns_lose_what_identifies_a_person_and_nothing_else(kept):
    assert dict(zip(TAKEN_OUT, kept(list(TAKEN_OUT)), strict=True)) == TAKEN_OUT
    assert kept(list(LEFT)) == list(LEFT)
    again = kept(list(TAKEN_OUT.values()))
    assert again == list(TAKEN_OUT.values()), "scrubbing twice changes nothing more"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://x.example/a/b?session=17&mail=ann%40example.org#top", "https://x.example/a/b"),
        ("/account/12345678/orders?token=abc", "/account/[id]/orders"),
        ("/o/1b4e28ba-2fa1-11d2-883f-0016d3cca427", "/o/[id]"),
        ("https://x.example/products/1234", "https://x.example/products/1234"),
        ("see https://x.example/a?b=c now", "see [link] now"),
    ],
)
def test_links_lose_their_query_and_long_ids(kept, link, expected):
    assert kept([link]) == [expected]


def test_missing_values_stay_missing(kept):
    assert pd.isna(kept([None, "a"])[0])


@pytest.mark.parametrize("text", [t for t in LEFT if not t.isdigit()])
def test_cells_of_fields_and_closed_answers_keep_what_identifies_nobody(text):
    assert scrub_cell(text) == text


@pytest.mark.parametrize("text", TAKEN_OUT)
def test_cells_of_fields_and_closed_answers_are_scrubbed(text):
    assert scrub_cell(text) == TAKEN_OUT[text]
    assert scrub_cell("123456789") == "[number]"


@pytest.mark.parametrize(
    "name",
    ["Religionszugehörigkeit", "Konfession", "Gesundheitszustand", "Schwerbehinderung", "Gewerkschaftsmitglied",
     "politische_einstellung", "sexuelleOrientierung", "État de santé", "Opinion politique", "Origine ethnique",
     "handicap", "Religión", "Salud", "afiliación política", "Sindicato", "Etnia", "Salute", "Religione",
     "orientamento_politico", "Orientamento sessuale", "Saúde", "Raça", "Gezondheid", "Godsdienst religie",
     "Politieke voorkeur", "Vakbond", "Zdrowie", "Pochodzenie etniczne", "Wyznanie", "Hälsa", "trade_union_member",
     "Biometrics", "sexual orientation"],
)  # fmt: skip
def test_special_categories_are_known_in_the_main_european_languages(name):
    assert is_special_category(name)


@pytest.mark.parametrize(
    "name",
    ["healthy", "belief_open", "Politique de confidentialité", "policy", "Region", "Station", "Sexe", "Geschlecht",
     "Races watched", "Gender", "Plan", "Ethics training", "Partner", "Salutation", "tronc", "Credit", "Union Street"],
)  # fmt: skip
def test_other_names_speak_of_no_special_category(name):
    assert not is_special_category(name)


def test_direct_identifiers_and_names_are_known_in_the_main_european_languages():
    direct = ["Vorname", "Nachname", "E-Mail-Adresse", "Telefonnummer", "Straße", "Prénom", "Numéro de téléphone",
              "Apellidos", "Correo electrónico", "Cognome", "Codice fiscale", "Voornaam", "Nazwisko"]  # fmt: skip
    assert [n for n in direct if not is_direct_identifier(n)] == []
    assert name_columns(["Vorname", "Nom", "Prénom", "Ort"]) == (["Vorname", "Prénom"], ["Nom"])


@pytest.mark.parametrize(
    ("path", "direct"),
    [("traffic_source.name", False), ("context.campaign.name", False), ("context.library.name", False),
     ("traits.name", True), ("user_properties.name", True), ("customer.address", True), ("name", True),
     ("context.ip", True), ("properties.email", True), ("device.address", False)],
)  # fmt: skip
def test_the_name_of_a_campaign_is_no_persons(path, direct):
    assert is_direct_path(path) is direct
