"""Identity resolution: components of what was seen together, whatever the order."""

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.core.pseudonym import pseudonym
from pipeline.ingest.identity import (
    IDENTIFIED_SPACE,
    Resolution,
    assign,
    identifiers,
    pairs_joined,
    positions,
    resolve,
)
from pipeline.ingest.sightings import Sighting

KEY = b"k" * 64


def sighting(source: str, rows: list[tuple], spaces: tuple[str, ...], makes: bool = True) -> Sighting:
    return Sighting(source, pd.DataFrame(rows, columns=list(spaces), dtype="str"), makes)


def customers(found: Resolution) -> dict[str, dict[str, str]]:
    """Space -> value -> customer_id."""
    ids = found.sources.index
    return {space: {value: ids[at] for value, at in known.items()} for space, known in found.customers.items()}


def test_records_that_share_an_address_are_one_customer_named_by_the_smallest_id():
    crm = sighting("crm", [("7", "a@x.org"), ("3", "a@x.org"), ("5", None)], ("contact", "email"))
    found = resolve([crm], ["contact", "email"], 20, KEY, True)
    contacts = customers(found)["contact"]
    assert contacts["7"] == contacts["3"] == customers(found)["email"]["a@x.org"] == pseudonym(KEY, "contact", "3")
    assert contacts["5"] != contacts["3"]


def test_links_reach_over_sources_and_spaces():
    crm = sighting("crm", [("1", "a@x.org")], ("contact", "email"))
    log = sighting("log", [("device", "a@x.org"), ("other", None)], ("anonymous", "email"))
    found = resolve([crm, log], ["contact", "email"], 20, KEY, True)
    assert customers(found)["anonymous"] == {"device": pseudonym(KEY, "contact", "1")}, "`other` is nobody's"
    assert found.sources.tolist() == ["crm+log"]


def test_there_may_be_more_sources_than_a_number_has_bits():
    crm = [sighting(f"s{n:02d}", [("1",), (str(n + 2),)], ("contact",)) for n in range(70)]
    found = resolve(crm, ["contact"], 20, KEY, True)
    assert found.sources[pseudonym(KEY, "contact", "1")].count("+") == 69
    assert found.sources[pseudonym(KEY, "contact", "71")] == "s69"
    few = resolve(crm[:63], ["contact"], 20, KEY, True)
    assert few.sources[pseudonym(KEY, "contact", "64")] == "s62"


def test_without_a_customer_source_everybody_is_a_customer():
    log = sighting("log", [("a", None), ("b", "u")], ("anonymous", "user"))
    assert len(resolve([log], [], 20, KEY, False).sources) == 2


def test_those_who_are_only_asked_are_no_customers():
    crm = sighting("crm", [("a@x.org",)], ("email",))
    survey = sighting("survey", [("z@x.org",)], ("email",), makes=False)
    assert list(customers(resolve([crm, survey], ["email"], 20, KEY, True))["email"]) == ["a@x.org"]


def test_a_shared_address_does_not_join_a_crowd():
    crm = sighting("crm", [(str(n), "info@x.org") for n in range(50)], ("contact", "email"))
    found = resolve([crm], ["contact", "email"], 20, KEY, True)
    assert (found.oversized_groups, found.ignored) == (1, 1)
    assert len(set(customers(found)["contact"].values())) == 50
    assert "email" not in customers(found)


def test_spaces_do_not_mix_and_texts_stay_texts():
    rows = pd.DataFrame(
        {"id": ["NA", "null", "0012", " 12 ", ""], "mail": ["A@X.org ", "", "b@x.org", "12", ""]}, dtype="str"
    )
    ids = identifiers(rows, {"contact": "id", "email": "mail"})
    assert ids["contact"].tolist()[:4] == ["NA", "null", "0012", "12"]
    assert ids["email"].tolist()[0] == "a@x.org"
    found = resolve([Sighting("crm", ids, True)], ["contact", "email"], 20, KEY, True)
    assert len(set(customers(found)["contact"].values())) == 4
    assert assign(ids, found).isna().tolist() == [False] * 4 + [True]


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
    assert customers(first) == customers(second)
    pd.testing.assert_frame_equal(first.identities, second.identities)


@settings(max_examples=40, deadline=None)
@given(pairs)
@example([("a", "p"), ("a", "q"), ("b", "p"), ("b", "q")])
def test_no_group_is_larger_than_the_limit_and_none_is_torn_below_it(rows):
    found = resolve([sighting("crm", rows, ("contact", "email"))], ["contact", "email"], 3, KEY, True)
    assert (found.identities.groupby("customer_id").size() <= 3).all()
    told = {("contact", c) for c, _ in rows} | {("email", e) for _, e in rows if e}
    assert len(found.identities) + found.ignored == len(told), "what joins too many is ignored, nothing is lost"
    if not found.oversized_groups:
        theirs = customers(found)
        for contact, email in rows:
            if email:
                assert theirs["contact"][contact] == theirs["email"][email]


