"""Names of events, channels and devices as people read them: no underscores, `iOS` and `SMS` as they are spelled."""

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


def lower_plain(text: str) -> str:
    """`text` in lower case, but for words that have capitals inside or by their spelling.

    >>> lower_plain("Tablet"), lower_plain("iOS app"), lower_plain("Android app")
    ('tablet', 'iOS app', 'Android app')
    """
    return " ".join(in_words(word.lower()) if word[1:].islower() or len(word) < 2 else word for word in text.split(" "))
