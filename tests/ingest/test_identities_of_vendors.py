"""Who is one person, by what each vendor of event logs documents."""

import pandas as pd
import pytest

from pipeline.core.engine import connect
from pipeline.core.sources import read_sources
from pipeline.ingest import behaviour
from pipeline.ingest.checks import check
from pipeline.ingest.identity import resolve
from pipeline.ingest.load import load_events
from pipeline.ingest.sightings import Sighting
from tests.ingest.event_exports import (
    AMPLITUDE,
    AT,
    GA4,
    MIXPANEL,
    POSTHOG,
    amplitude,
    dataset,
    ga4,
    jsonl,
    mixpanel,
    posthog,
)
from tests.ingest.small_company import KEY, MESSAGES

SEGMENT = {"format": "segment", "ids": {"user": "userId", "anonymous": "anonymousId"}}
SIMPLIFIED = {"format": "mixpanel", "ids": {"user": "$user_id", "anonymous": "$device_id"}}


def segment(number: int, kind: str = "track", **ids: str | None) -> dict:
    return MESSAGES[0] | {"messageId": f"v-{number}", "type": kind, "anonymousId": None, "userId": None} | ids


def view(person: str, second: int, **more: object) -> dict:
    return mixpanel("View", person, 1738404000 + second, f"i{second}", **more)


def on_device(user: str | None, device: str, second: int) -> dict:
    return amplitude("View", device, f"{AT[:-2]}{second:02d}", f"i{second}", user_id=user)


@pytest.fixture
def groups(tmp_path):
    """The identifiers of each customer, as sets of `space value`, of a log in JSON lines."""

    def read(lines: list[dict], given: dict) -> set[frozenset[str]]:
        folder = dataset(tmp_path / "log", {"log.jsonl": jsonl(lines)}, given)
        settings, connection = read_sources(folder), connect()
        source = load_events(connection, folder, check(folder, settings)[0])
        ids = behaviour.judge(connection, source, settings.observation, KEY.encode(), 10_000).ids
        customers = resolve([Sighting("log", ids, True)], [], 20, KEY.encode(), False).customers
        table = pd.DataFrame(
            [(c, f"{space} {value}") for space in given["ids"] for value, c in customers.get(space, {}).items()],
            columns=["customer", "name"],
        )
        return {frozenset(names) for _, names in table.groupby("customer")["name"]}

    return read


def sets(*groups: str) -> set[frozenset[str]]:
    return {frozenset(g.split(", ")) for g in groups}


def test_segment_a_message_of_any_type_joins_the_ids_that_stand_in_it(groups):
    lines = [segment(1, anonymousId="cookie"), segment(2, userId="ann", anonymousId="cookie"),
             segment(3, "page", userId="ann", anonymousId="phone"),
             segment(4, "group", userId="ann", anonymousId="tablet"),
             segment(5, anonymousId="tablet"), segment(6, userId="ben")]  # fmt: skip
    assert groups(lines, SEGMENT) == sets("user ann, anonymous cookie, anonymous phone, anonymous tablet", "user ben")


def test_segment_a_cookie_that_two_users_have_joins_neither(groups):
    lines = [segment(1, userId="ann", anonymousId="shared"), segment(2, userId="ben", anonymousId="shared")]
    assert groups(lines, SEGMENT) == sets("user ann", "user ben")


def test_amplitude_a_device_is_its_users_and_one_of_two_users_nobodys(groups):
    lines = [on_device(None, "d1", 1), on_device("ann", "d1", 2), on_device("ann", "d2", 3), on_device("ben", "d2", 4)]
    assert groups(lines, {**AMPLITUDE, "ids": {"user": "user_id", "anonymous": "device_id"}}) == sets(
        "user ann, anonymous d1", "user ben"
    )


def test_ga4_a_device_is_its_users(groups):
    lines = [ga4("d1", AT, "view"), ga4("d1", AT, "view", user="ann"), ga4("d2", AT, "view", user="ann"),
             ga4("d3", AT, "view", user="ann"), ga4("d3", AT, "view", user="ben")]  # fmt: skip
    assert groups(lines, {**GA4, "ids": {"user": "user_id", "anonymous": "user_pseudo_id"}}) == sets(
        "user ann, anonymous d1, anonymous d2", "user ben"
    )


def test_mixpanel_simplified_merge_joins_the_user_and_the_device_of_one_event(groups):
    lines = [view("$device:d1", 1, **{"$device_id": "d1"}), view("ann", 2, **{"$device_id": "d1", "$user_id": "ann"}),
             view("ben", 3, **{"$user_id": "ben"})]  # fmt: skip
    assert groups(lines, SIMPLIFIED) == sets("user ann, anonymous d1", "user ben")


def test_mixpanel_merge_joins_two_ids_with_or_without_a_distinct_id(groups):
    def merge(second: int, *ids: str, **more: object) -> dict:
        line = mixpanel("$merge", "", 1738404000 + second, f"m{second}", **{"$distinct_ids": list(ids)}, **more)
        if "distinct_id" not in more:
            del line["properties"]["distinct_id"]
        return line

    lines = [
        view("a", 1),
        view("b", 2),
        view("c", 3),
        view("d", 4),
        merge(5, "a", "b"),
        merge(6, "b", "c", distinct_id="b"),
    ]
    assert groups(lines, MIXPANEL) == sets("user a, user b, user c", "user d")


@pytest.mark.parametrize("anonymous", ["$anon_id", "$anon_distinct_id"])
def test_mixpanel_identify_of_the_interface_and_of_the_script(groups, anonymous):
    told = mixpanel("$identify", "ann", 1738404009, "9", **{anonymous: "anon"})
    if anonymous == "$anon_id":
        told["properties"]["$identified_id"] = told["properties"].pop("distinct_id")
    assert groups([view("anon", 1), view("ann", 2), told], MIXPANEL) == sets("user ann, user anon")


def identified(make: str, user: str, anonymous: str, second: int) -> dict:
    if make == "posthog":
        return posthog(f"u{second}", "$identify", user, f"{AT[:-2]}{second:02d}Z", **{"$anon_distinct_id": anonymous})
    return mixpanel("$identify", user, 1738404000 + second, f"i{second}", **{"$anon_distinct_id": anonymous})


@pytest.mark.parametrize(("make", "source"), [("posthog", POSTHOG), ("mixpanel", MIXPANEL)])
@pytest.mark.parametrize("turned", [1, -1])
def test_an_anonymous_id_is_the_first_users_and_users_are_never_joined(groups, make, source, turned):
    lines = [identified(make, "zoe", "anon", 1), identified(make, "ann", "anon", 2), identified(make, "ben", "zoe", 3),
             identified(make, "ben", "other", 4)]  # fmt: skip
    assert groups(lines[::turned], source) == sets("user zoe, user anon", "user ben, user other", "user ann")


def test_posthog_an_alias_joins_also_two_users(groups):
    lines = [identified("posthog", "ann", "anon", 1),
             posthog("2", "$merge_dangerously", "ben", f"{AT}Z", alias="ann"),
             posthog("3", "$create_alias", "ben", f"{AT}Z", alias="b-2")]  # fmt: skip
    assert groups(lines, POSTHOG) == sets("user ann, user anon, user ben, user b-2")
