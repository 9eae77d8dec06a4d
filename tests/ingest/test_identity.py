"""Identity resolution: components of what was seen together, whatever the order."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest.identity import Sighting, assign, identifiers, resolve

KEY = b"k" * 64


def sighting(source: str, rows: list[tuple], spaces: tuple[str, ...], makes: bool = True) -> Sighting:
    return Sighting(source, pd.DataFrame(rows, columns=list(spaces), dtype="str"), makes)


def test_records_that_share_an_address_are_one_customer_named_by_the_smallest_id():
    crm = sighting("crm", [("7", "a@x.org"), ("3", "a@x.org"), ("5", None)], ("contact", "email"))
    found = resolve([crm], ["contact", "email"], 20, KEY, True)
    contacts = found.customers["contact"]
    assert contacts["7"] == contacts["3"] == found.customers["email"]["a@x.org"] == pseudonym(KEY, "contact", "3")
    assert contacts["5"] != contacts["3"]


def test_links_reach_over_sources_and_spaces():
    crm = sighting("crm", [("1", "a@x.org")], ("contact", "email"))
    log = sighting("log", [("device", "a@x.org"), ("other", None)], ("anonymous", "email"))
    found = resolve([crm, log], ["contact", "email"], 20, KEY, True)
    assert found.customers["anonymous"] == {"device": pseudonym(KEY, "contact", "1")}, "`other` is nobody's"
    assert found.sources.tolist() == ["crm+log"]


def test_without_a_customer_source_everybody_is_a_customer():
    log = sighting("log", [("a", None), ("b", "u")], ("anonymous", "user"))
    assert len(resolve([log], [], 20, KEY, False).sources) == 2


def test_those_who_are_only_asked_are_no_customers():
    crm = sighting("crm", [("a@x.org",)], ("email",))
    survey = sighting("survey", [("z@x.org",)], ("email",), makes=False)
    assert list(resolve([crm, survey], ["email"], 20, KEY, True).customers["email"]) == ["a@x.org"]


def test_a_shared_address_does_not_join_a_crowd():
    crm = sighting("crm", [(str(n), "info@x.org") for n in range(50)], ("contact", "email"))
    found = resolve([crm], ["contact", "email"], 20, KEY, True)
    assert (found.oversized_groups, found.ignored) == (1, 1)
    assert len(set(found.customers["contact"].values())) == 50
    assert "email" not in found.customers


def test_spaces_do_not_mix_and_texts_stay_texts():
    rows = pd.DataFrame(
        {"id": ["NA", "null", "0012", " 12 ", ""], "mail": ["A@X.org ", "", "b@x.org", "12", ""]}, dtype="str"
    )
    ids = identifiers(rows, {"contact": "id", "email": "mail"})
    assert ids["contact"].tolist()[:4] == ["NA", "null", "0012", "12"]
    assert ids["email"].tolist()[0] == "a@x.org"
    found = resolve([Sighting("crm", ids, True)], ["contact", "email"], 20, KEY, True)
    assert len(set(found.customers["contact"].values())) == 4
    assert assign(ids, found.customers).isna().tolist() == [False] * 4 + [True]


def test_every_row_its_own_customer_even_where_rows_are_equal():
    rows = pd.DataFrame({"a": ["1", "1", "2"], "b": ["x", "x", "x"]}, dtype="str")
    ids = identifiers(rows, {"row": "*"})
    assert ids["row"].nunique() == 3
    turned = identifiers(rows[["b", "a"]].iloc[::-1], {"row": "*"})
    assert sorted(turned["row"]) == sorted(ids["row"]), "order of rows and columns decides nothing"


def test_nothing_seen_gives_no_customers():
    found = resolve([], [], 20, KEY, False)
    assert (len(found.identities), len(found.sources)) == (0, 0)


pairs = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["p", "q", "r", None])), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(pairs, st.randoms(use_true_random=False))
def test_the_order_of_sightings_decides_nothing(rows, random):
    shuffled = random.sample(rows, len(rows))
    first, second = (
        resolve([sighting("crm", r, ("contact", "email"))], ["contact", "email"], 3, KEY, True)
        for r in (rows, shuffled)
    )
    assert first.customers == second.customers
    pd.testing.assert_frame_equal(first.identities, second.identities)


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_no_group_is_larger_than_the_limit_and_none_is_torn_below_it(rows):
    found = resolve([sighting("crm", rows, ("contact", "email"))], ["contact", "email"], 3, KEY, True)
    assert found.identities.groupby("customer_id").size().max() <= 3
    if not found.oversized_groups:
        for contact, email in rows:
            if email:
                assert found.customers["contact"][contact] == found.customers["email"][email]


def test_another_key_changes_ids_and_nothing_else():
    crm = sighting("crm", [("1", "a@x.org"), ("2", "b@x.org"), ("3", "b@x.org")], ("contact", "email"))
    one, two = (resolve([crm], ["contact", "email"], 20, k, True) for k in (KEY, b"z" * 64))
    assert set(one.sources.index).isdisjoint(two.sources.index)
    assert sorted(one.identities.groupby("customer_id").size()) == sorted(two.identities.groupby("customer_id").size())


@pytest.mark.parametrize("spaces", [("anonymous", "user"), ("user", "anonymous")])
def test_a_person_goes_before_a_device(spaces):
    ids = pd.DataFrame({"anonymous": ["d"], "user": ["u"]}, dtype="str")[list(spaces)]
    assert assign(ids, {"anonymous": {"d": "device's"}, "user": {"u": "person's"}}).tolist() == ["person's"]
