"""What the name of a column says of ids: whether it holds some, and of whom or what."""

import re

from pipeline.ingest.privacy import words_of

ID_WORDS = frozenset({"id", "key", "guid", "uuid", "no", "nr", "number", "num", "code", "ref", "nummer"})
_COUNTS = frozenset({"no", "nr", "number", "num"})
"""A name that begins so, and goes on, counts: `num_children`."""
PERSONS = frozenset(
    ("customer", "contact", "user", "client", "member", "person", "household", "account", "subscriber", "visitor",
     "respondent", "participant", "patient", "buyer", "case", "lead", "employee", "external reference")
)  # fmt: skip
"""A column may be called so and no more."""
_PERSONS_BY_ID = frozenset(
    ("author", "reviewer", "requester", "guest", "player", "passenger", "donor", "shopper", "learner", "student",
     "consumer", "cust", "cardholder", "policyholder", "kunden", "kunde", "mitglied", "mitglieds", "cliente")
)  # fmt: skip
"""Columns called so and no more hold names or roles: persons only with a word for ids beside it."""
THINGS = frozenset(
    ("product", "sku", "item", "campaign", "store", "coupon", "order", "basket", "company", "invoice", "session",
     "event", "transaction", "article", "category", "page", "ticket", "activity", "seller", "merchant", "deal",
     "opportunity", "movie", "film", "song", "track", "book", "brand", "department", "aisle", "warehouse", "variant",
     "lineitem", "visit", "listing", "hotel", "course", "lesson", "parent", "site", "review", "question", "location")
)  # fmt: skip
_RECORDS = THINGS - {"order", "invoice", "event", "transaction", "ticket", "activity", "review", "visit"}
"""Things that many events are about: their ids are of no event."""
_PLACES = frozenset(("zip", "zipcode", "postal", "postcode", "plz", "country", "state", "region", "city", "area"))
_CALENDAR = frozenset(("day", "week", "month", "quarter", "year", "hour"))
_OF_OTHERS = frozenset(("owner", "manager", "agent", "rep", "type", "status", "source", "group", "class", "segment"))
"""`Contact owner id` is the id of an owner."""
_ONE_WORD = sorted((PERSONS | _PERSONS_BY_ID | THINGS) - {"external reference"})
_IN_ONE_WORD = re.compile(rf"({'|'.join(_ONE_WORD)})s?({'|'.join(sorted(ID_WORDS))})")


def words_of_id(name: str) -> list[str]:
    """A column's name as words, a word for ids set apart from what it is written together with.

    >>> words_of_id("visitorid"), words_of_id("CLIENTNUM"), words_of_id("RecordId"), words_of_id("Kundennummer")
    (['visitor', 'id'], ['client', 'num'], ['record', 'id'], ['kunden', 'nummer'])
    """
    found: list[str] = []
    for word in words_of(name).split():
        parts = _IN_ONE_WORD.fullmatch(word)
        found += [parts[1], parts[2]] if parts else [word]
    return found


def names_an_id(name: str) -> bool:
    """Whether a column is called like one of ids; codes of places and days are none, and `number of orders` counts.

    >>> [names_an_id(name) for name in ("userid", "Member No", "number of orders", "num_kids", "zip_code", "week_no")]
    [True, True, False, False, False, False]
    """
    words = words_of_id(name)
    counts = len(words) > 1 and (words[0] in _COUNTS or any(w in _COUNTS and words[i + 1 : i + 2] == ["of"]
                                                           for i, w in enumerate(words)))  # fmt: skip
    return bool(ID_WORDS.intersection(words)) and not counts and not (_PLACES | _CALENDAR).intersection(words)


def names_a_person(name: str) -> bool:
    """Whether a column is called like the id of somebody: a word for a person, and one for ids behind it.

    >>> [names_a_person(name) for name in ("user_pseudo_id", "idVisitor", "Contact owner ID", "customer_zip_code")]
    [True, True, False, False]
    """
    words = words_of_id(name)
    words = words[1:] + words[:1] if words[:1] == ["id"] else words
    ids = {"id"} if words[:1] == ["contact"] else ID_WORDS  # a contact's number is a telephone's
    begins = bool((PERSONS | _PERSONS_BY_ID).intersection(words[:1])) and bool(ids.intersection(words[1:]))
    return begins and not (_PLACES | _OF_OTHERS).intersection(words[1:])


def names_persons(name: str) -> bool:
    """Whether a column is called like the id of somebody, or by the word for a person alone."""
    return names_a_person(name) or words_of(name) in PERSONS


def names_an_individual(name: str) -> bool:
    """Whether a column is called like the id of one person and nothing more: `customer_id`, `visitorId`; no account's.

    >>> [names_an_individual(name) for name in ("customer_id", "userid", "account_id", "customer_group_id")]
    [True, True, False, False]
    """
    words = set(words_of_id(name)) - {"id", "pseudo", "unique", "anonymous"}
    return names_a_person(name) and len(words) == 1 and not words & {"account", "household", "case", "lead", "employee"}


def names_a_thing(space: str) -> bool:
    """Whether a space of ids is one of things: `order`, `order_item`."""
    return bool(THINGS.intersection(space.split("_")))


def names_an_event(name: str) -> bool:
    """Whether a column is called like the id of one event: not that of a product, a session or a person.

    >>> [names_an_event(name) for name in ("order_id", "id", "product_id", "ga_session_id", "user_id")]
    [True, True, False, False, False]
    """
    return names_an_id(name) and not names_a_person(name) and not _RECORDS.intersection(words_of_id(name))


def space_of(name: str) -> str:
    """The space that a column of ids belongs to: its own name, so that ids of other things are never taken for it.

    >>> space_of("household_id"), space_of("Record ID"), space_of("customerID"), space_of("ResponseId")
    ('household', 'contact', 'customer', 'response')
    """
    words = [w for w in words_of_id(name) if w not in ID_WORDS and w != "record"]
    return "_".join(words) if words and words[0].isalpha() else "contact"