def test_another_key_changes_ids_and_nothing_else():
    crm = sighting("crm", [("1", "a@x.org"), ("2", "b@x.org"), ("3", "b@x.org")], ("contact", "email"))
    one, two = (resolve([crm], ["contact", "email"], 20, k, True) for k in (KEY, b"z" * 64))
    assert set(one.sources.index).isdisjoint(two.sources.index)
    assert sorted(one.identities.groupby("customer_id").size()) == sorted(two.identities.groupby("customer_id").size())


@pytest.mark.parametrize("spaces", [("anonymous", "user"), ("user", "anonymous")])
def test_a_person_goes_before_a_device(spaces):
    ids = pd.DataFrame({"anonymous": ["d"], "user": ["u"]}, dtype="str")[list(spaces)]
    devices, people = pd.Series([0], index=["d"], dtype="int64"), pd.Series([1], index=["u"], dtype="int64")
    assert positions(ids, {"anonymous": devices, "user": people}).tolist() == [1]


def test_a_thousand_people_behind_one_address_stay_a_thousand():
    """Each has a contact, an account, a device and a survey; info@ stands in every CRM record."""
    n = 1000
    crm = sighting("crm", [(f"c{i}", "info@x.org", f"u{i}") for i in range(n)], ("contact", "email", "user"))
    log = sighting("log", [(f"u{i}", f"d{i}") for i in range(n)], ("user", "anonymous"))
    mail = sighting("log2", [(f"d{i}", "info@x.org") for i in range(n)], ("anonymous", "email"))
    survey = sighting("survey", [(f"c{i}", f"r{i}") for i in range(n)], ("contact", "respondent"), makes=False)
    found = resolve([crm, log, mail, survey], ["contact", "email"], 20, KEY, True)
    assert len(found.sources) == n
    theirs = customers(found)
    for space, first in (("contact", "c"), ("user", "u"), ("respondent", "r"), ("anonymous", "d")):
        assert [theirs[space][f"{first}{i}"] for i in range(n)] == [theirs["contact"][f"c{i}"] for i in range(n)], space
    assert "email" not in theirs
    assert (found.oversized_groups, found.ignored) == (1, 1)
    assert [(c["space"], c["count"], c["joined_at_most"]) for c in found.conflicts] == [("email", 1, 3 * n)]
    assert found.conflicts[0]["examples"] == [pseudonym(KEY, "email", "info@x.org")]


def test_many_shared_addresses_are_split_in_few_rounds():
    """A chain of 400 offices, each of 30 people, neighbours sharing one: the guard does not take one round each."""
    rows = [(f"c{i}-{j}", f"info{i}@x.org") for i in range(400) for j in range(30)]
    rows += [(f"c{i}-0", f"info{i + 1}@x.org") for i in range(399)]
    found = resolve([sighting("crm", rows, ("contact", "email"))], ["contact", "email"], 20, KEY, True)
    assert len(found.sources) == 400 * 30
    assert found.ignored == 400


def test_a_long_chain_is_cut():
    rows = [(str(i), f"{i}@x.org") for i in range(300)] + [(str(i + 1), f"{i}@x.org") for i in range(299)]
    found = resolve([sighting("crm", rows, ("contact", "email"))], ["contact", "email"], 20, KEY, True)
    assert found.identities.groupby("customer_id").size().max() <= 20


def test_a_person_may_have_more_devices_than_a_group_has_identifiers():
    log = sighting("log", [("u", f"cookie {i}") for i in range(150)], ("user", "anonymous"))
    found = resolve([log], ["user"], 20, KEY, True)
    assert (len(found.sources), len(customers(found)["anonymous"]), found.ignored) == (1, 150, 0)


def test_a_placeholder_seen_on_a_crowd_of_devices_is_nobody():
    log = sighting("log", [("guest", f"d{i}") for i in range(500)] + [("u", "d0")], ("user", "anonymous"))
    found = resolve([log], ["user"], 20, KEY, True)
    assert list(customers(found)["user"]) == ["u"]
    assert list(customers(found)["anonymous"]) == ["d0"]
    assert found.conflicts[0]["joined_at_most"] == 500


def test_a_device_of_two_users_joins_neither():
    crm = sighting("crm", [("1", "a@x.org"), ("2", "b@x.org")], ("contact", "email"))
    log = sighting("log", [("1", "kiosk"), ("2", "kiosk"), ("1", "phone"), ("2", "laptop")], ("contact", "anonymous"))
    found = resolve([crm, log], ["contact", "email"], 20, KEY, True)
    assert len(found.sources) == 2
    assert found.shared == {"anonymous": ["kiosk"]}
    assert sorted(customers(found)["anonymous"]) == ["laptop", "phone"]
    assert [(c["conflict"], c["joined_at_most"]) for c in found.conflicts] == [("a device of several people", 2)]


