"""Names of events, channels and devices as people read them: no underscores, `iOS` and `SMS` as they are spelled."""

import re

_SPELLED = {
    word.lower(): word
    for word in (
        "Android", "Bing", "CPC", "CRM", "FAQ", "Facebook", "Google", "iOS", "iPadOS", "Instagram", "LinkedIn", "macOS",
        "PDF", "Pinterest", "PPC", "QR", "SEA", "SEM", "SEO", "SMS", "TikTok", "TV", "WhatsApp", "YouTube",
    )
}  # fmt: skip


def in_words(name: str) -> str:
    """An event, channel or device as it is read.

    >>> in_words("add_to_cart"), in_words("$pageview"), in_words("ios app"), in_words("Course booked")
    ('add to cart', 'pageview', 'iOS app', 'Course booked')
    """
    return " ".join(_SPELLED.get(word, word) for word in name.replace("_", " ").removeprefix("$").split(" "))


_HOURS = re.compile(r"(\d–)(\d+) (h)\b")
_WEEKDAYS = re.compile(r"\b([A-Z][a-z]{2}–)(?=[A-Z][a-z]{2}\b)")
WORD_JOINER, HARD_SPACE = "\N{WORD JOINER}", "\N{NO-BREAK SPACE}"


def unbroken(text: str) -> str:
    """`text` whose spans of hours and of weekdays no line end divides.

    >>> unbroken("at night (0–6 h)").replace(WORD_JOINER, "+").replace(HARD_SPACE, "_")
    'at night (0–+6_h)'
    """
    return _WEEKDAYS.sub(f"\\1{WORD_JOINER}", _HOURS.sub(f"\\1{WORD_JOINER}\\2{HARD_SPACE}\\3", text))


def one_of(plural: str) -> str:
    """What one of them is called.

    >>> one_of("customers"), one_of("companies"), one_of("people"), one_of("staff")
    ('customer', 'company', 'person', 'staff')
    """
    if plural == "people":
        return "person"
    return f"{plural[:-3]}y" if plural.endswith("ies") else plural[:-1] if plural.endswith("s") else plural


def spoken_of(text: str, customers_are: str) -> str:
    """A text of the product's own, which says customers, of what `sources.yaml` says that they are.

    >>> spoken_of("Customers who answered; no customer is left out", "households")
    'Households who answered; no household is left out'
    """

    def named(match: re.Match[str]) -> str:
        word = customers_are if match[0].endswith("s") else one_of(customers_are)
        return word[:1].upper() + word[1:] if match[0][0] == "C" else word

    return re.sub(r"\b[Cc]ustomers?\b", named, text)


def lower_plain(text: str) -> str:
    """`text` in lower case, but for words that have capitals inside or by their spelling.

    >>> lower_plain("Tablet"), lower_plain("iOS app"), lower_plain("Android app")
    ('tablet', 'iOS app', 'Android app')
    """
    return " ".join(in_words(word.lower()) if word[1:].islower() or len(word) < 2 else word for word in text.split(" "))