def test_a_device_joins_two_identifiers_of_one_person():
    """An account and an address that were only ever seen on the same phone."""
    crm = sighting("crm", [("1", "a@x.org")], ("contact", "email"))
    log = sighting("log", [("u", None, "phone"), (None, "a@x.org", "phone")], ("user", "email", "anonymous"))
    found = resolve([crm, log], ["contact", "email"], 20, KEY, True)
    assert customers(found)["user"]["u"] == customers(found)["contact"]["1"] == customers(found)["anonymous"]["phone"]
    assert (found.shared, found.conflicts) == ({}, [])


def test_a_chain_of_devices_does_not_join_two_users_either():
    """d1: account u and address a; d2: account v and address a. Alone each is plausible, together they are not."""
    rows = [("u", None, "d1"), (None, "a@x.org", "d1"), ("v", None, "d2"), (None, "a@x.org", "d2"), ("w", None, "d3")]
    found = resolve([sighting("log", rows, ("user", "email", "anonymous"))], ["user", "email"], 20, KEY, True)
    assert len(found.sources) == 4
    assert found.shared == {"anonymous": ["d1", "d2"]}
    assert list(customers(found)["anonymous"]) == ["d3"]


def test_the_whole_chain_from_a_cookie_to_a_respondent():
    log = sighting("log", [("cookie", "u")], ("anonymous", "user"))
    identify = sighting("log", [("u", "a@x.org")], ("user", "email"))
    crm = sighting("crm", [("7", "a@x.org")], ("contact", "email"))
    survey = sighting("survey", [("R_1", "7")], ("respondent", "contact"), makes=False)
    found = resolve([log, identify, crm, survey], ["contact", "email"], 20, KEY, True)
    everyone = {v for space in customers(found).values() for v in space.values()}
    assert everyone == {pseudonym(KEY, "contact", "7")}
    assert set(found.customers) == {"anonymous", "user", "email", "contact", "respondent"}
    assert found.conflicts == []


def test_two_records_with_one_address_are_reported():
    crm = sighting("crm", [("7", "a@x.org"), ("3", "a@x.org")], ("contact", "email"))
    (told,) = resolve([crm], ["contact", "email"], 20, KEY, True).conflicts
    assert (told["space"], told["count"], told["joined_at_most"]) == ("contact", 1, 2)
    assert "changed last wins" in str(told["rule"])


devices = st.lists(
    st.tuples(st.sampled_from(["u", "v", None]), st.sampled_from(["a", "b", None]), st.sampled_from("pqr")),
    min_size=1, max_size=10,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(devices, st.randoms(use_true_random=False))
def test_devices_never_make_one_person_of_two_whatever_the_order(rows, random):
    spaces = ("user", "email", "anonymous")
    with_devices, shuffled = (
        resolve([sighting("log", r, spaces)], ["user", "email"], 20, KEY, True)
        for r in (rows, random.sample(rows, len(rows)))
    )
    assert customers(with_devices) == customers(shuffled)
    assert with_devices.shared == shuffled.shared
    without = resolve(
        [sighting("log", [r[:2] for r in rows if any(r[:2])], spaces[:2])], ["user", "email"], 20, KEY, True
    )
    for space in spaces[:2]:
        apart, joined = customers(without).get(space, {}), customers(with_devices).get(space, {})
        assert set(apart) == set(joined)
        for one in apart:
            for two in apart:
                if apart[one] != apart[two]:
                    assert joined[one] != joined[two], f"a device made {one} and {two} one person"


@pytest.mark.parametrize(("cookies", "customers"), [(150, 1), (250, 251)])
def test_anonymous_ids_count_as_devices_do(cookies, customers):
    """A user who deletes cookies stays one customer; one with more than ten times the limit is nobody's."""
    pairs = pd.DataFrame({"one": "ann", "other": [f"cookie {i}" for i in range(cookies)]}, dtype="str")
    log = Sighting("log", pairs_joined("user", pairs, IDENTIFIED_SPACE), True)
    found = resolve([log], [], 20, KEY, False)
    assert found.identities["customer_id"].nunique() == min(customers, cookies)
    assert set(found.identities["space"]) == {"user"}
    assert found.ignored == (0 if customers == 1 else 1)


def test_aliases_count_in_full():
    pairs = pd.DataFrame({"one": "ann", "other": [f"alias {i}" for i in range(30)]}, dtype="str")
    found = resolve([Sighting("log", pairs_joined("user", pairs), True)], [], 20, KEY, False)
    assert (found.oversized_groups, found.ignored) == (1, 1)
